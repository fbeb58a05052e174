"""The stand-in of Zalo keeps to what was read of Zalo, whatever a client believes."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from sandbox.process import SandboxProcess, running_sandbox
from sandbox.scenarios import ZaloStory
from sandbox.zalo.api import APP_ID, APP_SECRET, OA_ID, OA_SECRET
from sandbox.zalo.tokens import Tokens
from sandbox.zalo.webhook import Signer

USER, PHONE = "2512523625412515111", "84912345678"
CARE, BY_USER, BY_PHONE = (
    "/openapi/v3.0/oa/message/cs",
    "/openapi/v3.0/oa/message/template",
    "/business/message/template",
)
TEXT = {"recipient": {"user_id": USER}, "message": {"text": "Xin chào"}}
ORDER = {"template_id": "100001", "template_data": {"customer_name": "Ánh", "order_code": "DH-1"}}
TO_PHONE = {"phone": PHONE, **ORDER, "tracking_id": "b076e02a-1505-47c6-9755-2b22c14e4aad"}


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as running:
        yield running


@pytest.fixture
def zalo(process: SandboxProcess) -> Iterator[httpx.Client]:
    """A client with a token."""
    process.reset()
    with httpx.Client(base_url=process.zalo_url, timeout=10) as client:
        client.headers["access_token"] = renewed(client, f"first-{uuid4()}")["access_token"]
        yield client


def renewed(client: httpx.Client, token: str, secret: str = APP_SECRET, app_id: str = APP_ID) -> dict[str, Any]:
    form = {"refresh_token": token, "app_id": app_id, "grant_type": "refresh_token"}
    answer: dict[str, Any] = client.post("/oauth/v4/oa/access_token", data=form, headers={"secret_key": secret}).json()
    return answer


def code(client: httpx.Client, path: str, body: Any) -> int:
    answer = client.post(path, json=body)
    assert answer.status_code == 200
    return int(answer.json()["error"])


def test_what_the_documents_allow_is_taken_and_journaled(zalo: httpx.Client, process: SandboxProcess) -> None:
    answers = [zalo.post(CARE, json=TEXT), zalo.post(BY_USER, json={"user_id": USER, **ORDER})]
    by_phone = zalo.post(BY_PHONE, json=TO_PHONE)

    for answer in answers:
        assert answer.json()["data"]["message_id"]
        assert int(answer.headers["X-RateLimit-Remain"]) < 4000
    assert by_phone.json()["data"]["quota"]["remainingQuota"] == "4998"
    lines = process.journal()
    assert [(line["recipient"], line["message_id"]) for line in lines] == [
        (USER, ""),
        (USER, ""),
        (PHONE, TO_PHONE["tracking_id"]),
    ]
    assert {line["outcome"] for line in lines} == {"accepted"}


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        (CARE, {**TEXT, "message": {"text": "x" * 2001}}, -201),
        (CARE, {**TEXT, "message": {"text": ""}}, -201),
        (CARE, {**TEXT, "recipient": {"user_id": PHONE}}, -201),
        (CARE, {**TEXT, "tracking_id": "1"}, -201),
        (CARE, [], -201),
        (BY_USER, {"recipient": {"user_id": USER}, **ORDER}, -201),
        (BY_USER, {"user_id": USER, **ORDER, "tracking_id": "1"}, -201),
        (BY_USER, {"user_id": USER, **ORDER, "template_id": "7"}, -109),
        (BY_PHONE, {**TO_PHONE, "phone": "0912345678"}, -108),
        (BY_PHONE, {**TO_PHONE, "template_data": {}}, -111),
        (BY_PHONE, {**TO_PHONE, "tracking_id": "x" * 49}, -132),
        (BY_PHONE, {key: value for key, value in TO_PHONE.items() if key != "tracking_id"}, -132),
        (BY_PHONE, {**TO_PHONE, "template_data": {"customer_name": "Ánh", "order_code": "1", "more": "1"}}, -132),
        (BY_PHONE, "text", -132),
        ("/openapi/v3.0/oa/message/promotion", TEXT, -233),
    ],
)
def test_what_they_do_not_allow_is_refused_and_not_journaled(
    zalo: httpx.Client, process: SandboxProcess, path: str, body: Any, expected: int
) -> None:
    assert code(zalo, path, body) == expected
    assert process.journal() == []


def test_nothing_is_taken_without_a_token_that_lives(zalo: httpx.Client, process: SandboxProcess) -> None:
    process.order("zalo", "tokens/end")

    assert [code(zalo, CARE, TEXT), code(zalo, BY_PHONE, TO_PHONE)] == [-216, -124]
    assert zalo.get("/openapi/v2.0/oa/getoa").json()["error"] == -216
    assert zalo.get("/business/template/all").json()["error"] == -124


def test_a_refresh_token_serves_once_and_only_the_app_that_it_was_given_to(zalo: httpx.Client) -> None:
    pair = renewed(zalo, f"first-{uuid4()}")

    assert pair["expires_in"] == "90000"
    assert "error" not in renewed(zalo, pair["refresh_token"])
    assert renewed(zalo, pair["refresh_token"])["error_name"] == "Invalid refresh token"
    assert renewed(zalo, "made-up")["error_name"] == "Invalid refresh token"
    assert renewed(zalo, f"first-{uuid4()}", secret="wrong")["error_name"] == "Invalid secret key"
    assert renewed(zalo, f"first-{uuid4()}", app_id="1")["error_name"] == "Invalid secret key"


def test_what_was_handed_out_is_known_after_a_restart(tmp_path: Path) -> None:
    file = tmp_path / "tokens.json"
    pair = Tokens(file).renew("first-1")
    assert pair is not None
    again = Tokens(file)

    assert again.knows(pair["access_token"])
    assert again.renew("first-1") is None
    assert again.renew(pair["refresh_token"]) is not None
    assert Tokens(file).renew(pair["refresh_token"]) is None


def test_templates_are_told_of_as_the_api_does_page_by_page(zalo: httpx.Client) -> None:
    first = zalo.get("/business/template/all", params={"offset": 0, "limit": 3}).json()
    rest = zalo.get("/business/template/all", params={"offset": 3, "limit": 3}).json()
    detail = zalo.get("/business/template/info/v2", params={"template_id": "100002"}).json()["data"]

    assert (len(first["data"]), len(rest["data"]), first["metadata"]["total"]) == (3, 2, 5)
    assert (detail["status"], detail["templateTag"], detail["price_uid"]) == ("ENABLE", "PROMOTION", "350")
    assert detail["listParams"][0] == {
        "name": "customer_name",
        "require": True,
        "type": "STRING",
        "maxLength": 30,
        "minLength": 1,
        "acceptNull": False,
    }


def test_the_quota_of_a_template_ends(zalo: httpx.Client, process: SandboxProcess) -> None:
    process.order("zalo", "quota", left=1, template_id="100001")

    assert [code(zalo, BY_PHONE, TO_PHONE), code(zalo, BY_PHONE, TO_PHONE)] == [0, -147]


@pytest.mark.parametrize("story", sorted(ZaloStory))
def test_each_story_is_signed_as_the_documents_say(story: ZaloStory) -> None:
    signer = Signer(APP_ID, OA_ID, OA_SECRET)
    for event in signer.story(story, USER, "m1", ""):
        post = signer.write([event], 1_795_000_000, forged=False)
        told = json.loads(post.body)
        text = APP_ID.encode() + post.body + told["timestamp"].encode() + OA_SECRET.encode()

        assert post.headers["X-ZEvent-Signature"] == f"mac={hashlib.sha256(text).hexdigest()}"
        assert signer.write([event], 1_795_000_000, forged=True).headers != post.headers
        assert told["app_id"] == APP_ID
