"""A question and a prompt that are killed or cut before any statement and started again end as undisturbed ones."""

import pytest

from leo_activation.segments.requests import RequestState
from tests.actions.conftest import RED_SOCKS, Shop
from tests.segments.disturbed import Disturb, cut_before, killed_before, statements

MOST_STATEMENTS = 200


def kept_of(shop: Shop, request_id: int) -> list[tuple[object, ...]]:
    """All that is kept of a request, less numbers and times."""
    return shop.query(
        "SELECT request.state, request.planner, request.explanation, request.questions, answer.answer, "
        "answer.debug #- '{calls}' #- '{data,request_id}', "
        "(SELECT count(*) FROM segment.definition WHERE definition.request_id = request.request_id), "
        "(SELECT array_agg(action || ' ' || outcome ORDER BY call_id) FROM ops.action_call "
        " WHERE action_call.request_id = request.request_id AND outcome <> 'failed') "
        "FROM segment.request LEFT JOIN segment.answer USING (tenant_id, request_id) WHERE request.request_id = %s",
        request_id,
    )


@pytest.mark.parametrize("disturb", [killed_before, cut_before])
def test_a_question_that_is_disturbed_anywhere_is_answered_once_and_the_same(shop: Shop, disturb: Disturb) -> None:
    shop.approved()
    text = "what is Red socks?"
    undisturbed = kept_of(shop, shop.said(text).request_id)
    for number in statements(disturb):
        request_id = shop.submit(text)
        was_disturbed = disturb(number, lambda: shop.handle(request_id))  # noqa: B023
        assert shop.handle(request_id).state is RequestState.ANSWERED
        assert kept_of(shop, request_id) == undisturbed, f"before statement {number}"
        if not was_disturbed:
            break
        assert number < MOST_STATEMENTS


def test_a_prompt_with_a_key_that_is_killed_anywhere_is_one_request(shop: Shop) -> None:
    shop.approved()
    text = "what is Red socks?"
    shop.ask(text, key="undisturbed")
    for number in statements(killed_before):
        key = f"k{number}"
        was_killed = killed_before(number, lambda: shop.ask(text, key=key))  # noqa: B023
        answer = shop.ask(text, key=key)
        assert answer.debug["data"]["state"] == "answered"
        [(requests,)] = shop.query("SELECT count(*) FROM segment.asked_key WHERE key = %s", key)
        assert requests == 1
        if not was_killed:
            break
        assert number < MOST_STATEMENTS
    [(asked, keys)] = shop.query(
        "SELECT (SELECT count(*) FROM segment.request WHERE text = %s), (SELECT count(*) FROM segment.asked_key)", text
    )
    assert asked == keys


def test_a_draft_whose_answer_was_not_kept_is_not_drafted_again(shop: Shop) -> None:
    undisturbed = kept_of(shop, shop.said(RED_SOCKS).request_id)
    request_id = shop.submit(RED_SOCKS)
    shop.handle(request_id)
    shop.query("DELETE FROM segment.answer WHERE request_id = %s", request_id)
    shop.encoder.asked.clear()
    shop.handle(request_id)
    again = kept_of(shop, request_id)
    assert [row[:4] + row[6:] for row in again] == [row[:4] + row[6:] for row in undisturbed]
    [(definitions,)] = shop.query("SELECT count(*) FROM segment.definition WHERE request_id = %s", request_id)
    assert definitions == 1
