"""The system refuses to run where the reader can write."""

from typing import LiteralString

import pytest
from psycopg import sql

from leo_activation.errors import Configuration
from leo_activation.segments.self_test import prove_reader_cannot_write
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import count_labels
from leo_activation.warehouse.tenants import Tenant


def vertices(warehouse: Warehouse, tenant: Tenant) -> int:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return count_labels(connection, tenant.graph_name)["Segment"]


def test_the_reader_of_this_server_cannot_write_and_the_canary_is_gone(warehouse: Warehouse, tenant: Tenant) -> None:
    prove_reader_cannot_write(warehouse, tenant.tenant_id)
    prove_reader_cannot_write(warehouse, tenant.tenant_id)
    assert vertices(warehouse, tenant) == 0


def test_a_reader_with_a_writers_rights_is_found_out_and_changes_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    too_much = Warehouse({**warehouse.urls, DatabaseRole.READER: warehouse.urls[DatabaseRole.WRITER]})
    with pytest.raises(Configuration, match="can write: EXPLAIN CREATE passed in a READ ONLY"):
        prove_reader_cannot_write(too_much, tenant.tenant_id)
    assert vertices(warehouse, tenant) == 0


@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "INSERT"])
def test_one_right_too_many_is_found_out(warehouse: Warehouse, tenant: Tenant, right: LiteralString) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        grant = sql.SQL("GRANT {} ON {} TO leo_reader")
        connection.execute(grant.format(sql.SQL(right), sql.Identifier(tenant.graph_name, "Segment")))
    with pytest.raises(Configuration, match="The read-only role can write"):
        prove_reader_cannot_write(warehouse, tenant.tenant_id)
    assert vertices(warehouse, tenant) == 0


def test_a_reader_that_sees_nothing_proves_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        revoke = sql.SQL("REVOKE SELECT ON {} FROM leo_reader")
        connection.execute(revoke.format(sql.Identifier(tenant.graph_name, "Segment")))
    with pytest.raises(Configuration, match="cannot see the graph"):
        prove_reader_cannot_write(warehouse, tenant.tenant_id)
