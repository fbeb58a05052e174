"""Nothing comes of a segment about which graph and tables do not agree: no draft, no approval, no members."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from leo_activation.activation import due_campaigns
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.agreement import Agreement, Disagreement, compare, require_agreement
from leo_activation.segments.approval import Review, record_decision, review
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import refresh_segment, refresh_segments
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.requests import RequestState, read_request, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.projecting import project
from tests.segments.shop import RED_SOCKS, CannedPlanner, bring_up_to_date, day, open_shop

ONLY_EVE = "the graph finds 3 customers and the tables 4; only in the tables: eve."


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def draft(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> Draft:
    request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    return draft_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )


def decide(warehouse: Warehouse, tenant: Tenant, request_id: int, shown: Review, decision: str) -> RequestState:
    return record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision=decision,
        decided_by="reviewer",
        decided_at=datetime.now(UTC),
        hash=shown.hash,
        limits=Limits(largest_size=100, largest_change_percent=Decimal(1000)),
    )


def approve(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> str:
    drafted = draft(warehouse, tenant, encoder, text)
    assert drafted.segment_id is not None
    shown = review(warehouse, tenant.tenant_id, drafted.request_id)
    assert decide(warehouse, tenant, drafted.request_id, shown, "approve") is RequestState.APPROVED
    return drafted.segment_id


def leave_the_graph_behind(warehouse: Warehouse, tenant: Tenant) -> None:
    """Eve buys red socks, which only the tables know."""
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red")])


def rows(warehouse: Warehouse, tenant: Tenant, query: str) -> list[tuple[object, ...]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(query.encode()).fetchall()


STATE = (
    "SELECT graph_count, sql_count, only_in_graph, only_in_sql, stopped_since IS NOT NULL FROM segment.agreement "
    "ORDER BY segment_id"
)


def test_equal_sets_agree_in_any_order_unless_the_order_is_asked_for() -> None:
    assert compare(["a", "b"], ["b", "a"], in_order=False).agrees
    differs = compare(["a", "b"], ["b", "a"], in_order=True)
    assert not differs.agrees
    assert str(differs) == (
        "Graph and tables do not agree: the graph finds 2 customers and the tables 2, the same ones in another order."
    )


def test_a_customer_who_is_found_twice_is_a_disagreement() -> None:
    assert not compare(["a", "a"], ["a"], in_order=False).agrees


def test_a_difference_is_told_by_ten_of_its_customers() -> None:
    many = [f"c{n:02}" for n in range(1200)]
    found = compare(many, ["x"], in_order=False)
    assert found == Agreement(1200, 1, tuple(many[:10]), ("x",), agrees=False)
    assert str(found).endswith(
        "the graph finds 1,200 customers and the tables 1; "
        "only in the graph: c00, c01, c02, c03, c04, c05, c06, c07, c08, c09, …; only in the tables: x."
    )


def test_the_sheet_says_that_graph_and_tables_agree(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    drafted = draft(warehouse, tenant, encoder, "red socks")
    assert "**Graph and tables agree**: 3 customers." in review(warehouse, tenant.tenant_id, drafted.request_id).body


def test_the_sheet_says_what_was_compared_where_profiles_are_judged_afterwards(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "hikers in Poland")
    shown = review(warehouse, tenant.tenant_id, drafted.request_id).body
    assert "**Graph and tables agree**: 2 customers, before profiles are compared with phrases." in shown
    assert drafted.member_count == 0


def test_a_request_on_which_they_disagree_is_not_drafted_until_they_agree(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    leave_the_graph_behind(warehouse, tenant)
    drafted = draft(warehouse, tenant, encoder, "red socks")
    assert drafted.state is RequestState.FAILED
    assert drafted.problem == f"Graph and tables do not agree: {ONLY_EVE}"
    assert drafted.segment_id is None
    bring_up_to_date(warehouse, tenant)
    again = draft_request(
        warehouse,
        tenant.tenant_id,
        drafted.request_id,
        as_of=NOW,
        encoder=encoder,
        planners=[CannedPlanner()],
    )
    assert (again.state, again.member_count) == (RequestState.DRAFTED, 4)


def test_an_approval_does_not_count_when_they_disagree_meanwhile(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    drafted = draft(warehouse, tenant, encoder, "red socks")
    shown = review(warehouse, tenant.tenant_id, drafted.request_id)
    leave_the_graph_behind(warehouse, tenant)
    assert decide(warehouse, tenant, drafted.request_id, shown, "approve") is RequestState.VOIDED
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        problem = read_request(connection, tenant.tenant_id, drafted.request_id).problem
    assert problem == f"Graph and tables do not agree: {ONLY_EVE}"
    assert rows(warehouse, tenant, "SELECT state FROM segment.definition") == [("draft",)]


def test_a_rejection_needs_no_agreement(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    drafted = draft(warehouse, tenant, encoder, "red socks")
    shown = review(warehouse, tenant.tenant_id, drafted.request_id)
    leave_the_graph_behind(warehouse, tenant)
    assert decide(warehouse, tenant, drafted.request_id, shown, "reject") is RequestState.REJECTED


def test_a_refresh_notes_what_both_found(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    assert rows(warehouse, tenant, STATE) == [(3, 3, [], [], False)]


def test_a_segment_on_which_they_disagree_is_stopped_and_goes_on_when_they_agree(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    leave_the_graph_behind(warehouse, tenant)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET deleted_at = now() WHERE customer_id = 'ann'")
    # Nothing of the graph was touched, so it shows when all are asked; and all are asked until both agree again.
    for whole in (True, False):
        with pytest.raises(Disagreement, match="only in the graph: ann; only in the tables: eve"):
            refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder, whole=whole)
    assert rows(warehouse, tenant, STATE) == [(3, 3, ["ann"], ["eve"], True)]
    members = "SELECT customer_id FROM segment.membership ORDER BY 1"
    assert rows(warehouse, tenant, members) == [("ann",), ("bob",), ("cy",)]
    assert rows(warehouse, tenant, "SELECT count(*) FROM segment.run") == [(1,)]
    project(warehouse, tenant, NOW)
    counts = refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    assert (counts.members, counts.entered, counts.exited) == (3, 1, 1)
    assert rows(warehouse, tenant, STATE) == [(3, 3, [], [], False)]


def test_a_stopped_segment_does_not_hold_up_the_others(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    approve(warehouse, tenant, encoder, "red socks")
    approve(warehouse, tenant, encoder, "red socks in Poland")
    leave_the_graph_behind(warehouse, tenant)
    with pytest.raises(
        Permanent,
        match=r"1 of 2 segments keep their members\. The segment 'red_socks_\d+' of '\w+' is stopped\. Graph and",
    ):
        refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert rows(warehouse, tenant, STATE) == [(3, 4, [], ["eve"], True), (2, 2, [], [], False)]


def test_reports_show_which_segments_are_stopped(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    approve(warehouse, tenant, encoder, "red socks")
    report = (
        f"SELECT segment, state, graph_count, sql_count FROM report.segment_agreement "
        f"WHERE tenant_id = '{tenant.tenant_id}'"
    )

    def reported() -> list[tuple[object, ...]]:
        with warehouse.connect(DatabaseRole.OWNER) as connection:
            connection.execute("SET LOCAL ROLE leo_report_owner")
            return connection.execute(report.encode()).fetchall()

    assert reported() == [("red socks", "not refreshed yet", None, None)]
    leave_the_graph_behind(warehouse, tenant)
    with pytest.raises(Permanent):
        refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    assert reported() == [("red socks", "stopped", 3, 4)]


def test_no_campaign_is_due_on_a_stopped_segment(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO activation.campaign (tenant_id, campaign_id, name, segment_id, channels, message_class, "
            "requested_by, state, version, schedule_since) "
            "VALUES (%s, 'warm_feet', 'Warm feet', %s, '{email}', 'marketing', 'linh', 'ready', 1, now())",
            [tenant.tenant_id, segment_id],
        )
    assert [due.campaign_id for due in due_campaigns(warehouse, tenant.tenant_id)] == ["warm_feet"]
    leave_the_graph_behind(warehouse, tenant)
    with pytest.raises(Disagreement):
        refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder, whole=True)
    assert due_campaigns(warehouse, tenant.tenant_id) == []


def test_a_graph_that_changes_while_it_is_read_is_read_again_later(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant.tenant_id)
    plan = SegmentPlan(where=RED_SOCKS)
    definition = define(plan, catalogue, (), NOW)
    with pytest.raises(Transient, match="changed while the segment was read"):
        require_agreement(warehouse, definition, plan, catalogue, (), NOW, in_graph=["ann", "bob"])


def test_a_sync_between_tables_and_graph_is_waited_for(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    segment_id = approve(warehouse, tenant, encoder, "red socks")
    leave_the_graph_behind(warehouse, tenant)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, state, counts) "
            "VALUES (%s, 'at work', 'merged', '{\"merged\": {}}')",
            [tenant.tenant_id],
        )
    with pytest.raises(Transient, match="has changed the tables and not yet the graph"):
        refresh_segment(warehouse, tenant.tenant_id, segment_id, NOW, encoder=encoder)
    assert rows(warehouse, tenant, STATE) == []
