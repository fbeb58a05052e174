"""A request is handled for what it asks, once, whoever handles it how often; its answer is kept with what was done."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime

import pytest

from leo_activation.actions import give_up
from leo_activation.errors import Permanent, Transient
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.recall import remember
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.requests import RequestState
from leo_activation.settings import DatabaseRole
from tests.actions.conftest import GRAMMAR, RED_SOCKS, Shop
from tests.profiles.people import NOW


class Unreachable:
    """A planner whose service does not answer."""

    name = "llm"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        raise Transient("The model is away.")


def test_a_request_for_a_segment_is_drafted_and_its_answer_kept(shop: Shop) -> None:
    draft = shop.said(RED_SOCKS)
    assert (draft.state, draft.segment_id, draft.member_count) == (RequestState.DRAFTED, "red_socks", 3)
    answer = shop.answer(draft.request_id)
    assert answer is not None
    assert answer.answer == shop.request(draft.request_id).explanation
    [call] = answer.debug["calls"]
    assert (call["kind"], call["action"], call["caller"], call["outcome"]) == (
        "action",
        "create_segment",
        "mai",
        "done",
    )
    assert answer.debug["data"] == {
        "request_id": draft.request_id, "state": "drafted", "segment_id": "red_socks", "version": 1,
        "member_count": 3, "waits_for": "approver",
    }  # fmt: skip


def test_handling_again_changes_nothing(shop: Shop) -> None:
    texts = (RED_SOCKS, "what is Red socks", "segments like 'quantum physics'", "qwertz uiop")
    for text in texts:
        request_id = shop.submit(text)
        first = shop.handle(request_id)
        answer, rows = shop.answer(request_id), shop.everything()
        assert shop.handle(request_id) == first
        assert shop.answer(request_id) == answer
        assert shop.everything() == rows


def test_a_kill_before_the_answer_was_kept_is_made_good_and_nothing_is_done_twice(shop: Shop) -> None:
    for text in (RED_SOCKS, "what is Red socks", "qwertz uiop"):
        request_id = shop.submit(text)
        first = shop.handle(request_id)
        answer, rows = shop.answer(request_id), shop.everything()
        shop.query("DELETE FROM segment.answer WHERE request_id = %s", request_id)
        assert shop.handle(request_id) == first
        assert shop.answer(request_id) == answer
        assert shop.everything() == rows


def test_two_that_handle_at_once_end_in_one_answer(shop: Shop) -> None:
    for text in (RED_SOCKS, "what is Red socks"):
        request_id = shop.submit(text)
        with ThreadPoolExecutor(2) as both:
            first, second = both.map(shop.handle, [request_id, request_id])
        assert first == second
        [(answers,)] = shop.query("SELECT count(*) FROM segment.answer WHERE request_id = %s", request_id)
        [(calls,)] = shop.query("SELECT count(*) FROM ops.action_call WHERE request_id = %s", request_id)
        assert (answers, calls) == (1, 1)
    assert shop.query("SELECT count(*) FROM segment.definition") == [(1,)]


def test_a_question_is_answered_and_makes_no_segment(shop: Shop) -> None:
    shop.approved()
    before = shop.everything()
    draft = shop.said("what is Red socks?")
    request = shop.request(draft.request_id)
    assert draft.state is request.state is RequestState.ANSWERED
    assert request.explanation == (
        'Segment “Red socks” (red_socks), version 1: Customers who bought the product "socks" in red in the last 60 '
        "days. It has 3 members, as of 2026-02-20 00:00 UTC."
    )
    assert {table for table, rows in shop.everything().items() if rows != before[table]} == {
        "segment.request", "segment.answer", "ops.action_call", "audit.pending",
    }  # fmt: skip


def test_a_vietnamese_question_is_answered_in_vietnamese(shop: Shop) -> None:
    shop.approved()
    draft = shop.said("Red socks là gì?")
    request = shop.request(draft.request_id)
    assert (request.state, request.language) == (RequestState.ANSWERED, "vi")
    assert request.explanation is not None
    assert request.explanation.startswith("Phân khúc “Red socks” (red_socks), phiên bản 1: Khách hàng")
    assert "có 3 thành viên" in request.explanation


def test_why_a_customer_is_in_a_segment_or_not_is_answered_by_its_conditions(shop: Shop) -> None:
    shop.approved("Create a segment named 'Poles in socks': customers from Poland who bought red socks")
    inside = shop.request(shop.said("why is customer ann in Poles in socks?").request_id)
    assert inside.state is RequestState.ANSWERED
    assert inside.explanation is not None
    assert inside.explanation.startswith("Customer ann is in the segment “Poles in socks” since 2026-02-20. Met: ")
    assert "Not met" not in inside.explanation
    outside = shop.said("vì sao khách cy không nằm trong Poles in socks?")
    told = shop.request(outside.request_id).explanation
    assert told is not None
    assert told.startswith("Khách hàng cy không thuộc phân khúc “Poles in socks”. Không đạt: ")
    answer = shop.answer(outside.request_id)
    assert answer is not None
    assert (
        answer.debug["data"] | {"is_member": False, "found_now": False, "conditions": 2, "met": 1}
        == (answer.debug["data"])
    )


def test_a_customer_whom_nobody_knows_is_named_in_the_answer(shop: Shop) -> None:
    shop.approved()
    draft = shop.said("why is customer nobody_1 in Red socks?")
    assert draft.state is RequestState.FAILED
    assert draft.problem == f"There is no customer 'nobody_1' of '{shop.tenant_id}'."


def test_the_state_of_a_request_says_for_whom_it_waits(shop: Shop) -> None:
    first = shop.said(RED_SOCKS)
    review(shop.warehouse, shop.tenant_id, first.request_id)
    told = shop.request(shop.said(f"where is request {first.request_id}?").request_id).explanation
    assert told == (
        f"Request {first.request_id} of mai: it waits for an approver. It leads to version 1 of the segment "
        "“red_socks”; its preview finds 3 customers."
    )


@pytest.mark.parametrize(
    ("text", "question"),
    [
        ("what is the segment red shoes", "There is no segment “red shoes”. Which one do you mean? (Red socks)"),
        ("where is request 999999", "There is no request 999999."),
        ("segments like this one", "There is no segment “this one”."),
        ("các phân khúc giống 'người leo núi hoài'", "Mô hình fake chỉ hiểu tiếng Anh"),
    ],
)
def test_a_question_that_cannot_be_answered_is_asked_back(shop: Shop, text: str, question: str) -> None:
    shop.approved()
    draft = shop.said(text)
    assert draft.state is RequestState.NEEDS_CLARIFICATION
    assert draft.questions[0].startswith(question)
    answer = shop.answer(draft.request_id)
    assert answer is not None
    assert answer.debug["data"]["waits_for"] == "requester"


def test_what_was_done_before_is_recalled(shop: Shop) -> None:
    shop.approved()
    remember(shop.warehouse, shop.tenant_id, shop.encoder)
    draft = shop.said("what did we do for buyers of red socks?")
    answer = shop.answer(draft.request_id)
    assert answer is not None
    assert answer.answer.startswith("Near to “buyers of red socks”:\n- segment red_socks (")
    assert {one["kind"] for one in answer.debug["data"]["results"]} == {"segment", "request"}
    nothing = shop.request(shop.said("segments like 'quantum physics'").request_id)
    assert nothing.state is RequestState.ANSWERED
    assert nothing.explanation == "Nothing was done before that is near to “quantum physics”."


def test_segments_like_this_one_leave_out_the_one(shop: Shop) -> None:
    shop.approved()
    shop.approved("Create a segment named 'Socks in red': customers who bought red socks in the last 30 days")
    remember(shop.warehouse, shop.tenant_id, shop.encoder)
    [(request_id,)] = shop.query("SELECT request_id FROM segment.definition WHERE segment_id = 'red_socks'")
    draft = shop.said("segments like this one", revises=request_id)
    answer = shop.answer(draft.request_id)
    assert answer is not None
    assert [one["reference"] for one in answer.debug["data"]["results"]] == ["socks_in_red"]


def test_a_follow_up_updates_the_segment(shop: Shop) -> None:
    first = shop.said(RED_SOCKS)
    second = shop.said("now only Poland", revises=first.request_id)
    assert (second.state, second.segment_id, second.version) == (RequestState.DRAFTED, "red_socks", 2)
    answer = shop.answer(second.request_id)
    assert answer is not None
    [call] = answer.debug["calls"]
    assert call["action"] == "update_segment"
    assert call["arguments"]["revises_request_id"] == first.request_id


@pytest.mark.parametrize(
    "text",
    [
        "why is customer ann@example.com in Red socks",
        "list the email addresses of all customers",
        "delete all customers in Red socks",
        "what is Red socks, then delete all customers",
    ],
)
def test_contact_data_and_changes_are_refused_and_not_recorded(shop: Shop, text: str) -> None:
    shop.approved()
    before = shop.everything()
    draft = shop.said(text)
    assert draft.state is RequestState.NEEDS_CLARIFICATION
    assert {table for table, rows in shop.everything().items() if rows != before[table]} == {
        "segment.request", "segment.answer", "ops.action_call", "audit.pending",
    }  # fmt: skip
    kept = shop.query("SELECT arguments::text FROM ops.action_call UNION ALL SELECT debug::text FROM segment.answer")
    assert not any("ann@example.com" in text for (text,) in kept)


def test_a_draft_that_cannot_be_made_now_is_recorded_and_made_later(shop: Shop) -> None:
    request_id = shop.submit("qwertz uiop")
    away = replace(GRAMMAR, planners=(*GRAMMAR.planners, Unreachable()))
    with pytest.raises(Transient):
        shop.handle(request_id, away)
    assert shop.answer(request_id) is None
    assert shop.request(request_id).state is RequestState.SUBMITTED
    assert shop.handle(request_id).state is RequestState.NEEDS_CLARIFICATION
    answer = shop.answer(request_id)
    assert answer is not None
    assert [call["outcome"] for call in answer.debug["calls"]] == ["failed", "asked_back"]
    assert answer.debug["calls"][0]["problem"] == "The model is away."


def test_what_fails_for_the_last_time_says_so_in_words(shop: Shop) -> None:
    request_id = shop.submit("qwertz uiop")
    problem = "The model could not be reached."
    assert give_up(shop.warehouse, shop.tenant_id, request_id, problem) is RequestState.FAILED
    answer = shop.answer(request_id)
    assert answer is not None
    assert answer.answer == f"Request {request_id} of mai: it could not be drafted. {problem}"
    assert shop.handle(request_id).state is RequestState.NEEDS_CLARIFICATION
    drafted = shop.said(RED_SOCKS)
    assert give_up(shop.warehouse, shop.tenant_id, drafted.request_id, problem) is RequestState.DRAFTED


def test_the_calls_of_models_stand_beside_those_of_actions(shop: Shop) -> None:
    request_id = shop.submit(RED_SOCKS)
    shop.query(
        "INSERT INTO llm.call (tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id, "
        "input_tokens, output_tokens, cost_micro_usd, latency_ms, outcome) "
        "VALUES (%s, 'plan_segment', 'plan_segment', 3, 'h', 'gemini', %s, 900, 80, 41, 700, 'ok')",
        shop.tenant_id,
        request_id,
    )
    shop.handle(request_id)
    answer = shop.answer(request_id)
    assert answer is not None
    action, model = answer.debug["calls"]
    assert action["kind"] == "action"
    assert (model["kind"], model["task"], model["input_tokens"], model["output_tokens"], model["cost_micro_usd"]) == (
        "model", "plan_segment", 900, 80, 41,
    )  # fmt: skip


def test_there_is_no_request_to_handle(shop: Shop) -> None:
    with pytest.raises(Permanent, match="has no request"):
        shop.handle(4711)


def test_the_campaign_of_an_approved_request_is_drafted_once(shop: Shop) -> None:
    text = f"{RED_SOCKS} and send them an email: 'Warm feet'"
    draft = shop.said(text)
    assert shop.activate(draft.request_id) is None
    shown = review(shop.warehouse, shop.tenant_id, draft.request_id)
    record_decision(
        shop.warehouse, shop.tenant_id, draft.request_id, decision=Decision.APPROVE, decided_by="petr",
        decided_at=NOW, hash=shown.hash,
    )  # fmt: skip
    first, second = (shop.activate(draft.request_id) for _ in range(2))
    assert first == second == f"red_socks_{draft.request_id}"
    assert shop.query("SELECT campaign_id, state, message, request_id FROM activation.campaign") == [
        (first, "draft", "Warm feet", draft.request_id)
    ]
    assert shop.query("SELECT count(*) FROM ops.action_call WHERE action = 'activate_on_channel'") == [(1,)]
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        assert connection.execute("SELECT count(*) FROM activation.run").fetchone() == (0,)
