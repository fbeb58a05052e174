"""As of the newest moment a replay finds what the tables hold now, for every kind of condition that has a history."""

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta

import pytest
from hypothesis import assume, given, note, settings
from hypothesis import strategies as st

from leo_activation.profiles.interests import compute_interests
from leo_activation.segments.as_of import NotKept, require_history
from leo_activation.segments.as_of.past_tables import opened, past_moment
from leo_activation.segments.cut import Cut
from leo_activation.segments.plan import Behaviour, EventKind, Interest, SegmentPlan, TopicType, plan_of
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from tests.segments.projecting import project
from tests.segments.random_shop import AS_OF, SEGMENTS, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans

pytestmark = pytest.mark.timeout(3600)

SEEDS = (41, 42, 43)
USUAL = settings().max_examples
NOW = AS_OF + timedelta(days=1)
"""Later than everything that happened, so that nothing happens at the moment itself."""
KINDS = ("attributes", "behaviours", "occurrences", "sequences", "orders", "interests", "exposures")
TIMEOUT_MS = 60_000

Opened = tuple[RandomShop, Connection]


@pytest.fixture(scope="module")
def shops(warehouse: Warehouse) -> Iterator[list[Opened]]:
    with ExitStack() as stack:
        found = []
        for seed in SEEDS:
            shop = open_random_shop(warehouse, seed)
            project(warehouse, shop.tenant, NOW)
            compute_interests(warehouse, shop.tenant.tenant_id, NOW)
            with warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
                remember_memberships(connection, shop.tenant.tenant_id)
            writer = stack.enter_context(warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id))
            found.append((shop, writer))
        yield found


def remember_memberships(connection: Connection, tenant_id: str) -> None:
    """The changes by which the shop's memberships came about, as refreshes write them: everybody left and came back."""
    for segment_id in SEGMENTS:
        values = {"tenant_id": tenant_id, "segment_id": segment_id, "as_of": AS_OF}
        connection.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
            "schema_version, hash, state) VALUES (%(tenant_id)s, %(segment_id)s, 1, 'x', '{}', 'x', 'x', '{}', 'x', "
            "'x', 'retired')",
            values,
        )
        for change in ("enter", "exit", "enter"):
            connection.execute(
                "WITH run AS (INSERT INTO segment.run (tenant_id, segment_id, version, as_of, member_count, entered, "
                "exited) VALUES (%(tenant_id)s, %(segment_id)s, 1, %(as_of)s, 0, 0, 0) RETURNING run_id) "
                "INSERT INTO segment.membership_change "
                "(tenant_id, run_id, segment_id, customer_id, change, cause, changed_at) "
                "SELECT tenant_id, run_id, segment_id, customer_id, %(change)s, 'data', %(as_of)s "
                "FROM segment.membership, run WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s",
                {**values, "change": change},
            )


def as_of_now(opened_shop: Opened, plan: SegmentPlan, *, as_known_now: bool) -> list[str]:
    shop, connection = opened_shop
    tenant_id, currency = shop.tenant.tenant_id, shop.catalogue.currency
    past = past_moment(connection, tenant_id, NOW, as_known_now=as_known_now)
    connection.rollback()
    compiled = compile_sql(plan, shop.catalogue, as_of=NOW, topics=TOPICS, tables=past.tables)
    with opened(connection, tenant_id, currency, past, compiled, timeout_ms=TIMEOUT_MS):
        rows = connection.execute(compiled.query, dict(compiled.parameters)).fetchall()
    return (compiled.cut or Cut()).of([str(row[0]) for row in rows])


def now(opened_shop: Opened, plan: SegmentPlan) -> list[str]:
    shop, connection = opened_shop
    compiled = compile_sql(plan, shop.catalogue, as_of=NOW, topics=TOPICS)
    return (compiled.cut or Cut()).of(read_tables(connection, compiled))


def test_the_newest_moment_is_the_present(shops: list[Opened]) -> None:
    found: Counter[bool] = Counter()

    @settings(deadline=None, max_examples=USUAL)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        shop, connection = data.draw(st.sampled_from(shops))
        plans = Plans(shop.catalogue)
        kind = data.draw(st.sampled_from((*KINDS, "conditions", "plans")))
        if kind == "plans":
            plan = data.draw(plans.plans())
        else:
            conditions: st.SearchStrategy[object] = getattr(plans, kind)()
            plan = data.draw(conditions.map(lambda where: plan_of(where, currency=shop.catalogue.currency)))  # type: ignore[arg-type]
        try:
            require_history(plan, shop.catalogue)
        except NotKept:
            assume(False)
        note(plan.model_dump_json(exclude_defaults=True))
        present = now((shop, connection), plan)
        for as_known_now in (False, True):
            past = as_of_now((shop, connection), plan, as_known_now=as_known_now)
            assert past == present if plan.order is not None else sorted(past) == sorted(present)
        found[bool(present)] += 1

    compare()
    assert found[True] > found.total() / 3


def test_what_was_kept_is_netted_by_the_rules_of_the_orders(shops: list[Opened]) -> None:
    columns = "customer_id, order_ref, graph_key, net_quantity, paid_minor, net_value_minor, home_net_minor"
    for shop, connection in shops:
        tenant_id, currency = shop.tenant.tenant_id, shop.catalogue.currency
        past = past_moment(connection, tenant_id, NOW, as_known_now=False)
        connection.rollback()
        bought = SegmentPlan(where=Behaviour(event=EventKind.PURCHASE))
        compiled = compile_sql(bought, shop.catalogue, as_of=NOW, tables=past.tables)
        with opened(connection, tenant_id, currency, past, compiled, timeout_ms=TIMEOUT_MS):
            then = set(connection.execute(f"SELECT {columns} FROM then_item").fetchall())
            is_now = set(
                connection.execute(
                    f"SELECT {columns} FROM core.order_item WHERE tenant_id = %s", [tenant_id]
                ).fetchall()
            )
        assert then == is_now
        assert len(then) > 50
        assert any(row[3] == 0 for row in then)


def test_interests_are_weighed_by_the_rules_of_their_computation(shops: list[Opened]) -> None:
    columns = "customer_id, topic_type, topic, raw, score, is_primary"
    asked = SegmentPlan(where=Interest(topic_type=TopicType.COLOR, topic="red"))
    for shop, connection in shops:
        tenant_id, currency = shop.tenant.tenant_id, shop.catalogue.currency
        past = past_moment(connection, tenant_id, NOW, as_known_now=False)
        connection.rollback()
        compiled = compile_sql(asked, shop.catalogue, as_of=NOW, tables=past.tables)
        with opened(connection, tenant_id, currency, past, compiled, timeout_ms=TIMEOUT_MS):
            then = set(connection.execute(f"SELECT {columns} FROM then_interest").fetchall())
            is_now = set(
                connection.execute(
                    f"SELECT {columns} FROM profile.interest WHERE tenant_id = %s", [tenant_id]
                ).fetchall()
            )
        assert then == is_now
        assert len(then) > 50
