"""The graph is made from its schema, read only by the reader, and always rolled back."""

import json

import psycopg
import pytest
from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import count_labels, create_graph, label_table, read_graph, use_graph
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from leo_activation.warehouse.tenants import Tenant

BY_COUNTRY = "MATCH (c:Customer) WHERE c.country = $country RETURN c.customer_id AS customer_id"


def add_customer(warehouse: Warehouse, tenant: Tenant, customer_id: str, country: str) -> None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        use_graph(connection)
        connection.execute(
            sql.SQL("INSERT INTO {} VALUES (_graphid(_label_id(%s, 'Customer')::int, %s), %s)").format(
                label_table(tenant.graph_name, "Customer")
            ),
            [tenant.graph_name, int(customer_id), json.dumps({"customer_id": customer_id, "country": country})],
        )


def test_the_graph_has_every_label_of_its_schema(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        assert set(count_labels(connection, tenant.graph_name)) == {*VERTICES, *EDGES}


def test_making_the_graph_again_keeps_what_is_in_it(warehouse: Warehouse, tenant: Tenant) -> None:
    add_customer(warehouse, tenant, "1", "PL")
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        create_graph(connection, tenant.graph_name)
        assert count_labels(connection, tenant.graph_name)["Customer"] == 1


def test_the_reader_finds_customers_by_bound_values(warehouse: Warehouse, tenant: Tenant) -> None:
    add_customer(warehouse, tenant, "1", "PL")
    add_customer(warehouse, tenant, "2", "CZ")
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        assert read_graph(connection, tenant.graph_name, BY_COUNTRY, {"country": "PL"}) == ["1"]
        assert read_graph(connection, tenant.graph_name, BY_COUNTRY, {"country": "' OR 1=1"}) == []


@pytest.mark.parametrize("text", ["RETURN 1 $$", "RETURN 1\0"])
def test_text_that_could_leave_its_quotes_is_refused(warehouse: Warehouse, tenant: Tenant, text: str) -> None:
    with warehouse.connect(DatabaseRole.READER) as connection, pytest.raises(Permanent):
        read_graph(connection, tenant.graph_name, text, {})


def test_reading_never_writes_even_as_a_role_that_could(warehouse: Warehouse, tenant: Tenant) -> None:
    create = "CREATE (c:Customer {customer_id: 'x'}) RETURN c.customer_id AS customer_id"
    with warehouse.connect(DatabaseRole.WRITER) as connection, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        read_graph(connection, tenant.graph_name, create, {})
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        assert count_labels(connection, tenant.graph_name)["Customer"] == 0


def test_a_slow_query_is_ended(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.READER) as connection, pytest.raises(psycopg.errors.QueryCanceled):
        read_graph(
            connection,
            tenant.graph_name,
            "UNWIND range(1, 1000000) AS i UNWIND range(1, 1000) AS j WITH count(j) AS n RETURN n AS customer_id",
            {},
            timeout_ms=50,
        )
