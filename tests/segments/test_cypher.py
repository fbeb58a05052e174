"""The compiler's Cypher on a real graph, judged by SQL that was written by hand."""

from collections.abc import Mapping

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.cypher import Cut, compile_plan, phrases_of
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import SegmentPlan, conjuncts, prefixes
from leo_activation.segments.plan.tree import MAX_LEAVES
from leo_activation.warehouse.connections import Warehouse
from tests.segments.judged import (
    AT,
    DAY,
    TOPICS,
    Json,
    attribute,
    both,
    compiled,
    did,
    either,
    expected,
    last,
    planned,
    read,
    without,
)
from tests.segments.world import AS_OF, CATALOGUE, World

SOCKS = did("purchase", product={"categories": ["socks"]})
RED_SOCKS = did("purchase", product={"categories": ["socks"], "colors": ["red"]}, window=last(60))
LUXURY = {"kind": "interest", "topic_type": "tag", "topic": "likes luxury items"}
MAINLY_RED = {"kind": "interest", "topic_type": "color", "topic": "red", "primary": True}
VIP = {"kind": "segment", "segment_id": "vip"}

BOUGHT_SOCKS = (
    "SELECT customer_id FROM event JOIN product ON name = product "
    "WHERE kind = 'PURCHASED' AND net_quantity > 0 AND category = 'socks'"
)
HAS_LUXURY = "SELECT customer_id FROM interest WHERE topic_id = 'tag:likes luxury items'"
HAS_MAINLY_RED = "SELECT customer_id FROM interest WHERE topic_id = 'color:red' AND is_primary"
ANY_PURCHASE = "SELECT customer_id FROM event WHERE kind = 'PURCHASED' AND net_quantity > 0"

CASES: Mapping[str, tuple[Json | None, str]] = {
    "everybody": (None, "true"),
    "text equals": (attribute("country", "eq", "DE"), "country = 'DE'"),
    "text differs": (attribute("country", "ne", "DE"), "country <> 'DE'"),
    "not equal keeps the unknown": (without(attribute("country", "eq", "DE")), "country IS DISTINCT FROM 'DE'"),
    "one of": (attribute("country", "in", "AT", "PL"), "country IN ('AT', 'PL')"),
    "number above": (attribute("age", "gt", "40"), "age > 40"),
    "number between": (attribute("age", "between", "25", "35"), "age BETWEEN 25 AND 35"),
    "not between": (without(attribute("age", "between", "25", "35")), "(age BETWEEN 25 AND 35) IS NOT TRUE"),
    "money above, to the cent": (attribute("total_spent", "gt", "800"), "total_spent > 80000"),
    "money at least, with cents": (attribute("total_spent", "ge", "800.01"), "total_spent >= 80001"),
    "known": (attribute("age", "exists"), "age IS NOT NULL"),
    "unknown": (without(attribute("age", "exists")), "age IS NULL"),
    "contains": (attribute("favorite_color", "contains", "e"), "favorite_color LIKE '%e%'"),
    "starts with": (attribute("favorite_color", "starts_with", "bl"), "favorite_color LIKE 'bl%'"),
    "joined within": (
        {"kind": "attribute", "property": "created_at", "operator": "within", "window": last(200)},
        f"created_at >= {AT - 200 * DAY} AND created_at < {AT}",
    ),
    "bought of a category": (SOCKS, f"customer_id IN ({BOUGHT_SOCKS})"),
    "bought in a window, half-open": (
        RED_SOCKS,
        f"customer_id IN ({BOUGHT_SOCKS} AND color = 'red' AND happened >= {AT - 60 * DAY} AND happened < {AT})",
    ),
    "anything of a brand": (
        did("view", product={"brands": ["Luna"]}),
        "customer_id IN (SELECT customer_id FROM event JOIN product ON name = product "
        "WHERE kind = 'VIEWED' AND brand = 'Luna')",
    ),
    "category and brand together": (
        did("purchase", product={"categories": ["socks", "shoes"], "brands": ["Luna"]}),
        "customer_id IN (SELECT customer_id FROM event JOIN product ON name = product "
        "WHERE kind = 'PURCHASED' AND net_quantity > 0 AND category IN ('socks', 'shoes') AND brand = 'Luna')",
    ),
    "named product at a price": (
        did("add_to_cart", product={"names": ["runner"], "price": {"at_least": "50", "less_than": "150"}}),
        "customer_id IN (SELECT customer_id FROM event WHERE kind = 'ADDED_TO_CART' AND product = 'runner' "
        "AND price >= 5000 AND price < 15000)",
    ),
    "between two days": (
        did("view", window={"kind": "dates", "since": "2026-01-01", "until": "2026-02-01"}),
        "customer_id IN (SELECT customer_id FROM event WHERE kind = 'VIEWED' "
        "AND happened >= epoch_us(TIMESTAMP '2026-01-01') AND happened < epoch_us(TIMESTAMP '2026-02-01'))",
    ),
    "at least twice": (
        did("purchase", min_count=2, product={"categories": ["socks"]}),
        f"customer_id IN ({BOUGHT_SOCKS} GROUP BY 1 HAVING count(*) >= 2)",
    ),
    "exactly once": (
        did("purchase", min_count=1, max_count=1),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) = 1)",
    ),
    "at most once, or never": (
        did("purchase", min_count=0, max_count=1),
        f"customer_id NOT IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) > 1)",
    ),
    "worth more than": (
        did("purchase", value={"more_than": "150"}),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING sum(net_value) > 15000)",
    ),
    "worth at most, having bought": (
        did("purchase", value={"at_most": "150"}),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING coalesce(sum(net_value), 0) <= 15000)",
    ),
    "twice, and worth": (
        did("purchase", min_count=2, value={"more_than": "150"}),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) >= 2 AND sum(net_value) > 15000)",
    ),
    "never bought": (without(did("purchase")), f"customer_id NOT IN ({ANY_PURCHASE})"),
    "not at least twice": (
        without(did("purchase", min_count=2)),
        f"customer_id NOT IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) >= 2)",
    ),
    "interested": (LUXURY, f"customer_id IN ({HAS_LUXURY})"),
    "interested by score": (
        {"kind": "interest", "topic_type": "category", "topic": "socks", "min_score": 0.5},
        "customer_id IN (SELECT customer_id FROM interest WHERE topic_id = 'category:socks' AND score >= 0.5)",
    ),
    "interested by meaning": (
        {"kind": "interest_phrase", "phrase": "rich people"},
        "customer_id IN (SELECT customer_id FROM interest WHERE topic_id IN ('tag:likes luxury items', 'color:red'))",
    ),
    "a meaning without topics": ({"kind": "interest_phrase", "phrase": "nothing of the kind"}, "false"),
    "not by meaning": (
        without({"kind": "interest_phrase", "phrase": "rich people"}),
        "customer_id NOT IN (SELECT customer_id FROM interest "
        "WHERE topic_id IN ('tag:likes luxury items', 'color:red'))",
    ),
    "member": (VIP, "customer_id IN (SELECT customer_id FROM member WHERE segment_id = 'vip')"),
    "several things done": (
        both(SOCKS, LUXURY, did("view"), attribute("age", "gt", "30")),
        f"age > 30 AND customer_id IN ({BOUGHT_SOCKS}) AND customer_id IN ({HAS_LUXURY}) "
        "AND customer_id IN (SELECT customer_id FROM event WHERE kind = 'VIEWED')",
    ),
    "counted, then another": (
        both(did("purchase", min_count=2), VIP, SOCKS),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) >= 2) AND customer_id IN ({BOUGHT_SOCKS}) "
        "AND customer_id IN (SELECT customer_id FROM member WHERE segment_id = 'vip')",
    ),
    "done and not done": (
        both(did("view"), without(RED_SOCKS), without(VIP)),
        f"customer_id IN (SELECT customer_id FROM event WHERE kind = 'VIEWED') AND customer_id NOT IN ({BOUGHT_SOCKS} "
        f"AND color = 'red' AND happened >= {AT - 60 * DAY} AND happened < {AT}) "
        "AND customer_id NOT IN (SELECT customer_id FROM member WHERE segment_id = 'vip')",
    ),
    "favourite or preferred colour": (
        both(LUXURY, either(attribute("favorite_color", "eq", "red"), MAINLY_RED)),
        f"customer_id IN ({HAS_LUXURY}) AND (favorite_color = 'red' OR customer_id IN ({HAS_MAINLY_RED}))",
    ),
    "or of counts, and not": (
        either(did("purchase", min_count=2), without(LUXURY), both(VIP, attribute("country", "eq", "PL"))),
        f"customer_id IN ({ANY_PURCHASE} GROUP BY 1 HAVING count(*) >= 2) OR customer_id NOT IN ({HAS_LUXURY}) "
        "OR (country = 'PL' AND customer_id IN (SELECT customer_id FROM member WHERE segment_id = 'vip'))",
    ),
    "not of an and": (
        without(both(SOCKS, attribute("country", "eq", "DE"))),
        f"customer_id NOT IN ({BOUGHT_SOCKS}) OR country IS DISTINCT FROM 'DE'",
    ),
    "not of an or with a sum": (
        without(either(did("purchase", value={"more_than": "150"}), attribute("age", "lt", "30"))),
        f"customer_id NOT IN ({ANY_PURCHASE} GROUP BY 1 HAVING sum(net_value) > 15000) AND (age < 30) IS NOT TRUE",
    ),
    "two formulas": (
        both(either(SOCKS, VIP), either(LUXURY, attribute("age", "gt", "60"))),
        f"(customer_id IN ({BOUGHT_SOCKS}) "
        "OR customer_id IN (SELECT customer_id FROM member WHERE segment_id = 'vip')) "
        f"AND (customer_id IN ({HAS_LUXURY}) OR age > 60)",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_cypher_finds_the_members_that_sql_finds(name: str, warehouse: Warehouse, worlds: list[World]) -> None:
    where, condition = CASES[name]
    for world in worlds:
        members = read(warehouse, world, planned(where))
        assert sorted(members) == expected(world, condition)
        assert len(set(members)) == len(members)


def test_the_cases_tell_members_from_others(worlds: list[World]) -> None:
    """A case that keeps nobody or everybody in both worlds could not fail."""
    sizes = {name: {len(expected(world, sql)) for world in worlds} for name, (_, sql) in CASES.items()}
    trivial = {name for name, found in sizes.items() if found <= {0} or found <= {60}}
    assert trivial == {"everybody", "a meaning without topics"}


@pytest.mark.parametrize("name", CASES)
def test_the_gate_prints_compiled_cypher_back_unchanged(name: str) -> None:
    query = compiled(planned(CASES[name][0]))
    gated = gate(query.text, query.parameters)
    assert gated.text == query.text
    assert gated.parameters == query.parameters


def test_a_limit_takes_the_first_in_order_with_unknown_last_and_ties_by_id(
    warehouse: Warehouse, worlds: list[World]
) -> None:
    plan = planned(LUXURY, order={"by": "total_spent"}, limit=15)
    for world in worlds:
        rows = world.sql.execute(
            f"SELECT customer_id FROM customer WHERE customer_id IN ({HAS_LUXURY}) "
            "ORDER BY total_spent DESC NULLS LAST, customer_id LIMIT 15"
        ).fetchall()
        assert read(warehouse, world, plan) == [row[0] for row in rows]
    query = compiled(plan)
    assert gate(query.text, query.parameters).text == query.text


def test_each_condition_of_a_plan_is_a_step_of_its_funnel(warehouse: Warehouse, worlds: list[World]) -> None:
    plan = planned(both(SOCKS, LUXURY, attribute("age", "gt", "30")))
    sizes = [len(read(warehouse, worlds[0], step)) for step in prefixes(plan)]
    assert len(sizes) == len(conjuncts(plan.where)) == 3
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == len(read(warehouse, worlds[0], plan))


def test_a_profile_phrase_is_left_for_afterwards_together_with_the_limit() -> None:
    phrase = {"kind": "profile_phrase", "phrase": "weekend hikers"}
    query = compiled(planned(both(phrase, SOCKS), order={"by": "age"}, limit=10))
    assert [found.phrase for found in query.profile_phrases] == ["weekend hikers"]
    assert query.cut == Cut(limit=10)
    assert "LIMIT" not in query.text
    assert "ORDER BY c.age IS NULL, c.age DESC, c.customer_id" in query.text
    assert gate(query.text, query.parameters).text == query.text


def test_only_relative_windows_move_with_as_of() -> None:
    fixed = {"kind": "dates", "since": "2026-01-01"}
    query = compiled(planned(both(did("view", window=fixed), RED_SOCKS)))
    assert {name.split("_")[0] for name in query.timed} == {"after", "until"}
    assert len(query.timed) == 2
    later = compile_plan(
        planned(both(did("view", window=fixed), RED_SOCKS)), CATALOGUE, as_of=AS_OF.replace(day=21), topics=TOPICS
    )
    assert later.text == query.text
    assert {name for name in query.parameters if query.parameters[name] != later.parameters[name]} == query.timed


def test_as_many_counts_as_a_plan_may_have_pass_the_gate_and_run(warehouse: Warehouse, worlds: list[World]) -> None:
    twice_and_more = [
        did("purchase", min_count=2 + n, product={"categories": ["socks"], "brands": ["Luna"]}, window=last(60))
        for n in range(MAX_LEAVES - 1)
    ]
    plan = planned(either(*twice_and_more, VIP))
    query = compiled(plan)
    assert gate(query.text, query.parameters).text == query.text
    world = worlds[0]
    either_of_two = planned(either(twice_and_more[0], VIP))
    assert sorted(read(warehouse, world, plan)) == sorted(read(warehouse, world, either_of_two))


def test_a_phrase_that_nobody_resolved_stops_the_compiler() -> None:
    plan = planned({"kind": "interest_phrase", "phrase": "winter sports"})
    assert phrases_of(plan) == ("winter sports",)
    with pytest.raises(Permanent, match="winter sports"):
        compiled(plan)


@pytest.mark.parametrize(("currency", "amount"), [("USD", "800"), ("EUR", "800.001")])
def test_money_in_another_currency_or_finer_than_a_cent_stops_the_compiler(currency: str, amount: str) -> None:
    plan = SegmentPlan.model_validate({"where": attribute("total_spent", "gt", amount), "currency": currency})
    with pytest.raises(Permanent):
        compiled(plan)
