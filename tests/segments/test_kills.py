"""Draft, decision and refresh, killed or cut from the database before any statement and started again: the same end.

Killed before every third statement and cut before every fourth; LEO_TESTS_EXPLORE=1 takes all of them.
"""

from collections.abc import Callable

import pytest

from leo_activation.actions import handle_request
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.explaining import PlainExplainer
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import read_graph
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.disturbed import Disturb, cut_before, killed_before, statements
from tests.segments.shop import CannedPlanner, open_shop

TEXT = "red socks and luxury"
MEMBERS = {"ann", "cy"}
MOST_STATEMENTS = 500


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


@pytest.fixture
def ask(warehouse: Warehouse, tenant: Tenant) -> Callable[[], int]:
    return lambda: submit_request(warehouse, tenant.tenant_id, TEXT, "marketer")


@pytest.fixture
def draft(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> Callable[[int], object]:
    tasks = LanguageTasks(planners=(CannedPlanner(),), explainer=PlainExplainer())
    return lambda request_id: handle_request(
        warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, tasks=tasks
    )


@pytest.fixture
def decide(warehouse: Warehouse, tenant: Tenant) -> Callable[[int], object]:
    def approve(request_id: int) -> object:
        # As the task does: the sheet is made anew by a task that starts over, unless a decision is on record.
        with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            [(state,)] = connection.execute("SELECT state FROM segment.request WHERE request_id = %s", [request_id])
        if state == RequestState.APPROVED:
            return state
        shown = review(warehouse, tenant.tenant_id, request_id)
        return record_decision(
            warehouse, tenant.tenant_id, request_id,
            decision="approve", decided_by="reviewer", decided_at=NOW, hash=shown.hash,
        )  # fmt: skip

    return approve


@pytest.fixture
def refresh(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> Callable[[int], object]:
    return lambda request_id: refresh_segment(
        warehouse, tenant.tenant_id, segment_of(warehouse, tenant, request_id), NOW, encoder=encoder
    )


def segment_of(warehouse: Warehouse, tenant: Tenant, request_id: int) -> str:
    query = "SELECT segment_id FROM segment.definition WHERE request_id = %s"
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        [(segment_id,)] = connection.execute(query, [request_id])
    return str(segment_id)


def state_of(warehouse: Warehouse, tenant: Tenant, request_id: int) -> list[tuple[object, ...]]:
    """All that is kept of a request, its definitions, previews and approvals, less numbers and times."""
    query = """
        SELECT r.state, r.planner, r.sentence, r.explanation, d.version, d.plan, d.cypher, d.parameters, d.hash,
               d.state, p.member_count, p.funnel, p.reachable, p.sample, p.agreed_count,
               a.decision, a.hash, a.decided_by, l.max_members, l.max_change_percent
        FROM segment.request AS r
        LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
        LEFT JOIN segment.preview AS p USING (tenant_id, segment_id, version)
        LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
        LEFT JOIN segment.version_limit AS l USING (tenant_id, segment_id, version)
        WHERE r.request_id = %s
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(query, [request_id]).fetchall()


def members_of(warehouse: Warehouse, tenant: Tenant, segment_id: str) -> dict[str, object]:
    """Who is a member by table and by graph, and what was written of the way there."""
    cypher = "MATCH (c:Customer)-[:IN_SEGMENT]->(s:Segment) WHERE s.segment_id = $segment RETURN c.customer_id AS c"
    with warehouse.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
        in_graph = read_graph(connection, tenant.graph_name, cypher, {"segment": segment_id})
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        members, changes, runs = (
            connection.execute(query, [segment_id]).fetchall()
            for query in (
                b"SELECT customer_id, since FROM segment.membership WHERE segment_id = %s ORDER BY 1",
                b"SELECT customer_id, change, cause FROM segment.membership_change WHERE segment_id = %s ORDER BY 1",
                b"SELECT version, as_of, member_count, entered, exited FROM segment.run WHERE segment_id = %s",
            )
        )
    return {"graph": sorted(in_graph), "members": members, "changes": changes, "runs": runs}


@pytest.mark.parametrize("disturb", [killed_before, cut_before])
def test_a_draft_that_is_disturbed_anywhere_and_started_again_is_made_once_and_the_same(
    warehouse: Warehouse,
    tenant: Tenant,
    disturb: Disturb,
    ask: Callable[[], int],
    draft: Callable[[int], object],
) -> None:
    undisturbed = ask()
    draft(undisturbed)
    expected = state_of(warehouse, tenant, undisturbed)
    assert len(expected) == 1
    assert expected[0][0] == RequestState.DRAFTED
    for number in statements(disturb):
        request_id = ask()
        disturbed = disturb(number, lambda request_id=request_id: draft(request_id))  # type: ignore[misc]
        draft(request_id)
        assert state_of(warehouse, tenant, request_id) == expected, f"disturbed before statement {number}"
        if not disturbed:
            break
        assert number < MOST_STATEMENTS
    assert number > 20, "the draft was disturbed in the middle, not only at its ends"


@pytest.mark.parametrize("disturb", [killed_before, cut_before])
def test_a_decision_that_is_disturbed_anywhere_and_made_again_counts_once(
    warehouse: Warehouse,
    tenant: Tenant,
    disturb: Disturb,
    ask: Callable[[], int],
    draft: Callable[[int], object],
    decide: Callable[[int], object],
) -> None:
    undisturbed = ask()
    draft(undisturbed)
    decide(undisturbed)
    expected = state_of(warehouse, tenant, undisturbed)
    assert (len(expected), expected[0][0]) == (1, RequestState.APPROVED)
    for number in statements(disturb):
        request_id = ask()
        draft(request_id)
        disturbed = disturb(number, lambda request_id=request_id: decide(request_id))  # type: ignore[misc]
        decide(request_id)
        assert state_of(warehouse, tenant, request_id) == expected, f"disturbed before statement {number}"
        if not disturbed:
            break
        assert number < MOST_STATEMENTS
    assert number > 10


@pytest.mark.parametrize("disturb", [killed_before, cut_before])
def test_a_refresh_that_is_disturbed_anywhere_and_started_again_publishes_once_and_whole(
    warehouse: Warehouse,
    tenant: Tenant,
    disturb: Disturb,
    ask: Callable[[], int],
    draft: Callable[[int], object],
    decide: Callable[[int], object],
    refresh: Callable[[int], object],
) -> None:
    def approved() -> int:
        request_id = ask()
        draft(request_id)
        decide(request_id)
        return request_id

    undisturbed = approved()
    refresh(undisturbed)
    expected = members_of(warehouse, tenant, segment_of(warehouse, tenant, undisturbed))
    assert set(expected["graph"]) == MEMBERS  # type: ignore[call-overload]
    for number in statements(disturb):
        request_id = approved()
        segment_id = segment_of(warehouse, tenant, request_id)
        disturbed = disturb(number, lambda request_id=request_id: refresh(request_id))  # type: ignore[misc]
        between = members_of(warehouse, tenant, segment_id)
        assert between in (expected, {"graph": [], "members": [], "changes": [], "runs": []}), "published by halves"
        refresh(request_id)
        assert members_of(warehouse, tenant, segment_id) == expected, f"disturbed before statement {number}"
        if not disturbed:
            break
        assert number < MOST_STATEMENTS
    assert number > 20
