"""A definition as of past moments, on syncs that came one after another: what was known then, and what is known now."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent
from leo_activation.segments.as_of import MOST_MOMENTS, NotKept, Replay, replay, share
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    Channel,
    Condition,
    CustomerProperty,
    EventKind,
    Interest,
    Last,
    Not,
    Operator,
    ProductFilter,
    ProfilePhrase,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentPlan,
    TimeUnit,
    TopicName,
    TopicType,
)
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import NOW, state_consent
from tests.segments.projecting import project
from tests.segments.shop import RED_SOCKS, day, open_shop
from tests.sync.conftest import register_leo_tenant
from tests.sync.money_rows import OrderRow, add_orders
from tests.sync.small_sources import PRODUCT, PROFILE, TRACKING_EVENT, write_dump

FIRST = datetime(2026, 2, 20, tzinfo=UTC)
SECOND = FIRST + timedelta(days=7)
THIRD = FIRST + timedelta(days=14)
OTHER_PRODUCT = {**PRODUCT, "_key": "k2", "_rev": "i2", "productId": "SKU2", "title": "Tent", "categoryName": "Camping"}
# Enough sound events that one which changes does not stop a run.
BASE = [
    {**TRACKING_EVENT, "_key": f"b{n}", "refProfileId": "p9", "createdAt": "2026-02-01T10:00:00.500Z"}
    for n in range(30)
]


def viewed(category: str) -> SegmentPlan:
    return SegmentPlan(where=Behaviour(event=EventKind.VIEW, product=ProductFilter(categories=(category,))))


def lives_in(city: str) -> SegmentPlan:
    return SegmentPlan(where=Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(city,)))


class LeoShop:
    """A LEO tenant whose dump is written anew for each of its syncs."""

    def __init__(self, warehouse: Warehouse, folder: Path, key: bytes) -> None:
        self.warehouse, self._folder, self._key = warehouse, folder, key
        self.tenant: Tenant = register_leo_tenant(warehouse)
        self._syncs = 0

    def sync(
        self,
        as_of: datetime,
        *events: Mapping[str, object],
        city: str = "Hanoi",
        more: tuple[Mapping[str, object], ...] = (),
    ) -> None:
        """Read these events; the first profile lives in `city`."""
        self._syncs += 1
        profiles = [
            {**PROFILE, "_rev": f"r{self._syncs}", "livingCity": city},
            {**PROFILE, "_key": "p9", "primaryEmail": "mai@example.com"},
            *more,
        ]
        folder = write_dump(
            self._folder / str(self._syncs),
            profiles=profiles, events=[*BASE, *events], products=[PRODUCT, OTHER_PRODUCT],
        )  # fmt: skip
        tenant_id = self.tenant.tenant_id
        run = sync.open_run(self.warehouse, tenant_id, f"run {self._syncs}", as_of=as_of)
        sync.extract(self.warehouse, tenant_id, run, open_source("arangodump", str(folder)))
        sync.check(self.warehouse, tenant_id, run)
        sync.merge(self.warehouse, tenant_id, run, pseudonym_key=self._key)
        sync.project(self.warehouse, tenant_id, run)

    def sizes(self, plan: SegmentPlan, *moments: datetime, as_known_now: bool = False) -> list[int]:
        found = replay(self.warehouse, self.tenant.tenant_id, plan, moments, as_known_now=as_known_now)
        return [point.members for point in found.points]


@pytest.fixture
def leo(warehouse: Warehouse, tmp_path: Path, pseudonym_key: bytes) -> LeoShop:
    return LeoShop(warehouse, tmp_path, pseudonym_key)


def event(key: str, at: str, **fields: object) -> Mapping[str, object]:
    return {**TRACKING_EVENT, "_key": key, "createdAt": f"{at}T10:00:00.000Z", **fields}


def test_a_late_event_changes_no_past_answer_but_what_is_known_now(leo: LeoShop) -> None:
    leo.sync(FIRST)
    assert leo.sizes(viewed("Socks"), FIRST) == [1]
    late = event("e1", "2026-02-10")
    leo.sync(SECOND, late)
    between = FIRST + timedelta(days=3)
    assert leo.sizes(viewed("Socks"), FIRST, between, SECOND) == [1, 1, 2]
    assert leo.sizes(viewed("Socks"), FIRST, between, SECOND, as_known_now=True) == [2, 2, 2]


def test_interests_are_computed_from_what_was_known_then(leo: LeoShop) -> None:
    first_of_all = SegmentPlan(
        where=Interest(
            topic_type=TopicType.CATEGORY, topic="Camping",
            more_than=TopicName(topic_type=TopicType.CATEGORY, topic="Socks"),
        )
    )  # fmt: skip
    leo.sync(FIRST, event("e1", "2026-02-10", refItemId="SKU1"))
    late = [event(f"l{n}", f"2026-02-1{n}", refItemId="SKU2") for n in range(3)]
    leo.sync(SECOND, event("e1", "2026-02-10", refItemId="SKU1"), *late)
    assert leo.sizes(first_of_all, FIRST, SECOND) == [0, 1]
    assert leo.sizes(first_of_all, FIRST, SECOND, as_known_now=True) == [1, 1]


def test_who_refuses_profiling_today_has_no_interests_in_the_past(leo: LeoShop) -> None:
    interested = SegmentPlan(where=Interest(topic_type=TopicType.CATEGORY, topic="Socks"))
    leo.sync(FIRST, event("e1", "2026-02-10", refItemId="SKU1"))
    assert leo.sizes(interested, FIRST) == [2]
    state_consent(leo.warehouse, leo.tenant.tenant_id, "p1", "profiling", "denied")
    assert leo.sizes(interested, FIRST) == [1]


def test_a_corrected_event_keeps_the_form_that_it_had(leo: LeoShop) -> None:
    leo.sync(FIRST, event("e1", "2026-02-10", refItemId="SKU2"))
    leo.sync(SECOND, event("e1", "2026-02-10", refItemId="SKU1", _rev="v2"))
    assert leo.sizes(viewed("Camping"), FIRST, SECOND) == [1, 0]
    assert leo.sizes(viewed("Socks"), FIRST, SECOND) == [1, 2]
    assert leo.sizes(viewed("Camping"), FIRST, SECOND, as_known_now=True) == [0, 0]


def test_an_event_that_the_source_moved_in_time_stays_where_it_was_known(leo: LeoShop) -> None:
    in_last_days = SegmentPlan(
        where=Behaviour(
            event=EventKind.VIEW, product=ProductFilter(categories=("Camping",)),
            window=Last(amount=15, unit=TimeUnit.DAY),
        )
    )  # fmt: skip
    leo.sync(FIRST, event("e1", "2026-02-10", refItemId="SKU2"))
    leo.sync(SECOND, event("e1", "2026-01-10", refItemId="SKU2", _rev="v2"))
    assert leo.sizes(in_last_days, FIRST, FIRST + timedelta(days=1)) == [1, 1]
    assert leo.sizes(in_last_days, FIRST, as_known_now=True) == [0]


def test_what_the_source_no_longer_has_is_forgotten_with_its_former_forms(leo: LeoShop) -> None:
    leo.sync(FIRST, event("e1", "2026-02-10", refItemId="SKU2"))
    leo.sync(SECOND, event("e1", "2026-02-10", refItemId="SKU1", _rev="v2"))
    with leo.warehouse.connect(DatabaseRole.LOADER, leo.tenant.tenant_id) as connection:
        assert connection.execute("SELECT event_id, product_id FROM core.event_history").fetchall() == [("e1", "SKU2")]
        connection.execute("CREATE TEMPORARY TABLE gone (collection text, source_key text) ON COMMIT DROP")
        connection.execute("INSERT INTO gone VALUES ('cdp_trackingevent', 'e1')")
        connection.execute(
            "CREATE TEMPORARY TABLE changed_event (graph_key bigint, occurred_at timestamptz) ON COMMIT DROP"
        )
        connection.execute("ALTER TABLE changed_event ADD UNIQUE (graph_key)")
        connection.execute(statement("sync/delete_gone_events"), {"tenant_id": leo.tenant.tenant_id})
        assert connection.execute("SELECT count(*) FROM core.event_history").fetchall() == [(0,)]


def test_attributes_are_those_that_were_known_then(leo: LeoShop) -> None:
    leo.sync(FIRST, city="Hanoi")
    leo.sync(SECOND, city="Hue")
    assert leo.sizes(lives_in("Hanoi"), FIRST, SECOND) == [1, 0]
    assert leo.sizes(lives_in("Hue"), FIRST, SECOND) == [0, 1]


def test_a_change_that_the_source_dates_back_was_not_known_before_it_was_read(leo: LeoShop) -> None:
    leo.sync(FIRST, city="Hanoi")
    moved = {**PROFILE, "_key": "p1", "_rev": "r9", "livingCity": "Hue", "updatedAt": "2026-02-10T08:00:00.000Z"}
    folder = write_dump(leo._folder / "moved", profiles=[moved, {**PROFILE, "_key": "p9"}], events=BASE)
    tenant_id = leo.tenant.tenant_id
    run = sync.open_run(leo.warehouse, tenant_id, "moved", as_of=SECOND)
    sync.extract(leo.warehouse, tenant_id, run, open_source("arangodump", str(folder)))
    sync.check(leo.warehouse, tenant_id, run)
    sync.merge(leo.warehouse, tenant_id, run, pseudonym_key=b"a key that only the tests know, 32+")
    sync.project(leo.warehouse, tenant_id, run)
    assert leo.sizes(lives_in("Hanoi"), FIRST) == [1]
    assert leo.sizes(lives_in("Hanoi"), FIRST, as_known_now=True) == [0]
    assert leo.sizes(lives_in("Hue"), FIRST, as_known_now=True) == [1]


def test_people_who_came_later_are_in_no_answer_of_before(leo: LeoShop) -> None:
    everybody = SegmentPlan()
    leo.sync(FIRST)
    known_long = {**PROFILE, "_key": "p5", "primaryEmail": "new@example.com", "createdAt": "2025-01-01T08:00:00.000Z"}
    leo.sync(SECOND, more=(known_long,))
    assert leo.sizes(everybody, FIRST, SECOND) == [2, 3]
    assert leo.sizes(everybody, FIRST, SECOND, as_known_now=True) == [3, 3]


def test_a_merge_is_undone_for_the_time_before_it(leo: LeoShop) -> None:
    second = {**PROFILE, "_key": "p5", "primaryEmail": "other@example.com"}
    leo.sync(FIRST, more=(second,))
    same = {**second, "_rev": "r2", "primaryEmail": PROFILE["primaryEmail"]}
    leo.sync(SECOND, more=(same,))
    with leo.warehouse.connect(DatabaseRole.WRITER, leo.tenant.tenant_id) as connection:
        assert connection.execute("SELECT count(*) FROM core.customer_merge").fetchall() == [(1,)]
    assert leo.sizes(SegmentPlan(), FIRST, SECOND) == [3, 2]
    assert leo.sizes(SegmentPlan(), FIRST, SECOND, as_known_now=True) == [2, 2]


def test_consent_is_that_of_the_statements_until_then(leo: LeoShop) -> None:
    agreed = SegmentPlan(where=Reachable(channel=Channel.EMAIL, by=Reachability.CONSENT))
    leo.sync(FIRST)
    first = leo.sizes(agreed, FIRST)
    with leo.warehouse.connect(DatabaseRole.WRITER, leo.tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, "
            "since) VALUES (%s, 'p1', 'email', 'marketing', 'denied', 'consent', 'a test', 't', %s)",
            [leo.tenant.tenant_id, FIRST + timedelta(days=1)],
        )
    leo.sync(SECOND)
    assert first == [2]
    assert leo.sizes(agreed, FIRST, SECOND) == [2, 1]


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Tenant:
    open_shop(warehouse, tenant)
    return tenant


def test_size_and_stability_follow_the_window(warehouse: Warehouse, shop: Tenant) -> None:
    moments = [day(20), day(5), NOW]
    found = replay(warehouse, shop.tenant_id, SegmentPlan(where=RED_SOCKS), moments)
    told = [(p.members, p.customers, p.entered, p.exited, p.stayed) for p in found.points]
    # Cy bought 30 days ago and bob 20, at the very moment of the first; ann bought 10 days ago.
    assert told == [(1, 5, None, None, None), (3, 5, 2, 0, 1), (3, 5, 0, 0, 3)]
    assert [point.jaccard for point in found.points] == [None, 1 / 3, 1.0]


def test_what_followed_is_told_of_members_and_of_all_others(warehouse: Warehouse, shop: Tenant) -> None:
    add_orders(
        warehouse, shop.tenant_id,
        [
            OrderRow("a1", "purchase", "ann", "o1", "hat", value=1500, quantity=1, occurred_at=day(4)),
            OrderRow("a2", "purchase", "ann", "o2", "tent", value=9000, quantity=1, occurred_at=day(3)),
            OrderRow("b1", "purchase", "bob", "o3", "tent", value=9000, quantity=1, occurred_at=day(3)),
            OrderRow("b2", "return", "bob", "o3", "tent", quantity=1, occurred_at=day(2)),
            OrderRow("e1", "purchase", "eve", "o4", "hat", value=700, quantity=1, occurred_at=day(1)),
        ],
    )  # fmt: skip
    project(warehouse, shop, NOW)
    asked = SegmentPlan(where=RED_SOCKS)
    point = replay(warehouse, shop.tenant_id, asked, [day(5)], within_days=5).points[0]
    assert point.followed is not None
    members, others = point.followed.members, point.followed.others
    # Bob brought his tent back: he kept nothing.
    assert (members.customers, members.buyers, members.orders, members.revenue_minor) == (3, 1, 2, 10_500)
    assert (others.customers, others.buyers, others.orders, others.revenue_minor) == (2, 1, 1, 700)
    assert point.followed.lift == pytest.approx(2 / 3)
    assert point.followed.is_over
    later = replay(warehouse, shop.tenant_id, asked, [day(5)], within_days=6).points[0]
    assert later.followed is not None
    assert not later.followed.is_over


def test_the_interval_is_wilsons() -> None:
    # Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    for some, of_all, low, high in (
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ):
        told = share(some, of_all)
        assert told.value == some / of_all
        assert told.low == pytest.approx(low, abs=5e-5)
        assert told.high == pytest.approx(high, abs=5e-5)
    assert share(0, 0).value is None


RUNS = "SELECT replay_id, moments, within_days, as_known_now, cardinality(notes) FROM segment.replay_run"
POINTS = "SELECT replay_id, moment, members, stayed, buyers FROM segment.replay_point ORDER BY moment"


def stored(warehouse: Warehouse, tenant: Tenant, query: str) -> list[tuple[object, ...]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(query.encode()).fetchall()


def test_asking_again_writes_the_same_rows(warehouse: Warehouse, shop: Tenant) -> None:
    def ask(within_days: int | None = None) -> Replay:
        return replay(warehouse, shop.tenant_id, SegmentPlan(where=RED_SOCKS), [day(5), NOW], within_days=within_days)

    first = ask()
    once = stored(warehouse, shop, POINTS)
    assert ask() == first
    assert stored(warehouse, shop, POINTS) == once
    assert len(stored(warehouse, shop, RUNS)) == 1
    assert ask(within_days=3).replay_id != first.replay_id
    # Another state of knowledge is another replay, and the former one stays.
    project(warehouse, shop, NOW)
    assert ask().replay_id != first.replay_id
    assert len(stored(warehouse, shop, RUNS)) == 3


UNANSWERABLE: dict[str, Condition] = {
    "texts and vectors": ProfilePhrase(phrase="hikers"),
    "consent alone": Reachable(channel=Channel.EMAIL),
    "households and referrals": Relation(relation=RelationKind.HOUSEHOLD),
}


@pytest.mark.parametrize("reason", UNANSWERABLE)
def test_what_has_no_history_is_refused_by_name(warehouse: Warehouse, shop: Tenant, reason: str) -> None:
    leaf = UNANSWERABLE[reason]
    where = leaf if isinstance(leaf, ProfilePhrase) else Not(condition=leaf)
    with pytest.raises(NotKept, match=reason):
        replay(warehouse, shop.tenant_id, SegmentPlan(where=where), [NOW])
    assert stored(warehouse, shop, RUNS) == []


@pytest.mark.parametrize(
    ("moments", "problem"),
    [
        ([], "1 to 400"),
        ([NOW - timedelta(hours=n) for n in range(MOST_MOMENTS, -1, -1)], "1 to 400"),
        ([NOW, day(1)], "follow each other"),
        ([NOW + timedelta(days=1)], "lies ahead"),
        ([datetime(2026, 1, 1)], "time zone"),  # noqa: DTZ001
    ],
)
def test_moments_that_cannot_be_replayed_are_refused(
    warehouse: Warehouse, shop: Tenant, moments: list[datetime], problem: str
) -> None:
    with pytest.raises(Permanent, match=problem):
        replay(warehouse, shop.tenant_id, SegmentPlan(), moments)


def test_a_moment_that_takes_too_long_is_stopped(warehouse: Warehouse, shop: Tenant) -> None:
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        # Whoever holds the table holds the reader up for as long.
        owner.execute("LOCK TABLE core.profile_history IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(Permanent, match="took longer than"):
            replay(warehouse, shop.tenant_id, SegmentPlan(), [NOW], timeout_ms=200)


def test_a_kept_connection_serves_one_replay_after_another(warehouse: Warehouse, shop: Tenant) -> None:
    with KeptConnections(warehouse) as kept:
        first, second = (
            replay(kept, shop.tenant_id, SegmentPlan(where=RED_SOCKS), [day(days), NOW], within_days=3)
            for days in (5, 15)
        )
    assert [point.members for point in (*first.points, *second.points)] == [3, 3, 2, 3]


def test_nothing_of_a_moment_is_left_behind(warehouse: Warehouse, shop: Tenant) -> None:
    replay(warehouse, shop.tenant_id, SegmentPlan(where=RED_SOCKS), [NOW], within_days=3)
    left = stored(
        warehouse, shop,
        "SELECT relname FROM pg_class WHERE relname IN ('then_profile', 'then_item', 'then_member', 'kept_item')",
    )  # fmt: skip
    assert left == []
