"""Orders of the compiled Cypher on real graphs: who comes first, who comes last, and how ties are broken."""

import json
from collections.abc import Mapping

import pytest

from leo_activation.segments.cypher import Cut
from leo_activation.segments.gate import gate
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import use_graph
from leo_activation.warehouse.tenants import Tenant
from tests.segments.judged import AT, DAY, Json, attribute, both, compiled, did, last, planned, read, read_of
from tests.segments.world import World

EUROPE = attribute("country", "in", "AT", "DE", "PL")
BOUGHT = "SELECT customer_id, {} AS m FROM bought WHERE {} GROUP BY 1"


def measure(name: str, event: str = "purchase", **rest: object) -> Json:
    return {"kind": "measure", "measure": name, "event": event, **rest}


LAST_60 = f"happened >= {AT - 60 * DAY} AND happened < {AT}"
ORDERS: Mapping[str, tuple[object, str]] = {
    "a number": ("total_spent", "SELECT customer_id, total_spent AS m FROM customer"),
    "a text": ("city", "SELECT customer_id, city AS m FROM customer"),
    "a score": ("loyalty_score", "SELECT customer_id, loyalty_score AS m FROM customer"),
    "events": (measure("events", window=last(60)), BOUGHT.format("count(*)", LAST_60)),
    "orders": (measure("orders"), BOUGHT.format("count(DISTINCT order_id)", "true")),
    "pieces": (
        measure("units", product={"categories": ["socks"]}),
        BOUGHT.format("sum(net_quantity)", "category = 'socks'"),
    ),
    "value": (measure("value"), BOUGHT.format("sum(coalesce(net_value, 0))", "true")),
    "value of views": (
        measure("value", "view", product={"price": {"less_than": "100"}}),
        "SELECT customer_id, sum(coalesce(value, 0)) AS m FROM event WHERE kind = 'VIEWED' AND price < 10000 "
        "GROUP BY 1",
    ),
    "the latest": (measure("latest"), BOUGHT.format("max(happened)", "true")),
    "another event": (
        measure("events", "page-view"),
        "SELECT customer_id, count(DISTINCT event_id) AS m FROM other_event WHERE name = 'page-view' GROUP BY 1",
    ),
    "an interest": (
        {"kind": "interest_score", "topic": {"topic_type": "category", "topic": "socks"}},
        "SELECT customer_id, score AS m FROM interest WHERE topic_id = 'category:socks'",
    ),
}


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("name", ORDERS)
def test_members_are_ordered_with_the_unknown_last_and_ties_by_id(
    name: str, descending: bool, warehouse: Warehouse, worlds: list[World]
) -> None:
    by, measured = ORDERS[name]
    plan = planned(EUROPE, order={"by": by, "descending": descending}, limit=50)
    query = compiled(plan)
    assert gate(query.text, query.parameters).text == query.text
    for world in worlds:
        rows = world.sql.execute(
            f"SELECT customer_id FROM customer LEFT JOIN ({measured}) AS found USING (customer_id) "
            f"WHERE country IS NOT NULL ORDER BY m {'DESC' if descending else 'ASC'} NULLS LAST, customer_id LIMIT 50"
        ).fetchall()
        assert read(warehouse, world, plan) == [row[0] for row in rows]


def test_a_sample_is_the_first_of_an_order_that_stays_the_same(warehouse: Warehouse, worlds: list[World]) -> None:
    plan = planned(EUROPE, order={"by": "random"}, limit=20)
    query = compiled(plan)
    assert gate(query.text, query.parameters).text == query.text
    for world in worlds:
        rows = world.sql.execute(
            "SELECT customer_id FROM customer WHERE country IS NOT NULL ORDER BY shuffle, customer_id LIMIT 20"
        ).fetchall()
        assert read(warehouse, world, plan) == [row[0] for row in rows]


def test_a_percentage_is_cut_of_everybody_in_order(warehouse: Warehouse, worlds: list[World]) -> None:
    plan = planned(EUROPE, order={"by": "age", "descending": False}, percent="7.5")
    query = compiled(plan)
    assert query.cut == Cut(percent="7.5")
    assert "LIMIT" not in query.text
    for world in worlds:
        rows = world.sql.execute(
            "SELECT customer_id FROM customer WHERE country IS NOT NULL ORDER BY age NULLS LAST, customer_id"
        ).fetchall()
        assert read(warehouse, world, plan) == [row[0] for row in rows]


def test_an_order_behind_joined_conditions_keeps_each_member_once(warehouse: Warehouse, worlds: list[World]) -> None:
    where = both(did("purchase"), {"kind": "relation", "relation": "household"})
    plan = planned(where, order={"by": measure("latest")}, limit=1000)
    for world in worlds:
        rows = world.sql.execute(
            "SELECT customer_id FROM bought WHERE customer_id IN (SELECT customer_id FROM related "
            "WHERE relation = 'household' AND customer_id <> other_id) GROUP BY 1 ORDER BY max(happened) DESC, 1"
        ).fetchall()
        assert read(warehouse, world, plan) == [row[0] for row in rows]


def test_ids_and_texts_are_ordered_by_code_point_whatever_letters_they_have(
    warehouse: Warehouse, tenant: Tenant
) -> None:
    ids = ["a", "B", "Z", "_", "á", "ä", "é", "z", "đ", "Ω", "10", "9", "a b", "a-b", "ab", "😀", "～"]
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        use_graph(connection)
        connection.execute(
            f"SELECT * FROM cypher('{tenant.graph_name}', $q$UNWIND $ids AS i "
            "CREATE (:Customer {customer_id: i, city: i})$q$, %s) AS (nothing agtype)",
            [json.dumps({"ids": ids})],
        )
    for order in (None, {"by": "city", "descending": False}):
        assert read_of(warehouse, tenant, planned(None, order=order, limit=100)) == sorted(ids)
