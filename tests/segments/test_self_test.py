"""The system refuses to run where the reader can write."""

from typing import LiteralString

import pytest
from psycopg import sql

from leo_activation.errors import Configuration
from leo_activation.segments.self_test import CANARY, WAYS, WRITES, prove_reader_cannot_write
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import count_labels, cypher_call, label_statement, use_graph
from leo_activation.warehouse.tenants import Tenant


def left_behind(warehouse: Warehouse, tenant: Tenant) -> int:
    """How many vertices and edges the graph has, which was empty, and whether a label of the test's own stayed."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        labels = connection.execute(
            "SELECT count(*) FROM ag_catalog.ag_label AS l JOIN ag_catalog.ag_graph AS g ON g.graphid = l.graph "
            "WHERE g.name = %s AND lower(l.name) = 'canary'",
            [tenant.graph_name],
        ).fetchone()
        assert labels is not None
        return sum(count_labels(connection, tenant.graph_name).values()) + int(labels[0])


def test_the_reader_of_this_server_cannot_write_and_the_canary_is_gone(warehouse: Warehouse, tenant: Tenant) -> None:
    prove_reader_cannot_write(warehouse, tenant.tenant_id)
    prove_reader_cannot_write(warehouse, tenant.tenant_id)
    assert left_behind(warehouse, tenant) == 0


def test_a_reader_with_a_writers_rights_is_found_out_and_changes_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    too_much = Warehouse({**warehouse.urls, DatabaseRole.READER: warehouse.urls[DatabaseRole.WRITER]})
    with pytest.raises(Configuration, match="can write: EXPLAIN CREATE passed in a READ ONLY"):
        prove_reader_cannot_write(too_much, tenant.tenant_id)
    assert left_behind(warehouse, tenant) == 0


@pytest.mark.parametrize("label", ["Segment", "IN_SEGMENT"])
@pytest.mark.parametrize("right", ["UPDATE", "DELETE", "INSERT"])
def test_one_right_too_many_is_found_out(
    warehouse: Warehouse, tenant: Tenant, right: LiteralString, label: str
) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        grant = sql.SQL("GRANT {} ON {} TO leo_reader")
        connection.execute(grant.format(sql.SQL(right), sql.Identifier(tenant.graph_name, label)))
    with pytest.raises(Configuration, match="The read-only role can write"):
        prove_reader_cannot_write(warehouse, tenant.tenant_id)
    assert left_behind(warehouse, tenant) == 0


def test_a_reader_that_sees_nothing_proves_nothing(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        revoke = sql.SQL("REVOKE SELECT ON {} FROM leo_reader")
        connection.execute(revoke.format(sql.Identifier(tenant.graph_name, "Segment")))
    with pytest.raises(Configuration, match="cannot see the graph"):
        prove_reader_cannot_write(warehouse, tenant.tenant_id)


def test_every_way_to_write_is_tried_run_explained_and_analysed() -> None:
    tried = {name.split(" ")[0] for name in WRITES} | {"DETACH DELETE"}
    assert tried == {"CREATE", "MERGE", "SET", "REMOVE", "DELETE", "DETACH", "DETACH DELETE"}
    assert [way.as_string() for way in WAYS] == ["", "EXPLAIN ", "EXPLAIN ANALYZE "]


def test_each_try_would_write_where_the_rights_allow_it(warehouse: Warehouse, tenant: Tenant) -> None:
    """A try that fails for another reason would prove nothing."""
    values = {"graph_name": tenant.graph_name, "properties": f'{{"segment_id": "{CANARY}"}}'}
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        for cypher in WRITES.values():
            for way in WAYS:
                use_graph(connection)
                for name, labels in {
                    "segments/add_canary": {"segments": "Segment"},
                    "segments/add_canary_edge": {"memberships": "IN_SEGMENT"},
                }.items():
                    connection.execute(label_statement(name, tenant.graph_name, **labels), values)
                query = way + cypher_call(tenant.graph_name, cypher)
                assert connection.execute(query, [f'{{"canary": "{CANARY}"}}']).fetchall(), query.as_string()
                connection.rollback()
    assert left_behind(warehouse, tenant) == 0
