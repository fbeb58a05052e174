"""SendGrid over real sockets: what each answer proves, against the stand-in and against answers to the letter."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest

from leo_activation.activation.channels import Answer, LookedFor
from leo_activation.activation.channels.sendgrid.channel import (
    SendGridChannel,
    SendGridLog,
    SendGridSettings,
    erase_recipients,
)
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.sendgrid.contract import faults
from tests.activation.channels.conformance import LONGEST_S, send
from tests.activation.channels.servers import (
    RESET,
    SILENCE,
    Asked,
    HttpServer,
    Said,
    Then,
    certificate_for_loopback,
    http,
)
from tests.activation.channels.test_conformance import MESSAGE

TIMEOUT_S = 0.8
SCOPES = http("200 OK", b'{"scopes": ["mail.send"]}')


def settings(url: str, **parts: Any) -> SendGridSettings:
    return SendGridSettings("SG.a-key-nobody-may-see", "retail", url, timeout_s=TIMEOUT_S, **parts)


def body_of(**change: Any) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(
        SendGridChannel(settings("https://api.sendgrid.com")).build(replace(MESSAGE, **change))
    )
    return body


def answered(said: Said, **parts: Any) -> Answer:
    with HttpServer(lambda asked: SCOPES if asked.path == "/v3/scopes" else said) as server:
        (answer,) = send(SendGridChannel(settings(server.url, **parts)), MESSAGE)
    return answer


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def test_the_provider_s_helpers_lose_nothing_of_a_message() -> None:
    body = body_of()

    assert body["from"] == {"email": "news@shop.example", "name": "Cửa hàng Tất Đỏ"}
    assert body["subject"] == MESSAGE.subject
    assert body["content"] == [
        {"type": "text/plain", "value": MESSAGE.text},
        {"type": "text/html", "value": MESSAGE.html},
    ]
    assert body["personalizations"] == [
        {
            "to": [{"email": MESSAGE.recipient}],
            "headers": {
                "Message-ID": f"<{MESSAGE.delivery_id}@shop.example>",
                "List-Unsubscribe": f"<{MESSAGE.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            "custom_args": {"delivery_id": str(MESSAGE.delivery_id), "tenant_id": "retail"},
        }
    ]


def test_the_body_is_within_the_provider_s_own_contract() -> None:
    assert list(faults(body_of())) == []
    assert list(faults(body_of(html=None, unsubscribe_url=None))) == []


def test_nothing_is_tracked_and_nothing_is_filed_by_category() -> None:
    body = body_of()

    assert {name: setting["enable"] for name, setting in body["tracking_settings"].items()} == {
        "click_tracking": False,
        "open_tracking": False,
        "subscription_tracking": False,
        "ganalytics": False,
    }
    assert "categories" not in body
    assert "mail_settings" not in body


def test_a_sender_without_a_name_stays_without_one() -> None:
    assert body_of(sender="news@shop.example")["from"] == {"email": "news@shop.example"}


@pytest.mark.parametrize(
    "change",
    [
        {"subject": None},
        {"subject": ""},
        {"subject": "One\r\nBcc: all@example.com"},
        {"text": ""},
        {"html": ""},
        {"sender": "Shop"},
        {"recipient": "anh"},
        {"unsubscribe_url": "https://shop.example/\r\nX: y"},
        {"provider_template_id": "d-77"},
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
        ("bad_request", Outcome.REJECTED),
        ("credits_exceeded", Outcome.RETRY),
        ("unauthorized", Outcome.RETRY),
        ("forbidden", Outcome.RETRY),
        ("too_large", Outcome.REJECTED),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome
) -> None:
    sandbox.scenario("sendgrid", scenario, key=MESSAGE.recipient)

    faulty, healthy = send(
        SendGridChannel(settings(sandbox.sendgrid_url)), MESSAGE, replace(MESSAGE, recipient="lan@example.com")
    )

    assert (faulty.outcome, faulty.phase) == (outcome, "answer")
    assert healthy.outcome is Outcome.ACCEPTED
    effects = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    taken = [line["recipient"] for line in effects].count(MESSAGE.recipient)
    assert taken == 1 if outcome is Outcome.ACCEPTED else taken <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in effects} == {f"<{MESSAGE.delivery_id}@shop.example>"}


def test_the_message_id_of_an_answer_is_the_start_of_its_name_in_the_activity(sandbox: SandboxProcess) -> None:
    (answer,) = send(SendGridChannel(settings(sandbox.sendgrid_url)), MESSAGE)
    looked = LookedFor(MESSAGE.delivery_id, None, datetime.now(UTC))

    (found,) = SendGridLog(settings(sandbox.sendgrid_url)).look_up([looked, replace(looked, delivery_id=uuid4())])

    assert (found.delivery_id, found.outcome) == (MESSAGE.delivery_id, Outcome.ACCEPTED)
    assert found.provider_message_id == answer.provider_message_id


def test_an_accepted_message_whose_answer_was_lost_is_found_in_the_activity(sandbox: SandboxProcess) -> None:
    sandbox.scenario("sendgrid", "accept_then_reset", key=MESSAGE.recipient)
    (answer,) = send(SendGridChannel(settings(sandbox.sendgrid_url)), MESSAGE)

    (found,) = SendGridLog(settings(sandbox.sendgrid_url)).look_up(
        [LookedFor(MESSAGE.delivery_id, None, datetime.now(UTC))]
    )

    assert (answer.outcome, found.outcome) == (Outcome.UNKNOWN, Outcome.ACCEPTED)


def looked_for(count: int) -> list[LookedFor]:
    return [LookedFor(uuid4(), None, datetime.now(UTC)) for _ in range(count)]


def activity(*answers: Said) -> HttpServer:
    """An account with the activity, which answers these in turn, the last of them for ever."""
    left = list(answers)
    scopes = http("200 OK", b'{"scopes": ["mail.send", "messages.read"]}')
    return HttpServer(lambda asked: scopes if asked.path == "/v3/scopes" else left.pop(0) if left[1:] else left[0])


@pytest.mark.parametrize(("status", "error"), [("403 Forbidden", Configuration), ("429 Busy", Transient)])
def test_an_activity_that_cannot_be_read_says_so(status: str, error: type[Exception]) -> None:
    with activity(http(status, b'{"errors":[]}')) as server, pytest.raises(error):
        SendGridLog(settings(server.url)).look_up(looked_for(1))


def test_an_account_without_the_activity_is_no_fault_and_names_nothing() -> None:
    with HttpServer(lambda asked: SCOPES) as server:
        assert SendGridLog(settings(server.url)).look_up(looked_for(3)) == []

    assert [asked.path for asked in server.asked] == ["/v3/scopes"]


def test_what_was_found_before_the_limit_of_the_activity_is_kept_and_no_more_is_asked() -> None:
    named = http("200 OK", b'{"messages": [{"msg_id": "m1.recvd", "status": "delivered"}]}')
    with activity(named, http("429 Busy")) as server:
        log = SendGridLog(settings(server.url))
        assert len(log.look_up(looked_for(3))) == 1
        assert log.look_up(looked_for(3)) == []

    assert len(server.asked) == 3


def test_at_most_twenty_messages_are_asked_for_at_once_and_all_have_their_turn() -> None:
    looked = looked_for(40)
    with activity(http("200 OK", b'{"messages": []}')) as server:
        for _ in range(20):
            SendGridLog(settings(server.url)).look_up(looked)

    questions = [asked.path for asked in server.asked if asked.path != "/v3/scopes"]
    assert (len(questions), len(set(questions))) == (400, 40)


@pytest.mark.parametrize(
    ("said", "outcome", "pauses"),
    [
        (http("202 Accepted", X_Message_Id="m1"), Outcome.ACCEPTED, False),
        (http("202 Accepted"), Outcome.UNKNOWN, False),
        (http("200 OK"), Outcome.UNKNOWN, False),
        (http("204 No Content", X_Message_Id="m1"), Outcome.UNKNOWN, False),
        (http("307 Temporary Redirect", Location="http://127.0.0.1:1/"), Outcome.UNKNOWN, True),
        (http("404 Not Found"), Outcome.REJECTED, False),
        (http("405 Method Not Allowed"), Outcome.REJECTED, False),
        (http("408 Request Timeout"), Outcome.UNKNOWN, False),
        (http("418 Teapot"), Outcome.UNKNOWN, False),
        (http("502 Bad Gateway", b"<html>"), Outcome.UNKNOWN, False),
        (http("400 Bad Request", b"[" * 60_000), Outcome.REJECTED, False),
        (http("400 Bad Request", b'{"errors": [1, {"field": {}}, {"message": []}]}'), Outcome.REJECTED, False),
        (
            http("400 Bad Request", b'{"errors": [{"field": "from.email", "message": "not verified"}]}'),
            Outcome.RETRY,
            True,
        ),
        (Said(b"HTTP/1.1 413 Too Large\r\nContent-Length: 900\r\n\r\nhalf", then=Then.RESET), Outcome.REJECTED, False),
        (Said(b"HTTP/1.1 202 Accepted\r\nX-Message-Id", then=Then.CLOSE), Outcome.UNKNOWN, False),
        (Said(b"nonsense\r\n\r\n", then=Then.CLOSE), Outcome.UNKNOWN, False),
        (Said(b"", then=Then.CLOSE), Outcome.UNKNOWN, False),
    ],
)
def test_only_what_is_documented_proves_anything(said: Said, outcome: Outcome, pauses: bool) -> None:
    answer = answered(said)

    assert answer.outcome is outcome
    assert (answer.pause is not None) == pauses


def test_a_redirect_is_not_followed() -> None:
    with HttpServer(lambda asked: http("200 OK")) as elsewhere:
        answered(http("308 Permanent Redirect", Location=elsewhere.url))
        assert elsewhere.asked == []


def test_a_request_is_made_once_whatever_comes_of_it() -> None:
    with HttpServer(lambda asked: SCOPES if asked.path == "/v3/scopes" else http("503 Busy")) as server:
        send(SendGridChannel(settings(server.url)), MESSAGE)

    assert [asked.path for asked in server.asked] == ["/v3/scopes", "/v3/mail/send"]


def test_a_connection_that_is_refused_is_a_proof() -> None:
    with HttpServer(lambda asked: Said(SCOPES.raw, then=Then.CLOSE)) as server:
        channel = SendGridChannel(settings(server.url))
        with channel.open() as session:
            session.ready()
            server.stop_listening()
            answer = session.send(channel.build(MESSAGE))
            assert (answer.outcome, answer.phase) == (Outcome.RETRY, "connect")
            with pytest.raises(Transient):
                session.ready()


def test_one_connection_serves_a_session() -> None:
    def answer(asked: Asked) -> Said:
        return SCOPES if asked.path == "/v3/scopes" else http("202 Accepted", X_Message_Id="m1")

    with HttpServer(answer) as server:
        send(SendGridChannel(settings(server.url)), *[MESSAGE] * 5)

    assert len(server.asked) == 6
    assert server.connections == 1


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X_RateLimit_Reset": "1800000030", "Date": "Fri, 15 Jan 2027 08:00:00 GMT"}, 30),
        ({"X_RateLimit_Reset": "1800000000", "Date": "Fri, 15 Jan 2027 08:10:00 GMT"}, 0),
        ({"X_RateLimit_Reset": "9999999999"}, 3600),
        ({"X_RateLimit_Reset": "soon"}, 60),
        ({"X_RateLimit_Reset": "nan"}, 60),
        ({}, 60),
    ],
)
def test_a_limit_is_waited_for_as_long_as_the_provider_s_clock_says(headers: dict[str, str], wait: int) -> None:
    answer = answered(http("429 Too Many Requests", b"", X_RateLimit_Remaining="0", **headers))

    assert answer.outcome is Outcome.RETRY
    assert answer.limits is not None
    assert (answer.limits.remaining, answer.limits.resets_in) == (0, timedelta(seconds=wait))
    assert answer.retry_after == timedelta(seconds=wait)


def test_the_limit_is_told_with_an_accepted_message_too() -> None:
    answer = answered(
        http("202 Accepted", X_Message_Id="m1", X_RateLimit_Remaining="7", X_RateLimit_Reset="9999999999")
    )

    assert answer.limits is not None
    assert answer.limits.remaining == 7


def test_a_request_that_is_only_checked_is_never_called_sent(sandbox: SandboxProcess) -> None:
    (answer,) = send(SendGridChannel(settings(sandbox.sendgrid_url, only_check=True)), MESSAGE)

    assert answer.outcome is Outcome.REJECTED
    assert "nothing was sent" in answer.detail
    assert sandbox.journal() == []


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (http("401 Unauthorized"), Configuration),
        (http("403 Forbidden"), Configuration),
        (http("404 Not Found"), Configuration),
        (http("302 Found", Location="http://127.0.0.1:1/"), Configuration),
        (http("200 OK", b'{"scopes": ["stats.read"]}'), Configuration),
        (http("200 OK", b"<html>"), Configuration),
        (http("429 Too Many Requests"), Transient),
        (http("503 Unavailable"), Transient),
        (SILENCE, Transient),
    ],
)
def test_a_key_that_cannot_send_shows_before_anybody_s_attempt(said: Said, error: type[Exception]) -> None:
    with (
        HttpServer(lambda asked: said) as server,
        SendGridChannel(settings(server.url)).open() as session,
        pytest.raises(error),
    ):
        session.ready()

    assert [asked.path for asked in server.asked] == ["/v3/scopes"]


def test_neither_the_key_nor_an_address_is_told() -> None:
    error = {"message": '<anh@example.com> and "lan@example.com" are not valid', "field": "personalizations"}
    answer = answered(http("400 Bad Request", json.dumps({"errors": [error]}).encode()))

    assert "@" not in answer.detail
    assert "are not valid" in answer.detail
    assert "nobody-may-see" not in repr(settings("https://api.sendgrid.com"))


@pytest.mark.parametrize("url", ["http://api.sendgrid.com", "ftp://api.sendgrid.com", "api.sendgrid.com"])
def test_a_key_does_not_travel_in_the_clear(url: str) -> None:
    with pytest.raises(Configuration, match="https"):
        SendGridChannel(settings(url))
    SendGridChannel(settings(url, clear_text=True))


@pytest.mark.parametrize("key", ["", "SG.key\n", "SG. key", "SG.kéy"])
def test_what_cannot_be_a_key_is_refused(key: str) -> None:
    with pytest.raises(Configuration, match="key"):
        SendGridChannel(SendGridSettings(key, "retail"))


def test_people_are_erased_by_their_addresses() -> None:
    with HttpServer(lambda asked: http("202 Accepted", b'{"job_id": "j1"}')) as server:
        assert erase_recipients(settings(server.url), ["anh@example.com"]) == "j1"

    (asked,) = server.asked
    assert (asked.method, asked.path) == ("POST", "/v3/recipients/erasejob")
    assert json.loads(asked.body) == {"email_addresses": ["anh@example.com"]}
    with pytest.raises(Permanent):
        erase_recipients(settings(server.url), [])


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return certificate_for_loopback(tmp_path_factory.mktemp("tls"))


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (http("202 Accepted", X_Message_Id="m1"), Outcome.ACCEPTED),
        (RESET, Outcome.UNKNOWN),
        (SILENCE, Outcome.UNKNOWN),
        (Said(b"HTTP/1.1 202 Accepted\r\nX-Padding: " + b"." * 300, drip_s=0.1), Outcome.UNKNOWN),
    ],
)
def test_outcomes_and_bounds_are_the_same_under_tls(certificate: Path, said: Said, outcome: Outcome) -> None:
    with HttpServer(lambda asked: SCOPES if asked.path == "/v3/scopes" else said, certificate) as server:
        began = monotonic()
        (answer,) = send(SendGridChannel(settings(server.url, authorities=str(certificate))), MESSAGE)

    assert (answer.outcome, answer.phase) == (outcome, "answer")
    assert monotonic() - began < LONGEST_S


def test_a_server_that_nobody_certified_is_not_sent_to(certificate: Path) -> None:
    with (
        HttpServer(lambda asked: SCOPES, certificate) as server,
        SendGridChannel(settings(server.url)).open() as session,
        pytest.raises(Configuration, match="cannot be trusted"),
    ):
        session.ready()

    assert server.asked == []


def test_authorities_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    missing = str(tmp_path / "missing.pem")
    with (
        pytest.raises(Configuration, match=r"missing\.pem"),
        SendGridChannel(settings("https://127.0.0.1", authorities=missing)).open(),
    ):
        pass
