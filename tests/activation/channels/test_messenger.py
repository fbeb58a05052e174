"""Messenger over real sockets: what each answer of Meta's proves, against answers to the letter and the stand-in."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.facebook.graph import GraphSettings
from leo_activation.activation.channels.facebook.messenger import (
    CHANNEL,
    PAID,
    REFERRAL,
    WINDOW,
    MarketingSettings,
    MessengerChannel,
    MessengerSettings,
)
from leo_activation.activation.safety.routes import CHANNEL_OF
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.graph.contract import APP_SECRET, VALIDATORS
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.channels.conformance import ChannelConformance, Fault, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, Then, http
from tests.activation.channels.test_conformance import DRIP_S, TIMEOUT_S, free_port

PAGE, PAGE_TOKEN, SYSTEM_TOKEN, SECRET = "1029384756", "EAApage1029384756", "EAAsystem", "an-app-secret"
PSID = "7012345678901234"
MESSAGE = Message(
    delivery_id=UUID("3f0e5a52-8c1c-4bb1-9d6f-6f6a0a1d2c11"),
    recipient=PSID,
    sender="",
    text="Xin chào Ánh,\nđơn của bạn đã sẵn sàng.",
    unsubscribe_url="https://shop.example/unsubscribe/x",
    route=WINDOW,
)
OFFER = replace(MESSAGE, route=PAID, grant="12348141984909088", text="Ưu đãi 20 % cho bạn.")
ME = http("200 OK", json.dumps({"id": PAGE}).encode())
TAKEN = http("200 OK", json.dumps({"recipient_id": PSID, "message_id": "m_AG5Hz2U"}).encode())
PAID_TAKEN = http("200 OK", b'{"success": true, "marketing_message_tracking_id": "98ecd977-245a-4ec0"}')


def settings(url: str, *, marketing: bool = True) -> MessengerSettings:
    graph = GraphSettings(PAGE, PAGE_TOKEN, SECRET, url, timeout_s=TIMEOUT_S)
    return MessengerSettings(graph, MarketingSettings("5566", "7788", SYSTEM_TOKEN) if marketing else None)


def error(code: int, subcode: int = 0, message: str = "no", status: str = "400 Bad Request") -> Said:
    said = {"message": message, "type": "OAuthException", "code": code, "fbtrace_id": "B"}
    if subcode:
        said["error_subcode"] = subcode
    return http(status, json.dumps({"error": said}).encode())


def is_me(asked: Asked) -> bool:
    return urlsplit(asked.path).path == "/v25.0/me"


def answered(said: Said, message: Message = MESSAGE) -> Answer:
    with HttpServer(lambda asked: ME if is_me(asked) else said) as server:
        (answer,) = send(MessengerChannel(settings(server.url)), message)
    return answer


def body_of(message: Message) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(MessengerChannel(settings("https://graph.facebook.com")).build(message).body)
    return body


class PageUnderTest:
    """A scripted Graph API that remembers which deliveries it took."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: error(613, message=f"too fast for {PSID}"),
        Fault.REFUSED: error(10, 2018278, "outside of allowed window"),
        Fault.DEAD_ADDRESS: error(100, 2018001, "No matching user found"),
        Fault.OUR_FAULT: error(190, 463, "expired", "401 Unauthorized"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("200 OK", b"<html>hello</html>"),
    }
    refused = (Fault.BUSY, Fault.REFUSED, Fault.DEAD_ADDRESS, Fault.OUR_FAULT)

    def __init__(self) -> None:
        self._next: Fault | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = MessengerChannel(settings(self.server.url))
        self.unreachable = MessengerChannel(settings(f"http://127.0.0.1:{free_port()}"))

    def inject(self, fault: Fault) -> None:
        self._next = fault

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if is_me(asked):
            return ME
        if self._next not in self.refused:
            self._taken.append(json.loads(asked.body)["message"]["metadata"])
        return TAKEN if self._next is None else self.faults[self._next]


class TestMessenger(ChannelConformance):
    faults = frozenset(PageUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[PageUnderTest]:
        under_test = PageUnderTest()
        with under_test.server:
            yield under_test


@pytest.mark.parametrize("route", [WINDOW, REFERRAL])
def test_a_message_within_a_window_is_a_response_that_carries_its_delivery(route: str) -> None:
    assert body_of(replace(MESSAGE, route=route)) == {
        "recipient": {"id": PSID},
        "messaging_type": "RESPONSE",
        "message": {
            "text": f"{MESSAGE.text}\n\n{MESSAGE.unsubscribe_url}",
            "metadata": str(MESSAGE.delivery_id),
        },
    }


def test_the_link_to_unsubscribe_stands_in_the_text_once() -> None:
    shown = replace(MESSAGE, text=f"Hello. Stop: {MESSAGE.unsubscribe_url}")

    assert body_of(shown)["message"]["text"] == shown.text
    assert body_of(replace(MESSAGE, unsubscribe_url=None))["message"]["text"] == MESSAGE.text


def test_an_offer_goes_to_the_subscription_and_not_to_the_person_s_id() -> None:
    body = body_of(OFFER)

    assert body["message_id"] == "7788"
    assert body["messenger_delivery_data"] == {"subscription_token": OFFER.grant}
    assert PSID not in json.dumps(body)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"route": None}, "needs a route"),
        ({"route": "zalo_care"}, "needs a route"),
        ({"recipient": "anh@example.com"}, "malformed"),
        ({"recipient": ""}, "malformed"),
        ({"recipient": "٣٤٥"}, "malformed"),
        ({"text": " \n"}, "needs a text"),
        ({"text": "x" * 1_990}, "takes 2000"),
        ({"subject": "Hello"}, "no subject"),
        ({"html": "<p>"}, "no HTML"),
        ({"provider_template_id": "7"}, "no template"),
        ({"action_url": "https://shop.example"}, "no address of a tap"),
        ({"parameters": {"name": "Ánh"}}, "no parameters"),
        ({"route": PAID}, "needs the person's subscription"),
        ({"route": PAID, "grant": "a\r\nb"}, "needs the person's subscription"),
        ({"route": PAID, "grant": "1", "text": "x" * 640}, "takes 640"),
    ],
)
def test_what_cannot_be_honoured_is_refused(change: dict[str, Any], says: str) -> None:
    with pytest.raises(Permanent, match=says):
        body_of(replace(MESSAGE, **change))


def test_a_page_without_marketing_messages_refuses_an_offer() -> None:
    with pytest.raises(Permanent, match="not set up for marketing"):
        MessengerChannel(settings("https://graph.facebook.com", marketing=False)).build(OFFER)


def test_each_request_proves_that_its_token_is_used_by_its_app_and_no_token_stands_in_an_address() -> None:
    def answer(asked: Asked) -> Said:
        return ME if is_me(asked) else PAID_TAKEN if "/act_" in asked.path else TAKEN

    with HttpServer(answer) as server:
        send(MessengerChannel(settings(server.url)), MESSAGE, OFFER)

    tokens = {"me": PAGE_TOKEN, f"{PAGE}/messages": PAGE_TOKEN, "act_5566/messages": SYSTEM_TOKEN}
    for asked in server.asked:
        url = urlsplit(asked.path)
        token = tokens.pop(url.path.removeprefix("/v25.0/"))
        proof = hmac.new(SECRET.encode(), token.encode(), hashlib.sha256).hexdigest()
        assert parse_qs(url.query)["appsecret_proof"] == [proof]
        assert asked.headers["authorization"] == f"Bearer {token}"
        assert "EAA" not in asked.path
    assert not tokens
    assert server.connections == 1


@pytest.mark.parametrize(
    ("said", "outcome", "beside"),
    [
        (TAKEN, Outcome.ACCEPTED, ""),
        (http("200 OK", b'{"recipient_id": "1"}'), Outcome.UNKNOWN, ""),
        (http("200 OK", b'{"message_id": "a\\nb"}'), Outcome.UNKNOWN, ""),
        (http("201 Created", TAKEN.raw.partition(b"\r\n\r\n")[2]), Outcome.UNKNOWN, ""),
        (error(1, 99), Outcome.UNKNOWN, ""),
        (error(1, 1357046), Outcome.UNKNOWN, ""),
        (error(2), Outcome.UNKNOWN, ""),
        (error(2, status="200 OK"), Outcome.UNKNOWN, ""),
        (error(4), Outcome.RETRY, "limits"),
        (error(613, 2534040), Outcome.RETRY, "limits"),
        (error(613, 2018338), Outcome.RETRY, "pause"),
        (error(3), Outcome.RETRY, "pause"),
        (error(10), Outcome.RETRY, "pause"),
        (error(10, 2018278), Outcome.REJECTED, ""),
        (error(10, 2534022), Outcome.REJECTED, ""),
        (error(10, 2018065), Outcome.REJECTED, ""),
        (error(10, 2018108), Outcome.REJECTED, ""),
        (error(10, 1893015), Outcome.REJECTED, ""),
        (error(10, 1893063), Outcome.RETRY, "pause"),
        (error(100), Outcome.REJECTED, ""),
        (error(100, 2018001), Outcome.REJECTED, "dead"),
        (error(100, 0, "Invalid appsecret_proof provided in the API argument"), Outcome.RETRY, "pause"),
        (error(102), Outcome.RETRY, "pause"),
        (error(190), Outcome.RETRY, "pause"),
        (error(200, 2018028, status="403 Forbidden"), Outcome.RETRY, "pause"),
        (error(200, 1545041), Outcome.REJECTED, ""),
        (error(368), Outcome.RETRY, "pause"),
        (error(551), Outcome.REJECTED, ""),
        (error(551, 1545041), Outcome.REJECTED, ""),
        (error(2022), Outcome.RETRY, "pause"),
        (error(2018300), Outcome.RETRY, ""),
        (error(987654), Outcome.UNKNOWN, ""),
        (error(100, status="500 Internal Server Error"), Outcome.UNKNOWN, ""),
        (http("400 Bad Request", b'{"error": {"code": "100"}}'), Outcome.UNKNOWN, ""),
        (http("400 Bad Request", b"[" * 60_000), Outcome.UNKNOWN, ""),
        (http("404 Not Found", b"<html>"), Outcome.UNKNOWN, ""),
        (http("429 Too Many Requests"), Outcome.UNKNOWN, ""),
        (http("503 Busy"), Outcome.UNKNOWN, ""),
        (http("302 Found", Location="http://127.0.0.1:1/"), Outcome.UNKNOWN, "pause"),
        (Said(b"HTTP/1.1 200 OK\r\nX-", then=Then.CLOSE), Outcome.UNKNOWN, ""),
        (Said(b"", then=Then.CLOSE), Outcome.UNKNOWN, ""),
    ],
)
def test_only_what_meta_documents_proves_anything(said: Said, outcome: Outcome, beside: str) -> None:
    answer = answered(said)

    assert answer.outcome is outcome
    assert (answer.pause is not None, answer.limits is not None, answer.address_is_dead) == (
        beside == "pause",
        beside == "limits",
        beside == "dead",
    )


@pytest.mark.parametrize(
    ("said", "outcome", "pauses"),
    [
        (PAID_TAKEN, Outcome.ACCEPTED, False),
        (http("200 OK", b'{"success": true}'), Outcome.UNKNOWN, False),
        (http("200 OK", b'{"success": false, "marketing_message_tracking_id": "x"}'), Outcome.UNKNOWN, False),
        (TAKEN, Outcome.UNKNOWN, False),
        *((error(2_300_000 + code), Outcome.REJECTED, False) for code in (4, 10, 32, 34, 35, 37, 42, 52, 73)),
        *((error(2_300_000 + code), Outcome.RETRY, False) for code in (12, 33, 55, 57, 63, 78)),
        *((error(2_300_000 + code), Outcome.RETRY, True) for code in (0, 11, 15, 17, 31, 53, 58, 66)),
        (error(2_300_099), Outcome.UNKNOWN, False),
        (error(100, message="token has expired"), Outcome.REJECTED, False),
        (error(190), Outcome.RETRY, True),
        (error(2_300_034, status="500 Internal Server Error"), Outcome.UNKNOWN, False),
    ],
)
def test_an_offer_s_answers_have_a_table_of_their_own(said: Said, outcome: Outcome, pauses: bool) -> None:
    answer = answered(said, OFFER)

    assert answer.outcome is outcome
    assert (answer.pause is not None) == pauses
    assert not answer.address_is_dead


def test_the_answer_s_ids_are_what_webhooks_name() -> None:
    assert answered(TAKEN).provider_message_id == "m_AG5Hz2U"
    assert answered(PAID_TAKEN, OFFER).provider_message_id == "98ecd977-245a-4ec0"


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (error(190, 460), Configuration),
        (error(100, message="Invalid appsecret_proof"), Configuration),
        (http("200 OK", b'{"id": "1"}'), Configuration),
        (error(4), Transient),
        (error(2, status="500 Internal Server Error"), Transient),
        (http("200 OK", b"<html>"), Transient),
        (http("302 Found", Location="http://127.0.0.1:1/"), Transient),
        (SILENCE, Transient),
    ],
)
def test_a_token_that_cannot_send_shows_before_anybody_s_attempt(said: Said, wrong: type[Exception]) -> None:
    with (
        HttpServer(lambda asked: said) as server,
        MessengerChannel(settings(server.url)).open() as session,
        pytest.raises(wrong),
    ):
        session.ready()

    assert [is_me(asked) for asked in server.asked] == [True]


def test_a_request_is_made_once_whatever_comes_of_it_and_no_redirect_is_followed() -> None:
    with HttpServer(lambda asked: http("200 OK")) as elsewhere:
        for said in (http("503 Busy"), http("308 Permanent Redirect", Location=elsewhere.url)):
            with HttpServer(lambda asked, said=said: ME if is_me(asked) else said) as server:  # type: ignore[misc]
                send(MessengerChannel(settings(server.url)), MESSAGE)
            assert [asked.method for asked in server.asked] == ["GET", "POST"]

        assert elsewhere.asked == []


def test_no_secret_and_no_person_is_told() -> None:
    answer = answered(error(100, message="anh@example.com\r\nis not here"))

    assert "@" not in answer.detail
    assert answer.detail.isprintable()
    shown = repr(settings("https://graph.facebook.com"))
    assert all(secret not in shown for secret in (PAGE_TOKEN, SYSTEM_TOKEN, SECRET))
    assert str(OFFER.grant) not in repr(MessengerChannel(settings("https://graph.facebook.com")).build(OFFER))


@pytest.mark.parametrize(
    "change",
    [
        {"page_id": "the-shop"},
        {"page_id": "1/../2"},
        {"page_token": ""},
        {"page_token": "EAA\n"},
        {"app_secret": ""},
        {"base_url": "http://graph.facebook.com"},
    ],
)
def test_a_page_that_cannot_work_is_refused_when_it_is_set_up(change: dict[str, Any]) -> None:
    with pytest.raises(Configuration):
        GraphSettings(**{"page_id": PAGE, "page_token": PAGE_TOKEN, "app_secret": SECRET, **change})
    with pytest.raises(Configuration):
        MarketingSettings("act_1/..", "7", "EAA")


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


def of_stand_in(sandbox: SandboxProcess, **change: Any) -> MessengerChannel:
    given = {"page_id": PAGE, "page_token": f"EAAPage{PAGE}", "app_secret": APP_SECRET, **change}
    graph = GraphSettings(**given, base_url=sandbox.graph_url, timeout_s=TIMEOUT_S)
    return MessengerChannel(MessengerSettings(graph, MarketingSettings("5566", "7788", "EAASystem1")))


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
        ("sent_with_an_error", Outcome.UNKNOWN),
        ("bad_request", Outcome.REJECTED),
        ("dead_address", Outcome.REJECTED),
        ("outside_window", Outcome.REJECTED),
        ("blocked", Outcome.REJECTED),
        ("unauthorized", Outcome.RETRY),
        ("forbidden", Outcome.RETRY),
        ("restricted", Outcome.RETRY),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome
) -> None:
    sandbox.scenario("messenger", scenario, key=PSID)

    faulty, healthy = send(of_stand_in(sandbox), MESSAGE, replace(MESSAGE, recipient="88"))

    assert (faulty.outcome, faulty.phase) == (outcome, "answer")
    assert healthy.outcome is Outcome.ACCEPTED
    effects = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    taken = [line["recipient"] for line in effects].count(PSID)
    assert taken == 1 if outcome is Outcome.ACCEPTED else taken <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in effects} == {str(MESSAGE.delivery_id)}
    assert effects[-1]["provider_message_id"] == healthy.provider_message_id


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        ("ok", Outcome.ACCEPTED),
        ("rate_limited", Outcome.RETRY),
        ("accept_then_reset", Outcome.UNKNOWN),
        ("server_error_accepted", Outcome.UNKNOWN),
        ("malformed_accepted", Outcome.UNKNOWN),
        ("error_in_200", Outcome.UNKNOWN),
        ("stopped", Outcome.REJECTED),
        ("too_soon", Outcome.REJECTED),
        ("budget_spent", Outcome.RETRY),
        ("unauthorized", Outcome.RETRY),
    ],
)
def test_each_fault_of_an_offer_at_the_stand_in_has_its_outcome(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome
) -> None:
    sandbox.scenario("messenger_marketing", scenario, key=OFFER.grant)

    (answer,) = send(of_stand_in(sandbox), OFFER)

    assert (answer.outcome, answer.pause is not None) == (outcome, scenario in {"budget_spent", "unauthorized"})
    taken = [line["recipient"] for line in sandbox.journal() if line["outcome"] == "accepted"]
    assert taken == [OFFER.grant] if outcome is Outcome.ACCEPTED else len(taken) <= (outcome is Outcome.UNKNOWN)


@pytest.mark.parametrize(
    "change", [{"app_secret": "another"}, {"page_token": "EAAPage77"}, {"page_token": "EAAunknown"}]
)
def test_the_stand_in_takes_nothing_without_the_page_s_token_and_its_app_s_proof(
    sandbox: SandboxProcess, change: dict[str, str]
) -> None:
    channel = of_stand_in(sandbox, **change)
    with channel.open() as session:
        with pytest.raises(Configuration):
            session.ready()
        answer = session.send(channel.build(MESSAGE))

    assert (answer.outcome, answer.pause is not None) == (Outcome.RETRY, True)
    assert sandbox.journal() == []


@pytest.mark.parametrize(
    "change",
    [
        {"messaging_type": "MESSAGE_TAG"},
        {"messaging_type": "RESPONSE", "tag": "HUMAN_AGENT"},
        {"messaging_type": None},
        {"recipient": {"phone_number": "+84900000001"}},
        {"message": {"text": "x" * 2001}},
        {"message": {"text": "x", "metadata": "x" * 1001}},
        {"message": {"text": "x"}, "more": 1},
    ],
)
def test_the_written_schema_of_the_send_api_refuses_what_meta_does(change: dict[str, Any]) -> None:
    body = body_of(MESSAGE)
    assert list(VALIDATORS["send"].iter_errors(body)) == []
    assert list(VALIDATORS["marketing"].iter_errors(body_of(OFFER))) == []

    assert list(VALIDATORS["send"].iter_errors({**body, **change}))


def test_the_routes_of_the_channel_are_those_of_the_policy() -> None:
    assert {route for route, channel in CHANNEL_OF.items() if channel == CHANNEL} == {WINDOW, REFERRAL, PAID}
