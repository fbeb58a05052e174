"""A prompt is submitted, handled at once and answered; with one key it is asked once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from leo_activation.actions import Permission, Refused
from leo_activation.errors import Permanent
from leo_activation.segments.requests import RequestState, collect_requests
from tests.actions.conftest import GRAMMAR, RED_SOCKS, Shop
from tests.actions.test_handling import Unreachable


def test_a_segment_that_is_asked_for_is_drafted_at_once_and_goes_to_its_review_by_the_inbox(shop: Shop) -> None:
    answer = shop.ask(RED_SOCKS)
    data = answer.debug["data"]
    assert (data["state"], data["segment_id"], data["waits_for"]) == ("drafted", "red_socks", "approver")
    assert answer.answer
    assert collect_requests(shop.warehouse, shop.tenant_id) == [data["request_id"]]
    assert shop.handle(data["request_id"]).state is RequestState.DRAFTED


def test_a_question_is_answered_and_nothing_is_left_in_the_inbox(shop: Shop) -> None:
    shop.approved()
    answer = shop.ask("what is Red socks?")
    assert answer.answer.startswith("Segment “Red socks”")
    assert collect_requests(shop.warehouse, shop.tenant_id) == []


def test_the_same_key_is_the_same_request(shop: Shop) -> None:
    first = shop.ask(RED_SOCKS, key="k1")
    assert shop.ask(RED_SOCKS, key="k1") == first
    assert shop.ask(RED_SOCKS, key="k1", asked_by="lan") != first
    assert shop.query("SELECT requested_by FROM segment.request ORDER BY request_id") == [("mai",), ("lan",)]
    with pytest.raises(Permanent, match="was used by mai for another text"):
        shop.ask("Customers from Poland", key="k1")
    with pytest.raises(Permanent, match="1 to 200 characters"):
        shop.ask(RED_SOCKS, key="")


def test_two_prompts_at_once_with_one_key_are_one_request(shop: Shop) -> None:
    with ThreadPoolExecutor(2) as both:
        first, second = both.map(lambda _: shop.ask(RED_SOCKS, key="k1"), range(2))
    assert first == second
    assert shop.query("SELECT count(*) FROM segment.request") == [(1,)]
    assert shop.query("SELECT count(*) FROM segment.definition") == [(1,)]


@pytest.mark.parametrize(
    ("text", "permission"), [(RED_SOCKS, Permission.READ), ("segments like 'socks'", Permission.ASK)]
)
def test_who_may_not_ask_for_it_leaves_nothing_in_the_inbox(shop: Shop, text: str, permission: Permission) -> None:
    with pytest.raises(Refused, match="mai may not call"):
        shop.ask(text, permissions=frozenset({permission}))
    assert shop.query("SELECT count(*) FROM segment.request") == [(0,)]
    assert shop.query("SELECT outcome FROM ops.action_call") == [("refused",)]


def test_what_cannot_be_drafted_now_waits_in_the_inbox_and_says_so(shop: Shop) -> None:
    away = replace(GRAMMAR, planners=(*GRAMMAR.planners, Unreachable()))
    answer = shop.ask("qwertz uiop", tasks=lambda _: away)
    request_id = answer.debug["data"]["request_id"]
    assert answer.answer == (
        f"Request {request_id} is in the inbox and is drafted as soon as it can be: The model is away."
    )
    assert answer.debug["data"]["state"] == "submitted"
    assert collect_requests(shop.warehouse, shop.tenant_id) == [request_id]


def test_a_prompt_that_was_killed_before_it_was_handled_is_drafted_by_the_inbox(shop: Shop) -> None:
    class Killed(BaseException):
        """The process ends here."""

    def killed(request_id: int) -> None:
        raise Killed

    with pytest.raises(Killed):
        shop.ask(RED_SOCKS, tasks=killed)
    [(request_id,)] = shop.query("UPDATE segment.request SET collected_at = now() RETURNING request_id")
    assert collect_requests(shop.warehouse, shop.tenant_id) == []
    assert collect_requests(shop.warehouse, shop.tenant_id, timedelta(0)) == [request_id]


def test_an_answer_holds_no_contact_data_of_the_question(shop: Shop) -> None:
    answer = shop.ask("why is customer ann@example.com in Red socks, call +84 912 345 678")
    assert "ann@example.com" not in f"{answer.answer} {answer.debug}"
    assert "912" not in f"{answer.answer} {answer.debug}"
