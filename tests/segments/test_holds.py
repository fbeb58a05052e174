"""A refresh beyond the limits of its version publishes nothing until a person lets its numbers pass."""

from datetime import timedelta
from decimal import Decimal

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.holds import (
    HoldAnswerRefused,
    HoldState,
    Numbers,
    decide_hold,
    hold_beyond_limits,
    hold_state,
    open_holds,
    review_hold,
)
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import RefreshCounts, refresh_segment, refresh_segments
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.shop import bring_up_to_date, day, open_shop
from tests.segments.test_membership import approve, members, members_in_graph

AT_MOST_THREE = Limits(largest_size=3, largest_change_percent=Decimal(1000))
A_TENTH = Limits(largest_size=100, largest_change_percent=Decimal(10))


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def buy(warehouse: Warehouse, tenant: Tenant, who: str) -> None:
    add_events(warehouse, tenant.tenant_id, [Event(who, "purchase", "socks", day(3), "red", event_key=f"by {who}")])
    bring_up_to_date(warehouse, tenant)


def refresh(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, segment_id: str) -> RefreshCounts:
    return refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)


def held(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, limits: Limits = A_TENTH) -> tuple[str, int]:
    """A segment of three members that eve would enter, and its hold."""
    segment_id = approve(warehouse, tenant, encoder, "red socks", limits)
    refresh(warehouse, tenant, encoder, segment_id)
    buy(warehouse, tenant, "eve")
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert counts.hold_id is not None
    return segment_id, counts.hold_id


def decide(warehouse: Warehouse, tenant: Tenant, hold_id: int, decision: str, by: str = "approver") -> HoldState:
    return decide_hold(warehouse, tenant.tenant_id, hold_id, decision=decision, decided_by=by, decided_at=NOW)


def test_the_first_refresh_of_a_version_is_bound_by_its_size_alone(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", A_TENTH)
    assert refresh(warehouse, tenant, encoder, segment_id).entered == 3


def test_a_version_that_grew_beyond_its_size_before_its_first_refresh_is_held(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", AT_MOST_THREE)
    buy(warehouse, tenant, "eve")
    assert refresh(warehouse, tenant, encoder, segment_id).hold_id is not None
    assert members(warehouse, tenant, segment_id) == set()


@pytest.mark.parametrize("limits", [A_TENTH, AT_MOST_THREE])
def test_nothing_of_a_held_refresh_is_published(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, limits: Limits
) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder, limits)
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}
    assert members_in_graph(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert connection.execute("SELECT count(*) FROM segment.run").fetchone() == (1,)
        assert connection.execute(
            "SELECT members, found, entered, exited, state FROM segment.held_refresh"
        ).fetchall() == [(3, 4, 1, 0, "open")]
    # The same is found again: it is the same hold, and the tenant's refresh ends well and says so.
    counts = refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert (counts.held, counts.members, counts.entered) == (1, 3, 0)
    assert open_holds(warehouse, tenant.tenant_id) == [hold_id]


def test_what_a_person_lets_pass_is_published_once(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder)
    assert decide(warehouse, tenant, hold_id, "approve") is HoldState.RELEASED
    assert decide(warehouse, tenant, hold_id, "reject") is HoldState.RELEASED
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert (counts.entered, counts.hold_id) == (1, None)
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy", "eve"}
    assert hold_state(warehouse, tenant.tenant_id, hold_id) is HoldState.USED
    buy(warehouse, tenant, "dee")
    again = refresh(warehouse, tenant, encoder, segment_id)
    assert again.hold_id not in {None, hold_id}


def test_what_only_asking_everybody_finds_is_published_when_a_person_lets_it_pass(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", A_TENTH)
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM segment.membership WHERE customer_id = 'cy'")
    hold_id = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder, whole=True).hold_id
    assert hold_id is not None
    decide(warehouse, tenant, hold_id, "approve")
    assert refresh(warehouse, tenant, encoder, segment_id).entered == 1
    assert hold_state(warehouse, tenant.tenant_id, hold_id) is HoldState.USED
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}


def test_other_numbers_than_those_let_pass_are_held_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder)
    decide(warehouse, tenant, hold_id, "approve")
    buy(warehouse, tenant, "dee")
    counts = refresh(warehouse, tenant, encoder, segment_id)
    assert counts.hold_id not in {None, hold_id}
    assert hold_state(warehouse, tenant.tenant_id, hold_id) is HoldState.LAPSED
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}


def test_a_rejected_change_stays_out_and_is_not_asked_about_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder)
    assert decide(warehouse, tenant, hold_id, "reject") is HoldState.REJECTED
    assert refresh(warehouse, tenant, encoder, segment_id).hold_id == hold_id
    assert open_holds(warehouse, tenant.tenant_id) == []
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}


def test_a_hold_lapses_when_the_segment_is_within_its_limits_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("DELETE FROM core.event WHERE event_key = 'by eve'")
    bring_up_to_date(warehouse, tenant)
    assert refresh(warehouse, tenant, encoder, segment_id).hold_id is None
    assert hold_state(warehouse, tenant.tenant_id, hold_id) is HoldState.LAPSED
    with pytest.raises(Permanent, match="is lapsed; there is nothing to decide"):
        review_hold(warehouse, tenant.tenant_id, hold_id)


def test_who_asked_for_the_segment_does_not_decide_about_its_change(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    _, hold_id = held(warehouse, tenant, encoder)
    assert review_hold(warehouse, tenant.tenant_id, hold_id).authors == ("marketer",)
    for decision in ("approve", "reject"):
        with pytest.raises(HoldAnswerRefused, match="marketer asked for the segment"):
            decide(warehouse, tenant, hold_id, decision, by="marketer")
    assert open_holds(warehouse, tenant.tenant_id) == [hold_id]


def test_whoever_wrote_a_part_of_the_segment_does_not_decide_about_its_change(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    """Also of an earlier edit: by the rule that holds for the approval of the version."""
    segment_id, hold_id = held(warehouse, tenant, encoder)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.request SET state = 'sent_back', edited_by = 'ann'")
        connection.execute(
            "INSERT INTO segment.request "
            "(tenant_id, text, requested_by, planner, revises_request_id, edited_by, state) "
            "SELECT tenant_id, text, requested_by, planner, request_id, 'bob', 'approved' FROM segment.request"
        )
        connection.execute(
            "UPDATE segment.definition SET request_id = (SELECT max(request_id) FROM segment.request) "
            "WHERE segment_id = %s",
            [segment_id],
        )
    assert review_hold(warehouse, tenant.tenant_id, hold_id).authors == ("ann", "bob", "marketer")
    with pytest.raises(HoldAnswerRefused, match="ann asked for the segment or wrote a part of it"):
        decide(warehouse, tenant, hold_id, "approve", by="ann")


@pytest.mark.parametrize("nobody", ["deadline", "", " "])
def test_nobody_in_person_lets_nothing_pass(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, nobody: str
) -> None:
    segment_id, hold_id = held(warehouse, tenant, encoder)
    assert decide(warehouse, tenant, hold_id, "approve", by=nobody) is HoldState.LAPSED
    # It is asked about again: nobody has said no.
    assert refresh(warehouse, tenant, encoder, segment_id).hold_id not in {None, hold_id}
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}


def test_about_the_same_numbers_are_one_hold_and_pass_with_it(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", A_TENTH)

    def hold(entered: int, exited: int = 0) -> int | None:
        numbers = Numbers(members=50, found=50 + entered - exited, entered=entered, exited=exited)
        with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            return hold_beyond_limits(connection, tenant.tenant_id, segment_id, 1, NOW, numbers, is_first=False)

    first = hold(40)
    assert first is not None
    assert hold(43) == hold(37) == first
    other = hold(45)
    assert other not in {None, first}
    assert hold_state(warehouse, tenant.tenant_id, first) is HoldState.LAPSED
    assert other is not None
    decide(warehouse, tenant, other, "approve")
    assert hold(42) is None
    assert hold(42) not in {None, other}


def test_the_sheet_tells_the_numbers_and_what_was_approved(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    _, hold_id = held(warehouse, tenant, encoder)
    shown = review_hold(warehouse, tenant.tenant_id, hold_id)
    assert shown.subject == "Segment “red socks” would go from 3 to 4 members"
    for expected in ("| would enter | 1 |", "| would exit | 0 |", "(33% of its members)", "a change of at most 10 %"):
        assert expected in shown.body
    assert "@" not in shown.body


def test_a_segment_that_shrinks_below_what_was_too_large_is_not_too_large(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", AT_MOST_THREE)
    refresh(warehouse, tenant, encoder, segment_id)
    counts = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW + timedelta(days=35), encoder=encoder)
    assert (counts.members, counts.exited, counts.hold_id) == (2, 1, None)


def test_a_segment_that_shrinks_but_is_still_too_large_is_bound_by_its_change(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks", A_TENTH)
    refresh(warehouse, tenant, encoder, segment_id)
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.version_limit SET max_members = 1")
    counts = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW + timedelta(days=35), encoder=encoder)
    assert counts.hold_id is not None
    assert members(warehouse, tenant, segment_id) == {"ann", "bob", "cy"}
