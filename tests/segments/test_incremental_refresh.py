"""Asking those of whom something changed finds what asking all finds: on drawn shops, plans, changes and moments."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from leo_activation.segments.candidates import Policy, choose_asked
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import define, query_graph
from leo_activation.segments.meaning import InterestReading, TopicMatch
from leo_activation.segments.plan import SegmentPlan, plan_of
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph_schema import schema_version
from leo_activation.warehouse.statements import statement
from tests.segments.changing_shop import ChangingShop
from tests.segments.random_shop import AS_OF, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans

pytestmark = pytest.mark.timeout(3600)

USUAL = settings().max_examples
ANY_SHARE = Policy(share=1.0, few=10_000, whole_after=timedelta(days=10_000))
"""Nobody is too many: what is asked of few is seen, and not what is asked of all."""
SHOP_SEEDS = (31, 32)
PLANS_A_ROUND = 12
READINGS = tuple(
    InterestReading(
        phrase=phrase, model="m", precision="p", threshold=0.5, missed=(),
        chosen=tuple(TopicMatch(topic_id=topic_id, similarity=0.9) for topic_id in topic_ids),
    )
    for phrase, topic_ids in TOPICS.items()
)  # fmt: skip


@pytest.fixture(scope="module", params=SHOP_SEEDS)
def shop(warehouse: Warehouse, request: pytest.FixtureRequest) -> RandomShop:
    return open_random_shop(warehouse, request.param)


class Kept:
    """A plan with the members that were found last, kept by asking candidates alone."""

    def __init__(self, number: int, plan: SegmentPlan) -> None:
        self.segment_id = f"drawn_{number}"
        self.plan = plan
        self.members: set[str] = set()
        self.asked: int | None = None

    def register(self, connection: Connection, tenant_id: str) -> None:
        """What the refreshes of a segment refer to."""
        connection.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
            "schema_version, hash) VALUES (%s, %s, 1, 'drawn', '{}', '', '', '{}', '', '') ON CONFLICT DO NOTHING",
            [tenant_id, self.segment_id],
        )
        connection.execute("DELETE FROM segment.refreshed WHERE segment_id = %s", [self.segment_id])

    def refresh(self, warehouse: Warehouse, catalogue: Catalogue, as_of: datetime) -> None:
        """Ask the candidates, and remember when."""
        with warehouse.connect(DatabaseRole.WRITER, catalogue.tenant_id) as connection:
            asked = choose_asked(
                connection, catalogue, self.segment_id, self.plan, version=1, as_of=as_of, interest_model=None,
                policy=ANY_SHARE, now=datetime.now(UTC),
            )  # fmt: skip
            among = asked.customer_ids
            self.asked = None if among is None else len(among)
            found = in_graph(warehouse, catalogue, self.plan, as_of, among)
            assert in_tables(connection, catalogue, self.plan, as_of, among) == found
            self.members = found if among is None else self.members - set(among) | found
            connection.execute(
                statement("segments/write_refreshed"),
                {
                    "tenant_id": catalogue.tenant_id, "segment_id": self.segment_id, "version": 1, "as_of": as_of,
                    "schema_version": schema_version(), "interest_model": None, "seen": asked.seen,
                    "asks_all": among is None,
                },
            )  # fmt: skip


def in_graph(
    warehouse: Warehouse, catalogue: Catalogue, plan: SegmentPlan, as_of: datetime, among: tuple[str, ...] | None
) -> set[str]:
    return set(query_graph(warehouse, define(plan, catalogue, READINGS, as_of, among=among)))


def in_tables(
    connection: Connection, catalogue: Catalogue, plan: SegmentPlan, as_of: datetime, among: tuple[str, ...] | None
) -> set[str]:
    return set(read_tables(connection, compile_sql(plan, catalogue, as_of=as_of, topics=TOPICS, among=among)))


def test_after_any_changes_and_moments_the_members_are_those_of_asking_all(
    warehouse: Warehouse, shop: RandomShop
) -> None:
    counts: Counter[str] = Counter()
    kinds = Plans(shop.catalogue)
    # Whoever is related to somebody changes without being touched: that is asked for often.
    conditions = st.one_of(kinds.conditions(), kinds.relations(), kinds.behaviours())
    plans = conditions.map(lambda where: plan_of(where, currency=shop.catalogue.currency))
    numbers = iter(range(1_000_000))
    clock = {"now": AS_OF}

    @settings(deadline=None, max_examples=max(4, USUAL // 20))
    @given(data=st.data())
    def happen(data: st.DataObject) -> None:
        changing = ChangingShop(warehouse, shop, data.draw(st.integers(0, 10_000), label="seed"))
        kept = [
            Kept(next(numbers), plan)
            for plan in data.draw(st.lists(plans, min_size=PLANS_A_ROUND, max_size=PLANS_A_ROUND), label="plans")
        ]
        with warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
            for each in kept:
                each.register(connection, shop.tenant.tenant_id)
        for each in kept:
            each.refresh(warehouse, shop.catalogue, clock["now"])
        for _ in range(3):
            passes = data.draw(st.sampled_from((0, 1, 26, 24 * 7, 24 * 31)), label="hours pass")
            clock["now"] += timedelta(hours=passes)
            for kind in data.draw(st.lists(st.sampled_from(sorted(changing.changes)), max_size=8), label="changes"):
                changing.change(kind, clock["now"])
            changing.follow(clock["now"], interests=data.draw(st.booleans(), label="interests"))
            for each in kept:
                before = set(each.members)
                each.refresh(warehouse, shop.catalogue, clock["now"])
                note(f"{each.segment_id} asked {each.asked}: {each.plan.model_dump_json(exclude_defaults=True)}")
                assert each.members == in_graph(warehouse, shop.catalogue, each.plan, clock["now"], None)
                counts["few" if each.asked is not None else "all"] += 1
                counts["changed"] += each.asked is not None and before != each.members
                counts["asked"] += each.asked or 0

    happen()
    # Most were asked of few, some of these changed, and fewer were asked than there are.
    assert counts["few"] > counts["all"]
    assert counts["changed"] > 3
    assert counts["asked"] < counts["few"] * 36 / 2
