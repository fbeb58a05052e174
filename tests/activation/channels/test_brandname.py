"""An SMS aggregator over real sockets, by the written contract: what each answer proves, and what its log knows."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest

from leo_activation.activation.channels import Answer, LookedFor, Message
from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameLog, BrandnameSettings
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.brandname.api import VALIDATOR
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.conformance import ChannelConformance, Fault, says_nothing_of, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_conformance import DRIP_S, free_port

TIMEOUT_S = 0.8
PHONE = "+84912345678"
MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient=PHONE,
    sender="TATDO",
    text="[QC] Chân ấm cả mùa đông. Từ chối: https://shop.example/u/x",
    unsubscribe_url="https://shop.example/u/x",
)
ACTIVE = http("200 OK", b'{"status": "active"}')
TAKEN = http("202 Accepted", b'{"message_id": "bn-1"}')


def settings(url: str) -> BrandnameSettings:
    return BrandnameSettings("a-key-nobody-may-see", "retail", url, timeout_s=TIMEOUT_S)


def refused(status: str, code: str, **headers: str) -> Said:
    return http(status, json.dumps({"error": {"code": code, "message": f"about {PHONE}"}}).encode(), **headers)


def answered(said: Said) -> Answer:
    with HttpServer(lambda asked: ACTIVE if asked.path == "/v1/account" else said) as server:
        (answer,) = send(BrandnameChannel(settings(server.url)), MESSAGE)
    return answer


class BrandnameUnderTest:
    """A scripted aggregator that remembers which deliveries it answered as taken, or took without saying so."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: refused("429 Too Many Requests", "too_many_requests"),
        Fault.REFUSED: refused("422 Unprocessable", "blocked_content"),
        Fault.DEAD_ADDRESS: refused("422 Unprocessable", "invalid_number"),
        Fault.OUR_FAULT: refused("422 Unprocessable", "no_credit"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 202 Accepted\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("202 Accepted", b"<html>+84912345678</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = BrandnameChannel(settings(self.server.url))
        self.unreachable = BrandnameChannel(settings(f"http://127.0.0.1:{free_port()}"))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if asked.path == "/v1/account":
            return ACTIVE
        said = self._next or TAKEN
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(json.loads(asked.body)["request_id"])
        return said


class TestBrandname(ChannelConformance):
    faults = frozenset(BrandnameUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[BrandnameUnderTest]:
        under_test = BrandnameUnderTest()
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


def body_of(**change: Any) -> dict[str, Any]:
    channel = BrandnameChannel(settings("https://sms.example"))
    body: dict[str, Any] = json.loads(channel.build(replace(MESSAGE, **change)))
    return body


def test_the_body_is_within_the_contract_and_says_what_it_is() -> None:
    offer, care = body_of(), body_of(text="Your parcel is here.", unsubscribe_url=None)

    assert offer == {
        "request_id": str(MESSAGE.delivery_id),
        "reference": "retail",
        "brand": "TATDO",
        "to": PHONE,
        "text": MESSAGE.text,
        "encoding": "UCS-2",
        "type": "advertising",
    }
    assert (care["type"], care["encoding"]) == ("care", "GSM-7")
    assert [list(VALIDATOR.iter_errors(body)) for body in (offer, care)] == [[], []]


@pytest.mark.parametrize(
    "change",
    [
        {"text": MESSAGE.text.removeprefix("[QC] ")},
        {"text": "[QC] " + "ă" * 264},
        {"sender": "+84912345678"},
        {"sender": "A name too long"},
        {"recipient": "0912345678"},
        {"subject": "News"},
        {"provider_template_id": "1"},
    ],
)
def test_what_cannot_be_honoured_is_refused_advertising_without_its_label_too(change: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        body_of(**change)


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
        ("no_credit", Outcome.RETRY, False, False, True),
        ("bad_request", Outcome.REJECTED, False, False, False),
        ("dead_address", Outcome.REJECTED, True, False, False),
        ("opted_out", Outcome.REJECTED, False, True, False),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_its_log_tells_of_what_it_took(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome, dead: bool, opted_out: bool, rests: bool
) -> None:
    sandbox.scenario("brandname", scenario, key=PHONE)

    faulty, healthy = send(
        BrandnameChannel(settings(sandbox.brandname_url)),
        MESSAGE,
        replace(MESSAGE, recipient="+84987654321", delivery_id=uuid4()),
    )

    assert (faulty.outcome, faulty.address_is_dead, faulty.opted_out) == (outcome, dead, opted_out)
    assert (faulty.pause is not None) == rests
    assert healthy.outcome is Outcome.ACCEPTED
    says_nothing_of(PHONE, faulty)
    accepted = [line for line in sandbox.journal() if line["outcome"] == "accepted" and line["recipient"] == PHONE]
    assert len(accepted) == 1 if outcome is Outcome.ACCEPTED else len(accepted) <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in accepted} <= {str(MESSAGE.delivery_id)}
    asked = [LookedFor(MESSAGE.delivery_id, None, datetime.now(UTC)), LookedFor(uuid4(), None, datetime.now(UTC))]
    found = BrandnameLog(settings(sandbox.brandname_url)).look_up(asked)
    assert [(each.delivery_id, each.outcome) for each in found] == [
        (MESSAGE.delivery_id, Outcome.ACCEPTED) for _ in accepted
    ]


def test_a_request_that_was_taken_before_is_not_sent_again_and_is_no_proof(sandbox: SandboxProcess) -> None:
    channel = BrandnameChannel(settings(sandbox.brandname_url))

    first, again = send(channel, MESSAGE, MESSAGE)

    assert (first.outcome, again.outcome) == (Outcome.ACCEPTED, Outcome.UNKNOWN)
    assert [line["outcome"] for line in sandbox.journal()] == ["accepted"]


@pytest.mark.parametrize(
    ("said", "outcome", "rests"),
    [
        (http("202 Accepted", b'{"message_id": ""}'), Outcome.UNKNOWN, False),
        (http("200 OK", b'{"message_id": "bn-1"}'), Outcome.UNKNOWN, False),
        (http("422 Unprocessable", b"<html>"), Outcome.UNKNOWN, False),
        (refused("400 Bad Request", "no_json"), Outcome.UNKNOWN, False),
        (refused("422 Unprocessable", "brand_not_registered"), Outcome.RETRY, True),
        (refused("403 Forbidden", "forbidden"), Outcome.RETRY, True),
        (http("307 Temporary Redirect", Location="http://127.0.0.1:1/"), Outcome.UNKNOWN, True),
    ],
)
def test_only_what_the_contract_says_proves_anything(said: Said, outcome: Outcome, rests: bool) -> None:
    answer = answered(said)

    assert answer.outcome is outcome
    assert (answer.pause is not None) == rests
    says_nothing_of(PHONE, answer)


@pytest.mark.parametrize(
    ("said", "error"),
    [(http("401 No"), Configuration), (http("200 OK", b"<html>"), Configuration), (http("503 No"), Transient)],
)
def test_an_account_that_cannot_send_shows_before_anybody_s_attempt(said: Said, error: type[Exception]) -> None:
    with HttpServer(lambda asked: said) as server:
        with BrandnameChannel(settings(server.url)).open() as session, pytest.raises(error):
            session.ready()
        with pytest.raises(error):
            BrandnameLog(settings(server.url)).look_up([LookedFor(uuid4(), None, datetime.now(UTC))])


def test_a_log_is_believed_only_of_the_request_that_was_asked_for() -> None:
    body = json.dumps({"request_id": str(uuid4()), "status": "delivered"}).encode()
    with HttpServer(lambda asked: http("200 OK", body)) as server:
        assert BrandnameLog(settings(server.url)).look_up([LookedFor(uuid4(), None, datetime.now(UTC))]) == []


def test_what_the_log_said_counts_though_it_will_not_be_asked_more() -> None:
    answers = 0

    def answer(asked: Asked) -> Said:
        nonlocal answers
        answers += 1
        if answers > 3:
            return refused("429 Too Many Requests", "too_many_requests")
        return http("200 OK", json.dumps({"request_id": asked.path.rpartition("/")[2], "status": "sent"}).encode())

    messages = [LookedFor(uuid4(), None, datetime.now(UTC)) for _ in range(9)]
    with HttpServer(answer) as server:
        log = BrandnameLog(settings(server.url))
        first, second = log.look_up(messages), log.look_up(messages)
        assert answers == 4
        with pytest.raises(Transient):
            BrandnameLog(settings(server.url)).look_up(messages)

    assert [each.outcome for each in first] == [Outcome.ACCEPTED] * 3
    assert second == []


@pytest.mark.parametrize(("key", "url"), [("", "https://a.example"), ("a b", "https://a.example"), ("k", "")])
def test_settings_by_which_nothing_could_be_sent_are_refused(key: str, url: str) -> None:
    with pytest.raises(Configuration):
        BrandnameChannel(BrandnameSettings(key, "retail", url))
    with pytest.raises(Configuration):
        BrandnameChannel(BrandnameSettings("key", "retail", "http://sms.example"))


@pytest.mark.parametrize(("said", "wait"), [("7", 7), ("999999", 3600), ("soon", 60), ("-1", 60), ("9" * 5_000, 60)])
def test_a_busy_aggregator_is_waited_for_as_long_as_it_says(said: str, wait: int) -> None:
    answer = answered(refused("429 Too Many Requests", "too_many_requests", Retry_After=said))

    assert (answer.outcome, answer.retry_after) == (Outcome.RETRY, timedelta(seconds=wait))


@pytest.mark.parametrize("url", ["https://sms.example:port", "https://sms.\nexample"])
def test_an_address_that_is_no_url_is_said_to_be_none(url: str) -> None:
    with pytest.raises(Configuration, match="no URL"):
        BrandnameChannel(settings(url))
    with pytest.raises(Configuration, match="no URL"), BrandnameChannel(replace(settings(url), clear_text=True)).open():
        pass
