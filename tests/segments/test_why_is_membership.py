"""For drawn plans and people the tree of conditions gives membership, and what is shown as evidence exists."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from leo_activation.segments.meaning import InterestReading, TopicMatch
from leo_activation.segments.plan import (
    And,
    Behaviour,
    Condition,
    EventKind,
    Exposure,
    Interest,
    Not,
    Occurrence,
    Or,
    OrderContents,
    ProductFilter,
    Relation,
    RelationKind,
    SegmentPlan,
    conjuncts,
    leaves,
    plan_of,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.segments.why import (
    CountFact,
    EventFact,
    InterestFact,
    OrderFact,
    PairFact,
    RelatedFact,
    TouchFact,
    Why,
    WhyCondition,
    why,
)
from leo_activation.segments.windows import resolve
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from tests.profiles.fake_encoder import FakeEncoder
from tests.segments.random_shop import AS_OF, CUSTOMERS, RandomShop, open_random_shop
from tests.segments.strategies import TOPICS, Plans
from tests.segments.world import micros

pytestmark = pytest.mark.timeout(3600)

SEED = 51
USUAL = settings().max_examples
READINGS = tuple(
    InterestReading(
        phrase=phrase, model="fake", precision="fp32", threshold=0.5,
        chosen=tuple(TopicMatch(topic_id=topic, similarity=0.6) for topic in topics), missed=(),
    )
    for phrase, topics in TOPICS.items()
)  # fmt: skip


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> RandomShop:
    return open_random_shop(warehouse, SEED)


@pytest.fixture(scope="module")
def writer(warehouse: Warehouse, shop: RandomShop) -> Iterator[Connection]:
    with warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
        yield connection


@pytest.fixture(scope="module")
def people(shop: RandomShop, writer: Connection) -> list[str]:
    """The customers whom an active profile speaks for."""
    return sorted(read_tables(writer, compile_sql(SegmentPlan(), shop.catalogue, as_of=AS_OF)))


class Asked:
    """A shop whose one segment is whatever plan is drawn."""

    def __init__(self, warehouse: Warehouse, shop: RandomShop, writer: Connection) -> None:
        self.warehouse, self.shop, self.writer = warehouse, shop, writer

    def why(self, plan: SegmentPlan, customer_id: str) -> Why:
        self.writer.execute(
            "INSERT INTO segment.definition (tenant_id, segment_id, version, name, plan, sentence, cypher, parameters, "
            "meaning, schema_version, hash, state) "
            "VALUES (%s, 'drawn', 1, 'x', %s, 'x', 'x', '{}', %s, 'x', 'x', 'active') "
            "ON CONFLICT (tenant_id, segment_id, version) "
            "DO UPDATE SET plan = excluded.plan, meaning = excluded.meaning",
            [
                self.shop.tenant.tenant_id,
                plan.model_dump_json(),
                f"[{','.join(reading.model_dump_json() for reading in READINGS)}]",
            ],
        )
        self.writer.commit()
        return why(
            self.warehouse, self.shop.tenant.tenant_id, customer_id, "drawn", AS_OF, encoder=FakeEncoder()
        )  # fmt: skip

    def members(self, plan: SegmentPlan) -> list[str]:
        compiled = compile_sql(plan, self.shop.catalogue, as_of=AS_OF, topics=TOPICS)
        found = read_tables(self.writer, compiled)
        return found if compiled.cut is None else compiled.cut.of(found)


@pytest.fixture(scope="module")
def asked(warehouse: Warehouse, shop: RandomShop, writer: Connection) -> Iterator[Asked]:
    with KeptConnections(warehouse) as kept:
        yield Asked(kept, shop, writer)


def given_by(told: WhyCondition, condition: Condition) -> bool:
    """The truth of a condition from the truth of its leaves alone; every node says what follows from its parts."""
    match condition:
        case And() | Or():
            parts = [given_by(part, of) for part, of in zip(told.parts, condition.conditions, strict=True)]
            truth = all(parts) if isinstance(condition, And) else any(parts)
        case Not():
            [part] = told.parts
            truth = not given_by(part, condition.condition)
        case _:
            assert told.parts == ()
            return told.holds
    assert told.holds == truth
    return truth


def test_the_tree_of_conditions_gives_membership(shop: RandomShop, asked: Asked, people: list[str]) -> None:
    found: Counter[bool] = Counter()
    plans = Plans(shop.catalogue)

    @settings(deadline=None, max_examples=USUAL // 2)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        plan = data.draw(plans.plans())
        note(plan.model_dump_json(exclude_defaults=True))
        members = asked.members(plan)
        # Somebody who is in, somebody who is out, or anybody where there is nobody of the kind.
        wanted = data.draw(st.booleans())
        among = [one for one in people if (one in members) is wanted] or people
        customer_id = data.draw(st.sampled_from(among))
        told = asked.why(plan, customer_id)
        assert told.agrees
        assert told.found_now == (customer_id in members)
        meets = [given_by(each, of) for each, of in zip(told.conditions, conjuncts(plan.where), strict=True)]
        if told.rank is None:
            assert told.found_now == all(meets)
        else:
            assert (told.rank.position is not None) == all(meets)
            assert told.rank.taken == len(members)
            if told.found_now:
                assert told.rank.position == members.index(customer_id) + 1
        found[told.found_now] += 1

    compare()
    assert min(found[True], found[False]) > found.total() / 5


class Evidence:
    """What is shown for a leaf, against the rows of core as they are."""

    def __init__(self, shop: RandomShop, writer: Connection, customer_id: str) -> None:
        self.shop, self.customer_id = shop, customer_id
        self.writer = writer

    def rows(self, query: str, *values: object) -> list[tuple[object, ...]]:
        found = self.writer.execute(query.encode(), values).fetchall()
        self.writer.rollback()
        return found

    def is_in(self, moment: datetime, window: object) -> bool:
        if window is None:
            return True
        bounds = resolve(window, AS_OF, self.shop.catalogue.time_zone)  # type: ignore[arg-type]
        at = micros(moment)
        return (bounds.since is None or bounds.since <= at) and (bounds.until is None or at < bounds.until)

    def exists(self, fact: EventFact, kind: str, wanted: ProductFilter | None) -> None:
        """A row of the customer says what the fact says, and meets the filter."""
        rows = self.rows(
            "SELECT event.event_type, product.name, product.category, product.brand, product.deleted_at, event.color, "
            "event.quantity FROM core.event AS event JOIN core.profile AS profile USING (tenant_id, profile_id) "
            "LEFT JOIN core.product AS product USING (tenant_id, product_id) WHERE event.tenant_id = %s "
            "AND event.event_id = %s AND event.occurred_at = %s AND profile.customer_id = %s AND event.event_type = %s",
            self.shop.tenant.tenant_id, fact.event_id, fact.at, self.customer_id, kind,
        )  # fmt: skip
        assert fact.event == kind
        assert any(self.says(row, fact, wanted) for row in rows)

    @staticmethod
    def says(row: Sequence[object], fact: EventFact, wanted: ProductFilter | None) -> bool:
        _, name, category, brand, deleted_at, color, quantity = row
        if fact.product is not None and (fact.product, fact.color) != (name, color):
            return False
        if fact.quantity is not None and fact.quantity > int(str(quantity)):
            return False
        if wanted is None:
            return True
        listed = deleted_at is None
        return (
            (not wanted.names or name in wanted.names)
            and (not wanted.categories or (listed and category in wanted.categories))
            and (not wanted.brands or (listed and brand in wanted.brands))
            and (not wanted.colors or color in wanted.colors)
        )

    def check(self, leaf: Condition, told: WhyCondition) -> int:
        """How many things were shown and found to exist."""
        match leaf:
            case Behaviour():
                return self.check_behaviour(leaf, told)
            case EventSequence():
                return self.check_sequence(leaf, told)
            case OrderContents():
                return self.check_orders(leaf, told)
            case Interest():
                return self.check_interest(leaf, told)
            case Exposure():
                touches = [fact for fact in told.evidence if isinstance(fact, TouchFact)]
                [count] = [fact for fact in told.evidence if isinstance(fact, CountFact)]
                assert told.holds == (count.count >= leaf.min_count)
                assert len(touches) == min(count.count, 5)
                for touch in touches:
                    assert self.is_in(touch.at, leaf.window)
                    assert touch.exposure == leaf.exposure
                    assert not leaf.campaigns or touch.campaign_id in leaf.campaigns
                return len(touches)
            case Relation():
                return self.check_relation(leaf, told)
            case _:
                assert len(told.evidence) >= 1
                return 1

    def check_behaviour(self, leaf: Behaviour, told: WhyCondition) -> int:
        events = [fact for fact in told.evidence if isinstance(fact, EventFact)]
        of_all = leaf.occurrence in {Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL}
        for event in events:
            self.exists(event, leaf.event, None if of_all else leaf.product)
            assert leaf.occurrence is not Occurrence.ANY or self.is_in(event.at, leaf.window)
        if leaf.occurrence is not Occurrence.ANY:
            assert not told.holds or any(self.is_in(event.at, leaf.window) for event in events)
            return len(events)
        [count] = [fact for fact in told.evidence if isinstance(fact, CountFact)]
        if leaf.value is None and leaf.average_order is None:
            is_enough = count.count >= leaf.min_count and (leaf.max_count is None or count.count <= leaf.max_count)
            # Units may be none although something happened; then nothing was done that counts.
            assert told.holds == is_enough
        if told.holds and leaf.min_count > 0:
            assert events
        return len(events)

    def check_sequence(self, leaf: EventSequence, told: WhyCondition) -> int:
        pairs = [fact for fact in told.evidence if isinstance(fact, PairFact)]
        for pair in pairs:
            self.exists(pair.first, leaf.first.event, leaf.first.product)
            assert self.is_in(pair.first.at, leaf.window)
            if pair.then is not None:
                self.exists(pair.then, leaf.then.event, leaf.then.product)
                assert pair.then.at > pair.first.at
        # The first that is shown decides: a pair, or with `then_not` an event that nothing followed.
        assert told.holds == bool(pairs and (pairs[0].then is None) == leaf.then_not)
        return len(pairs)

    def check_orders(self, leaf: OrderContents, told: WhyCondition) -> int:
        orders = [fact for fact in told.evidence if isinstance(fact, OrderFact)]
        [count] = [fact for fact in told.evidence if isinstance(fact, CountFact)]
        assert told.holds == (count.count >= leaf.min_orders)
        assert sum(order.is_such for order in orders) == min(count.count, 5)
        for order in orders:
            for line in order.lines:
                self.exists(line, EventKind.PURCHASE, None)
        return len(orders)

    def check_interest(self, leaf: Interest, told: WhyCondition) -> int:
        first, *others = [fact for fact in told.evidence if isinstance(fact, InterestFact)]
        is_met = first.score is not None and (leaf.min_score is None or first.score >= leaf.min_score)
        is_met = is_met and (not leaf.primary or first.is_primary)
        for other in others:
            is_met = is_met and (other.score is None or (first.score or 0) > other.score)
        assert told.holds == is_met
        return 1 if first.score is not None else 0

    def check_relation(self, leaf: Relation, told: WhyCondition) -> int:
        others = [fact for fact in told.evidence if isinstance(fact, RelatedFact)]
        [count] = [fact for fact in told.evidence if isinstance(fact, CountFact)]
        assert told.holds == (count.count >= leaf.min_count)
        assert len(others) == min(count.count, 5)
        assert self.customer_id not in {other.customer_id for other in others}
        if leaf.relation is RelationKind.HOUSEHOLD:
            home = self.rows(
                "SELECT mine.customer_id FROM core.household_member AS own JOIN core.household_member AS mine "
                "USING (tenant_id, household_id) WHERE own.tenant_id = %s AND own.customer_id = %s",
                self.shop.tenant.tenant_id, self.customer_id,
            )  # fmt: skip
            assert {other.customer_id for other in others} <= {row[0] for row in home}
        return len(others)


KINDS = (
    "attributes", "behaviours", "occurrences", "sequences", "orders", "interests", "exposures", "relations",
)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_shown_exists_and_meets_its_condition(
    shop: RandomShop, asked: Asked, people: list[str], writer: Connection, kind: str
) -> None:
    shown: Counter[str] = Counter()
    conditions: st.SearchStrategy[Condition] = getattr(Plans(shop.catalogue), kind)()

    @settings(deadline=None, max_examples=USUAL // 5)
    @given(data=st.data())
    def compare(data: st.DataObject) -> None:
        leaf = data.draw(conditions)
        customer_id = data.draw(st.sampled_from(people))
        note(leaf.model_dump_json(exclude_defaults=True))
        told = asked.why(plan_of(leaf, currency=shop.catalogue.currency), customer_id)
        [condition] = told.conditions
        note(str(condition))
        shown["things"] += Evidence(shop, writer, customer_id).check(leaf, condition)
        shown["plans"] += 1

    compare()
    assert shown["things"] >= shown["plans"] / 5


def test_the_drawn_plans_have_every_kind_of_leaf(shop: RandomShop) -> None:
    kinds: Counter[str] = Counter()

    @settings(deadline=None, max_examples=USUAL)
    @given(plan=Plans(shop.catalogue).plans())
    def count(plan: SegmentPlan) -> None:
        kinds.update(leaf.kind for leaf in leaves(plan.where))

    count()
    assert len(kinds) >= 10
    assert CUSTOMERS > 0
