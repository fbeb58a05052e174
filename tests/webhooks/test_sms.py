"""What comes back of SMS over real sockets: from a message to its report, and from a STOP to nothing more."""

import base64
import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn

from leo_activation import activation
from leo_activation.activation.aftermath.stop_words import is_stop
from leo_activation.activation.aftermath.twilio_events import is_genuine
from leo_activation.activation.channels import Answer, Channel
from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameSettings
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, Label, save_policy
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.brandname import brandname_router
from leo_activation.webhooks.twilio import twilio_router
from sandbox.brandname.api import SECRET
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.twilio.api import TOKEN
from tests.activation.shop import AT_ONCE, SANDBOX, FakeChannel, Shop

SID = "AC" + "0a" * 16
WAIT_S = 30.0
OFFER = Template("sms", "sms", "{{ message }} {{ unsubscribe_url }}")
RULES = {"quiet_hours": (), "labels": (Label(channel="sms", text="[QC]", reason="ours"),)}
NUMBERS = {name: f"+8491234560{at}" for at, name in enumerate("abcdef")}


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@contextmanager
def served(shop: Shop, **variables: str) -> Iterator[str]:
    """The app on a socket of its own; its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = read_settings(
        {
            "LEO_PUBLIC_URL": url,
            "LEO_PSEUDONYM_KEY": shop.key.decode(),
            "LEO_TWILIO_AUTH_TOKEN": TOKEN,
            "LEO_BRANDNAME_WEBHOOK_SECRET": SECRET,
            **variables,
        }
    )
    routers = [twilio_router(settings, shop.warehouse), brandname_router(settings, shop.warehouse)]
    app = create_app(shop.warehouse, shop.links, routers)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
    assert not thread.is_alive()


def sms_run(shop: Shop, sender: str, *names: str) -> activation.CampaignRun:
    for name in names:
        shop.person(name, address=NUMBERS[name], channel="sms")
    shop.segment()
    save_policy(shop.warehouse, shop.tenant_id, DEFAULT_POLICY.model_copy(update=RULES), set_by="test")
    activation.set_sender(shop.warehouse, shop.tenant_id, "sms", sender)
    submitted = shop.campaign(template=OFFER, channels=("sms",))
    assert submitted.missing == ()
    activation.allow_addresses(shop.warehouse, shop.tenant_id, "sms", list(NUMBERS.values()), "test", shop.key)
    run = shop.plan()
    shop.approve(run)
    return run


def dispatch(shop: Shop, run: activation.CampaignRun, channel: Channel) -> activation.DispatchCounts:
    return activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        {"sms": channel},
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
    )


def twilio(shop: Shop, sandbox: SandboxProcess, public_url: str) -> TwilioChannel:
    return TwilioChannel(
        TwilioSettings(SID, "secret", shop.tenant_id, public_url, base_url=sandbox.twilio_url, timeout_s=2)
    )


def wait_for_posts(sandbox: SandboxProcess, provider: str) -> None:
    ends_at = time.monotonic() + WAIT_S
    tick = threading.Event()
    while sandbox.waiting(provider) and time.monotonic() < ends_at:
        tick.wait(0.05)
    assert sandbox.waiting(provider) == 0


def told(shop: Shop, provider: str) -> dict[str, list[str]]:
    """Kinds of events by customer, in their order by name."""
    rows = shop.execute(
        "SELECT delivery.customer_id, event.kind FROM activation.provider_event AS event "
        "JOIN activation.delivery USING (tenant_id, delivery_id) "
        "WHERE tenant_id = %s AND event.provider = %s ORDER BY 1, 2",
        shop.tenant_id,
        provider,
    )
    kinds: dict[str, list[str]] = {}
    for customer, kind in rows:
        kinds.setdefault(customer, []).append(kind)
    return kinds


def opted_out(shop: Shop) -> set[str]:
    """Whose number is suppressed and whose consent is withdrawn: a number that nobody has is the first alone."""
    rows = shop.execute(
        "SELECT profile.customer_id, consent.state FROM core.suppression "
        "JOIN core.channel_address USING (tenant_id, channel, address_hash) "
        "JOIN core.profile USING (tenant_id, profile_id) "
        "CROSS JOIN LATERAL (SELECT state FROM core.consent WHERE tenant_id = profile.tenant_id "
        "AND profile_id = profile.profile_id AND channel = 'sms' ORDER BY since DESC, consent_id DESC LIMIT 1) "
        "AS consent WHERE core.suppression.tenant_id = %s AND channel = 'sms'",
        shop.tenant_id,
    )
    return {customer for customer, state in rows if state == "denied"}


def dead(shop: Shop) -> set[str]:
    rows = shop.execute(
        "SELECT profile.customer_id FROM core.channel_address JOIN core.profile USING (tenant_id, profile_id) "
        "WHERE tenant_id = %s AND channel = 'sms' AND state <> 'active'",
        shop.tenant_id,
    )
    return {customer for (customer,) in rows}


def test_what_becomes_of_messages_by_twilio_comes_back_signed_and_a_stop_is_the_last_word(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    run = sms_run(shop, "+15005550006", *"abcdef")
    for name, story in {"b": "dead", "c": "undelivered", "d": "stopped", "e": "opted_out"}.items():
        sandbox.scenario("twilio_events", story, key=NUMBERS[name])
    sandbox.scenario("twilio_webhook", "forged", key=NUMBERS["a"])
    sandbox.scenario("twilio_webhook", "duplicated", key=NUMBERS["c"])
    sandbox.scenario("twilio", "opted_out", key=NUMBERS["f"])
    with served(shop) as url:
        counts = dispatch(shop, run, twilio(shop, sandbox, url))
        wait_for_posts(sandbox, "twilio")

    assert (counts.accepted, counts.rejected) == (5, 1)
    assert all(line["message"].startswith("[QC] ") for line in sandbox.journal())
    assert told(shop, "twilio") == {
        "a": ["accepted", "delivered"],
        "b": ["accepted", "bounced"],
        "c": ["accepted", "bounced"],
        "d": ["accepted", "delivered"],
        "e": ["dropped", "unsubscribed"],
    }
    assert opted_out(shop) == {"d", "e", "f"}
    assert dead(shop) == {"b"}
    assert {post["status"] for post in sandbox.posted("twilio") if post["forged"]} == {403}
    assert {post["status"] for post in sandbox.posted("twilio") if not post["forged"]} == {204}


def test_a_message_whose_answer_was_lost_is_proved_by_its_callback(shop: Shop, sandbox: SandboxProcess) -> None:
    run = sms_run(shop, "+15005550006", "a")
    sandbox.scenario("twilio", "accept_then_reset", key=NUMBERS["a"])
    with served(shop) as url:
        counts = dispatch(shop, run, twilio(shop, sandbox, url))
        wait_for_posts(sandbox, "twilio")

    assert counts.unknown == 1
    assert shop.states(run) == {"a": "accepted"}


def test_what_becomes_of_messages_under_a_brand_name_comes_back_signed_and_a_stop_is_the_last_word(
    shop: Shop, sandbox: SandboxProcess
) -> None:
    run = sms_run(shop, "TATDO", *"abcde")
    for name, story in {"b": "dead", "c": "undelivered", "d": "stopped"}.items():
        sandbox.scenario("brandname_events", story, key=NUMBERS[name])
    sandbox.scenario("brandname_webhook", "forged", key=NUMBERS["a"])
    sandbox.scenario("brandname_webhook", "stale", key=NUMBERS["c"])
    sandbox.scenario("brandname", "opted_out", key=NUMBERS["e"])
    channel = BrandnameChannel(BrandnameSettings("key", shop.tenant_id, sandbox.brandname_url, timeout_s=2))
    with served(shop) as url:
        sandbox.webhook("brandname", f"{url}/webhooks/brandname/{shop.tenant_id}")
        counts = dispatch(shop, run, channel)
        wait_for_posts(sandbox, "brandname")

    assert (counts.accepted, counts.rejected) == (4, 1)
    assert told(shop, "brandname") == {
        "a": ["accepted", "delivered"],
        "b": ["accepted", "bounced"],
        "c": ["accepted", "bounced"],
        "d": ["accepted", "delivered"],
    }
    assert opted_out(shop) == {"d", "e"}
    assert dead(shop) == {"b"}
    lies = [post for post in sandbox.posted("brandname") if post["forged"] or post["stale"]]
    assert [post["status"] for post in lies] == [403, 403]


def signature(url: str, fields: dict[str, str], token: str = TOKEN) -> str:
    """As Twilio's page on the security of webhooks tells it."""
    text = url + "".join(f"{name}{fields[name]}" for name in sorted(fields))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def test_the_signature_of_twilio_s_own_example_is_believed_and_a_changed_one_is_not() -> None:
    url, token, mac = "https://mycompany.com/myapp.php?foo=1&bar=2", "12345", "RSOYDt4T1cUTdK1PDd93/VVr8B8="
    fields = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Caller", "+14158675309"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
    ]

    assert is_genuine(token, url, fields, mac)
    assert is_genuine(token, url.replace(".com", ".com:443"), fields, mac)
    assert not is_genuine("12346", url, fields, mac)
    assert not is_genuine(token, url.replace("bar=2", "bar=3"), fields, mac)
    assert not is_genuine(token, url, [*fields[:-1], ("To", "+18005551213")], mac)
    assert not is_genuine(token, url, fields, None)
    assert not is_genuine(token, url, fields, "RSOYDt4T1cUTdK1PDd93/VVr8B8é")


@pytest.fixture
def answered_by(shop: Shop) -> UUID:
    """A delivery that was sent to `a`."""
    run = sms_run(shop, "+15005550006", "a")
    accepted = Answer(Outcome.ACCEPTED, "fake", "ok", provider_message_id="SM" + "1" * 32)
    dispatch(shop, run, FakeChannel(answers={NUMBERS["a"]: [accepted]}, provider="twilio"))
    return shop.delivery_id(run, "a")


def test_posts_that_are_not_twilio_s_change_nothing_and_no_log_names_anybody(
    shop: Shop, answered_by: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    fields = {"MessageSid": "SM" + "1" * 32, "MessageStatus": "undelivered", "ErrorCode": "30005", "To": NUMBERS["a"]}
    stop = {"MessageSid": "SM" + "2" * 32, "From": NUMBERS["a"], "Body": "STOP"}
    with served(shop) as url, httpx.Client(timeout=30) as client:
        where, stranger = f"/webhooks/twilio/{shop.tenant_id}", f"/webhooks/twilio/{shop.tenant_id}x"
        callback = f"{where}/{answered_by}"

        def post(path: str, form: dict[str, str], mac: str | None) -> int:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            headers |= {} if mac is None else {"X-Twilio-Signature": mac}
            return client.post(url + path, content=urlencode(form).encode(), headers=headers).status_code

        refused = [
            post(callback, fields, None),
            post(callback, fields, signature(url + callback, fields, "another token")),
            post(callback, {**fields, "ErrorCode": "21610"}, signature(url + callback, fields)),
            # Signed for another delivery, another tenant, another route.
            post(f"{where}/{uuid4()}", fields, signature(url + callback, fields)),
            post(f"{stranger}/{answered_by}", fields, signature(url + callback, fields)),
            post(where, stop, signature(url + callback, stop)),
            post(where, stop, base64.b64encode(b"x" * 20).decode()),
        ]
        wrong_form = [
            post(f"{where}/not-an-id", fields, signature(f"{url}{where}/not-an-id", fields)),
            post(callback, {"MessageSid": "1"}, signature(url + callback, {"MessageSid": "1"})),
            post(where, {"Body": "STOP"}, signature(url + where, {"Body": "STOP"})),
        ]
        of_no_concern = [
            post(
                callback,
                {**fields, "MessageStatus": "new"},
                signature(url + callback, {**fields, "MessageStatus": "new"}),
            ),
            post(where, {**stop, "Body": "Hi"}, signature(url + where, {**stop, "Body": "Hi"})),
        ]
        before = (told(shop, "twilio"), opted_out(shop), dead(shop))
        genuine = [post(where, stop, signature(url + where, stop)) for _ in range(2)]

    assert set(refused) == {403}
    assert set(wrong_form) == {400}
    assert set(of_no_concern) == {204}
    assert before == ({}, set(), set())
    assert genuine == [204, 204]
    assert opted_out(shop) == {"a"}
    assert NUMBERS["a"] not in caplog.text
    assert NUMBERS["a"].removeprefix("+") not in caplog.text


def test_without_a_secret_everything_is_refused(shop: Shop, answered_by: UUID) -> None:
    with served(shop, LEO_TWILIO_AUTH_TOKEN="", LEO_BRANDNAME_WEBHOOK_SECRET="") as url:
        path = f"/webhooks/twilio/{shop.tenant_id}/{answered_by}"
        headers = {"X-Twilio-Signature": signature(url + path, {}, "")}
        at = int(time.time())
        mac = hmac.new(b"", f"{at}.{{}}".encode(), hashlib.sha256).hexdigest()
        answers = [
            httpx.post(url + path, headers=headers),
            httpx.post(
                f"{url}/webhooks/brandname/{shop.tenant_id}",
                content=b"{}",
                headers={"X-Signature": f"t={at},v1={mac}"},
            ),
        ]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"[]", 400),
        (b"nonsense", 400),
        (b"[" * 100_000, 400),
        (b'{"reports": {}}', 400),
        (b"{}", 204),
        (json.dumps({"reports": [1, {"request_id": "x"}], "opt_outs": [{"from": "0912"}]}).encode(), 204),
    ],
)
def test_a_genuine_body_that_says_nothing_costs_nothing(shop: Shop, body: bytes, status: int) -> None:
    at = int(time.time())
    mac = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    with served(shop) as url:
        where = f"{url}/webhooks/brandname/{shop.tenant_id}"
        answer = httpx.post(where, content=body, headers={"X-Signature": f"t={at},v1={mac}"})

    assert answer.status_code == status


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", " stop. ", "Stop!", "STOPALL", "Unsubscribe", "OPT-OUT", "end"),
        *("TC", "Từ chối", "tu choi", "HỦY", "Huỷ", "Hũy", "Hủy dang ky", "Không nhận"),
        *("Dừng", "Du\u031b\u0300ng", "DUNG", "Ngừng", "Ngưng"),
        *("ARRÊT", "arret", "STOPP", "Abmelden", "BAJA", "Sair", "Basta"),
    ],
)
def test_a_word_that_means_stop_is_understood_in_several_languages(text: str) -> None:
    assert is_stop(text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "Please do not stop", "Stop by on Monday", "Tôi dừng ở cửa hàng", "Thanks", "start", "STOP" * 20),
        *("s t o p", "Đúng", "Dũng!", "dùng"),
    ],
)
def test_a_sentence_is_left_to_people(text: str) -> None:
    assert not is_stop(text)
