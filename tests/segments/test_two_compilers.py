"""Graph and tables give the same customers for every plan, on shops full of awkward data."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from leo_activation.segments.cut import Cut
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import read_graph
from tests.segments.random_shop import AS_OF, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans

SEEDS = (1, 2, 3, 4)


@dataclass(frozen=True)
class OpenShop:
    """A shop with the connections by which it is asked."""

    shop: RandomShop
    reader: Connection
    writer: Connection

    def in_graph(self, plan: SegmentPlan) -> list[str]:
        """The customers of the plan by Cypher."""
        compiled = compile_plan(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        gated = gate(compiled.text, compiled.parameters)
        found = read_graph(self.reader, self.shop.tenant.graph_name, gated.text, gated.parameters)
        return (compiled.cut or Cut()).of(found)

    def in_tables(self, plan: SegmentPlan) -> list[str]:
        """The customers of the plan by SQL."""
        compiled = compile_sql(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        return (compiled.cut or Cut()).of(read_tables(self.writer, compiled))


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


def agree(opened: OpenShop, plan: SegmentPlan) -> None:
    in_graph, in_tables = opened.in_graph(plan), opened.in_tables(plan)
    if plan.order is None:
        in_graph, in_tables = sorted(in_graph), sorted(in_tables)
    assert in_graph == in_tables


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_both_give_the_same_customers(shops: list[OpenShop], data: st.DataObject) -> None:
    opened = data.draw(st.sampled_from(shops))
    plan = data.draw(Plans(opened.shop.catalogue).plans())
    note(plan.model_dump_json(exclude_defaults=True))
    agree(opened, plan)
