"""Why a request has no segment yet stands in the logs of Airflow, in one sentence that says what it waits for."""

import logging

import pytest

from leo_activation import segments
from leo_activation.errors import Permanent
from leo_activation.orchestration.request_standings import say_what_is_open, say_where_it_stands
from leo_activation.segments.approval import review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segment
from leo_activation.segments.requests import RequestState, submit_request
from leo_activation.segments.standing import open_standings
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.orchestration.test_unfinished_requests import connections as connections
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, add_events
from tests.segments.shop import CannedPlanner, day, open_shop
from tests.segments.test_approval import decide, follow_up, reviewed
from tests.segments.test_holds import A_TENTH, buy


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="leo_activation.orchestration.request_standings")
    return caplog


def said(log: pytest.LogCaptureFixture, tenant: Tenant, request_id: int) -> str:
    """What the log of a task of the request's run ends with, without whose it is."""
    log.clear()
    say_where_it_stands(tenant.tenant_id, request_id)
    [message] = log.messages
    head = f"Request {request_id} of {tenant.tenant_id} "
    assert message.startswith(head)
    return message.removeprefix(head)


def listed(log: pytest.LogCaptureFixture, tenant: Tenant) -> list[str]:
    """What the log of collect_segment_requests says of the tenant."""
    log.clear()
    say_what_is_open(tenant.tenant_id)
    return list(log.messages)


def run_sql(warehouse: Warehouse, tenant: Tenant, query: str, *values: object) -> None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute(query.encode(), values)


def test_a_request_says_what_it_waits_for_from_its_submission_to_its_members(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, log: pytest.LogCaptureFixture
) -> None:
    name = tenant.tenant_id
    assert listed(log, tenant) == [f"No request of {name} waits for anything."]
    request_id = submit_request(warehouse, name, "red socks", "marketer")
    assert said(log, tenant, request_id) == (
        "is not collected yet: the next run of collect_segment_requests starts its draft."
    )
    assert segments.collect_requests(warehouse, name) == [request_id]
    collected = said(log, tenant, request_id)
    assert collected.startswith("was collected at 20")
    assert f"the task draft of draft_segment, run request-{name}-{request_id};" in collected

    drafted = draft_request(warehouse, name, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    waits = (
        f"is drafted and waits for an approver: the task review of draft_segment, run request-{name}-{request_id}, "
        "under Required Actions."
    )
    assert said(log, tenant, request_id) == waits
    assert listed(log, tenant) == [f"Request {request_id} of {name} {waits}"]

    review(warehouse, name, request_id)
    decide(warehouse, tenant, request_id, drafted.hash, limits=A_TENTH)
    segment_id = drafted.segment_id
    assert segment_id is not None
    found = said(log, tenant, request_id)
    assert found.startswith(
        f"was approved, but version 1 of the segment {segment_id} has no members yet: they come with"
    )
    assert listed(log, tenant) == [f"Request {request_id} of {name} {found}"]

    refresh_segment(warehouse, name, segment_id, NOW, encoder=encoder)
    assert said(log, tenant, request_id) == (
        f"was approved and has its segment: version 1 of the segment {segment_id} has 3 members."
    )
    assert listed(log, tenant) == [f"No request of {name} waits for anything."]

    buy(warehouse, tenant, "eve")
    hold_id = refresh_segment(warehouse, name, segment_id, NOW, encoder=encoder).hold_id
    held = said(log, tenant, request_id)
    assert f"review_held_refreshes, run hold-{name}-{hold_id}, waits for an approver" in held
    assert listed(log, tenant) == [f"Request {request_id} of {name} {held}"]


def test_a_request_on_which_graph_and_tables_differ_says_where_to_look(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, log: pytest.LogCaptureFixture
) -> None:
    request_id, sheet = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, request_id, sheet.hash)
    # The tables know of a purchase that the graph does not.
    add_events(warehouse, tenant.tenant_id, [Event("eve", "purchase", "socks", day(3), "red", event_key="by eve")])
    with pytest.raises(Permanent, match="do not agree"):
        segments.refresh_segments(warehouse, tenant.tenant_id, NOW, encoder=encoder)
    words = said(log, tenant, request_id)
    assert words.startswith("was approved, but graph and tables do not agree about version 1 of the segment red_socks")
    assert words.endswith(f"the log of the task refresh of refresh_segments for {tenant.tenant_id} names customers to "
                          "look at.")  # fmt: skip
    assert listed(log, tenant) == [f"Request {request_id} of {tenant.tenant_id} {words}"]


def test_a_request_that_came_to_nothing_says_why(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, log: pytest.LogCaptureFixture
) -> None:
    ended = {}
    for decision in ("reject", "ask"):
        request_id, sheet = reviewed(warehouse, tenant, encoder, "red socks")
        decide(warehouse, tenant, request_id, sheet.hash, decision=decision, note="Ask ann@example.com\nfirst.")
        ended[decision] = request_id
    assert said(log, tenant, ended["reject"]) == "was rejected by approver: Ask […] first."
    assert said(log, tenant, ended["ask"]) == "was sent back to its requester by approver: Ask […] first."

    failed = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    segments.give_up(warehouse, tenant.tenant_id, failed, "The model of ann@example.com could not be reached.")
    assert said(log, tenant, failed) == "failed: The model of […] could not be reached."
    # What waits for a person's next step is open, what was decided is not.
    assert [one.split(" of ")[0] for one in listed(log, tenant)] == [
        f"Request {failed}",
        f"Request {ended['ask']}",
    ]
    for state, words in (
        (RequestState.ANSWERED, "was a question, and has its answer"),
        (RequestState.EXPIRED, "was not decided in time"),
        (RequestState.VOIDED, "is void: The model of […]"),
    ):
        run_sql(warehouse, tenant, "UPDATE segment.request SET state = %s WHERE request_id = %s", state.value, failed)
        assert said(log, tenant, failed).startswith(words)
    with pytest.raises(Permanent, match="has no request 0"):
        say_where_it_stands(tenant.tenant_id, 0)


def test_a_request_that_is_not_clear_names_the_words_and_no_contact_data(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, log: pytest.LogCaptureFixture
) -> None:
    name = tenant.tenant_id
    texts = ("people who love churn", "people like ann@example.com")
    asked = [submit_request(warehouse, name, text, "marketer") for text in texts]
    for request_id in asked:
        draft_request(warehouse, name, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    assert [said(log, tenant, request_id) for request_id in asked] == [
        "needs clarification: these words were not placed: «churn». Its requester has to answer by a follow-up.",
        "needs clarification: these words were not placed: «[…]». Its requester has to answer by a follow-up.",
    ]
    run_sql(warehouse, tenant, "UPDATE segment.request SET unplaced = '{}' WHERE request_id = %s", asked[0])
    assert said(log, tenant, asked[0]).startswith("needs clarification: it was asked back: What do you mean?")
    # The follow-up is what waits from then on.
    answer, _ = follow_up(warehouse, tenant, encoder, "red socks", asked[0])
    assert [one.request_id for one in open_standings(warehouse, name)] == [answer, asked[1]]


def test_the_list_is_bounded_and_says_how_many_it_leaves_out(
    warehouse: Warehouse, tenant: Tenant, log: pytest.LogCaptureFixture
) -> None:
    run_sql(
        warehouse,
        tenant,
        "INSERT INTO segment.request (tenant_id, text, requested_by) "
        "SELECT %s, 'red socks', 'marketer' FROM generate_series(1, 103)",
        tenant.tenant_id,
    )
    told = listed(log, tenant)
    assert len(told) == 101
    assert told[-1] == f"3 older requests of {tenant.tenant_id} wait too; the Segment desk lists all."
