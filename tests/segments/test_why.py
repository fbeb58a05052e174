"""Why somebody is in a segment or not, on a shop with a handful of customers whose reasons are known."""

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.as_of import replay
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    Channel,
    CustomerProperty,
    EventKind,
    Measure,
    MeasureKind,
    Operator,
    Order,
    Reachable,
    Relation,
    RelationKind,
    SegmentPlan,
)
from leo_activation.segments.request import Language, PlannedRequest
from leo_activation.segments.requests import submit_request
from leo_activation.segments.why import (
    CountFact,
    EventFact,
    NextRefresh,
    PhraseFact,
    Rank,
    ReachFact,
    RelatedFact,
    ValueFact,
    Why,
    why,
)
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events, state_consent
from tests.segments.shop import PLANS, CannedPlanner, bring_up_to_date, day, open_shop


class Shop:
    """The shop, with segments that were asked for, approved and refreshed."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant) -> None:
        self.warehouse, self.tenant = warehouse, tenant
        self.encoder: FakeEncoder = open_shop(warehouse, tenant)

    def approve(self, text: str, plan: SegmentPlan | None = None) -> str:
        """A segment of the text's plan, or of `plan`, approved."""
        planner = CannedPlanner()
        planned = PLANS[text] if plan is None else PlannedRequest(plan=plan, segment_name=text)
        tenant_id = self.tenant.tenant_id
        request_id = submit_request(self.warehouse, tenant_id, text, "marketer")
        planner.plan = lambda *_: planned  # type: ignore[method-assign]
        drafted = draft_request(
            self.warehouse, tenant_id, request_id, as_of=NOW, encoder=self.encoder, planners=[planner]
        )
        shown = review(self.warehouse, tenant_id, request_id)
        record_decision(
            self.warehouse, tenant_id, request_id,
            decision=Decision.APPROVE, decided_by="approver", decided_at=NOW, note=None, hash=shown.hash,
        )  # fmt: skip
        assert drafted.segment_id is not None
        return drafted.segment_id

    def refresh(self, segment_id: str) -> None:
        refresh_segment(self.warehouse, self.tenant.tenant_id, segment_id, NOW, encoder=self.encoder)

    def why(
        self, customer_id: str, segment_id: str, *, version: int | None = None, language: Language = Language.ENGLISH
    ) -> Why:
        return why(
            self.warehouse, self.tenant.tenant_id, customer_id, segment_id, NOW,
            encoder=self.encoder, version=version, language=language,
        )  # fmt: skip


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Shop:
    return Shop(warehouse, tenant)


def test_a_member_is_shown_the_events_and_the_value_that_qualify_them(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    shop.refresh(segment_id)
    told = shop.why("ann", segment_id)
    assert (told.is_member, told.found_now, told.since, told.agrees) == (True, True, NOW, True)
    assert told.next_refresh is NextRefresh.STAYS_IN
    bought, lives = told.conditions
    assert (bought.holds, lives.holds) == (True, True)
    count, event = bought.evidence
    assert count == CountFact("events", 1, 1, None)
    assert isinstance(event, EventFact)
    assert (event.event, event.at, event.product, event.color) == ("purchase", day(10), "socks", "red")
    assert lives.evidence == (ValueFact("country", "PL"),)
    [change] = told.changes
    assert (change.change, change.cause, change.version, change.changed_at) == ("enter", "definition", 1, NOW)


def test_who_is_out_is_shown_the_condition_that_keeps_them_out(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    shop.refresh(segment_id)
    told = shop.why("cy", segment_id)
    assert (told.is_member, told.found_now, told.changes) == (False, False, ())
    assert [condition.holds for condition in told.conditions] == [True, False]
    assert told.conditions[1].evidence == (ValueFact("country", "AT"),)
    assert told.next_refresh is NextRefresh.STAYS_OUT


def test_what_happened_too_long_ago_does_not_count(shop: Shop) -> None:
    segment_id = shop.approve("red socks")
    [condition] = shop.why("dee", segment_id).conditions
    assert not condition.holds
    assert condition.evidence == (CountFact("events", 0, 1, None),)


def test_a_change_of_the_data_is_foretold_and_then_its_cause_is_shown(shop: Shop) -> None:
    segment_id = shop.approve("red socks")
    shop.refresh(segment_id)
    assert shop.why("eve", segment_id).next_refresh is NextRefresh.STAYS_OUT
    late = Event("eve", "purchase", "socks", day(3), "red", event_key="late")
    add_events(shop.warehouse, shop.tenant.tenant_id, [late])
    bring_up_to_date(shop.warehouse, shop.tenant)
    told = shop.why("eve", segment_id)
    assert (told.is_member, told.found_now, told.next_refresh) == (False, True, NextRefresh.ENTERS)
    shop.refresh(segment_id)
    told = shop.why("eve", segment_id)
    assert (told.is_member, told.next_refresh) == (True, NextRefresh.STAYS_IN)
    [change] = told.changes
    assert change.cause == "late_data"
    [event] = [fact for fact in told.conditions[0].evidence if isinstance(fact, EventFact)]
    assert event.event_id in change.evidence["late_events"]


def test_graph_and_tables_that_disagree_about_a_person_are_told(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET country = 'AT' WHERE profile_id = 'ann'")
    told = shop.why("ann", segment_id)
    assert not told.agrees
    assert told.next_refresh is None
    assert [(each.holds, each.holds_in_tables) for each in told.conditions] == [(True, True), (True, False)]
    assert shop.why("bob", segment_id).agrees


def test_the_place_in_an_order_is_shown_against_the_limit(shop: Shop) -> None:
    by = Measure(measure=MeasureKind.LATEST, event=EventKind.PURCHASE)
    plan = SegmentPlan(where=Behaviour(event=EventKind.PURCHASE), order=Order(by=by), limit=2)
    segment_id = shop.approve("the last two", plan)
    ranks = {who: shop.why(who, segment_id).rank for who in ("ann", "bob", "cy", "dee", "eve")}
    assert ranks == {
        "ann": Rank(1, 2, 4), "bob": Rank(2, 2, 4), "cy": Rank(3, 2, 4), "dee": Rank(4, 2, 4), "eve": Rank(None, 2, 4),
    }  # fmt: skip
    found = {who: shop.why(who, segment_id).found_now for who in ranks}
    assert found == {"ann": True, "bob": True, "cy": False, "dee": False, "eve": False}
    # Of cy every condition holds: only the limit keeps them out.
    assert all(condition.holds for condition in shop.why("cy", segment_id).conditions)


def test_the_first_percent_are_counted_as_the_segment_counts_them(shop: Shop) -> None:
    by = CustomerProperty.TOTAL_SPENT
    segment_id = shop.approve("the best", SegmentPlan(order=Order(by=by), percent="30"))
    assert shop.why("ann", segment_id).rank == Rank(1, 2, 5)
    assert shop.why("dee", segment_id).rank == Rank(3, 2, 5)


def test_a_phrase_is_shown_by_similarity_and_threshold(shop: Shop) -> None:
    segment_id = shop.approve("hikers")
    [hiker] = shop.why("eve", segment_id).conditions
    [other] = shop.why("bob", segment_id).conditions
    [near], [far] = hiker.evidence, other.evidence
    assert isinstance(near, PhraseFact)
    assert isinstance(far, PhraseFact)
    assert hiker.holds
    assert not other.holds
    assert near.similarity is not None
    assert far.similarity is not None
    assert near.similarity >= near.threshold > far.similarity
    assert near.threshold == far.threshold


def test_what_lacks_of_reach_is_told_without_contact_data(shop: Shop) -> None:
    tenant_id = shop.tenant.tenant_id
    state_consent(shop.warehouse, tenant_id, "ann", "marketing", "granted", channel="email")
    bring_up_to_date(shop.warehouse, shop.tenant)
    segment_id = shop.approve("by e-mail", SegmentPlan(where=Reachable(channel=Channel.EMAIL)))
    facts = {}
    for who in ("ann", "bob", "dee"):
        [condition] = shop.why(who, segment_id).conditions
        [fact] = condition.evidence
        assert isinstance(fact, ReachFact)
        assert condition.holds == (fact.lacks == ())
        assert "@" not in str(fact)
        facts[who] = (fact.addresses, fact.suppressed, fact.consent, fact.lacks)
    assert facts == {
        "ann": (1, 0, "granted", ()),
        "bob": (1, 0, "not recorded", ("consent",)),
        "dee": (0, 0, "not recorded", ("an active address", "consent")),
    }


def test_a_relation_is_shown_by_the_way_to_the_other_customer(shop: Shop) -> None:
    of = Attribute(property=CustomerProperty.COUNTRY, operator=Operator.EQ, values=("AT",))
    plan = SegmentPlan(where=Relation(relation=RelationKind.CO_PURCHASE, of=of))
    segment_id = shop.approve("like Austrians", plan)
    [condition] = shop.why("ann", segment_id).conditions
    assert condition.holds
    assert condition.evidence == (
        CountFact("others", 2, 1),
        RelatedFact("cy", "bought the same as", "socks"),
        RelatedFact("dee", "bought the same as", "socks"),
    )


def test_conditions_are_told_in_the_language_asked(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    english, vietnamese = (shop.why("ann", segment_id, language=language) for language in Language)
    assert "Poland" in english.conditions[1].condition
    assert "Ba Lan" in vietnamese.conditions[1].condition
    assert vietnamese.sentence != english.sentence


def test_a_retired_version_answers_as_well(shop: Shop) -> None:
    segment_id = shop.approve("hikers")
    assert shop.approve("hikers in Poland") == segment_id
    tenant_id = shop.tenant.tenant_id
    newer, older = shop.why("eve", segment_id), shop.why("eve", segment_id, version=1)
    assert (newer.version, newer.state, newer.found_now) == (2, "active", False)
    assert (older.version, older.state, older.found_now, older.next_refresh) == (1, "retired", True, None)
    with pytest.raises(Permanent, match=r"no version 3; there are 1 \(retired\), 2 \(active\)"):
        shop.why("eve", segment_id, version=3)
    retired = shop.approve("red socks")
    with shop.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET state = 'retired' WHERE segment_id = %s", [retired])
    with pytest.raises(Permanent, match=r"has no active version; there are 1 \(retired\)"):
        replay(shop.warehouse, tenant_id, retired, [NOW])
    sizes = [point.members for point in replay(shop.warehouse, tenant_id, retired, [day(15), NOW], version=1).points]
    assert sizes == [2, 3]


@pytest.mark.parametrize(
    ("customer", "problem"),
    [("nobody", "no customer 'nobody'"), ("gone", "no active profile"), ("old", "absorbed by 'ann'")],
)
def test_who_is_not_there_is_told_in_one_sentence(shop: Shop, customer: str, problem: str) -> None:
    segment_id = shop.approve("red socks")
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant.tenant_id) as connection:
        values = {"tenant_id": shop.tenant.tenant_id}
        connection.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%(tenant_id)s, 'gone')", values)
        connection.execute("INSERT INTO core.customer (tenant_id, customer_id) VALUES (%(tenant_id)s, 'old')", values)
        connection.execute(
            "INSERT INTO core.customer_merge (tenant_id, survivor_id, absorbed_id, survivor_profiles, "
            "absorbed_profiles, kinds, sync_run_id) "
            "SELECT %(tenant_id)s, 'ann', 'old', '{ann}', '{old}', '{}', max(sync_run_id) "
            "FROM ops.sync_run WHERE tenant_id = %(tenant_id)s",
            values,
        )
    with pytest.raises(Permanent, match=problem):
        shop.why(customer, segment_id)


def test_a_segment_that_is_none_is_told_in_one_sentence(shop: Shop) -> None:
    with pytest.raises(Permanent, match="no segment 'nothing'"):
        shop.why("ann", "nothing")


def test_asking_writes_nothing(shop: Shop) -> None:
    segment_id = shop.approve("red socks")
    shop.refresh(segment_id)
    count = "SELECT count(*), (SELECT count(*) FROM segment.membership) FROM segment.run"
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
        before = connection.execute(count).fetchall()
    assert shop.why("ann", segment_id).as_of == NOW
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
        assert connection.execute(count).fetchall() == before
