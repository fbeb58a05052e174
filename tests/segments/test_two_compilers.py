"""Graph and tables give the same customers for every plan, on shops of awkward data; a wrong compiler is caught."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, find, given, note, settings
from hypothesis import strategies as st
from psycopg import sql

from leo_activation.segments.cut import Cut
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import SegmentPlan, plan_of
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import read_graph
from tests.segments.random_shop import AS_OF, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans

# With LEO_TESTS_EXPLORE=1 thousands of plans are drawn.
pytestmark = pytest.mark.timeout(3600)

SEEDS = (1, 2, 3, 4)
USUAL = settings().max_examples
LEAVES = ("attributes", "behaviours", "occurrences", "sequences", "orders", "interests", "exposures", "relations")

# What is changed in the statement or the Cypher, and the plans among which somebody must notice.
WRONG_SQL = (
    ("conditions", " IS TRUE)", ")"),
    ("conditions", "profile.is_primary AND ", ""),
    ("attributes", "profile.total_spent_minor", "NULL::bigint"),
    ("attributes", " OR ", " AND "),
    ("behaviours", "event.at >= ", "event.at > "),
    ("behaviours", "event.at < ", "event.at <= "),
    ("behaviours", "item.net_quantity > 0", "true"),
    ("behaviours", "coalesce(item.home_net_minor, 0)", "coalesce(item.value_minor, 0)"),
    ("behaviours", "product.deleted_at IS NULL", "true"),
    ("behaviours", "count(DISTINCT event.product_id)", "count(event.product_id)"),
    ("behaviours", "AND profile.deleted_at IS NULL", ""),
    ("behaviours", " HAVING count(*) > ", " HAVING count(*) >= "),
    ("occurrences", "max(event.at)", "min(event.at)"),
    ("sequences", "following.at > first.at", "following.at >= first.at"),
    ("sequences", " AND following.product_id = first.product_id", ""),
    ("orders", "line.order_ref", "line.at"),
    ("orders", "item.net_quantity AS quantity", "item.quantity"),
    ("orders", "bool_or(", "bool_and("),
    ("interests", "other.score >= ", "other.score > "),
    ("exposures", "touch.exposure = ", "touch.exposure <> "),
    ("relations", "pair.customer_id <> pair.other_id", "true"),
    ("relations", "mine.customer_id <> sold.another_id", "true"),
    ("relations", "count(DISTINCT pair.other_id)", "count(pair.other_id)"),
    ("cut_plans", "NULLS LAST", "NULLS FIRST"),
    ("cut_plans", 'COLLATE "C"', 'COLLATE "C" DESC'),
)
WRONG_CYPHER = (
    ("behaviours", "[e1:PURCHASED]", "[e1:ADDED_TO_CART]"),
    ("behaviours", "RETURN DISTINCT", "RETURN"),
    ("occurrences", "max(", "min("),
    ("sequences", "e2.at > m1", "e2.at >= m1"),
    ("relations", "<-[e1:REFERRED]-", "-[e1:REFERRED]->"),
    ("conditions", "OPTIONAL MATCH", "MATCH"),
    ("conditions", " OR ", " AND "),
    ("cut_plans", " DESC", ""),
)


@dataclass(frozen=True, eq=False)
class OpenShop:
    """A shop with the connections by which it is asked."""

    shop: RandomShop
    reader: Connection
    writer: Connection

    def in_graph(self, plan: SegmentPlan, right: str = "", wrong: str = "") -> list[str] | None:
        """The customers of the plan by Cypher; with `right` made `wrong`, or None where it says nothing of the kind."""
        compiled = compile_plan(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        gated = gate(compiled.text, compiled.parameters)
        if right not in gated.text:
            return None
        text = gated.text.replace(right, wrong)
        found = read_graph(self.reader, self.shop.tenant.graph_name, text, gated.parameters)
        return (compiled.cut or Cut()).of(found)

    def in_tables(self, plan: SegmentPlan, right: str = "", wrong: str = "") -> list[str] | None:
        """The customers of the plan by SQL; with `right` made `wrong`, or None where it says nothing of the kind."""
        compiled = compile_sql(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        text = compiled.query.as_string()
        if right not in text:
            return None
        changed = sql.Composed([sql.SQL(text.replace(right, wrong))])
        found = read_tables(self.writer, replace(compiled, query=changed) if right else compiled)
        return (compiled.cut or Cut()).of(found)


@pytest.fixture(scope="module")
def shops(warehouse: Warehouse) -> Iterator[list[OpenShop]]:
    with ExitStack() as stack:
        opened = []
        for seed in SEEDS:
            shop = open_random_shop(warehouse, seed)
            reader = stack.enter_context(warehouse.connect(DatabaseRole.READER, shop.tenant.tenant_id))
            writer = stack.enter_context(warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id))
            opened.append(OpenShop(shop, reader, writer))
        yield opened


def comparable(plan: SegmentPlan, found: list[str] | None) -> list[str] | None:
    """What two answers to a plan are compared by: order counts only where the plan names one."""
    return found if found is None or plan.order is not None else sorted(found)


@cache
def plans_of(opened: OpenShop, kind: str) -> st.SearchStrategy[SegmentPlan]:
    """Plans of one kind of leaf alone, of whole conditions, of plans that are ordered and cut, or of everything."""
    plans = Plans(opened.shop.catalogue)
    if kind == "plans":
        return plans.plans()
    if kind == "cut_plans":
        return plans.cut_plans(st.none() | plans.attributes())
    conditions: st.SearchStrategy[object] = getattr(plans, kind)()
    return conditions.map(lambda where: plan_of(where, currency=opened.shop.catalogue.currency))  # type: ignore[arg-type]


@settings(deadline=None, max_examples=2 * USUAL)
@given(data=st.data())
def test_both_give_the_same_customers(shops: list[OpenShop], data: st.DataObject) -> None:
    opened = data.draw(st.sampled_from(shops))
    plan = data.draw(plans_of(opened, "plans"))
    note(plan.model_dump_json(exclude_defaults=True))
    assert comparable(plan, opened.in_graph(plan)) == comparable(plan, opened.in_tables(plan))


@pytest.mark.parametrize("kind", LEAVES)
def test_each_kind_of_leaf_finds_some_customers_and_the_same_ones(shops: list[OpenShop], kind: str) -> None:
    found: Counter[bool] = Counter()

    @settings(deadline=None, max_examples=USUAL // 2)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        opened = data.draw(st.sampled_from(shops))
        plan = data.draw(plans_of(opened, kind))
        note(plan.model_dump_json(exclude_defaults=True))
        in_tables = comparable(plan, opened.in_tables(plan))
        assert comparable(plan, opened.in_graph(plan)) == in_tables
        found[bool(in_tables)] += 1

    compare()
    assert found[True] > found.total() / 3


def is_caught(shops: list[OpenShop], kind: str, *, right: str, wrong: str, in_graph: bool) -> bool:
    """Whether a plan of the kind is found for which the changed compiler gives other customers than the other one."""

    def differs(opened: OpenShop, plan: SegmentPlan) -> bool:
        changed = opened.in_graph(plan, right, wrong) if in_graph else opened.in_tables(plan, right, wrong)
        if changed is None:
            return False
        sound = opened.in_tables(plan) if in_graph else opened.in_graph(plan)
        return comparable(plan, changed) != comparable(plan, sound)

    pairs = st.sampled_from(shops).flatmap(lambda opened: st.tuples(st.just(opened), plans_of(opened, kind)))
    usual = settings(max_examples=2000, deadline=None, phases=[Phase.generate], database=None, derandomize=True,
                     suppress_health_check=list(HealthCheck))  # fmt: skip
    opened, plan = find(pairs, lambda pair: differs(*pair), settings=usual)
    return differs(opened, plan)


@pytest.mark.parametrize(("kind", "right", "wrong"), WRONG_SQL)
def test_a_wrong_statement_is_caught(shops: list[OpenShop], kind: str, right: str, wrong: str) -> None:
    assert is_caught(shops, kind, right=right, wrong=wrong, in_graph=False)


@pytest.mark.parametrize(("kind", "right", "wrong"), WRONG_CYPHER)
def test_wrong_cypher_is_caught(shops: list[OpenShop], kind: str, right: str, wrong: str) -> None:
    assert is_caught(shops, kind, right=right, wrong=wrong, in_graph=True)
