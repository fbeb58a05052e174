"""Zalo over real sockets: what each documented answer proves, by the stand-in and by answers to the letter."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any, ClassVar
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.http import HttpAnswer
from leo_activation.activation.channels.zalo.account import GrantLost, ZaloAccount, renew
from leo_activation.activation.channels.zalo.answers import BY_PHONE, BY_USER, read_answer
from leo_activation.activation.channels.zalo.channel import AccessToken, Host, ZaloChannel, ZaloPayload
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.scenarios import HttpFault, ZaloRefusal
from sandbox.zalo.api import APP_ID, APP_SECRET
from tests.activation.channels.conformance import ChannelConformance, Fault, says_nothing_of, send
from tests.activation.channels.servers import RESET, SILENCE, Asked, HttpServer, Said, http
from tests.activation.channels.test_conformance import DRIP_S, free_port

TIMEOUT_S = 0.8
PHONE = "84912345678"
USER = "2512523625412515111"
BY_PHONE_MESSAGE = Message(
    delivery_id=UUID("b076e02a-1505-47c6-9755-2b22c14e4aad"),
    recipient=PHONE,
    sender="",
    text="Xin chào Ánh, đơn hàng DH-1 đã được xác nhận.",
    unsubscribe_url="https://shop.example/unsubscribe/x",
    provider_template_id="100001",
    parameters={"customer_name": "Nguyễn Thị Ánh", "order_code": "DH-1"},
    route="zalo_template",
)
CARE = replace(
    BY_PHONE_MESSAGE, recipient=USER, unsubscribe_url=None, provider_template_id=None, parameters={}, route="zalo_care"
)
PROMOTION = replace(
    BY_PHONE_MESSAGE,
    recipient=USER,
    provider_template_id="100002",
    parameters={"customer_name": "Ánh", "offer": "Giảm 20%"},
    route="zalo_promotion",
)
ROUTES = {"care": CARE, "promotion": PROMOTION, "template": BY_PHONE_MESSAGE}


class Tokens:
    """Tokens that are simply there; a refused one is followed by the next."""

    def __init__(self, *tokens: str) -> None:
        self._tokens = tokens
        self.at = 0

    def current(self) -> AccessToken:
        return AccessToken(self._tokens[self.at], self.at)

    def after(self, refused: AccessToken) -> AccessToken:
        self.at = min(refused.generation + 1, len(self._tokens) - 1)
        return self.current()


def account(url: str, **parts: Any) -> ZaloAccount:
    named = {"open_api": f"{url}/openapi", "business_api": f"{url}/business", "oauth": f"{url}/oauth"}
    return ZaloAccount(APP_ID, APP_SECRET, **{**named, "timeout_s": TIMEOUT_S, **parts})


def said(code: int, message: str = "", **data: str) -> Said:
    return http("200 OK", json.dumps({"error": code, "message": message, "data": data}).encode())


class ZaloUnderTest:
    """A scripted Zalo that remembers which deliveries it answered as taken, or took without saying so."""

    message = BY_PHONE_MESSAGE
    faults: ClassVar = {
        Fault.BUSY: said(-32, "Your application reached limit call api"),
        Fault.REFUSED: said(-139, f"{PHONE} refused this content"),
        Fault.DEAD_ADDRESS: said(-118, "Zalo account not existed"),
        Fault.OUR_FAULT: said(-135, f"OA may not send to {PHONE}"),
        Fault.LOST_AFTER: RESET,
        Fault.SILENT: SILENCE,
        Fault.DRIPPING: Said(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"." * 300, drip_s=DRIP_S),
        Fault.UNREADABLE: http("200 OK", b"<html>error</html>"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._taken: list[str] = []
        self.server = HttpServer(self._answer)
        self.channel = ZaloChannel(account(self.server.url), Tokens("a-token"))
        self.unreachable = ZaloChannel(account(f"http://127.0.0.1:{free_port()}"), Tokens("a-token"))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next = None

    def taken(self, delivery_id: UUID) -> int:
        return self._taken.count(str(delivery_id))

    def _answer(self, asked: Asked) -> Said:
        if asked.method == "GET":
            return said(0)
        answer = said(0, "Success", msg_id="m1") if self._next is None else self._next
        if b'"error": -' not in answer.raw:
            self._taken.append(json.loads(asked.body)["tracking_id"])
        return answer


class TestZalo(ChannelConformance):
    faults = frozenset(ZaloUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[ZaloUnderTest]:
        under_test = ZaloUnderTest()
        with under_test.server:
            yield under_test


class CareUnderTest:
    """The other API, which has no place for a delivery's id: what is taken before `heal` is of the suite's message."""

    message = CARE
    faults: ClassVar = {
        **ZaloUnderTest.faults,
        Fault.REFUSED: said(-244, f"{USER} has restricted this message type from your OA"),
        Fault.DEAD_ADDRESS: said(-201, "user_id is invalid!"),
        Fault.OUR_FAULT: said(-321, f"out of money for {USER}"),
    }

    def __init__(self) -> None:
        self._next: Said | None = None
        self._healed = False
        self._taken = {False: 0, True: 0}
        self.server = HttpServer(self._answer)
        self.channel = ZaloChannel(account(self.server.url), Tokens("a-token"))
        self.unreachable = ZaloChannel(account(f"http://127.0.0.1:{free_port()}"), Tokens("a-token"))

    def inject(self, fault: Fault) -> None:
        self._next = self.faults[fault]

    def heal(self) -> None:
        self._next, self._healed = None, True

    def taken(self, delivery_id: UUID) -> int:
        return self._taken[delivery_id != self.message.delivery_id]

    def _answer(self, asked: Asked) -> Said:
        if asked.method == "GET":
            return said(0)
        answer = said(0, "Success", message_id="m1") if self._next is None else self._next
        if b'"error": -' not in answer.raw:
            self._taken[self._healed] += 1
        return answer


class TestZaloCare(ChannelConformance):
    faults = frozenset(CareUnderTest.faults)

    @pytest.fixture
    def provider(self) -> Iterator[CareUnderTest]:
        under_test = CareUnderTest()
        with under_test.server:
            yield under_test


# What Zalo's tables say of each code, by API: the outcome, whether the provider rests, whether the address is dead.
REFUSED, DEAD = (Outcome.REJECTED, False, False), (Outcome.REJECTED, False, True)
RETRY, REST, UNSURE = (Outcome.RETRY, False, False), (Outcome.RETRY, True, False), (Outcome.UNKNOWN, False, False)
OFFICIAL_ACCOUNT = {
    **dict.fromkeys([-201, -210, -213, -217, -218, -227, -230, -232, -233, -244, -248], REFUSED),
    **dict.fromkeys([-32, -216, -220, -234], RETRY),
    **dict.fromkeys([-204, -205, -209, -211, -212, -219, -221, -223, -224, -235, -240, -242, -249, -320, -321], REST),
    **dict.fromkeys([-100, -200, -214, -237, -403, -1340, -9999, 1, 452], UNSURE),
    # A template's own codes come from the same host.
    **dict.fromkeys([-1121, -1122, -132], REFUSED),
    **dict.fromkeys([-109, -131, -146], REST),
    -147: RETRY,
}
TEMPLATES = {
    **dict.fromkeys([-110, -111, -112, -1121, -1122, -1123, -1124, -113, -1131, -114, -116, -119], REFUSED),
    **dict.fromkeys([-121, -122, -130, -132, -139, -140, -141, -1441, -1471, -1472, -153], REFUSED),
    **dict.fromkeys([-108, -118], DEAD),
    **dict.fromkeys([-32, -124, -133, -147], RETRY),
    **dict.fromkeys([-101, -102, -103, -104, -105, -106, -109, -115, -117, -120, -1241, -125, -126, -127, -131], REST),
    **dict.fromkeys([-135, -1351, -136, -137, -138, -1381, -144, -145, -146], REST),
    **dict.fromkeys([-100, -107, -134, -200, -9999, 1], UNSURE),
}
DOCUMENTED = [("template", code, proves) for code, proves in TEMPLATES.items()] + [
    ("care", code, proves) for code, proves in OFFICIAL_ACCOUNT.items()
]


class Scripted:
    """A Zalo that answers each message as it was told to."""

    def __init__(self) -> None:
        self.next = said(0)
        self.server = HttpServer(lambda asked: said(0) if asked.method == "GET" else self.next)
        self.channel = ZaloChannel(account(self.server.url), Tokens("a-token"))

    def answers(self, answer: Said, message: Message) -> Answer:
        self.next = answer
        with self.channel.open() as session:
            session.ready()
            return session.send(self.channel.build(message))


@pytest.fixture(scope="module")
def scripted() -> Iterator[Scripted]:
    scripted = Scripted()
    with scripted.server:
        yield scripted


@pytest.mark.parametrize(("route", "code", "proves"), DOCUMENTED)
def test_each_documented_answer_ends_as_what_it_proves(
    scripted: Scripted, route: str, code: int, proves: tuple[Outcome, bool, bool]
) -> None:
    message = ROUTES[route]
    answer = scripted.answers(said(code, f"of {message.recipient} and anh@example.com"), message)

    assert (answer.outcome, answer.pause is not None, answer.address_is_dead) == proves
    assert f"error {code}" in answer.detail
    assert "anh@example.com" not in answer.detail


def test_a_user_s_id_that_zalo_does_not_know_is_a_dead_address(scripted: Scripted) -> None:
    answer = scripted.answers(said(-201, "user_id is invalid!"), CARE)
    other = scripted.answers(said(-201, "text is invalid!"), CARE)

    assert (answer.outcome, answer.address_is_dead) == (Outcome.REJECTED, True)
    assert (other.outcome, other.address_is_dead) == (Outcome.REJECTED, False)


def test_a_success_counts_only_with_the_message_s_id(scripted: Scripted) -> None:
    assert scripted.answers(said(0, "Success", message_id="m1"), CARE).provider_message_id == "m1"
    assert scripted.answers(said(0, "Success", msg_id="m2"), BY_PHONE_MESSAGE).provider_message_id == "m2"
    assert scripted.answers(said(0, "Success", msg_id="m3"), CARE).outcome is Outcome.UNKNOWN
    assert scripted.answers(said(0, "Success"), BY_PHONE_MESSAGE).outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("status", ["201 Created", "400 Bad Request", "429 Too Many Requests", "502 Bad Gateway"])
def test_a_code_under_another_status_than_200_proves_nothing(scripted: Scripted, status: str) -> None:
    answer = scripted.answers(http(status, b'{"error": -213, "message": "User has not followed OA"}'), CARE)

    assert answer.outcome is Outcome.UNKNOWN


def test_a_redirect_is_not_followed_and_stops_the_provider(scripted: Scripted) -> None:
    answer = scripted.answers(http("302 Found", Location=scripted.server.url), CARE)

    assert (answer.outcome, answer.pause is not None) == (Outcome.UNKNOWN, True)


def test_a_host_that_takes_no_token_costs_no_new_one_for_each_message() -> None:
    tokens = Tokens(*(f"token-{number}" for number in range(9)))

    def answer(asked: Asked) -> Said:
        return said(-124, "Access token invalid") if "/business/" in asked.path else said(0)

    with HttpServer(answer) as server, ZaloChannel(account(server.url), tokens).open() as session:
        session.ready()
        refused = session.send(ZaloChannel(account(server.url), tokens).build(BY_PHONE_MESSAGE))
        with pytest.raises(Configuration, match="no access token"):
            session.ready()

    assert refused.outcome is Outcome.RETRY
    assert [asked.method for asked in server.asked].count("POST") == 1


def at(hour: int) -> float:
    """That hour of clocks in Vietnam, on some day."""
    return datetime(2026, 11, 22, hour, 30, tzinfo=UTC).timestamp() - 7 * 3600


@pytest.mark.parametrize(("hour", "wait_h"), [(22, 7.5), (0, 5.5), (5, 0.5)])
def test_what_the_night_bars_waits_until_six_in_vietnam(hour: int, wait_h: float) -> None:
    answer = read_answer(HttpAnswer(200, {}, b'{"error": -234}', at(hour)), BY_USER)

    assert (answer.outcome, answer.retry_after) == (Outcome.RETRY, timedelta(hours=wait_h))


def test_a_quota_of_the_day_is_waited_for_until_midnight_in_vietnam() -> None:
    spent = read_answer(HttpAnswer(200, {}, b'{"error": -144}', at(21)), BY_PHONE)
    template = read_answer(HttpAnswer(200, {}, b'{"error": -147}', at(21)), BY_PHONE)

    assert spent.pause is not None
    assert spent.pause.lasts == timedelta(hours=2.5)
    assert (template.pause, template.retry_after) == (None, timedelta(hours=2.5))


def test_what_is_left_of_the_rate_limit_is_told_to_everybody() -> None:
    told = read_answer(HttpAnswer(200, {"X-RateLimit-Remain": "17"}, b'{"error": -230}', at(9)), BY_USER)
    busy = read_answer(HttpAnswer(200, {"X-RateLimit-Remain": "17"}, b'{"error": -32}', at(9)), BY_USER)

    assert told.limits is not None
    assert busy.limits is not None
    assert (told.limits.remaining, busy.limits.remaining) == (17, 0)
    assert busy.limits.resets_in == timedelta(minutes=1)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-2000, 500) | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["error", "message", "data", "msg_id", "message_id"]), inner)
    ),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(
    status=st.just(200) | st.integers(100, 599),
    body=st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()),
    headers=st.dictionaries(st.just("X-RateLimit-Remain"), st.text(max_size=20) | st.integers().map(str)),
    by_phone=st.booleans(),
)
def test_whatever_zalo_answers_only_what_is_documented_proves_anything(
    status: int, body: bytes, headers: Mapping[str, str], by_phone: bool
) -> None:
    form = BY_PHONE if by_phone else BY_USER
    answer = read_answer(HttpAnswer(status, headers, body, at(9)), form)

    try:
        told = json.loads(body)
    except ValueError:
        told = None
    code = told.get("error") if isinstance(told, dict) else None
    is_code = status == 200 and isinstance(code, int) and not isinstance(code, bool)
    if not is_code or (code != 0 and code not in form.meanings):
        assert answer.outcome is Outcome.UNKNOWN
    if answer.outcome is Outcome.ACCEPTED:
        assert code == 0
        assert answer.provider_message_id
    assert answer.pause is None or answer.outcome in {Outcome.RETRY, Outcome.UNKNOWN}
    assert not answer.address_is_dead or answer.outcome is Outcome.REJECTED
    assert answer.detail.isprintable()
    assert answer.limits is None or answer.limits.remaining >= 0


def body_of(message: Message) -> tuple[ZaloPayload, Any]:
    payload = ZaloChannel(account("http://127.0.0.1:1"), Tokens("a-token")).build(message)
    return payload, json.loads(payload.body)


def test_each_route_has_its_own_request() -> None:
    care, care_body = body_of(CARE)
    promotion, promotion_body = body_of(PROMOTION)
    by_phone, by_phone_body = body_of(replace(BY_PHONE_MESSAGE, recipient=f"+{PHONE}"))
    by_user, by_user_body = body_of(replace(BY_PHONE_MESSAGE, recipient=USER))

    assert (care.host, care.path) == (Host.OFFICIAL_ACCOUNT, "/v3.0/oa/message/cs")
    assert care_body == {"recipient": {"user_id": USER}, "message": {"text": CARE.text}}
    assert (promotion.host, promotion.path) == (Host.OFFICIAL_ACCOUNT, "/v3.0/oa/message/template")
    assert promotion_body == {
        "user_id": USER,
        "template_id": "100002",
        "template_data": {"customer_name": "Ánh", "offer": "Giảm 20%"},
    }
    assert (by_phone.host, by_phone.path) == (Host.TEMPLATES, "/message/template")
    assert by_phone_body == {
        "phone": PHONE,
        "template_id": "100001",
        "template_data": dict(BY_PHONE_MESSAGE.parameters),
        "tracking_id": str(BY_PHONE_MESSAGE.delivery_id),
    }
    assert (by_user.host, by_user.path) == (Host.OFFICIAL_ACCOUNT, "/v3.0/oa/message/template")
    assert by_user_body["user_id"] == USER


def test_without_a_route_a_template_goes_as_a_template_and_a_text_as_care() -> None:
    assert body_of(replace(BY_PHONE_MESSAGE, route=None))[0].path == "/message/template"
    assert body_of(replace(CARE, route=None))[0].path == "/v3.0/oa/message/cs"


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(replace(CARE, unsubscribe_url="https://shop.example/u/1"), id="an offer as a care message"),
        pytest.param(replace(CARE, recipient=PHONE), id="care to a phone number"),
        pytest.param(replace(CARE, text="x" * 2001), id="a text that is too long"),
        pytest.param(replace(CARE, text=" \n"), id="no text"),
        pytest.param(replace(CARE, text="\ud800"), id="half a character"),
        pytest.param(replace(PROMOTION, provider_template_id=None), id="an offer as free text"),
        pytest.param(replace(PROMOTION, recipient=PHONE), id="a promotion to a phone number"),
        pytest.param(replace(BY_PHONE_MESSAGE, recipient="0912345678"), id="a number without its country"),
        pytest.param(replace(BY_PHONE_MESSAGE, recipient="anh@example.com"), id="no number at all"),
        pytest.param(replace(BY_PHONE_MESSAGE, provider_template_id="1; DROP"), id="a template's id that is none"),
        pytest.param(replace(BY_PHONE_MESSAGE, parameters={"a b": "x"}), id="a parameter's name that is none"),
        pytest.param(replace(BY_PHONE_MESSAGE, parameters={"name": "x\ny"}), id="a parameter of two lines"),
        pytest.param(replace(BY_PHONE_MESSAGE, subject="Hello"), id="a subject"),
        pytest.param(replace(BY_PHONE_MESSAGE, html="<p>Hello</p>"), id="HTML"),
        pytest.param(replace(CARE, action_url="https://shop.example"), id="a tap"),
        pytest.param(replace(CARE, grant="a-grant"), id="a grant"),
        pytest.param(replace(CARE, route="messenger_window"), id="another channel's route"),
    ],
)
def test_what_zalo_cannot_honour_is_refused_before_anything_leaves(message: Message) -> None:
    with pytest.raises(Permanent) as raised:
        body_of(message)

    assert message.recipient not in str(raised.value)


def test_lengths_are_counted_as_they_are_seen() -> None:
    decomposed = "ệ" * 2000
    payload, body = body_of(replace(CARE, text=decomposed))

    assert len(body["message"]["text"]) <= 2000
    assert b"\\u" not in payload.body


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


GRANTS = count(1)


def channel_at(sandbox: SandboxProcess) -> ZaloChannel:
    reached = account(sandbox.zalo_url)
    tokens = renew(reached, f"first-{next(GRANTS)}-{sandbox.process_id}")
    assert tokens.access_token is not None
    return ZaloChannel(reached, Tokens(tokens.access_token))


# What the client may conclude from each fault, by what really happened there.
UNSURE_FAULTS = {
    HttpFault.SERVER_ERROR_REJECTED,
    HttpFault.SERVER_ERROR_ACCEPTED,
    HttpFault.UNAVAILABLE,
    HttpFault.STALL,
    HttpFault.RESET_BEFORE_READING,
    HttpFault.ACCEPT_THEN_RESET,
    HttpFault.MALFORMED_ACCEPTED,
    HttpFault.MALFORMED_REJECTED,
    HttpFault.SLOW_DRIP,
    HttpFault.ERROR_IN_200,
}
REFUSALS = {
    HttpFault.RATE_LIMITED: Outcome.RETRY,
    ZaloRefusal.DEAD_ADDRESS: Outcome.REJECTED,
    ZaloRefusal.NOT_A_FOLLOWER: Outcome.REJECTED,
    ZaloRefusal.OUT_OF_WINDOW: Outcome.REJECTED,
    ZaloRefusal.RESTRICTED: Outcome.REJECTED,
    ZaloRefusal.NIGHT: Outcome.RETRY,
    ZaloRefusal.OUT_OF_QUOTA: Outcome.RETRY,
    ZaloRefusal.OUT_OF_MONEY: Outcome.RETRY,
    ZaloRefusal.UNAUTHORIZED: Outcome.RETRY,
    ZaloRefusal.FORBIDDEN: Outcome.RETRY,
}


@pytest.mark.parametrize("scenario", sorted(UNSURE_FAULTS))
def test_an_answer_that_proves_nothing_is_unknown_and_is_asked_for_once(sandbox: SandboxProcess, scenario: str) -> None:
    message = replace(BY_PHONE_MESSAGE, delivery_id=uuid4())
    sandbox.scenario("zalo", scenario)
    (answer,) = send(channel_at(sandbox), message)

    tried = [line for line in sandbox.journal() if line["message_id"] == str(message.delivery_id)]
    assert answer.outcome is Outcome.UNKNOWN
    assert len(tried) == 1
    says_nothing_of(PHONE, answer)


@pytest.mark.parametrize("route", ROUTES)
def test_every_refusal_of_the_stand_in_is_read_on_every_route(sandbox: SandboxProcess, route: str) -> None:
    message = ROUTES[route]
    outcomes = {}
    for scenario in REFUSALS:
        sandbox.reset()
        sandbox.scenario("zalo", scenario)
        (answer,) = send(channel_at(sandbox), message)
        (line,) = sandbox.journal()
        assert line["outcome"] == "rejected"
        says_nothing_of(message.recipient, answer)
        outcomes[scenario] = answer.outcome

    assert outcomes == REFUSALS


@pytest.mark.parametrize("route", ROUTES)
def test_a_message_is_taken_as_it_was_written(sandbox: SandboxProcess, route: str) -> None:
    message = ROUTES[route]
    (answer,) = send(channel_at(sandbox), message)
    (line,) = sandbox.journal()

    assert (answer.outcome, line["outcome"]) == (Outcome.ACCEPTED, "accepted")
    assert answer.provider_message_id == line["provider_message_id"]
    assert answer.limits is not None
    written = json.loads(line["message"])
    assert (line["recipient"], written.get("template_id")) == (message.recipient, message.provider_template_id)
    assert written.get("template_data", written.get("message")) == (
        {"text": message.text} if route == "care" else dict(message.parameters)
    )


def test_zalo_s_own_rules_refuse_what_the_documents_say(sandbox: SandboxProcess) -> None:
    channel = channel_at(sandbox)
    sandbox.order("zalo", "person", user_id=USER, follows=False, hours_since_interaction=169)
    out_of_window, not_a_follower = send(channel, CARE, PROMOTION)
    sandbox.order("zalo", "person", user_id=USER, follows=True, hours_since_interaction=None)
    sandbox.order("zalo", "clock", hour=23)
    never_wrote, at_night, order_at_night = send(channel, CARE, PROMOTION, BY_PHONE_MESSAGE)
    missing = replace(BY_PHONE_MESSAGE, parameters={"customer_name": "Ánh"})
    too_long = replace(BY_PHONE_MESSAGE, parameters={"customer_name": "Á" * 31, "order_code": "1"})
    not_approved = replace(BY_PHONE_MESSAGE, provider_template_id="100004")
    disabled = replace(BY_PHONE_MESSAGE, provider_template_id="100005")
    answers = send(channel, missing, too_long, not_approved, disabled)
    sandbox.order("zalo", "quota", left=0)
    (no_quota,) = send(channel, BY_PHONE_MESSAGE)

    assert [out_of_window.detail.split()[1], not_a_follower.detail.split()[1]] == ["-230", "-213"]
    assert [never_wrote.detail.split()[1], at_night.detail.split()[1]] == ["-232", "-234"]
    assert order_at_night.outcome is Outcome.ACCEPTED
    assert [answer.detail.split()[1] for answer in answers] == ["-1122", "-1121", "-131", "-146"]
    assert no_quota.detail.split()[1] == "-144"


def test_a_token_that_is_refused_is_followed_by_another_one_and_by_no_second_request(sandbox: SandboxProcess) -> None:
    reached = account(sandbox.zalo_url)
    tokens = [renew(reached, f"first-{next(GRANTS)}-{sandbox.process_id}").access_token or "" for _ in range(2)]
    channel = ZaloChannel(reached, Tokens(*tokens))
    with channel.open() as session:
        session.ready()
        sandbox.scenario("zalo", ZaloRefusal.UNAUTHORIZED, attempts=1)
        refused = session.send(channel.build(BY_PHONE_MESSAGE))
        asked = len(sandbox.journal())
        session.ready()
        taken = session.send(channel.build(BY_PHONE_MESSAGE))

    assert (refused.outcome, asked) == (Outcome.RETRY, 1)
    assert refused.retry_after is not None
    assert taken.outcome is Outcome.ACCEPTED


def test_an_ended_token_is_found_before_an_attempt(sandbox: SandboxProcess) -> None:
    channel = channel_at(sandbox)
    sandbox.order("zalo", "tokens/end")

    with channel.open() as session, pytest.raises(Configuration, match="takes no access token"):
        session.ready()
    assert sandbox.journal() == []


def test_a_refresh_token_serves_once(sandbox: SandboxProcess) -> None:
    reached = account(sandbox.zalo_url)
    first = f"first-{next(GRANTS)}-{sandbox.process_id}"
    new = renew(reached, first)

    assert new.access_lives == timedelta(hours=25)
    assert new.refresh_token not in {first, new.access_token}
    with pytest.raises(GrantLost):
        renew(reached, first)
    assert renew(reached, new.refresh_token).refresh_token
    with pytest.raises(Configuration) as wrong_app:
        renew(replace(reached, app_secret="wrong"), "any")
    assert not isinstance(wrong_app.value, GrantLost)


@pytest.mark.parametrize(
    ("answer", "raises"),
    [
        (http("200 OK", b"<html></html>"), Transient),
        (http("503 Service Unavailable", b'{"error": -1}'), Transient),
        (RESET, Transient),
        (http("200 OK", b'{"error": -14002, "error_name": "Invalid appId"}'), Configuration),
        (http("200 OK", b'{"error": -14014, "error_name": "Invalid refresh_token"}'), GrantLost),
    ],
)
def test_only_a_refused_refresh_token_is_a_lost_grant(answer: Said, raises: type[Exception]) -> None:
    with HttpServer(lambda _: answer) as server, pytest.raises(raises) as raised:
        renew(account(server.url), "a-refresh-token")

    assert type(raised.value) is raises
    assert "a-refresh-token" not in str(raised.value)


def test_of_a_renewal_whatever_can_be_read_is_kept() -> None:
    answer = http("200 OK", b'{"refresh_token": "next", "access_token": 7, "expires_in": "soon"}')
    with HttpServer(lambda _: answer) as server:
        new = renew(account(server.url), "a-refresh-token")

    assert (new.refresh_token, new.access_token, new.access_lives) == ("next", None, timedelta(hours=1))


def test_no_secret_shows_where_things_are_shown() -> None:
    shown = repr(account("https://zalo.example")) + repr(AccessToken("a-secret-token", 1)) + repr(body_of(CARE)[0])

    assert APP_SECRET not in shown
    assert "a-secret-token" not in shown
    assert USER not in shown


def test_a_token_does_not_travel_in_the_clear() -> None:
    with pytest.raises(Configuration, match="https"):
        account("http://zalo.example")
    assert account("http://zalo.example", clear_text=True).headers("t") == {"access_token": "t"}
    assert set(account("https://zalo.example", proof=True).headers("t")) == {"access_token", "appsecret_proof"}
