"""Of the past one customer is told what everybody is: who was in by each answer are those that a replay counts."""

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.as_of import Lack, replay, size_then
from leo_activation.segments.plan import (
    And,
    Exposure,
    ExposureKind,
    Not,
    Or,
    Relation,
    RelationKind,
    SegmentPlan,
)
from leo_activation.segments.why import EventFact, ValueFact, why_then
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import NOW
from tests.segments.shop import IN_POLAND, LUXURY, OVER_100, PEOPLE, RED_SOCKS, day
from tests.segments.test_why import Shop

MOMENT = day(15)
PLANS = {
    "socks in Poland": SegmentPlan(where=And(conditions=(RED_SOCKS, IN_POLAND))),
    "socks or Poland, not over 100": SegmentPlan(
        where=And(conditions=(Or(conditions=(RED_SOCKS, IN_POLAND)), Not(condition=OVER_100))), currency="EUR"
    ),
    "luxury": SegmentPlan(where=And(conditions=(IN_POLAND, LUXURY))),
    "bought the same": SegmentPlan(where=Relation(relation=RelationKind.CO_PURCHASE, of=IN_POLAND)),
    "sent nothing": SegmentPlan(where=Not(condition=Exposure(exposure=ExposureKind.RECEIVED))),
}


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant) -> Shop:
    return Shop(warehouse, tenant)


def test_who_was_in_by_each_answer_are_those_that_a_replay_counts(shop: Shop) -> None:
    for text, plan in PLANS.items():
        segment_id = shop.approve(text, plan)
        [point] = replay(shop.warehouse, shop.tenant.tenant_id, segment_id, [MOMENT]).points
        told = [
            why_then(shop.warehouse, shop.tenant.tenant_id, person.customer_id, segment_id, MOMENT) for person in PEOPLE
        ]
        assert sum(each.found_then is True for each in told) == point.members, text
        size = size_then(shop.warehouse, shop.tenant.tenant_id, segment_id, MOMENT)
        assert (size.members, size.customers) == (point.members, point.customers)
        assert size.conditions[-1].kept == point.members


def test_what_it_rested_on_is_told_as_it_was(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    bob = why_then(shop.warehouse, shop.tenant.tenant_id, "bob", segment_id, day(15))
    bought, lives = bob.conditions
    [event] = [fact for fact in bought.evidence if isinstance(fact, EventFact)]
    assert (event.event, event.at, event.product, event.color) == ("purchase", day(20), "socks", "red")
    assert lives.evidence == (ValueFact("country", "PL"),)
    assert (bob.was_member, bob.since) == (False, None)
    ann = why_then(shop.warehouse, shop.tenant.tenant_id, "ann", segment_id, day(15))
    assert [each.holds for each in ann.conditions] == [False, True]
    assert not any(isinstance(fact, EventFact) for fact in ann.conditions[0].evidence)


def test_what_refreshes_had_kept_stands_beside_it(shop: Shop) -> None:
    segment_id = shop.approve("red socks in Poland")
    shop.refresh(segment_id)
    now = why_then(shop.warehouse, shop.tenant.tenant_id, "ann", segment_id, NOW)
    assert (now.was_member, now.since, now.found_then) == (True, NOW, True)
    kept = size_then(shop.warehouse, shop.tenant.tenant_id, segment_id, NOW).kept
    assert kept is not None
    assert (kept.members, kept.version, kept.as_of) == (2, 1, NOW)
    assert size_then(shop.warehouse, shop.tenant.tenant_id, segment_id, day(1)).kept is None


def test_a_condition_without_history_stays_open_and_the_others_are_asked(shop: Shop) -> None:
    segment_id = shop.approve("hikers in Poland")
    tenant_id = shop.tenant.tenant_id
    size = size_then(shop.warehouse, tenant_id, segment_id, day(15))
    assert (size.members, size.at_most) == (None, 2)
    assert [(each.kept, each.lack) for each in size.conditions] == [(2, None), (None, Lack.TEXTS)]
    assert why_then(shop.warehouse, tenant_id, "ann", segment_id, day(15)).found_then is None
    assert why_then(shop.warehouse, tenant_id, "cy", segment_id, day(15)).found_then is False


def test_a_question_about_the_future_or_a_stranger_is_refused(shop: Shop) -> None:
    segment_id = shop.approve("red socks")
    with pytest.raises(Permanent, match="lies ahead of what is known"):
        size_then(shop.warehouse, shop.tenant.tenant_id, segment_id, day(-1))
    with pytest.raises(Permanent, match="There is no customer 'nobody'"):
        why_then(shop.warehouse, shop.tenant.tenant_id, "nobody", segment_id, NOW)
