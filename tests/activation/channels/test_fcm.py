"""FCM over real sockets: what each answer proves, against the stand-in and against answers to the letter."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.fcm.channel import FcmChannel, FcmSettings
from leo_activation.activation.channels.fcm.message import MOST_BYTES, request_body
from leo_activation.activation.messages.channel_limits import limits_of
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.fcm.account import Account
from sandbox.fcm.contract import faults, refused_address
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.conformance import LONGEST_S, ChannelConformance, Fault, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, Then, http
from tests.activation.channels.test_conformance import DRIP_S, free_port

TIMEOUT_S = 0.8
FID = "dGx_Y2Fmd0-jQmFyYmFyZQ"
TOKEN = f"{FID}:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx0123456789abcdefghijklmnopqrstuvwxyz"
MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient=FID,
    sender="",
    text="Chân ấm cả mùa đông, giảm 20 %.",
    subject="Ưu đãi dành riêng cho bạn",
    action_url="https://shop.example/offers/7?x=1",
    unsubscribe_url="https://leo.example/u/retail/x",
)
NAME = b'{"name": "projects/leo-sandbox/messages/0:15"}'
GRANTED = http("200 OK", b'{"access_token": "ya29.x", "expires_in": 3599, "token_type": "Bearer"}')
ACCOUNT = Account()


def settings(url: str, account: dict[str, str] | None = None, **parts: Any) -> FcmSettings:
    account = account or ACCOUNT.as_json(f"{url}/token")
    return FcmSettings(account, "retail", url, timeout_s=TIMEOUT_S, **parts)


def body_of(**change: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        FcmChannel(settings("https://fcm.googleapis.com")).build(replace(MESSAGE, **change))
    )
    return body


def is_a_check(asked: Asked) -> bool:
    return b"leo-readiness" in asked.body


def answered(said: Said, **parts: Any) -> Answer:
    def answer(asked: Asked) -> Said:
        if asked.path == "/token":
            return GRANTED
        return http("200 OK", NAME) if is_a_check(asked) else said

    with HttpServer(answer) as server:
        (answer_to_it,) = send(FcmChannel(settings(server.url, **parts)), MESSAGE)
    return answer_to_it


def error(status: str, name: str, code: str | None = None, *, bad_request: bool = False, **headers: str) -> Said:
    details = [{"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code}] if code else []
    details += [{"@type": "type.googleapis.com/google.rpc.BadRequest"}] if bad_request else []
    body = {"error": {"code": int(status[:3]), "message": f"no {TOKEN}", "status": name, "details": details}}
    return http(status, json.dumps(body).encode(), **headers)


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


class FcmUnderTest:
    """A scripted FCM that remembers which deliveries it took."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: error("429 Too Many Requests", "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
        Fault.REFUSED: error("403 Forbidden", "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
        Fault.DEAD_ADDRESS: error("404 Not Found", "NOT_FOUND", "UNREGISTERED"),
        Fault.OUR_FAULT: error("403 Forbidden", "PERMISSION_DENIED"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("200 OK", b"<html>hello</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = FcmChannel(settings(self.server.url))
        self.unreachable = FcmChannel(settings(f"http://127.0.0.1:{free_port()}"))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if asked.path == "/token":
            return GRANTED
        if is_a_check(asked):
            return http("200 OK", NAME)
        said = http("200 OK", NAME) if self._next is None else self._next
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(json.loads(asked.body)["message"]["data"]["delivery_id"])
        return said


class TestFcm(ChannelConformance):
    faults = frozenset(FcmUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[FcmUnderTest]:
        under_test = FcmUnderTest()
        with under_test.server:
            yield under_test


def test_the_body_is_within_google_s_discovery_document() -> None:
    for change in ({}, {"recipient": TOKEN}, {"subject": None, "action_url": None, "unsubscribe_url": None}):
        body = body_of(**change)
        assert list(faults(body)) == []
        assert refused_address(body["message"]) is None
    assert list(faults({**body, "android": {}})) != []


def test_an_installation_s_id_and_a_registration_token_are_told_apart() -> None:
    assert body_of()["message"]["fid"] == FID
    assert "token" not in body_of()["message"]
    assert body_of(recipient=TOKEN)["message"]["token"] == TOKEN
    for neither in [
        "",
        "zGx_Y2Fmd0-jQmFyYmFyZQ",
        FID[:-1],
        f"{TOKEN} x",
        "https://push.example/" + "x" * 40,
        "x" * 2001,
    ]:
        with pytest.raises(Permanent):
            body_of(recipient=neither)


def test_the_app_is_handed_the_delivery_and_where_a_tap_leads() -> None:
    message = body_of()["message"]

    assert message["notification"] == {"title": MESSAGE.subject, "body": MESSAGE.text}
    assert message["data"] == {
        "delivery_id": str(MESSAGE.delivery_id),
        "tenant_id": "retail",
        "action_url": MESSAGE.action_url,
        "unsubscribe_url": MESSAGE.unsubscribe_url,
    }
    assert message["android"]["ttl"] == "14400s"
    assert message["android"]["notification"]["tag"] == str(MESSAGE.delivery_id)


def test_the_same_message_gives_the_same_payload_but_for_when_it_ends() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    first, second = (json.loads(request_body(MESSAGE, "retail", timedelta(hours=1), now=now)) for _ in range(2))

    assert first == second
    assert first["message"]["apns"]["headers"]["apns-expiration"] == str(int(now.timestamp()) + 3600)


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"subject": ""},
        {"subject": "One\r\nTwo"},
        {"html": "<p>x</p>"},
        {"provider_template_id": "t1"},
        {"parameters": {"x": "y"}},
        {"grant": "secret"},
        {"action_url": "javascript:alert(1)"},
        {"action_url": "https://shop.example/\r\nX: y"},
        {"text": "ơ" * (MOST_BYTES // 2)},
    ],
)
def test_what_cannot_be_honoured_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        body_of(**change)


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        ("ok", Outcome.ACCEPTED),
        ("rate_limited", Outcome.RETRY),
        ("server_error_rejected", Outcome.UNKNOWN),
        ("server_error_accepted", Outcome.UNKNOWN),
        ("unavailable", Outcome.UNKNOWN),
        ("stall", Outcome.UNKNOWN),
        ("reset_before_reading", Outcome.UNKNOWN),
        ("accept_then_reset", Outcome.UNKNOWN),
        ("malformed_accepted", Outcome.UNKNOWN),
        ("malformed_rejected", Outcome.UNKNOWN),
        ("slow_drip", Outcome.UNKNOWN),
        ("error_in_200", Outcome.UNKNOWN),
        ("unauthorized", Outcome.RETRY),
        ("forbidden", Outcome.RETRY),
        ("dead_address", Outcome.REJECTED),
        ("bad_token", Outcome.REJECTED),
        ("bad_request", Outcome.REJECTED),
        ("wrong_sender", Outcome.REJECTED),
        ("apns_key", Outcome.RETRY),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome
) -> None:
    sandbox.scenario("fcm", scenario, key=FID)

    faulty, healthy = send(
        FcmChannel(settings(sandbox.fcm_url, sandbox.fcm_account())), MESSAGE, replace(MESSAGE, recipient=TOKEN)
    )

    assert (faulty.outcome, faulty.phase) == (outcome, "answer")
    assert faulty.address_is_dead == (scenario in {"dead_address", "bad_token"})
    assert (faulty.pause is not None) == (scenario in {"unauthorized", "forbidden", "apns_key"})
    assert healthy.outcome is Outcome.ACCEPTED
    effects = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    taken = [line["recipient"] for line in effects].count(FID)
    assert taken == 1 if outcome is Outcome.ACCEPTED else taken <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in effects} == {str(MESSAGE.delivery_id)}
    assert {line["channel"] for line in effects} == {"fcm"}


def test_an_accepted_message_has_the_name_that_google_gave_it(sandbox: SandboxProcess) -> None:
    (answer,) = send(FcmChannel(settings(sandbox.fcm_url, sandbox.fcm_account())), MESSAGE)

    (line,) = sandbox.journal()
    assert answer.provider_message_id == line["provider_message_id"]


def test_a_dry_run_is_checked_by_fcm_and_reaches_nobody(sandbox: SandboxProcess) -> None:
    (answer,) = send(FcmChannel(settings(sandbox.fcm_url, sandbox.fcm_account(), only_check=True)), MESSAGE)

    assert (answer.outcome, answer.detail[:16]) == (Outcome.REJECTED, "200 checked only")
    assert sandbox.journal() == []


def test_a_token_that_google_took_back_is_asked_for_anew(sandbox: SandboxProcess) -> None:
    channel = FcmChannel(settings(sandbox.fcm_url, sandbox.fcm_account()))
    with channel.open() as session:
        session.ready()
        sandbox.reset()
        refused = session.send(channel.build(MESSAGE))
        session.ready()
        taken = session.send(channel.build(MESSAGE))

    assert (refused.outcome, taken.outcome) == (Outcome.RETRY, Outcome.ACCEPTED)
    assert refused.pause is not None
    assert refused.pause.lasts == timedelta(minutes=1)


def test_the_account_of_somebody_else_is_refused_before_an_attempt(sandbox: SandboxProcess) -> None:
    stranger = Account().as_json(f"{sandbox.fcm_url}/token")
    other = {**sandbox.fcm_account(), "project_id": "another"}
    for account, said in ((stranger, "invalid_grant"), (other, "PERMISSION_DENIED")):
        with (
            FcmChannel(settings(sandbox.fcm_url, account)).open() as session,
            pytest.raises(Configuration, match=said) as refused,
        ):
            session.ready()
        assert "gserviceaccount" not in str(refused.value)


@pytest.mark.parametrize(
    ("said", "outcome", "dead"),
    [
        (http("200 OK", NAME), Outcome.ACCEPTED, False),
        (http("200 OK", b'{"name": "fake"}'), Outcome.UNKNOWN, False),
        (http("200 OK", b'{"name": 7}'), Outcome.UNKNOWN, False),
        (http("204 No Content"), Outcome.UNKNOWN, False),
        (http("302 Found", Location="http://169.254.169.254/"), Outcome.UNKNOWN, False),
        (error("400 Bad Request", "INVALID_ARGUMENT", "INVALID_ARGUMENT"), Outcome.REJECTED, True),
        (
            error("400 Bad Request", "INVALID_ARGUMENT", "INVALID_ARGUMENT", bad_request=True),
            Outcome.REJECTED,
            False,
        ),
        (http("400 Bad Request", b"<html>"), Outcome.REJECTED, False),
        (error("404 Not Found", "NOT_FOUND"), Outcome.RETRY, False),
        (error("404 Not Found", "NOT_FOUND", "UNREGISTERED"), Outcome.REJECTED, True),
        (http("413 Content Too Large"), Outcome.REJECTED, False),
        (http("408 Request Timeout"), Outcome.UNKNOWN, False),
        (http("418 Teapot"), Outcome.UNKNOWN, False),
        (error("503 Service Unavailable", "UNAVAILABLE", "UNAVAILABLE", Retry_After="7"), Outcome.UNKNOWN, False),
    ],
)
def test_what_each_answer_proves(said: Said, outcome: Outcome, dead: bool) -> None:
    answer = answered(said)

    assert (answer.outcome, answer.address_is_dead) == (outcome, dead)
    assert "APA91b" not in answer.detail


@pytest.mark.parametrize(("header", "seconds"), [("7", 60), ("90", 90), ("99999", 3600), ("soon", 60), ("-1", 60)])
def test_fcm_s_own_wait_counts_within_bounds_and_a_minute_is_the_least(header: str, seconds: int) -> None:
    answer = answered(error("429 Too Many Requests", "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED", Retry_After=header))

    assert answer.retry_after == timedelta(seconds=seconds)
    assert answer.limits is not None
    assert answer.limits.remaining == 0


@pytest.mark.parametrize(
    "said", [RESET, error("503 Service Unavailable", "UNAVAILABLE"), http("200 OK", b"[", Connection="close")]
)
def test_one_send_is_one_request_whatever_comes_of_it(said: Said) -> None:
    sends: list[Asked] = []

    def answer(asked: Asked) -> Said:
        if asked.path == "/token":
            return GRANTED
        if is_a_check(asked):
            return http("200 OK", NAME)
        sends.append(asked)
        return said

    with HttpServer(answer) as server:
        (answer_to_it,) = send(FcmChannel(settings(server.url)), MESSAGE)

    assert answer_to_it.outcome is Outcome.UNKNOWN
    assert len(sends) == 1
    assert sends[0].headers["authorization"] == "Bearer ya29.x"


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (http("503 Service Unavailable"), Transient),
        (http("429 Too Many Requests"), Transient),
        (Said(then=Then.RESET), Transient),
        (http("400 Bad Request", b'{"error": "invalid_grant", "error_description": "no sender@x"}'), Configuration),
        (http("200 OK", b"<html>"), Configuration),
        (http("302 Found", Location="http://169.254.169.254/"), Configuration),
    ],
)
def test_a_token_that_is_not_given_shows_before_an_attempt_and_is_asked_for_once(
    said: Said, kind: type[Exception]
) -> None:
    with HttpServer(lambda _: said) as server:
        began = datetime.now(UTC)
        with FcmChannel(settings(server.url)).open() as session, pytest.raises(kind) as refused:
            session.ready()

    assert len(server.asked) == 1
    assert (datetime.now(UTC) - began).total_seconds() < LONGEST_S
    assert "sender@" not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"account": {}},
        {"account": {"project_id": "p", "token_uri": "https://oauth2.googleapis.com/token"}},
        {"account": {**ACCOUNT.as_json("https://x.example"), "private_key": "secret"}},
        {"account": ACCOUNT.as_json("http://oauth2.example/token")},
        {"base_url": "http://fcm.example"},
        {"ttl": timedelta(weeks=5)},
    ],
)
def test_a_set_up_that_cannot_work_is_told_without_its_secret(change: dict[str, Any]) -> None:
    whole = {"account": ACCOUNT.as_json("https://oauth2.example/token"), "tenant_id": "retail", **change}
    with pytest.raises(Configuration) as refused:
        FcmChannel(FcmSettings(**whole))

    assert "secret" not in str(refused.value)
    assert "PRIVATE KEY" not in repr(FcmSettings(**whole))


def test_what_the_channel_s_limits_let_pass_fits_with_everything_beside_it() -> None:
    limit = limits_of("mobile_push").payload_bytes or 0
    links = UnsubscribeLinks("https://a-rather-long-name.of-the-webhooks.shop.example/leo", b"k" * 32)
    filled = replace(
        MESSAGE,
        subject="S" * 200,
        text="ả" * ((limit - 1_200) // 3),
        action_url="https://shop.example/" + "x" * (1_000 - 21),
        unsubscribe_url=links.url("a_tenant_of_forty_characters_in_its_name", MESSAGE.delivery_id),
    )
    assert len((filled.subject or "").encode()) + len(filled.text.encode()) + len(filled.action_url or "") > limit - 3

    FcmChannel(settings("https://fcm.googleapis.com")).build(filled)
