"""A prompt is answered within its time, as LEO Activation's `/chat` did: `{answer, debug: {calls, data}}`."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event, Semaphore

import numpy as np
import pytest
from numpy.typing import NDArray

from leo_activation.desk.api.chat import AT_ONCE, MOST_WAITING
from leo_activation.embedding.encoder import ProgressCallback
from leo_activation.segments.requests import collect_requests
from leo_activation.warehouse.connections import Warehouse
from tests.actions.conftest import RED_SOCKS, Shop
from tests.desk.api.conftest import AirflowStandIn, Office, opened
from tests.desk.api.test_requests import error
from tests.profiles.fake_encoder import FakeEncoder

HIKERS = "customers like 'weekend hikers who love camping gear'"
UNREADABLE = "qwertz uiop"
GRACE_S = 60
TOO_MANY = AT_ONCE + MOST_WAITING + 1


@contextmanager
def with_a_model(office: Office) -> Iterator[None]:
    office.has_model = True
    try:
        yield
    finally:
        office.has_model = False


def test_a_segment_that_is_asked_for_is_drafted_and_the_answer_says_what_waits_for_whom(office: Office) -> None:
    prompt = RED_SOCKS.replace("60", "40").replace("Red socks", "Recent socks")
    told = office.as_("marketer").post("/chat", json={"prompt": prompt}).json()
    assert set(told) == {"answer", "debug"}
    assert "red" in told["answer"]
    data, calls = told["debug"]["data"], told["debug"]["calls"]
    assert (data["state"], data["segment_id"], data["waits_for"]) == ("drafted", "recent_socks", "approver")
    assert [(call["action"], call["caller"], call["outcome"]) for call in calls] == [
        ("create_segment", "marketer", "done")
    ]
    assert data["request_id"] in collect_requests(office.shop.warehouse, office.shop.tenant_id)


def test_a_question_is_answered_in_its_language_and_leaves_nothing_to_do(office: Office) -> None:
    client = office.as_("marketer")
    english = client.post("/chat", json={"prompt": "what is Red socks?"}).json()
    assert english["answer"].startswith("Segment “Red socks”")
    assert "waits_for" not in english["debug"]["data"]
    vietnamese = client.post("/chat", json={"prompt": "phân khúc Red socks là gì?"}).json()
    assert vietnamese["answer"].startswith("Phân khúc “Red socks”")


def test_of_a_conversation_the_last_words_of_the_user_are_read(office: Office) -> None:
    talk = [
        {"role": "user", "content": UNREADABLE},
        {"role": "assistant", "content": "What do you mean?"},
        {"role": "user", "content": "what is Red socks?"},
    ]
    told = office.as_("marketer").post("/chat", json={"prompt": talk})
    assert told.json()["answer"].startswith("Segment “Red socks”")
    assert error(office.as_("marketer").post("/chat", json={"prompt": talk[:2]})) == (422, "invalid")


def test_the_same_key_is_the_same_request(office: Office) -> None:
    client, asked = office.as_("marketer"), {"prompt": "what is Red socks?", "key": "k-1"}
    first = client.post("/chat", json=asked).json()
    assert client.post("/chat", json=asked).json() == first
    assert error(client.post("/chat", json={**asked, "prompt": UNREADABLE})) == (422, "refused")
    assert office.as_("colleague").post("/chat", json=asked).json() != first


def test_what_the_grammar_does_not_place_is_asked_back_or_left_to_the_model_of_the_inbox(office: Office) -> None:
    client, shop = office.as_("marketer"), office.shop
    asked_back = client.post("/chat", json={"prompt": UNREADABLE}).json()["debug"]["data"]
    assert (asked_back["state"], asked_back["waits_for"]) == ("needs_clarification", "requester")
    with with_a_model(office):
        left = client.post("/chat", json={"prompt": UNREADABLE}).json()
        left_too = client.post("/chat", json={"prompt": "khách hàng qwertz uiop"}).json()
        drafted = client.post("/chat", json={"prompt": RED_SOCKS.replace("60", "45")}).json()["debug"]["data"]
    data = left["debug"]["data"]
    assert (data["state"], data["waits_for"]) == ("submitted", "draft_segment")
    assert "the language model reads it" in left["answer"]
    assert "mô hình ngôn ngữ sẽ đọc" in left_too["answer"]
    assert drafted["state"] == "drafted"
    assert data["request_id"] in collect_requests(shop.warehouse, shop.tenant_id)


class Held(FakeEncoder):
    """An encoder that stands still until it is let go; tells how many came to it."""

    def __init__(self) -> None:
        super().__init__()
        self.reached = Semaphore(0)
        self.go = Event()

    def encode(self, texts: Sequence[str], *, progress: ProgressCallback | None = None) -> NDArray[np.float32]:
        self.reached.release()
        assert self.go.wait(GRACE_S)
        return super().encode(texts, progress=progress)


def test_what_takes_too_long_goes_on_and_what_was_not_begun_was_not_submitted(
    warehouse: Warehouse, api_shop: Shop
) -> None:
    encoder = Held()
    with (
        opened(warehouse, api_shop, AirflowStandIn(), encoder, patience_s=6) as office,
        ThreadPoolExecutor(TOO_MANY) as callers,
        office.as_("marketer") as client,
    ):
        asked = [{"prompt": HIKERS, "key": f"held-{number}"} for number in range(TOO_MANY)]
        begun = [callers.submit(client.post, "/chat", json=each) for each in asked[:AT_ONCE]]
        for _ in begun:
            assert encoder.reached.acquire(timeout=GRACE_S)
        try:
            waiting = [callers.submit(client.post, "/chat", json=each) for each in asked[AT_ONCE:]]
            refused = [each.result(GRACE_S) for each in waiting]
            told = [each.result(GRACE_S).json() for each in begun]
        finally:
            encoder.go.set()
        assert [error(each) for each in refused] == [(503, "unavailable")] * len(waiting)
        for each in told:
            data = each["debug"]["data"]
            assert (data["state"], data["waits_for"]) == ("submitted", "draft_segment")
            assert each["answer"].startswith(f"Request {data['request_id']} is being drafted")
        keys = api_shop.query("SELECT key FROM segment.asked_key WHERE key LIKE 'held-%%' ORDER BY key")
        assert keys == [(f"held-{number}",) for number in range(AT_ONCE)]
        # Let go, they end by themselves: asking again with the key waits for the same request.
        ended = client.post("/chat", json=asked[0]).json()["debug"]["data"]
        assert ended["request_id"] == told[0]["debug"]["data"]["request_id"]
        assert ended["state"] != "submitted"


def test_who_may_only_read_may_not_ask(office: Office) -> None:
    assert error(office.as_("stranger").post("/chat", json={"prompt": RED_SOCKS})) == (404, "no_tenant")
    assert error(office.as_(None).post("/chat", json={"prompt": RED_SOCKS})) == (401, "not_logged_in")


@pytest.mark.parametrize("prompt", ["", " ", [], 7, None, "x" * 4001, "a\0b", [{"role": "tool", "content": "x"}]])
def test_a_prompt_that_is_none_is_refused(office: Office, prompt: object) -> None:
    before = office.shop.query("SELECT count(*) FROM segment.request")
    assert error(office.as_("marketer").post("/chat", json={"prompt": prompt})) == (422, "invalid")
    assert office.shop.query("SELECT count(*) FROM segment.request") == before
