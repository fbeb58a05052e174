"""Every provider's webhook over one real socket: forged, altered, oversized, late, repeated and reordered posts.

Signatures are made here as the providers' documents describe them, and not by the code that checks them.
"""

import base64
import hashlib
import hmac
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.activation.channels import Answer
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole, Settings, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.providers import routers
from tests.activation.shop import FakeChannel, Shop

PUBLIC = "https://hooks.example"
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = ec.generate_private_key(ec.SECP256R1())
SECRETS = {
    "LEO_SENDGRID_WEBHOOK_KEY": base64.b64encode(
        EC_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    ).decode(),
    "LEO_TWILIO_AUTH_TOKEN": "twilios token",
    "LEO_BRANDNAME_WEBHOOK_SECRET": "the aggregators secret",
    "LEO_META_APP_SECRET": "metas secret",
    "LEO_META_VERIFY_TOKEN": "metas token",
    "LEO_ZALO_APP_ID": "431",
    "LEO_ZALO_OA_SECRET": "zalos secret",
}
PERSON = "7012345678901234"
NUMBER = "+84912345678"


@dataclass(frozen=True)
class Sent:
    """A post: where, what, and how it is signed."""

    path: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Provider:
    """How one provider signs, and what it may tell of a delivery; `late_is_refused`: its signature has a time."""

    name: str
    sign: Callable[[str, bytes, bool, float], dict[str, str]]
    tell: Callable[[str, UUID], Sequence[tuple[str, Any]]]
    late_is_refused: bool
    encode: Callable[[Any], bytes] = lambda told: json.dumps(told).encode()

    def posts(self, tenant_id: str, delivery_id: UUID) -> list[Sent]:
        """Everything that it tells, signed now."""
        return [
            self.signed(f"/webhooks/{self.name}/{tenant_id}{more}", told)
            for more, told in self.tell(tenant_id, delivery_id)
        ]

    def signed(self, path: str, told: Any, *, stranger: bool = False, age_s: float = 0) -> Sent:
        body = told if isinstance(told, bytes) else self.encode(told)
        return Sent(path, body, self.sign(path, body, stranger, age_s))


def key_of(name: str, stranger: bool) -> bytes:
    return b"a stranger's" if stranger else SECRETS[name].encode()


def sign_sendgrid(path: str, body: bytes, stranger: bool, age_s: float) -> dict[str, str]:
    at = str(int(time.time() - age_s))
    signature = (STRANGERS_KEY if stranger else EC_KEY).sign(at.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(signature).decode(),
        "X-Twilio-Email-Event-Webhook-Timestamp": at,
    }


def sign_twilio(path: str, body: bytes, stranger: bool, age_s: float) -> dict[str, str]:
    fields = sorted(httpx.QueryParams(body.decode("latin-1")).multi_items())
    text = PUBLIC + path + "".join(name + value for name, value in fields)
    mac = hmac.new(key_of("LEO_TWILIO_AUTH_TOKEN", stranger), text.encode(), hashlib.sha1).digest()
    return {"X-Twilio-Signature": base64.b64encode(mac).decode(), "Content-Type": "application/x-www-form-urlencoded"}


def sign_brandname(path: str, body: bytes, stranger: bool, age_s: float) -> dict[str, str]:
    at = str(int(time.time() - age_s))
    key = key_of("LEO_BRANDNAME_WEBHOOK_SECRET", stranger)
    return {"X-Signature": f"t={at},v1={hmac.new(key, f'{at}.'.encode() + body, hashlib.sha256).hexdigest()}"}


def sign_meta(path: str, body: bytes, stranger: bool, age_s: float) -> dict[str, str]:
    key = key_of("LEO_META_APP_SECRET", stranger)
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest()}


def sign_zalo(path: str, body: bytes, stranger: bool, age_s: float) -> dict[str, str]:
    try:
        at = str(json.loads(body)["timestamp"])
    except (ValueError, KeyError, TypeError):
        at = ""
    key = key_of("LEO_ZALO_OA_SECRET", stranger)
    return {"X-ZEvent-Signature": "mac=" + hashlib.sha256(b"431" + body + at.encode() + key).hexdigest()}


def ms(before_s: float = 0) -> int:
    return int((time.time() - before_s) * 1000)


def sendgrid_tells(tenant_id: str, delivery_id: UUID) -> Sequence[tuple[str, Any]]:
    def entry(event: str, age_s: int, **more: Any) -> dict[str, Any]:
        ids = {"tenant_id": tenant_id, "delivery_id": str(delivery_id), "sg_event_id": f"{event}{delivery_id.hex}"}
        return {"event": event, "timestamp": int(time.time()) - age_s, **ids, **more}

    return [
        ("", [entry("processed", 50), entry("delivered", 40)]),
        ("", [entry("open", 30), entry("click", 20)]),
        ("", [entry("unsubscribe", 10)]),
        ("", [entry("spamreport", 5)]),
        ("", [entry("bounce", 3, type="bounce", status="5.1.1")]),
    ]


def twilio_tells(tenant_id: str, delivery_id: UUID) -> Sequence[tuple[str, Any]]:
    sid = "SM" + delivery_id.hex
    status = [
        (f"/{delivery_id}", {"MessageSid": sid, "MessageStatus": each, "To": NUMBER}) for each in ("sent", "delivered")
    ]
    return [
        *status,
        (f"/{delivery_id}", {"MessageSid": sid, "MessageStatus": "undelivered", "ErrorCode": "30005"}),
        ("", {"MessageSid": sid, "From": NUMBER, "Body": "Hello"}),
        ("", {"MessageSid": sid, "From": NUMBER, "Body": "STOP"}),
    ]


def brandname_tells(tenant_id: str, delivery_id: UUID) -> Sequence[tuple[str, Any]]:
    def report(status: str, second: int, code: str = "") -> dict[str, Any]:
        at = f"2026-11-20T10:00:0{second}+07:00"
        ids = {"event_id": status + delivery_id.hex, "request_id": str(delivery_id), "reference": tenant_id}
        return {**ids, "status": status, "code": code, "at": at}

    return [
        ("", {"reports": [report("sent", 1), report("delivered", 2)]}),
        ("", {"reports": [report("undelivered", 3, "invalid_number")]}),
        ("", {"opt_outs": [{"from": NUMBER}]}),
    ]


def meta_tells(tenant_id: str, delivery_id: UUID) -> Sequence[tuple[str, Any]]:
    def item(before_s: float, sender: str = PERSON, **parts: Any) -> dict[str, Any]:
        recipient = "1" if sender == PERSON else PERSON
        item = {"sender": {"id": sender}, "recipient": {"id": recipient}, "timestamp": ms(before_s), **parts}
        return {"object": "page", "entry": [{"id": "1", "time": ms(before_s), "messaging": [item]}]}

    echo = {"mid": "m_1", "is_echo": True, "metadata": str(delivery_id)}
    return [
        ("", item(60, sender="1", message=echo)),
        ("", item(50, message={"mid": "m_2", "text": "When do you open?"})),
        ("", item(3_000, message={"mid": "m_3", "text": "Hello"})),
        ("", item(40, message={"mid": "m_4", "text": "Hi", "referral": {"source": "ADS", "ad_id": "9"}})),
    ]


def zalo_tells(tenant_id: str, delivery_id: UUID) -> Sequence[tuple[str, Any]]:
    def event(name: str, before_s: float, **parts: Any) -> dict[str, Any]:
        return {"event_name": name, "app_id": "431", "timestamp": str(ms(before_s)), **parts}

    people = {"sender": {"id": PERSON}, "recipient": {"id": "43"}}
    return [
        ("", event("follow", 90, oa_id="43", follower={"id": PERSON})),
        ("", event("unfollow", 60, oa_id="43", follower={"id": PERSON})),
        ("", event("user_send_text", 50, **people, message={"text": "When do you open?", "msg_id": "in-1"})),
        ("", event("user_send_text", 5_000, **people, message={"text": "Hello", "msg_id": "in-0"})),
        (
            "",
            event(
                "user_received_message",
                40,
                sender={"id": "43"},
                recipient={"id": PERSON},
                message={"msg_id": "given-by-zalo", "tracking_id": str(delivery_id)},
            ),
        ),
    ]


PROVIDERS = {
    each.name: each
    for each in (
        Provider("sendgrid", sign_sendgrid, sendgrid_tells, late_is_refused=True),
        Provider(
            "twilio", sign_twilio, twilio_tells, late_is_refused=False, encode=lambda told: urlencode(told).encode()
        ),
        Provider("brandname", sign_brandname, brandname_tells, late_is_refused=True),
        Provider("messenger", sign_meta, meta_tells, late_is_refused=False),
        Provider("zalo", sign_zalo, zalo_tells, late_is_refused=False),
    )
}


@pytest.fixture(scope="module")
def shops(warehouse: Warehouse, pseudonym_key: bytes) -> Iterator[tuple[Shop, Shop]]:
    """Two tenants of one kind, so that what they were told in two orders can be compared."""
    names = ("thooksone", "thookstwo")
    for name in names:
        register_tenant(
            warehouse,
            Tenant(name, "A test's own", "EUR", interest_model="event_weight", luxury_threshold_minor=80_000),
        )
    with (
        warehouse.connect(DatabaseRole.WRITER, names[0]) as first,
        warehouse.connect(DatabaseRole.WRITER, names[1]) as second,
    ):
        first.autocommit = second.autocommit = True
        yield Shop(warehouse, names[0], pseudonym_key, first), Shop(warehouse, names[1], pseudonym_key, second)


def settings_of(shop: Shop, **changes: str) -> Settings:
    return read_settings({**SECRETS, "LEO_PUBLIC_URL": PUBLIC, "LEO_PSEUDONYM_KEY": shop.key.decode(), **changes})


@contextmanager
def served(shop: Shop, **changes: str) -> Iterator[httpx.Client]:
    """The app with every provider's webhook, on a socket of its own."""
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(shop.warehouse, shop.links, routers(settings_of(shop, **changes), shop.warehouse), described=True)
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}", timeout=30) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def client(shops: tuple[Shop, Shop]) -> Iterator[httpx.Client]:
    with served(shops[0]) as client:
        yield client


def deliver(shop: Shop, provider: str) -> UUID:
    """A message to somebody new that the provider has not answered for yet: its end is not known."""
    person = f"{provider}{uuid4().hex[:6]}"
    shop.person(person)
    shop.address(person, NUMBER, "sms")
    shop.consent(person, "granted", channel="sms")
    shop.segment(version=int(time.time_ns() % 2_000_000_000))
    shop.campaign(campaign_id=f"to_{person}")
    shop.allow_all()
    run = shop.plan(name=person, campaign_id=f"to_{person}")
    shop.approve(run)
    answer = Answer(Outcome.UNKNOWN, "body", "no answer")
    shop.dispatch(run, FakeChannel({f"{person}@example.com": [answer]}, provider=provider))
    return shop.delivery_id(run, person)


def post(client: httpx.Client, sent: Sent) -> httpx.Response:
    return client.post(sent.path, content=sent.body, headers=sent.headers)


def kept(shop: Shop, delivery_id: UUID) -> dict[str, list[tuple[Any, ...]]]:
    """Everything that posts of the providers can have changed, less ids and the moments of writing."""
    tenant = shop.tenant_id
    return {
        "events": shop.execute(
            "SELECT kind, permanent, by_machine, detail FROM activation.provider_event "
            "WHERE tenant_id = %s AND delivery_id = %s ORDER BY kind, detail", tenant, delivery_id,
        ),
        "delivery": shop.execute(
            "SELECT state, settled_by FROM activation.delivery WHERE tenant_id = %s AND delivery_id = %s",
            tenant, delivery_id,
        ),
        "standing": shop.execute(
            "SELECT channel, address_hash, extract(epoch FROM last_interaction_at)::bigint, "
            "extract(epoch FROM last_referral_at)::bigint, follows, extract(epoch FROM follows_since)::bigint "
            "FROM activation.contact_standing WHERE tenant_id = %s ORDER BY 1, 2", tenant,
        ),
        "suppressed": shop.execute(
            "SELECT channel, reason FROM core.suppression WHERE tenant_id = %s ORDER BY 1, 2, address_hash", tenant
        ),
        "withdrawn": shop.execute(
            "SELECT channel, state FROM core.consent WHERE tenant_id = %s AND state = 'denied' ORDER BY 1", tenant
        ),
    }  # fmt: skip


@pytest.mark.parametrize("name", PROVIDERS)
def test_posts_in_any_order_and_twice_end_in_the_same(
    shops: tuple[Shop, Shop], client: httpx.Client, name: str
) -> None:
    provider = PROVIDERS[name]
    first, second = (deliver(shop, name) for shop in shops)
    before = kept(shops[0], first)
    posts = [provider.posts(shop.tenant_id, delivery) for shop, delivery in zip(shops, (first, second), strict=True)]

    answers = {post(client, each).status_code for each in posts[0]}
    answers |= {post(client, each).status_code for each in [*reversed(posts[1]), *posts[1]]}

    assert answers <= {200, 204}
    found = kept(shops[0], first)
    # The second of both told its own moments; they were signed within the same second or the next.
    told_later = kept(shops[1], second)
    for each in (found, told_later):
        each["standing"] = [
            tuple(v if not isinstance(v, int) or isinstance(v, bool) else v // 10 for v in row)
            for row in each["standing"]
        ]
    assert found == told_later
    assert found != before
    assert found["delivery"] == [("accepted", "event")]


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_the_provider_did_not_sign_is_403_without_a_word_and_changes_nothing(
    shops: tuple[Shop, Shop], client: httpx.Client, name: str
) -> None:
    provider, (shop, other) = PROVIDERS[name], shops
    delivery_id = deliver(shop, name)
    more, told = provider.tell(shop.tenant_id, delivery_id)[0]
    path = f"/webhooks/{name}/{shop.tenant_id}{more}"
    good = provider.signed(path, told)
    altered = good.body.replace(b"e", b"f", 1) if good.body.count(b"e") else good.body + b" "
    forged = [
        provider.signed(path, told, stranger=True),
        Sent(path, altered, good.headers),
        Sent(path, good.body + b" ", good.headers),
        Sent(path, good.body, {}),
        Sent(path, good.body, dict.fromkeys(good.headers, "x")),
        Sent(path, b"\xff" + good.body, good.headers),
        Sent(f"/webhooks/{name}/No!{more}", good.body, good.headers),
    ]
    if provider.late_is_refused:
        forged += [provider.signed(path, told, age_s=age_s) for age_s in (301, -320)]
    before = kept(shop, delivery_id)

    for number, each in enumerate(forged):
        answer = post(client, each)
        assert (number, answer.status_code, answer.content) == (number, 403, b"")
    assert kept(shop, delivery_id) == before
    # A genuine post at another tenant's address changes nothing of this one's, nor of that one's deliveries.
    post(client, provider.signed(f"/webhooks/{name}/{other.tenant_id}{more}", told))
    assert kept(shop, delivery_id)["events"] == before["events"]
    assert kept(other, delivery_id)["events"] == []


@pytest.mark.parametrize("name", PROVIDERS)
def test_what_is_too_large_is_413_and_what_has_no_secret_403(
    shops: tuple[Shop, Shop], client: httpx.Client, name: str
) -> None:
    provider, shop = PROVIDERS[name], shops[0]
    path = f"/webhooks/{name}/{shop.tenant_id}"

    huge = provider.signed(path, b"{}")
    assert client.post(path, content=b" " * (6 << 20), headers=huge.headers).status_code == 413
    nothing = dict.fromkeys(SECRETS, "")
    with served(shop, **nothing) as closed:
        assert post(closed, provider.posts(shop.tenant_id, uuid4())[0]).status_code == 403


def test_a_webhook_comes_again_while_the_warehouse_is_down(shops: tuple[Shop, Shop]) -> None:
    down = Shop(
        Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"}),
        shops[0].tenant_id,
        shops[0].key,
        shops[0].connection,
    )
    with served(down) as closed:
        for name, provider in PROVIDERS.items():
            answer = post(closed, provider.posts(down.tenant_id, uuid4())[0])
            assert (name, answer.status_code, answer.headers.get("Retry-After")) == (name, 503, "60")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, told: Any) -> Any:
    """What a provider tells, with anything in the place of some part of it."""
    if draw(st.integers(0, 5)) == 0:
        return draw(JSON)
    if isinstance(told, dict) and told:
        name = draw(st.sampled_from(sorted(told)))
        return {**told, name: draw(damaged(told[name]))}
    if isinstance(told, list) and told:
        place = draw(st.integers(0, len(told) - 1))
        return [*told[:place], draw(damaged(told[place])), *told[place + 1 :]]
    return draw(JSON)


@pytest.mark.parametrize("name", PROVIDERS)
def test_whatever_a_provider_signs_is_kept_or_refused_and_never_a_fault_of_ours(
    shops: tuple[Shop, Shop], client: httpx.Client, name: str
) -> None:
    provider, shop = PROVIDERS[name], shops[0]
    # Of a message that was sent: events of others are not written down, so nothing could go wrong with them.
    tells = provider.tell(shop.tenant_id, deliver(shop, name))

    @settings(max_examples=30, deadline=None, database=None)
    @given(data=st.data())
    def check(data: st.DataObject) -> None:
        more, told = data.draw(st.sampled_from(tells))
        bent = data.draw(damaged(told))
        if name == "twilio":
            bent = (
                {key: value if isinstance(value, str) else json.dumps(value) for key, value in bent.items()}
                if (isinstance(bent, dict))
                else {"MessageSid": json.dumps(bent)}
            )
        path = f"/webhooks/{name}/{shop.tenant_id}{more}"
        # What is no text of UTF-8 cannot be posted by JSON or a form in the first place.
        try:
            sent = provider.signed(path, bent)
        except UnicodeEncodeError:
            return
        answer = post(client, sent)
        assert answer.status_code in {200, 204, 400, 403}, (answer.status_code, sent.body)

    check()


@pytest.mark.parametrize(
    "bad",
    [
        {"event_id": "a\x00b"},
        {"event_id": "\ud800"},
        {"at": "0001-01-01T00:00:00+14:00"},
        {"at": "9999-12-31T23:59:59-14:00"},
    ],
)
def test_a_report_that_cannot_be_written_down_does_not_cost_the_others(
    shops: tuple[Shop, Shop], client: httpx.Client, bad: dict[str, str]
) -> None:
    provider, shop = PROVIDERS["brandname"], shops[0]
    delivery_id = deliver(shop, "brandname")
    more, told = provider.tell(shop.tenant_id, delivery_id)[0]
    reports = [{**told["reports"][0], **bad}, told["reports"][1]]

    answer = post(client, provider.signed(f"/webhooks/brandname/{shop.tenant_id}{more}", {"reports": reports}))

    assert answer.status_code == 204
    assert [row[0] for row in kept(shop, delivery_id)["events"]] == ["delivered"]


def test_the_app_is_what_its_description_says(client: httpx.Client, tmp_path: Path) -> None:
    """By schemathesis, from outside and within a minute: documented answers only, and none of them a fault."""
    command = [
        str(Path(sys.executable).with_name("st")), "run", f"{client.base_url}".rstrip("/") + "/openapi.json",
        "--phases", "coverage,fuzzing", "--max-examples", "8", "--seed", "1", "--request-timeout", "10",
        "--suppress-health-check", "all", "--warnings", "off", "--checks",
        "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,"
        "response_schema_conformance,unsupported_method,allow_header_conformance",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, check=False)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]
    operations = sum(len(each) for each in client.get("/openapi.json").json()["paths"].values())
    assert f"Tested: {operations}\n" in done.stdout


def test_the_description_is_served_only_where_it_is_asked_for(shops: tuple[Shop, Shop]) -> None:
    plain = create_app(shops[0].warehouse, shops[0].links)

    assert plain.openapi_url is None
    assert "/openapi.json" not in {getattr(route, "path", "") for route in plain.routes}
