"""A decision counts when a person who wrote no part of the request made it about exactly what was shown."""

from decimal import Decimal

import pytest

from leo_activation.errors import Permanent
from leo_activation.segments.approval import (
    DEADLINE,
    AnswerRefused,
    Decision,
    Review,
    record_decision,
    review,
    void_review,
)
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request, submit_request
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
    note: str | None = "a note",
    limits: Limits | None = None,
) -> RequestState:
    return record_decision(
        warehouse,
        tenant.tenant_id,
        request_id,
        decision=decision,
        decided_by=by,
        decided_at=NOW,
        note=note,
        hash=shown_hash,
        limits=limits,
    )


def definitions(warehouse: Warehouse, tenant: Tenant) -> list[tuple[str, int, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(
            "SELECT segment_id, version, state FROM segment.definition ORDER BY request_id"
        ).fetchall()


def requests(warehouse: Warehouse, tenant: Tenant) -> list[SegmentRequest]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        ids = connection.execute("SELECT request_id FROM segment.request ORDER BY request_id").fetchall()
        return [read_request(connection, tenant.tenant_id, request_id) for (request_id,) in ids]


def follow_up(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str, before: int, *, edited_by: str | None = None
) -> tuple[int, Review]:
    request_id = submit_request(
        warehouse, tenant.tenant_id, text, "marketer", revises_request_id=before, edited_by=edited_by
    )
    draft_request(warehouse, tenant.tenant_id, request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    return request_id, review(warehouse, tenant.tenant_id, request_id)


def version_limits(warehouse: Warehouse, tenant: Tenant) -> list[tuple[str, int, int, Decimal, str]]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return connection.execute(
            "SELECT segment_id, version, max_members, max_change_percent, set_by FROM segment.version_limit "
            "ORDER BY set_at"
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
        "| all customers |  | 5 |  |",
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


def test_a_name_cannot_reorder_or_break_the_subject(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, _ = reviewed(warehouse, tenant, encoder, "red socks")
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("UPDATE segment.definition SET name = %s", ["socks\n\u202edevorppA"])
    shown = review(warehouse, tenant.tenant_id, request_id)
    assert shown.subject == "Segment “socks ⟨U+202E⟩devorppA”: 3 customers"


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
    assert f"The same definition is active already as `red_socks_{first}`" in shown.body


def test_the_requester_cannot_approve(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    for decision in Decision:
        with pytest.raises(AnswerRefused, match="marketer asked for the segment and cannot decide about it"):
            decide(warehouse, tenant, request_id, shown.hash, decision=decision, by="marketer")
    assert requests(warehouse, tenant)[0].state is RequestState.IN_REVIEW
    assert definitions(warehouse, tenant)[0][2] == "draft"
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.APPROVED


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


def test_an_edit_becomes_a_request_that_neither_its_author_nor_the_requester_may_approve(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    state = decide(
        warehouse, tenant, request_id, shown.hash, decision="edit", by="reviewer", note="  red socks in Poland "
    )
    assert state is RequestState.SENT_BACK
    old, new = requests(warehouse, tenant)
    assert (old.state, old.problem) == (RequestState.SENT_BACK, "red socks in Poland")
    assert (new.text, new.requested_by, new.edited_by) == ("red socks in Poland", "marketer", "reviewer")
    assert (new.revises_request_id, new.state) == (request_id, RequestState.SUBMITTED)
    draft_request(warehouse, tenant.tenant_id, new.request_id, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant.tenant_id, new.request_id)
    assert shown.authors == ("marketer", "reviewer")
    assert "**Asked** by marketer, in the words of reviewer" in shown.body
    for author in ("marketer", "reviewer"):
        with pytest.raises(AnswerRefused):
            decide(warehouse, tenant, new.request_id, shown.hash, by=author)
    assert decide(warehouse, tenant, new.request_id, shown.hash, by="admin") is RequestState.APPROVED


def test_the_same_edit_twice_makes_one_request(warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    for _ in range(2):
        assert decide(warehouse, tenant, request_id, shown.hash, decision="edit") is RequestState.SENT_BACK
    assert len(requests(warehouse, tenant)) == 2


def test_who_edited_an_edit_before_may_not_approve_the_next_one(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, request_id, shown.hash, decision="edit", by="ann", note="red socks in Poland")
    first_edit, second_edit = request_id + 1, request_id + 2
    draft_request(warehouse, tenant.tenant_id, first_edit, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant.tenant_id, first_edit)
    decide(warehouse, tenant, first_edit, shown.hash, decision="edit", by="bob", note="red socks")
    draft_request(warehouse, tenant.tenant_id, second_edit, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    shown = review(warehouse, tenant.tenant_id, second_edit)
    assert shown.authors == ("ann", "bob", "marketer")
    with pytest.raises(AnswerRefused, match="ann wrote a part of the request"):
        decide(warehouse, tenant, second_edit, shown.hash, by="ann")


def test_what_was_approved_before_has_no_authors_any_more(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, request_id, shown.hash, decision="edit", by="ann", note="red socks in Poland")
    edited = request_id + 1
    draft_request(warehouse, tenant.tenant_id, edited, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    decide(warehouse, tenant, edited, review(warehouse, tenant.tenant_id, edited).hash, by="bob")
    _, shown = follow_up(warehouse, tenant, encoder, "red socks", edited)
    assert shown.authors == ("marketer",)


@pytest.mark.parametrize(
    ("decision", "note", "said"),
    [
        ("edit", None, "an edit was chosen without words"),
        ("edit", "  ", "an edit was chosen without words"),
        ("ask", None, "a question was asked without words"),
    ],
)
def test_an_edit_or_a_question_without_words_is_sent_back_and_says_so(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, decision: str, note: str | None, said: str
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert decide(warehouse, tenant, request_id, shown.hash, decision=decision, note=note) is RequestState.SENT_BACK
    [only] = requests(warehouse, tenant)
    assert only.problem == said


def test_an_approval_keeps_the_limits_that_were_proposed_or_set(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert "up to 100 customers and 667 % change" in shown.body
    decide(warehouse, tenant, first, shown.hash)
    second, shown = reviewed(warehouse, tenant, encoder, "everybody")
    decide(warehouse, tenant, second, shown.hash, by="bob", limits=Limits(7, Decimal("12.5")))
    assert version_limits(warehouse, tenant) == [
        (f"red_socks_{first}", 1, 100, Decimal("667.0"), "approver"),
        (f"everybody_{second}", 1, 7, Decimal("12.5"), "bob"),
    ]


@pytest.mark.parametrize(
    ("limits", "said"),
    [
        (Limits(2, Decimal(50)), "The largest size is 2, but the segment finds 3 customers already"),
        (Limits(-1, Decimal(50)), "must lie between 0 and"),
        (Limits(10**12, Decimal(50)), "must lie between 0 and"),
        (Limits(100, Decimal(-1)), "The largest change must lie between"),
        (Limits(100, Decimal("NaN")), "The largest change must lie between"),
        (Limits(100, Decimal(10**9)), "The largest change must lie between"),
    ],
)
def test_limits_that_cannot_hold_are_refused_and_asked_for_again(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, limits: Limits, said: str
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    with pytest.raises(AnswerRefused, match=said):
        decide(warehouse, tenant, request_id, shown.hash, limits=limits)
    assert version_limits(warehouse, tenant) == []
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.APPROVED


@pytest.mark.parametrize("decision", ["reject", "ask", "edit"])
def test_only_an_approval_sets_limits(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, decision: str
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, request_id, shown.hash, decision=decision, limits=Limits(1, Decimal(50)))
    assert version_limits(warehouse, tenant) == []


def test_a_request_that_a_follow_up_overtakes_cannot_be_approved_any_more(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    later = submit_request(
        warehouse, tenant.tenant_id, "red socks in Poland", "marketer", revises_request_id=request_id
    )
    with pytest.raises(AnswerRefused, match=f"Request {later} may change this one and is not read yet"):
        decide(warehouse, tenant, request_id, shown.hash)
    draft_request(warehouse, tenant.tenant_id, later, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    with pytest.raises(Permanent, match="is voided; it cannot be decided"):
        decide(warehouse, tenant, request_id, shown.hash)
    assert [state for _, _, state in definitions(warehouse, tenant)] == ["draft", "draft"]


def test_a_request_whose_follow_up_is_asked_back_cannot_be_approved_any_more(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    later = submit_request(warehouse, tenant.tenant_id, "no, gloves", "marketer", revises_request_id=request_id)
    draft_request(warehouse, tenant.tenant_id, later, as_of=NOW, encoder=encoder, planners=[CannedPlanner()])
    assert decide(warehouse, tenant, request_id, shown.hash) is RequestState.VOIDED
    assert problem(warehouse, tenant, request_id) == f"Request {later} changes this one and has overtaken it."
    assert definitions(warehouse, tenant)[0][2] == "draft"


def test_an_older_version_does_not_replace_a_newer_one(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    first, shown_first = reviewed(warehouse, tenant, encoder, "hikers")
    second, shown_second = reviewed(warehouse, tenant, encoder, "hikers in Poland")
    decide(warehouse, tenant, second, shown_second.hash)
    assert decide(warehouse, tenant, first, shown_first.hash) is RequestState.VOIDED
    assert problem(warehouse, tenant, first) == (
        "Version 2 of the segment is active already, which is newer than this one."
    )
    assert definitions(warehouse, tenant) == [("weekend_hikers", 1, "draft"), ("weekend_hikers", 2, "active")]


def test_the_answer_of_one_version_is_none_for_the_next(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown_old = reviewed(warehouse, tenant, encoder, "red socks")
    decide(warehouse, tenant, request_id, shown_old.hash)
    later, shown_new = follow_up(warehouse, tenant, encoder, "red socks in Poland", request_id)
    assert shown_new.hash != shown_old.hash
    assert decide(warehouse, tenant, later, shown_old.hash) is RequestState.VOIDED
    assert definitions(warehouse, tenant)[1][2] == "draft"


def test_a_review_in_which_no_answer_counted_ends_voided_once(
    warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder
) -> None:
    request_id, shown = reviewed(warehouse, tenant, encoder, "red socks")
    assert void_review(warehouse, tenant.tenant_id, request_id, "no answer counted") is RequestState.VOIDED
    assert problem(warehouse, tenant, request_id) == "no answer counted"
    other, shown = reviewed(warehouse, tenant, encoder, "everybody")
    decide(warehouse, tenant, other, shown.hash)
    assert void_review(warehouse, tenant.tenant_id, other, "too late") is RequestState.APPROVED
