"""Segments build on segments: in order, never in a circle, and not on one that is not there."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.building import building_fault, refresh_order
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.holds import open_holds
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import refresh_segments
from leo_activation.segments.plan import And, Condition, Not, SegmentMember, SegmentPlan
from leo_activation.segments.request import PlannedRequest
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.segments.retiring import retire
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.shop import IN_POLAND, RED_SOCKS, bring_up_to_date, day, open_shop
from tests.segments.test_membership import WIDE, changes, members, members_in_graph


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


@dataclass(frozen=True)
class OnePlan:
    """A planner that knows one request."""

    planned: PlannedRequest
    name: str = "one plan"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest:
        """The plan that it knows."""
        return self.planned


def in_segment(segment_id: str) -> SegmentMember:
    return SegmentMember(segment_id=segment_id)


def draft(
    warehouse: Warehouse,
    tenant: Tenant,
    encoder: FakeEncoder,
    name: str,
    where: Condition,
) -> Draft:
    """Draft a version of the segment of a name."""
    request_id = submit_request(warehouse, tenant.tenant_id, name, "marketer")
    planner = OnePlan(PlannedRequest(plan=SegmentPlan(where=where), segment_name=name))
    return draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[planner])


def approve(warehouse: Warehouse, tenant: Tenant, drafted: Draft, limits: Limits = WIDE) -> RequestState:
    shown = review(warehouse, tenant.tenant_id, drafted.request_id)
    return record_decision(
        warehouse, tenant.tenant_id, drafted.request_id,
        decision="approve", decided_by="approver", decided_at=NOW, hash=shown.hash, limits=limits,
    )  # fmt: skip


def test_a_segment_is_refreshed_after_those_it_builds_on_and_sees_their_new_members(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    # Its name comes after the name of the one that builds on it.
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "z socks", RED_SOCKS))
    on_it = And(conditions=(in_segment("z_socks"), Not(condition=IN_POLAND)))
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "a abroad", on_it))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert refresh_order(connection, tenant.tenant_id) == ["z_socks", "a_abroad"]
    refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert members(warehouse, tenant, "a_abroad") == {"cy"}
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red")])
    bring_up_to_date(warehouse, tenant)
    counts = refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert (counts.entered, counts.exited, counts.whole) == (2, 0, 0)
    assert members(warehouse, tenant, "a_abroad") == {"cy", "eve"}
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(evidence,)] = connection.execute(
            "SELECT evidence FROM segment.membership_change WHERE segment_id = 'a_abroad' AND customer_id = 'eve'"
        )
    assert "segment z_socks" in evidence.get("graph", []) or "late_events" in evidence


def test_on_a_held_segment_another_builds_with_the_members_that_it_has(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    few = Limits(largest_size=3, largest_change_percent=WIDE.largest_change_percent)
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "socks", RED_SOCKS), few)
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "copy", in_segment("socks")))
    refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red")])
    bring_up_to_date(warehouse, tenant)
    counts = refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert (counts.held, counts.entered) == (1, 0)
    assert len(open_holds(warehouse, tenant.tenant_id)) == 1
    assert members(warehouse, tenant, "copy") == members(warehouse, tenant, "socks") == {"ann", "bob", "cy"}


def test_a_circle_is_refused_when_it_is_drafted(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "one", RED_SOCKS))
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "two", in_segment("one")))
    refused = draft(warehouse, tenant, encoder, "one", And(conditions=(RED_SOCKS, in_segment("two"))))
    assert refused.state is RequestState.FAILED
    assert refused.problem is not None
    assert "build on each other in a circle: " in refused.problem
    assert any(f"{circle}." in refused.problem for circle in ("one → two → one", "two → one → two"))


def test_a_segment_does_not_build_on_itself_or_on_what_is_not_there(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    itself = draft(warehouse, tenant, encoder, "one", in_segment("one"))
    assert itself.problem == "The segment 'one' would build on itself."
    unknown = draft(warehouse, tenant, encoder, "two", Not(condition=in_segment("nothing")))
    assert unknown.problem == "The segment 'two' would build on 'nothing', which is no active segment."


def test_a_circle_that_others_closed_meanwhile_voids_the_approval(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "one", RED_SOCKS))
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "two", RED_SOCKS))
    # Each is sound while the other is not approved.
    first = draft(warehouse, tenant, encoder, "one", And(conditions=(RED_SOCKS, in_segment("two"))))
    second = draft(warehouse, tenant, encoder, "two", And(conditions=(RED_SOCKS, in_segment("one"))))
    assert approve(warehouse, tenant, first) is RequestState.APPROVED
    assert approve(warehouse, tenant, second) is RequestState.VOIDED
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(problem,)] = connection.execute(
            "SELECT problem FROM segment.request WHERE request_id = %s", [second.request_id]
        )
        assert "in a circle" in str(problem)
        assert building_fault(connection, tenant.tenant_id, "two", SegmentPlan()) is None


def test_a_retired_segment_loses_its_members_and_keeps_its_history(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "socks", RED_SOCKS))
    refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert retire(warehouse, tenant.tenant_id, "socks", "linh").exited == 3
    assert members(warehouse, tenant, "socks") == set() == members_in_graph(warehouse, tenant, "socks")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(run_id,)] = connection.execute("SELECT max(run_id) FROM segment.run")
        assert connection.execute("SELECT version, state, retired_by FROM segment.definition").fetchall() == [
            (1, "retired", "linh")
        ]
        [(written,)] = connection.execute("SELECT count(*) FROM segment.membership_change WHERE change = 'enter'")
    assert changes(warehouse, tenant, run_id) == {(who, "exit", "definition") for who in ("ann", "bob", "cy")}
    assert written == 3
    with pytest.raises(Permanent, match="has no active version"):
        retire(warehouse, tenant.tenant_id, "socks", "linh")
    # By a new version it comes back, and everybody enters anew.
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "socks", RED_SOCKS))
    assert refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder).entered == 3


def test_a_segment_is_not_retired_while_others_build_on_it(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "socks", RED_SOCKS))
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "copy", in_segment("socks")))
    with pytest.raises(Permanent, match="cannot be retired while others build on it: copy"):
        retire(warehouse, tenant.tenant_id, "socks", "linh")
    retire(warehouse, tenant.tenant_id, "copy", "linh")
    retire(warehouse, tenant.tenant_id, "socks", "linh")


def test_a_version_that_the_plan_language_no_longer_knows_holds_up_no_other_segment(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "old", IN_POLAND))
    approve(warehouse, tenant, draft(warehouse, tenant, encoder, "socks", RED_SOCKS))
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            """UPDATE segment.definition SET plan = '{"where": {"kind": "horoscope"}}' WHERE segment_id = 'old'"""
        )
    with pytest.raises(Permanent, match=r"1 of 2 segments keep their members\. Version 1 of the segment 'old'"):
        refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert members(warehouse, tenant, "socks") == {"ann", "bob", "cy"}
    assert draft(warehouse, tenant, encoder, "on socks", in_segment("socks")).segment_id == "on_socks"
    assert retire(warehouse, tenant.tenant_id, "old", "approver").version == 1
