"""The event webhook and the e-mail activity: signed, at least once, and truthful unless it was ordered to lie."""

import base64
import json
import time
from collections import Counter
from contextlib import suppress
from typing import Any

import httpx
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.process import SandboxProcess
from tests.sandbox.sendgrid.conftest import Client, Receiver, mail, wait_for

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def is_signed(sandbox: SandboxProcess, headers: dict[str, str], body: bytes) -> bool:
    named = {name.lower(): value for name, value in headers.items()}
    key = serialization.load_der_public_key(base64.b64decode(sandbox.sendgrid_key()))
    assert isinstance(key, ec.EllipticCurvePublicKey)
    signed = named[TIMESTAMP.lower()].encode() + body
    try:
        key.verify(base64.b64decode(named[SIGNATURE.lower()]), signed, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def names(receiver: Receiver) -> list[str]:
    return [event["event"] for event in receiver.events()]


@pytest.mark.parametrize(
    ("story", "expected"),
    [
        ("ok", ["processed", "delivered"]),
        ("opened", ["processed", "delivered", "open"]),
        ("opened_by_machine", ["processed", "delivered", "open"]),
        ("clicked", ["processed", "delivered", "open", "click"]),
        ("deferred", ["processed", "deferred", "delivered"]),
        ("bounced", ["processed", "bounce"]),
        ("blocked", ["processed", "bounce"]),
        ("dropped", ["dropped"]),
        ("complained", ["processed", "delivered", "spamreport"]),
        ("unsubscribed", ["processed", "delivered", "unsubscribe"]),
    ],
)
def test_the_story_of_a_message_is_told_signed_with_its_custom_arguments(
    client: Client, sandbox: SandboxProcess, receiver: Receiver, story: str, expected: list[str]
) -> None:
    sandbox.scenario("sendgrid_events", story)
    message_id = client.send(mail("a@example.com")).headers["X-Message-Id"]
    wait_for(lambda: len(receiver.events()) >= len(expected), "every event posted")
    assert names(receiver) == expected
    for event in receiver.events():
        assert event["delivery_id"] == "d-a@example.com"
        assert event["email"] == "a@example.com"
        assert event["sg_message_id"].startswith(message_id)
    assert len({event["sg_event_id"] for event in receiver.events()}) == len(expected)
    assert all(is_signed(sandbox, *post) for post in receiver.posts)
    machine = [event["sg_machine_open"] for event in receiver.events() if event["event"] == "open"]
    assert machine == ([story == "opened_by_machine"] if "open" in expected else [])


@pytest.mark.parametrize("scenario", ["server_error_accepted", "accept_then_reset", "malformed_accepted"])
def test_what_was_taken_without_a_proper_answer_is_told_of_too(
    client: Client, sandbox: SandboxProcess, receiver: Receiver, scenario: str
) -> None:
    sandbox.scenario("sendgrid", scenario)
    # What the client hears of it is another test's question.
    with suppress(httpx.ReadError):
        client.send(mail())
    wait_for(lambda: names(receiver) == ["processed", "delivered"], "both events")


def test_what_was_not_taken_and_what_is_silent_is_never_told_of(
    client: Client, sandbox: SandboxProcess, receiver: Receiver
) -> None:
    sandbox.scenario("sendgrid", "server_error_rejected", key="refused@example.com")
    sandbox.scenario("sendgrid_events", "silent", key="silent@example.com")
    for name in ("refused", "silent", "last"):
        client.send(mail(f"{name}@example.com"))
    wait_for(lambda: len(receiver.events()) >= 2, "the events of the last")
    assert {event["email"] for event in receiver.events()} == {"last@example.com"}


def test_duplicated_events_come_twice_under_one_id(client: Client, sandbox: SandboxProcess, receiver: Receiver) -> None:
    sandbox.scenario("sendgrid_webhook", "duplicated")
    client.send(mail())
    wait_for(lambda: len(receiver.events()) >= 4, "two events twice")
    assert set(Counter(event["sg_event_id"] for event in receiver.events()).values()) == {2}


def test_reordered_events_come_last_first(client: Client, sandbox: SandboxProcess, receiver: Receiver) -> None:
    sandbox.scenario("sendgrid_webhook", "reordered")
    client.send(mail())
    wait_for(lambda: len(receiver.events()) >= 2, "two events")
    assert names(receiver) == ["delivered", "processed"]


def test_a_forgery_carries_another_keys_signature_and_is_told_once(
    client: Client, sandbox: SandboxProcess, receiver: Receiver
) -> None:
    receiver.statuses = [403, 403]
    sandbox.scenario("sendgrid_webhook", "forged")
    client.send(mail())
    wait_for(lambda: sandbox.waiting("sendgrid") == 0 and len(sandbox.posted("sendgrid")) == 2, "both posts ended")
    lies = [post for post in receiver.posts if not is_signed(sandbox, *post)]
    assert [[event["event"] for event in json.loads(body)] for _, body in lies] == [["spamreport", "unsubscribe"]]
    posted = {line["forged"]: line for line in sandbox.posted("sendgrid")}
    assert posted[True]["tries"] == 1
    assert posted[False]["status"] == 204


def test_a_stale_post_is_signed_but_an_hour_old(client: Client, sandbox: SandboxProcess, receiver: Receiver) -> None:
    sandbox.scenario("sendgrid_webhook", "stale")
    client.send(mail())
    wait_for(lambda: len(receiver.posts) >= 2, "both posts")
    ages: dict[bool, Any] = {}
    for headers, body in receiver.posts:
        named = {name.lower(): value for name, value in headers.items()}
        assert is_signed(sandbox, headers, body)
        ages["unsubscribe" in body.decode()] = time.time() - int(named[TIMESTAMP.lower()])
    assert ages[True] > 3000
    assert ages[False] < 60


def test_a_post_that_is_not_taken_is_made_again(client: Client, sandbox: SandboxProcess, receiver: Receiver) -> None:
    receiver.statuses = [500, 503]
    client.send(mail())
    wait_for(lambda: len(sandbox.posted("sendgrid")) == 1, "the post at its end")
    (posted,) = sandbox.posted("sendgrid")
    assert (posted["tries"], posted["status"]) == (3, 204)


@pytest.mark.parametrize(
    "query",
    [
        'msg_id LIKE "{message_id}%"',
        "unique_args['delivery_id'] = \"d-b@example.com\"",
        '(unique_args[\'delivery_id\'] IN ("d-b@example.com", "d-nobody"))',
        'to_email = "b@example.com" AND status = "delivered"',
        'to_email="nobody@example.com" OR to_email="b@example.com"',
    ],
)
def test_the_activity_finds_a_message(client: Client, query: str) -> None:
    ids = [client.send(mail(f"{name}@example.com")).headers["X-Message-Id"] for name in "abc"]
    found = client.get("/v3/messages", query=query.replace("{message_id}", ids[1]), limit="10").json()["messages"]
    assert [(message["to_email"], message["status"]) for message in found] == [("b@example.com", "delivered")]
    assert found[0]["msg_id"].startswith(ids[1])
    details = client.get(f"/v3/messages/{found[0]['msg_id']}").json()
    assert details["unique_args"] == {"delivery_id": "d-b@example.com"}
    assert [event["event_name"] for event in details["events"]] == ["processed", "delivered"]


def test_the_activity_knows_a_bounce_and_not_what_was_refused(client: Client, sandbox: SandboxProcess) -> None:
    sandbox.scenario("sendgrid_events", "bounced")
    sandbox.scenario("sendgrid", "server_error_rejected", key="b@example.com")
    for name in "ab":
        client.send(mail(f"{name}@example.com"))
    found = client.get("/v3/messages", query="", limit="10").json()["messages"]
    assert [(message["to_email"], message["status"]) for message in found] == [("a@example.com", "not_delivered")]


@pytest.mark.parametrize(
    "query", ["to_email", 'colour = "red"', 'status = "a" AND', 'status="a" AND status="b" OR status="c"']
)
def test_a_query_that_is_none_is_refused(client: Client, query: str) -> None:
    assert client.get("/v3/messages", query=query, limit="10").status_code == 400


def test_an_unknown_message_is_not_found(client: Client) -> None:
    assert client.get("/v3/messages/nothing").status_code == 404
