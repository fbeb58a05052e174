"""Web push over real sockets: encryption by the RFC's own example, who we are, what each answer proves, and where a
message may not go."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.public_addresses import Reach
from leo_activation.activation.channels.webpush.channel import (
    MOST_BYTES,
    MOST_CONNECTIONS,
    WebPushChannel,
    WebPushSettings,
    encrypted,
)
from leo_activation.activation.channels.webpush.subscriptions import Subscription, read_subscription
from leo_activation.activation.channels.webpush.vapid import LASTS_S, Vapid
from leo_activation.activation.messages.channel_limits import limits_of
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.webpush.browser import Browser, NotForUs, decoded, encoded, subscription
from sandbox.webpush.vapid import NotVapid, audience
from tests.activation.channels.conformance import ChannelConformance, Fault, ProviderUnderTest, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_conformance import DRIP_S, free_port

TIMEOUT_S = 0.8
ENDPOINT = "https://push.example.com/subscription/7f1a"
KEY = ec.generate_private_key(ec.SECP256R1())
PRIVATE_KEY = encoded(KEY.private_numbers().private_value.to_bytes(32, "big"))
CONTACT = "mailto:push@shop.example"
# RFC 8291, section 5 and appendix A.
RFC_PLAIN = b"When I grow up, I want to be a watermelon"
RFC_SENDER = "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"
RFC_BROWSER = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94"
RFC_POINT = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
RFC_AUTH = "BTBZMqHH6r4Tts7J_aSIgg"
RFC_SALT = "DGv6ra1nlYgDCS1FRnbzlw"
RFC_BODY = (
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_"
    "yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
)


def address(endpoint: str = ENDPOINT, keys: Mapping[str, str] | None = None) -> str:
    """The canonical JSON of a subscription at the stand-in."""
    keys = keys or dict(subscription(endpoint)["keys"])  # type: ignore[call-overload]
    return json.dumps({"endpoint": endpoint, "keys": keys}, sort_keys=True, separators=(",", ":"))


MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient=address(),
    sender="",
    text="Chân ấm cả mùa đông, giảm 20 %.",
    subject="Ưu đãi dành riêng cho bạn",
    action_url="https://shop.example/offers/7?x=1",
    unsubscribe_url="https://leo.example/u/retail/x",
)


def channel(**parts: Any) -> WebPushChannel:
    return WebPushChannel(WebPushSettings(**{**SETTINGS, **parts}))


SETTINGS: dict[str, Any] = {
    "private_key": PRIVATE_KEY,
    "contact": CONTACT,
    "tenant_id": "retail",
    "timeout_s": TIMEOUT_S,
}


def answered(*said: Said) -> list[Answer]:
    left = list(said)
    with HttpServer(lambda _: left.pop(0)) as server:
        return send(channel(stand_in=server.url), *[MESSAGE] * len(said))


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


class PushServiceUnderTest:
    """A scripted push service whose browser opens what it takes."""

    message = MESSAGE
    faults: ClassVar = {
        Fault.BUSY: http("429 Too Many Requests"),
        Fault.REFUSED: http("413 Content Too Large"),
        Fault.DEAD_ADDRESS: http("410 Gone", ENDPOINT.encode()),
        Fault.OUR_FAULT: http("403 Forbidden"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 201 Created\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("200 OK", b"<html>hello</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = channel(stand_in=self.server.url)
        self.unreachable = channel(stand_in=f"http://127.0.0.1:{free_port()}")

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        said = http("201 Created") if self._next is None else self._next
        if not said.raw.startswith(b"HTTP/1.1 4"):
            self._taken.append(json.loads(Browser.at(asked.path).open(asked.body))["delivery_id"])
        return said


class TestWebPush(ChannelConformance):
    faults = frozenset(PushServiceUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[PushServiceUnderTest]:
        under_test = PushServiceUnderTest()
        with under_test.server:
            yield under_test

    def test_an_outage_shows_before_an_attempt(self, provider: ProviderUnderTest) -> None:
        """Not so here: each browser has a service of its own, and one that is down holds up nobody else's messages."""
        (answer,) = send(provider.unreachable, provider.message)

        assert (answer.outcome, answer.phase) == (Outcome.RETRY, "connect")


def test_the_example_of_rfc_8291_comes_out_to_the_byte() -> None:
    to = Subscription(ENDPOINT, decoded(RFC_POINT), decoded(RFC_AUTH))

    assert encoded(encrypted(RFC_PLAIN, to, key=_key(RFC_SENDER), salt=decoded(RFC_SALT))) == RFC_BODY


def test_the_stand_in_s_browser_opens_the_example_of_rfc_8291_and_nobody_else_s() -> None:
    browser = Browser(_key(RFC_BROWSER), decoded(RFC_AUTH))

    assert browser.keys == {"auth": RFC_AUTH, "p256dh": RFC_POINT}
    assert browser.open(decoded(RFC_BODY)) == RFC_PLAIN
    spoilt = bytearray(decoded(RFC_BODY))
    spoilt[-1] ^= 1
    for stranger, body in ((Browser.at("/x"), decoded(RFC_BODY)), (browser, bytes(spoilt)), (browser, b"x")):
        with pytest.raises(NotForUs):
            stranger.open(body)


def test_two_messages_to_one_browser_have_nothing_in_common_on_the_wire() -> None:
    to = read_subscription(address())
    first, second = encrypted(RFC_PLAIN, to), encrypted(RFC_PLAIN, to)

    assert first[:16] != second[:16]
    assert first[21:86] != second[21:86]


def _key(raw: str) -> ec.EllipticCurvePrivateKey:
    return ec.derive_private_key(int.from_bytes(decoded(raw), "big"), ec.SECP256R1())


def test_the_browser_reads_title_text_and_links_and_the_service_only_how_long_it_keeps_them(
    sandbox: SandboxProcess,
) -> None:
    (answer,) = send(channel(stand_in=sandbox.webpush_url, ttl=timedelta(hours=1), urgency="low"), MESSAGE)

    (line,) = sandbox.journal()
    assert answer.outcome is Outcome.ACCEPTED
    assert json.loads(line["message"]) == {
        "title": MESSAGE.subject,
        "body": MESSAGE.text,
        "delivery_id": str(MESSAGE.delivery_id),
        "tenant_id": "retail",
        "action_url": MESSAGE.action_url,
        "unsubscribe_url": MESSAGE.unsubscribe_url,
    }
    assert (line["channel"], line["recipient"], line["message_id"]) == ("webpush", ENDPOINT, str(MESSAGE.delivery_id))
    assert line["headers"] == {"ttl": "3600", "urgency": "low", "topic": MESSAGE.delivery_id.hex}


def test_the_token_is_for_one_service_and_for_half_a_day() -> None:
    header = Vapid(PRIVATE_KEY, CONTACT).authorization("https://push.example.com")

    assert audience(header) == "https://push.example.com"
    claims = json.loads(decoded(header.partition("t=")[2].split(".")[1]))
    assert claims["sub"] == CONTACT
    assert 0 < claims["exp"] - time.time() <= LASTS_S
    middle = len(header) // 2
    for spoilt in (header.replace("vapid", "WebPush"), header[:middle] + "A" + header[middle + 2 :], ""):
        with pytest.raises(NotVapid):
            audience(spoilt)


def test_a_key_is_taken_as_pem_too() -> None:
    form = serialization.PrivateFormat.PKCS8
    pem = KEY.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()

    assert audience(Vapid(pem, CONTACT).authorization("https://a.example")) == "https://a.example"


@pytest.mark.parametrize(
    "change",
    [
        {"private_key": ""},
        {"private_key": "secret"},
        {"private_key": encoded(b"\1" * 31)},
        {"contact": ""},
        {"contact": "mailto: <push@shop.example>"},
        {"contact": "mailto:admin@localhost"},
        {"contact": "http://shop.example"},
        {"ttl": timedelta(weeks=5)},
        {"ttl": -timedelta(seconds=1)},
        {"urgency": "urgent"},
        {"stand_in": "http://push.example"},
    ],
)
def test_a_set_up_that_cannot_work_is_told_without_its_secret(change: dict[str, Any]) -> None:
    with pytest.raises(Configuration) as refused:
        channel(**change)

    assert "secret" not in str(refused.value)
    assert PRIVATE_KEY not in repr(WebPushSettings(**SETTINGS))


@pytest.mark.parametrize(
    "recipient",
    [
        "",
        "https://push.example.com/x",
        "[]",
        '{"endpoint": 7}',
        "[" * 10_000,
        address("http://push.example.com/x"),
        address("https://127.0.0.1/x"),
        address("https://2130706433/x"),
        address("https://[::1]/x"),
        address("https://localhost/x"),
        address("https://push.example.com:5432/x"),
        address("https://anh:secret@push.example.com/x"),
        address("https://push.example.com/x\r\nX: y"),
        address("https://push.example.com/" + "x" * 2_000),
        address(keys={"auth": RFC_AUTH, "p256dh": "BAAA"}),
        address(keys={"auth": RFC_AUTH, "p256dh": encoded(b"\4" + b"\1" * 64)}),
        address(keys={"auth": "AAAA", "p256dh": RFC_POINT}),
        address(keys={"auth": RFC_AUTH + "!", "p256dh": RFC_POINT}),
    ],
)
def test_an_address_that_is_no_subscription_of_a_push_service_is_refused_without_being_told(recipient: str) -> None:
    with pytest.raises(Permanent) as refused:
        channel().build(replace(MESSAGE, recipient=recipient))

    assert "push.example" not in str(refused.value)


@pytest.mark.parametrize(
    "change",
    [
        {"text": ""},
        {"subject": None},
        {"subject": "One\r\nTwo"},
        {"html": "<p>x</p>"},
        {"provider_template_id": "t1"},
        {"parameters": {"x": "y"}},
        {"grant": "secret"},
        {"action_url": "javascript:alert(1)"},
        {"text": "ơ" * (MOST_BYTES // 2)},
    ],
)
def test_what_cannot_be_honoured_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Permanent):
        channel().build(replace(MESSAGE, **change))


def test_a_path_that_looks_like_another_host_stays_a_path(sandbox: SandboxProcess) -> None:
    endpoint = "https://push.example.com//169.254.169.254/x?y=1&z="
    (answer,) = send(channel(stand_in=sandbox.webpush_url), replace(MESSAGE, recipient=address(endpoint)))

    assert answer.outcome is Outcome.ACCEPTED
    assert [line["recipient"] for line in sandbox.journal()] == [endpoint]


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fd00:ec2::254"]
)
def test_an_endpoint_whose_name_leads_inside_gets_nothing_and_the_next_message_goes_through(name: str) -> None:
    with HttpServer(lambda _: http("201 Created")) as server:
        answers = send(channel(reach=Reach.PUBLIC, resolve=lambda _: ["93.184.215.14", name]), MESSAGE)

    assert [answer.outcome for answer in answers] == [Outcome.REJECTED]
    assert answers[0].phase == "connect"
    assert not answers[0].address_is_dead
    assert server.asked == []


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
        ("malformed_accepted", Outcome.ACCEPTED),
        ("malformed_rejected", Outcome.UNKNOWN),
        ("slow_drip", Outcome.UNKNOWN),
        ("error_in_200", Outcome.UNKNOWN),
        ("bad_request", Outcome.REJECTED),
        ("unauthorized", Outcome.RETRY),
        ("forbidden", Outcome.RETRY),
        ("not_found", Outcome.REJECTED),
        ("dead_address", Outcome.REJECTED),
        ("too_large", Outcome.REJECTED),
    ],
)
def test_each_fault_of_the_stand_in_has_its_outcome_and_the_next_message_goes_through(
    sandbox: SandboxProcess, scenario: str, outcome: Outcome
) -> None:
    sandbox.scenario("webpush", scenario, key=ENDPOINT)
    other = "https://push.example.com/subscription/other"

    faulty, healthy = send(channel(stand_in=sandbox.webpush_url), MESSAGE, replace(MESSAGE, recipient=address(other)))

    assert (faulty.outcome, faulty.phase) == (outcome, "answer")
    assert faulty.address_is_dead == (scenario in {"dead_address", "not_found"})
    assert (faulty.pause is not None) == (scenario in {"unauthorized", "forbidden"})
    assert healthy.outcome is Outcome.ACCEPTED
    effects = [line for line in sandbox.journal() if line["outcome"] == "accepted"]
    taken = [line["recipient"] for line in effects].count(ENDPOINT)
    assert taken == 1 if outcome is Outcome.ACCEPTED else taken <= (outcome is Outcome.UNKNOWN)
    assert {line["message_id"] for line in effects} == {str(MESSAGE.delivery_id)}


def test_a_message_under_another_key_than_the_browser_s_is_noticed_by_the_stand_in(sandbox: SandboxProcess) -> None:
    stranger = address(keys={"auth": RFC_AUTH, "p256dh": RFC_POINT})
    (answer,) = send(channel(stand_in=sandbox.webpush_url), replace(MESSAGE, recipient=stranger))

    assert answer.outcome is Outcome.REJECTED
    assert sandbox.journal() == []


@pytest.mark.parametrize(
    ("said", "outcome"),
    [
        (http("201 Created"), Outcome.ACCEPTED),
        (http("200 OK"), Outcome.UNKNOWN),
        (http("202 Accepted"), Outcome.UNKNOWN),
        (http("302 Found", Location="http://169.254.169.254/"), Outcome.UNKNOWN),
        (http("402 Payment Required"), Outcome.UNKNOWN),
        (http("406 Not Acceptable"), Outcome.UNKNOWN),
        (http("418 Teapot"), Outcome.UNKNOWN),
        (http("500 Internal Server Error", b"anh@example.com"), Outcome.UNKNOWN),
    ],
)
def test_what_each_answer_proves(said: Said, outcome: Outcome) -> None:
    (answer,) = answered(said)

    assert answer.outcome is outcome
    assert "@" not in answer.detail


def test_one_browser_under_another_key_does_not_stop_the_channel_where_the_service_knows_ours() -> None:
    first, second, third = answered(http("403 Forbidden"), http("201 Created"), http("403 Forbidden"))

    assert first.pause is not None
    assert first.pause.lasts == timedelta(minutes=5)
    assert (second.outcome, third.outcome) == (Outcome.ACCEPTED, Outcome.REJECTED)
    assert third.address_is_dead
    assert third.pause is None


def test_a_visitor_s_own_server_stops_nobody_while_another_service_takes_our_key() -> None:
    stranger = replace(MESSAGE, recipient=address("https://stranger.example/1"))
    with HttpServer(lambda asked: http("403 Forbidden" if asked.path == "/1" else "201 Created")) as server:
        taken, refused = send(channel(stand_in=server.url), MESSAGE, stranger)

    assert taken.outcome is Outcome.ACCEPTED
    assert (refused.outcome, refused.pause, refused.retry_after) == (Outcome.RETRY, None, timedelta(minutes=10))


def test_settings_that_cannot_connect_show_before_anybody_s_attempt() -> None:
    with channel(authorities="/nowhere/ca.pem").open() as session, pytest.raises(Configuration, match="nowhere"):
        session.ready()


@pytest.mark.parametrize(("header", "seconds"), [("7", 7), ("99999", 3600), ("soon", 60), ("-1", 60), ("", 60)])
def test_a_service_s_own_wait_counts_within_bounds_and_slows_nobody_else_down(header: str, seconds: int) -> None:
    (answer,) = answered(http("429 Too Many Requests", Retry_After=header))

    assert (answer.outcome, answer.retry_after) == (Outcome.RETRY, timedelta(seconds=seconds))
    assert answer.limits is None


@pytest.mark.parametrize("said", [RESET, http("503 Service Unavailable"), http("307 Redirect", Location="/again")])
def test_one_send_is_one_request_whatever_comes_of_it(said: Said) -> None:
    asked: list[Asked] = []

    def answer(one: Asked) -> Said:
        asked.append(one)
        return said

    with HttpServer(answer) as server:
        (answer_to_it,) = send(channel(stand_in=server.url), MESSAGE)

    assert answer_to_it.outcome is Outcome.UNKNOWN
    assert len(asked) == 1
    assert MESSAGE.text.encode() not in asked[0].body


def test_a_session_keeps_a_connection_to_each_of_a_few_services_and_no_more() -> None:
    with HttpServer(lambda _: http("201 Created")) as server, channel(stand_in=server.url).open() as session:
        build = channel(stand_in=server.url).build
        for number in [*range(MOST_CONNECTIONS), 0, 1, MOST_CONNECTIONS, 0, 2]:
            session.send(build(replace(MESSAGE, recipient=address(f"https://push{number}.example.com/x"))))

        # The last but one pushed out the third of the first, which is made anew for the last.
        assert server.connections == MOST_CONNECTIONS + 2


def test_what_the_channel_s_limits_let_pass_fits_with_everything_beside_it() -> None:
    limit = limits_of("web_push").payload_bytes or 0
    links = UnsubscribeLinks("https://a-rather-long-name.of-the-webhooks.shop.example/leo", b"k" * 32)
    filled = replace(
        MESSAGE,
        subject="S" * 200,
        text="ả" * ((limit - 1_200) // 3),
        action_url="https://shop.example/" + "x" * (1_000 - 21),
        unsubscribe_url=links.url("a_tenant_of_forty_characters_in_its_name", MESSAGE.delivery_id),
    )
    assert len((filled.subject or "").encode()) + len(filled.text.encode()) + len(filled.action_url or "") > limit - 3

    channel().build(filled)
