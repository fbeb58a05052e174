"""Twilio over real sockets: what each documented answer proves, by the stand-in and by answers to the letter."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from urllib.parse import parse_qs
from uuid import UUID

import pytest

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.sms_text import Encoding, Parts, parts_of
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.twilio.contract import faults, read_form
from tests.activation.channels.conformance import ChannelConformance, Fault, says_nothing_of, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_conformance import DRIP_S, free_port

TIMEOUT_S = 0.8
SID = "AC" + "0a" * 16
PHONE = "+84912345678"
MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient=PHONE,
    sender="+15005550006",
    text="[QC] Chân ấm cả mùa đông & đẹp: https://shop.example/u/x?a=1+1",
    unsubscribe_url="https://shop.example/u/x",
)
ACTIVE = http("200 OK", json.dumps({"sid": SID, "status": "active"}).encode())
TAKEN = http("201 Created", json.dumps({"sid": "SM" + "1" * 32, "status": "queued"}).encode())


def settings(url: str, **parts: Any) -> TwilioSettings:
    return TwilioSettings(
        SID, "a-token-nobody-may-see", "retail", "https://shop.example/", base_url=url, timeout_s=TIMEOUT_S, **parts
    )


def refused(status: str, code: int, message: str = "for +84912345678", **headers: str) -> Said:
    body = {"code": code, "message": message, "more_info": "https://x", "status": int(status.split()[0])}
    return http(status, json.dumps(body).encode(), **headers)


def is_account(asked: Asked) -> bool:
    return asked.method == "GET"


def answered(said: Said) -> Answer:
    with HttpServer(lambda asked: ACTIVE if is_account(asked) else said) as server:
        (answer,) = send(TwilioChannel(settings(server.url)), MESSAGE)
    return answer


class TwilioUnderTest:
    """A scripted Twilio that remembers which deliveries it answered as taken, or took without saying so."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: refused("429 Too Many Requests", 20429),
        Fault.REFUSED: refused("400 Bad Request", 21612),
        Fault.DEAD_ADDRESS: refused("400 Bad Request", 21211),
        Fault.OUR_FAULT: refused("401 Unauthorized", 20003),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 201 Created\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("201 Created", b"<html>+84912345678</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = TwilioChannel(settings(self.server.url))
        self.unreachable = TwilioChannel(settings(f"http://127.0.0.1:{free_port()}"))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if is_account(asked):
            return ACTIVE
        said = self._next or TAKEN
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(parse_qs(asked.body.decode())["StatusCallback"][0].rpartition("/")[2])
        return said


class TestTwilio(ChannelConformance):
    faults = frozenset(TwilioUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[TwilioUnderTest]:
        under_test = TwilioUnderTest()
        with under_test.server:
            yield under_test


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def form_of(**change: Any) -> dict[str, list[str]]:
    channel = TwilioChannel(settings("https://api.twilio.com"))
    return parse_qs(channel.build(replace(MESSAGE, **change)).decode(), strict_parsing=True)


def test_the_form_says_the_message_and_its_callback_and_is_within_twilio_s_own_contract() -> None:
    form = form_of()

    assert form == {
        "To": [PHONE],
        "From": ["+15005550006"],
        "Body": [MESSAGE.text],
        "StatusCallback": [f"https://shop.example/webhooks/twilio/retail/{MESSAGE.delivery_id}"],
    }
    assert list(faults(read_form(TwilioChannel(settings("https://api.twilio.com")).build(MESSAGE)))) == []


@pytest.mark.parametrize(
    ("sender", "field"),
    [("+15005550006", "From"), ("TATDO", "From"), ("12345", "From"), ("MG" + "a" * 32, "MessagingServiceSid")],
)
def test_each_kind_of_sender_goes_into_its_own_field(sender: str, field: str) -> None:
    assert form_of(sender=sender)[field] == [sender]


@pytest.mark.parametrize(
    "change",
    [
        {"subject": "News"},
        {"html": "<p>a</p>"},
        {"provider_template_id": "HX1"},
        {"action_url": "https://shop.example/"},
        {"parameters": {"1": "a"}},
        {"recipient": "0912345678"},
        {"recipient": "84912345678"},
        {"sender": "A name too long"},
        {"sender": ""},
        {"text": " "},
        {"text": "a\0b"},
        {"text": "a" * 1_601},
    ],
)
def test_what_cannot_be_honoured_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        form_of(**change)


@pytest.mark.parametrize(
    ("scenario", "outcome", "dead", "opted_out", "rests"),
    [
        ("ok", Outcome.ACCEPTED, False, False, False),
        ("rate_limited", Outcome.RETRY, False, False, False),
        ("server_error_rejected", Outcome.UNKNOWN, False, False, False),
        ("server_error_accepted", Outcome.UNKNOWN, False, False, False),
        ("unavailable", Outcome.UNKNOWN, False, False, False),
        ("stall", Outcome.UNKNOWN, False, False, False),
        ("reset_before_reading", Outcome.UNKNOWN, False, False, False),
        ("accept_then_reset", Outcome.UNKNOWN, False, False, False),
        ("malformed_accepted", Outcome.UNKNOWN, False, False, False),
        ("malformed_rejected", Outcome.UNKNOWN, False, False, False),
        ("slow_drip", Outcome.UNKNOWN, False, False, False),
        ("error_in_200", Outcome.UNKNOWN, False, False, False),
        ("unauthorized", Outcome.RETRY, False, False, True),
        ("forbidden", Outcome.RETRY, False, False, True),
        ("bad_request", Outcome.REJECTED, False, False, False),
        ("dead_address", Outcome.REJECTED, True, False, False),
        ("opted_out", Outcome.REJECTED, False, True, False),
        ("queue_full", Outcome.RETRY, False, False, False),
        ("day_full", Outcome.RETRY, False, False, True),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome, dead: bool, opted_out: bool, rests: bool
) -> None:
    sandbox.scenario("twilio", scenario, key=PHONE)

    faulty, healthy = send(
        TwilioChannel(settings(sandbox.twilio_url)), MESSAGE, replace(MESSAGE, recipient="+84987654321")
    )

    assert (faulty.outcome, faulty.address_is_dead, faulty.opted_out) == (outcome, dead, opted_out)
    assert (faulty.pause is not None) == rests
    assert healthy.outcome is Outcome.ACCEPTED
    says_nothing_of(PHONE, faulty)
    accepted = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    taken = [line["recipient"] for line in accepted].count(PHONE)
    assert taken == 1 if outcome is Outcome.ACCEPTED else taken <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in accepted} == {str(MESSAGE.delivery_id)}
    assert {line["message"] for line in accepted} == {MESSAGE.text}


@pytest.mark.parametrize(
    ("said", "outcome", "rests"),
    [
        (http("201 Created", b'{"sid": "SM1", "status": "accepted"}'), Outcome.ACCEPTED, False),
        (http("201 Created", b'{"sid": "SM1", "status": "failed", "error_code": 30001}'), Outcome.REJECTED, False),
        (http("201 Created", b'{"sid": "SM1", "status": "elsewhere"}'), Outcome.UNKNOWN, False),
        (http("201 Created", b'{"status": "queued"}'), Outcome.UNKNOWN, False),
        (http("200 OK", b'{"sid": "SM1", "status": "queued"}'), Outcome.UNKNOWN, False),
        (http("400 Bad Request", b"<html>"), Outcome.UNKNOWN, False),
        (http("400 Bad Request", b'{"code": true}'), Outcome.UNKNOWN, False),
        (refused("400 Bad Request", 21408), Outcome.REJECTED, False),
        (refused("400 Bad Request", 99999), Outcome.REJECTED, False),
        (refused("400 Bad Request", 21703), Outcome.RETRY, True),
        (refused("403 Forbidden", 20403), Outcome.RETRY, True),
        (refused("404 Not Found", 20404), Outcome.RETRY, True),
        (refused("405 Method Not Allowed", 20004), Outcome.UNKNOWN, False),
        (refused("500 Error", 20500), Outcome.UNKNOWN, False),
        (http("307 Temporary Redirect", Location="http://127.0.0.1:1/"), Outcome.UNKNOWN, True),
    ],
)
def test_only_what_is_documented_proves_anything(said: Said, outcome: Outcome, rests: bool) -> None:
    answer = answered(said)

    assert answer.outcome is outcome
    assert (answer.pause is not None) == rests
    says_nothing_of(PHONE, answer)


@pytest.mark.parametrize(("said", "wait"), [("7", 7), ("999999", 3600), ("soon", 60), ("9" * 5_000, 60), ("-1", 60)])
def test_a_busy_twilio_is_waited_for_as_long_as_it_says(said: str, wait: int) -> None:
    assert answered(refused("429 Busy", 20429, Retry_After=said)).retry_after == timedelta(seconds=wait)


def test_a_request_is_made_once_under_the_account_s_login() -> None:
    with HttpServer(lambda asked: ACTIVE if is_account(asked) else http("503 Busy")) as server:
        send(TwilioChannel(settings(server.url, user="SK123")), MESSAGE)

    assert [asked.method for asked in server.asked] == ["GET", "POST"]
    assert server.asked[0].path == f"/2010-04-01/Accounts/{SID}/IncomingPhoneNumbers.json?PageSize=1"
    login = base64.b64decode(server.asked[1].headers["authorization"].removeprefix("Basic ")).decode()
    assert login == "SK123:a-token-nobody-may-see"
    assert "nobody-may-see" not in repr(settings(server.url))


def test_a_standard_api_key_sends_which_may_not_read_the_account(sandbox: SandboxProcess) -> None:
    (answer,) = send(TwilioChannel(settings(sandbox.twilio_url, user="SK" + "1" * 32)), MESSAGE)

    assert answer.outcome is Outcome.ACCEPTED


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (refused("401 Unauthorized", 20003), Configuration),
        (http("200 OK", b'{"status": "suspended"}'), Configuration),
        (http("200 OK", b"<html>"), Configuration),
        (refused("429 Busy", 20429), Transient),
        (refused("503 Unavailable", 20503), Transient),
    ],
)
def test_an_account_that_cannot_send_shows_before_anybody_s_attempt(said: Said, error: type[Exception]) -> None:
    with (
        HttpServer(lambda asked: said) as server,
        TwilioChannel(settings(server.url)).open() as session,
        pytest.raises(error),
    ):
        session.ready()


@pytest.mark.parametrize(
    "parts",
    [
        {"account_sid": "AC1"},
        {"secret": ""},
        {"secret": "a b"},
        {"user": "a:b"},
        {"public_url": "shop"},
        {"base_url": "http://api.twilio.com"},
    ],
)
def test_settings_by_which_nothing_could_be_sent_safely_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(Configuration):
        TwilioChannel(replace(settings("https://api.twilio.com"), **parts))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, Parts(Encoding.GSM_7, 160, 1)),
        ("a" * 161, Parts(Encoding.GSM_7, 161, 2)),
        ("a" * 306, Parts(Encoding.GSM_7, 306, 2)),
        ("a" * 307, Parts(Encoding.GSM_7, 307, 3)),
        ("{" * 80, Parts(Encoding.GSM_7, 160, 1)),
        ("a" * 152 + "€" + "a" * 10, Parts(Encoding.GSM_7, 164, 2)),
        # 153 is odd: an escape and its character do not part, and each part holds 76 of them.
        ("€" * 153, Parts(Encoding.GSM_7, 306, 3)),
        ("ă" * 70, Parts(Encoding.UCS_2, 70, 1)),
        ("ă" * 71, Parts(Encoding.UCS_2, 71, 2)),
        ("ă" + "a" * 134, Parts(Encoding.UCS_2, 135, 3)),
        ("👍" * 35, Parts(Encoding.UCS_2, 70, 1)),
        # 67 is odd: a pair of surrogates does not part, and each part holds 33 of them.
        ("👍" * 67, Parts(Encoding.UCS_2, 134, 3)),
        ("", Parts(Encoding.GSM_7, 0, 1)),
    ],
)
def test_the_parts_of_a_text_are_those_of_the_standard(text: str, parts: Parts) -> None:
    assert parts_of(text) == parts
