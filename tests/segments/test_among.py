"""Asking a plan of some customers gives those of its members that are among them, by Cypher and by SQL."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from leo_activation.errors import Permanent
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.definition import define
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import EventKind, Measure, MeasureKind, Order, SegmentPlan, plan_of
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import read_graph
from tests.segments.random_shop import AS_OF, CUSTOMERS, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans
from tests.segments.world import CATALOGUE

pytestmark = pytest.mark.timeout(3600)

SEED = 21
USUAL = settings().max_examples
EVERYBODY = [f"c{n:02}" for n in range(CUSTOMERS)]
ASKED = st.lists(st.sampled_from([*EVERYBODY, "nobody"]), max_size=CUSTOMERS)


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> RandomShop:
    return open_random_shop(warehouse, SEED)


@pytest.fixture(scope="module")
def connections(warehouse: Warehouse, shop: RandomShop) -> Iterator[tuple[Connection, Connection]]:
    with ExitStack() as stack:
        yield (
            stack.enter_context(warehouse.connect(DatabaseRole.READER, shop.tenant.tenant_id)),
            stack.enter_context(warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id)),
        )


def test_both_compilers_find_among_some_what_they_find_among_all(
    shop: RandomShop, connections: tuple[Connection, Connection]
) -> None:
    reader, writer = connections
    found: Counter[bool] = Counter()
    conditions = Plans(shop.catalogue).conditions()

    def in_graph(plan: SegmentPlan, among: list[str] | None) -> list[str]:
        compiled = compile_plan(plan, shop.catalogue, as_of=AS_OF, topics=TOPICS, among=among)
        gated = gate(compiled.text, compiled.parameters)
        return read_graph(reader, shop.tenant.graph_name, gated.text, gated.parameters)

    def in_tables(plan: SegmentPlan, among: list[str] | None) -> list[str]:
        return read_tables(writer, compile_sql(plan, shop.catalogue, as_of=AS_OF, topics=TOPICS, among=among))

    @settings(deadline=None, max_examples=3 * USUAL)
    @given(where=st.none() | conditions, asked=ASKED)
    def compare(where: object, asked: list[str]) -> None:
        plan = plan_of(where, currency=shop.catalogue.currency)  # type: ignore[arg-type]
        note(plan.model_dump_json(exclude_defaults=True))
        expected = sorted(set(in_graph(plan, None)) & set(asked))
        assert sorted(in_graph(plan, asked)) == expected
        assert sorted(in_tables(plan, asked)) == expected
        found[bool(expected)] += 1

    compare()
    assert found[True] > found.total() / 4


def test_the_hash_is_that_of_the_whole_definition(shop: RandomShop) -> None:
    plan = SegmentPlan()
    whole = define(plan, shop.catalogue, (), AS_OF)
    few = define(plan, shop.catalogue, (), AS_OF, among=["c01", "c02"])
    assert few.hash == whole.hash
    assert few.cypher != whole.cypher
    assert few.parameters == {"among_1": ["c01", "c02"]}


@pytest.mark.parametrize(
    "plan",
    [
        SegmentPlan(limit=5),
        SegmentPlan(order=Order(by="random"), percent="10"),
        SegmentPlan(order=Order(by=Measure(event=EventKind.PURCHASE, measure=MeasureKind.ORDERS)), limit=3),
    ],
)
def test_a_plan_that_orders_or_cuts_is_not_asked_of_some(plan: SegmentPlan) -> None:
    with pytest.raises(Permanent, match="cannot be asked about some"):
        compile_plan(plan, CATALOGUE, as_of=AS_OF, among=["ann"])
    with pytest.raises(Permanent, match="cannot be asked about some"):
        compile_sql(plan, CATALOGUE, as_of=AS_OF, among=["ann"])
