"""Cypher written by hand: for administrators, as the reader, within a time, and nothing stays."""

import pytest
from psycopg import errors

from leo_activation.errors import Permanent
from leo_activation.segments.gate import GatedCypher, Refused, Rule
from leo_activation.segments.handwritten import explain_graph, is_administrator, preview_cypher
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import count_labels
from leo_activation.warehouse.tenants import Tenant
from tests.segments.world import World, make_world

GERMANS = "MATCH (c:Customer) WHERE c.country = 'DE' RETURN c.customer_id ORDER BY c.customer_id"


@pytest.fixture
def world(warehouse: Warehouse, tenant: Tenant) -> World:
    return make_world(warehouse, tenant, seed=1)


def labels(warehouse: Warehouse, tenant: Tenant) -> dict[str, int]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return count_labels(connection, tenant.graph_name)


def test_an_administrator_sees_how_many_who_and_at_what_cost(warehouse: Warehouse, world: World) -> None:
    expected = world.sql.execute("SELECT customer_id FROM customer WHERE country = 'DE' ORDER BY 1").fetchall()
    assert len(expected) > 10
    before = labels(warehouse, world.tenant)
    found = preview_cypher(warehouse, world.tenant.tenant_id, GERMANS, is_admin=True)
    assert [(customer_id,) for customer_id in found.customer_ids] == expected
    assert (found.count, found.sample) == (len(expected), found.customer_ids[:10])
    assert found.estimate.cost > 0
    assert found.gated.parameters == {"v1": "DE"}
    assert labels(warehouse, world.tenant) == before


def test_a_customer_who_is_found_twice_counts_once(warehouse: Warehouse, world: World) -> None:
    cypher = "MATCH (c:Customer)-[e:PURCHASED]->(p:Product) WHERE e.net_quantity > $kept RETURN c.customer_id"
    found = preview_cypher(warehouse, world.tenant.tenant_id, cypher, {"kept": 0}, is_admin=True)
    [(expected,)] = world.sql.execute(
        "SELECT count(DISTINCT customer_id) FROM event WHERE kind = 'PURCHASED' AND net_quantity > 0"
    ).fetchall()
    assert found.count == expected > 0


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (c:Customer) WHERE c.total_spent >= 80000 RETURN c.customer_id",
        "MATCH (c:Customer) WHERE 80000 <= c.total_spent RETURN c.customer_id",
        "MATCH (c:Customer) WITH c, c.total_spent AS s WHERE s >= 80000 RETURN c.customer_id",
        "MATCH (c:Customer) WITH c, c.total_spent AS s WHERE 80000 <= s RETURN c.customer_id",
    ],
)
def test_at_least_finds_the_equal_ones_though_the_index_of_age_loses_them(
    warehouse: Warehouse, world: World, cypher: str
) -> None:
    expected = world.sql.execute("SELECT customer_id FROM customer WHERE total_spent >= 80000").fetchall()
    equal = world.sql.execute("SELECT count(*) FROM customer WHERE total_spent = 80000").fetchone()
    assert equal is not None
    assert equal[0] > 5
    found = preview_cypher(warehouse, world.tenant.tenant_id, cypher, is_admin=True)
    assert sorted(found.customer_ids) == sorted(customer_id for (customer_id,) in expected)


def test_nobody_else_runs_a_query_of_their_own(warehouse: Warehouse, tenant: Tenant) -> None:
    with pytest.raises(Permanent, match="Only an administrator"):
        preview_cypher(warehouse, tenant.tenant_id, GERMANS, is_admin=False)


def test_the_owners_login_makes_the_administrator(warehouse: Warehouse) -> None:
    assert is_administrator(warehouse)
    of_a_worker = dict(warehouse.urls)
    del of_a_worker[DatabaseRole.OWNER]
    assert not is_administrator(Warehouse(of_a_worker))


@pytest.mark.parametrize(
    ("cypher", "rule"),
    [
        ("MATCH (c:Customer) DETACH DELETE c", Rule.WRITE),
        ("MATCH (c:Customer) WHERE c.country = $country RETURN c.customer_id", Rule.PARAMETER),
        ("MATCH (c:Customer) RETURN c.email", Rule.PROPERTY),
    ],
)
def test_an_administrators_query_passes_the_gate_like_any_other(
    warehouse: Warehouse, tenant: Tenant, cypher: str, rule: Rule
) -> None:
    with pytest.raises(Refused) as caught:
        preview_cypher(warehouse, tenant.tenant_id, cypher, is_admin=True)
    assert caught.value.rule is rule


def test_a_query_that_takes_too_long_is_stopped(warehouse: Warehouse, world: World) -> None:
    bought = "-[:PURCHASED]->(p:Product)<-[:PURCHASED]-(d:Customer)-[:PURCHASED]->(q:Product)"
    with pytest.raises(Permanent, match=r"longer than 0\.001 s"):
        preview_cypher(
            warehouse,
            world.tenant.tenant_id,
            f"MATCH (c:Customer){bought} RETURN DISTINCT c.customer_id",
            is_admin=True,
            timeout_ms=1,
        )


def test_even_a_writer_explains_in_a_transaction_that_cannot_write(warehouse: Warehouse, tenant: Tenant) -> None:
    """Past the gate and with a writer's rights, a write is still refused where it is explained."""
    before = labels(warehouse, tenant)
    smuggled = GatedCypher("CREATE (s:Brandnew {x: 1}) RETURN s.x", {}, "")
    refused = pytest.raises((errors.ReadOnlySqlTransaction, errors.InsufficientPrivilege))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection, refused:
        explain_graph(connection, tenant.graph_name, smuggled, timeout_ms=1_000)
    assert labels(warehouse, tenant) == before
