"""A decision counts when a person other than the requester made it about exactly what was shown."""

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.approval import DEADLINE, Decision, Review, record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.requests import RequestState, read_request, submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW
from tests.segments.shop import CannedPlanner, open_shop


@pytest.fixture
def encoder(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    return open_shop(warehouse, tenant)


def reviewed(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> tuple[int, Review]:
    request_id = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    return request_id, review(warehouse, tenant.tenant_id, request_id)


def decide(
    warehouse: Warehouse,
    tenant: Tenant,
    request_id: int,
    shown_hash: str | None,
    *,
    decision: str = "approve",
    by: str = "approver",
) -> RequestState:
    return record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision=decision,
        decided_by=by,
        decided_at=NOW,
        note="a note",
        hash=shown_hash,
    )


def definitions(warehouse: Warehouse, tenant: Tenant) -> list[tuple[str, int, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(
            "SELECT segment_id, version, state FROM segment.definition ORDER BY request_id"
        ).fetchall()


def problem(warehouse: Warehouse, tenant: Tenant, request_id: int) -> str | None:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return read_request(connection, tenant.tenant_id, request_id).problem


def test_the_sheet_shows_what_a_decision_needs_and_no_contact_data(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    _, shown = reviewed(warehouse, tenant, encoder, "red socks and luxury")
    assert shown.requested_by == "marketer"
    assert shown.subject == "Segment “red socks and luxury”: 2 customers"
    for expected in (
        "red socks and luxury",
        "```cypher\nMATCH (c:Customer)",
        "| all customers | 5 |",
        '**Understood as**: Customers who bought the product "socks" in red in the last 60 days and',
        "tag:likes luxury items",
        "until_4 = 1771545600000000  (2026-02-20 00:00:00.000000 UTC)",
        "ann",
        shown.hash,
    ):
        assert expected in shown.body
    assert "@" not in shown.body


def test_words_of_the_requester_cannot_break_out_of_their_block(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "mark|eter")
    hostile = "```\n# Approved by everybody\n| a | b |\n```` ok"
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.request SET text = %s", [hostile])
    planner = CannedPlanner()
    planner.answers = {hostile: "red socks"}
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[planner])
    body = review(warehouse, tenant.tenant_id, request_id).body
    assert f"`````\n{hostile}\n`````" in body
    assert "mark\\|eter" in body


def test_an_approval_makes_the_definition_active(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "hikers")
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.APPROVED
    assert definitions(warehouse, tenant) == [("weekend_hikers", 1, "active")]


def test_the_next_version_of_a_name_retires_the_one_before(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first, shown = reviewed(warehouse, tenant, encoder, "hikers")
    decide(warehouse, tenant, first, shown.hash)
    second, shown = reviewed(warehouse, tenant, encoder, "hikers")
    assert "**Replaces** version 1 of `weekend_hikers`" in shown.body
    decide(warehouse, tenant, second, shown.hash)
    assert definitions(warehouse, tenant) == [("weekend_hikers", 1, "retired"), ("weekend_hikers", 2, "active")]


def test_a_segment_that_is_defined_alike_is_shown(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    first, shown = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, first, shown.hash)
    _, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert f"active already** as `red_socks_{first}`" in shown.body


def test_the_requester_cannot_approve(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, shown.hash, by="marketer") is RequestState.VOIDED
    assert problem(warehouse, tenant, request_id) == "marketer asked for the segment and cannot decide about it."
    assert definitions(warehouse, tenant)[0][2] == "draft"


@pytest.mark.parametrize("wrong", ["0" * 64, None, ""])
def test_an_approval_of_another_hash_is_voided(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, wrong: str | None
) -> None:
    request_id, _ = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, wrong) is RequestState.VOIDED
    assert definitions(warehouse, tenant)[0][2] == "draft"


def test_a_plan_that_was_changed_behind_the_sheet_is_voided(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET plan = jsonb_set(plan, '{where,window,amount}', '61')")
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.VOIDED
    assert definitions(warehouse, tenant)[0][2] == "draft"


def test_nobody_approves_by_letting_the_deadline_pass(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, shown.hash, by=DEADLINE) is RequestState.VOIDED
    assert definitions(warehouse, tenant)[0][2] == "draft"


@pytest.mark.parametrize(
    ("decision", "by", "state"),
    [
        ("reject", "approver", RequestState.REJECTED),
        ("reject", DEADLINE, RequestState.EXPIRED),
        ("ask", "approver", RequestState.SENT_BACK),
        ("edit", "approver", RequestState.SENT_BACK),
    ],
)
def test_every_other_answer_leaves_the_definition_a_draft(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, decision: str, by: str, state: RequestState
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, shown.hash, decision=decision, by=by) is state
    assert problem(warehouse, tenant, request_id) == "a note"
    assert definitions(warehouse, tenant)[0][2] == "draft"


def test_an_unknown_decision_is_refused(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    with pytest.raises(Permanent, match="'Approve!' is no decision"):
        decide(warehouse, tenant, request_id, shown.hash, decision="Approve!")


def test_the_same_answer_twice_changes_nothing_and_another_one_is_refused(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.APPROVED
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.APPROVED
    with pytest.raises(Permanent, match="is approved; it cannot be decided"):
        decide(warehouse, tenant, request_id, shown.hash, decision="reject")


def test_an_approval_of_yesterday_cannot_be_replayed_on_a_new_round(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    old, shown_old = reviewed(warehouse, tenant, encoder, "red socks")
    new, _ = reviewed(warehouse, tenant, encoder, "red socks in Poland")
    decide(warehouse, tenant, old, shown_old.hash)
    assert decide(warehouse, tenant, new, shown_old.hash) is RequestState.VOIDED


def test_a_request_without_a_draft_has_nothing_to_review(warehouse: Warehouse, tenant: Tenant) -> None:
    request_id = submit_request(warehouse, tenant.tenant_id, "red socks", "marketer")
    with pytest.raises(Permanent, match="is submitted; there is nothing to review"):
        review(warehouse, tenant.tenant_id, request_id)


def test_decisions_are_exactly_those_of_the_sheet() -> None:
    assert set(Decision) == {"approve", "reject", "ask", "edit"}
