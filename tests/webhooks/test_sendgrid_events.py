"""SendGrid's events over a real socket: what is signed is recorded, then answered; what is not changes nothing."""

import base64
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leo_activation import activation
from leo_activation.activation.aftermath.sendgrid_events import SendgridVerifier, read_events
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.intake import LARGEST_BODY_BYTES, Post
from leo_activation.webhooks.providers import routers
from leo_activation.webhooks.sendgrid import verifiers_from
from tests.activation.shop import FakeChannel, Shop

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


@dataclass
class Signer:
    """Signs as SendGrid does."""

    key: ec.EllipticCurvePrivateKey

    @property
    def public_key(self) -> str:
        """As SendGrid's page shows it."""
        form = self.key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(form).decode()

    def headers(self, body: bytes, age_s: int = 0) -> dict[str, str]:
        timestamp = str(int(time.time()) - age_s)
        signature = self.key.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE: base64.b64encode(signature).decode(), TIMESTAMP: timestamp}


@pytest.fixture(scope="module")
def signer() -> Signer:
    return Signer(ec.generate_private_key(ec.SECP256R1()))


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@contextmanager
def served(warehouse: Warehouse, shop: Shop, public_key: str | None) -> Iterator[httpx.Client]:
    """The app on a socket of its own."""
    settings = read_settings({"LEO_SENDGRID_WEBHOOK_KEY": public_key or "", "LEO_PSEUDONYM_KEY": shop.key.decode()})
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(warehouse, shop.links, routers(settings, warehouse))
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


@pytest.fixture
def client(shop: Shop, signer: Signer) -> Iterator[httpx.Client]:
    with served(shop.warehouse, shop, signer.public_key) as client:
        yield client


@pytest.fixture
def delivery_id(shop: Shop) -> UUID:
    """A message to a@example.com that was sent."""
    shop.person("a")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel())
    return shop.delivery_id(run, "a")


def entry(shop: Shop, delivery_id: UUID, event: str = "delivered", **changes: Any) -> dict[str, Any]:
    return {
        "email": "a@example.com",
        "timestamp": int(time.time()) + 60,
        "smtp-id": "<14c5d75ce93.dfd.64b469@ismtpd-555>",
        "event": event,
        "sg_event_id": f"{event}-{delivery_id.hex}",
        "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.5515E0B88.0",
        "tenant_id": shop.tenant_id,
        "delivery_id": str(delivery_id),
        **changes,
    }


def post(client: httpx.Client, shop: Shop, body: bytes, headers: dict[str, str]) -> int:
    return client.post(f"/webhooks/sendgrid/{shop.tenant_id}", content=body, headers=headers).status_code


def tell(client: httpx.Client, shop: Shop, signer: Signer, *entries: dict[str, Any]) -> int:
    body = json.dumps(entries).encode()
    return post(client, shop, body, signer.headers(body))


def kept(shop: Shop) -> list[str]:
    rows = shop.execute("SELECT kind FROM activation.provider_event WHERE tenant_id = %s ORDER BY kind", shop.tenant_id)
    return [row[0] for row in rows]


def test_a_signed_body_is_recorded_before_it_is_answered(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    answer = tell(
        client,
        shop,
        signer,
        entry(shop, delivery_id, "processed"),
        entry(shop, delivery_id, "spamreport"),
        entry(shop, delivery_id, "group_resubscribe"),
    )

    assert answer == 204
    assert kept(shop) == ["accepted", "complained"]
    assert shop.execute("SELECT reason FROM core.suppression WHERE tenant_id = %s", shop.tenant_id) == [("complained",)]


def test_a_replayed_a_duplicated_and_a_reordered_body_change_nothing(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    entries = [entry(shop, delivery_id, name) for name in ("delivered", "open", "processed")]
    body = json.dumps(entries).encode()
    headers = signer.headers(body)

    assert [post(client, shop, body, headers) for _ in range(2)] == [204, 204]
    assert tell(client, shop, signer, *reversed(entries), *entries) == 204
    assert kept(shop) == ["accepted", "delivered", "opened"]


def forged(signer: Signer, body: bytes) -> Sequence[tuple[str, bytes, dict[str, str]]]:
    good = signer.headers(body)
    stranger = Signer(ec.generate_private_key(ec.SECP256R1()))
    return [
        ("another key", body, stranger.headers(body)),
        ("another body", body.replace(b"delivered", b"spamreport"), good),
        ("another timestamp", body, {**good, TIMESTAMP: str(int(good[TIMESTAMP]) + 1)}),
        ("no signature", body, {TIMESTAMP: good[TIMESTAMP]}),
        ("no timestamp", body, {SIGNATURE: good[SIGNATURE]}),
        ("no headers", body, {}),
        ("signature that is not Base64", body, {**good, SIGNATURE: "%%%"}),
        ("signature that is not DER", body, {**good, SIGNATURE: "YWJj"}),
        ("timestamp in words", body, {**good, TIMESTAMP: "now"}),
        ("stale", body, signer.headers(body, age_s=301)),
        ("from the future", body, signer.headers(body, age_s=-320)),
        ("not UTF-8", b"\xff" + body, good),
    ]


def test_what_sendgrid_did_not_sign_lately_gets_403_without_a_word_and_changes_nothing(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    body = json.dumps([entry(shop, delivery_id)]).encode()

    for name, sent, headers in forged(signer, body):
        answer = client.post(f"/webhooks/sendgrid/{shop.tenant_id}", content=sent, headers=headers)
        assert (name, answer.status_code, answer.content) == (name, 403, b"")
    assert kept(shop) == []
    assert post(client, shop, body, signer.headers(body, age_s=290)) == 204


def test_events_of_another_tenants_message_and_of_nobodys_are_kept_nowhere(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    assert tell(client, shop, signer, entry(shop, delivery_id, tenant_id="another")) == 204
    assert tell(client, shop, signer, entry(shop, uuid4())) == 204
    assert kept(shop) == []

    body = json.dumps([entry(shop, delivery_id)]).encode()
    assert client.post("/webhooks/sendgrid/another", content=body, headers=signer.headers(body)).status_code == 204
    assert kept(shop) == []
    assert client.post("/webhooks/sendgrid/No!", content=body, headers=signer.headers(body)).status_code == 403


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"null", b'"text"', b"[" * 100_000])
def test_a_signed_body_that_is_no_array_is_400(client: httpx.Client, shop: Shop, signer: Signer, body: bytes) -> None:
    assert post(client, shop, body, signer.headers(body)) == 400


def test_an_entry_that_cannot_be_read_does_not_cost_the_others(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    bad: list[Any] = [
        None,
        7,
        [],
        {"event": []},
        {**entry(shop, delivery_id), "delivery_id": "x"},
        {**entry(shop, delivery_id), "delivery_id": None},
        entry(shop, delivery_id, timestamp="soon"),
        entry(shop, delivery_id, timestamp=10**18),
        {**entry(shop, delivery_id), "event": {}},
        entry(shop, delivery_id, tenant_id=["x"]),
    ]
    odd = entry(shop, delivery_id, "bounce", sg_event_id="\0\ud800", status="5\0\ud800", useragent=3, type=None)

    assert tell(client, shop, signer, *bad, odd, entry(shop, delivery_id)) == 204
    assert kept(shop) == ["bounced", "delivered"]


def test_a_huge_body_is_refused_before_it_is_read_whole(client: httpx.Client, shop: Shop, signer: Signer) -> None:
    body = b" " * (LARGEST_BODY_BYTES + 1)

    assert post(client, shop, body, signer.headers(body)) == 413


def test_ten_thousand_events_are_taken_within_the_time_that_sendgrid_waits(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    entries = [entry(shop, delivery_id, sg_event_id=f"e{number}") for number in range(10_000)]
    started = time.monotonic()

    assert tell(client, shop, signer, *entries) == 204
    assert len(kept(shop)) == 10_000
    assert time.monotonic() - started < 10


def test_sendgrid_is_told_to_come_again_while_the_warehouse_is_down(
    shop: Shop, signer: Signer, delivery_id: UUID
) -> None:
    unreachable = Warehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/none"})

    with served(unreachable, shop, signer.public_key) as client:
        assert tell(client, shop, signer, entry(shop, delivery_id)) == 503
    with served(shop.warehouse, shop, signer.public_key) as client:
        assert tell(client, shop, signer, entry(shop, delivery_id)) == 204
    assert kept(shop) == ["delivered"]


def test_nothing_is_taken_without_a_key_or_with_one_that_cannot_be_read(shop: Shop, signer: Signer) -> None:
    with served(shop.warehouse, shop, None) as client:
        assert tell(client, shop, signer) == 403
    with served(shop.warehouse, shop, "no key") as client:
        assert tell(client, shop, signer) == 503


# The second is a key of Ed25519 (RFC 8410, 10.1).
@pytest.mark.parametrize("key", ["", "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE="])
def test_a_key_of_another_kind_is_refused_before_anything_is_asked_of_it(key: str) -> None:
    with pytest.raises(Configuration, match="cannot be read"):
        SendgridVerifier(key)


def test_a_tenants_own_key_goes_before_the_common_one(signer: Signer) -> None:
    values = {"LEO_SENDGRID_WEBHOOK_KEY": "broken", "LEO_SENDGRID_WEBHOOK_KEY_RETAIL": signer.public_key}
    verifier = verifiers_from(read_settings(values))
    body = b"[]"
    headers = signer.headers(body)

    retail = verifier("retail")
    assert retail is not None
    assert retail.is_genuine(Post("retail", headers, "", {}, body))
    with pytest.raises(Configuration):
        verifier("discovery")


def test_a_key_in_a_file_counts_once_it_is_there_and_after_those_that_are_named(signer: Signer, tmp_path: Path) -> None:
    file = tmp_path / "sendgrid.pub"
    verifier = verifiers_from(read_settings({"LEO_SENDGRID_WEBHOOK_KEY_FILE": str(file)}))
    headers = signer.headers(b"[]")

    assert verifier("retail") is None
    file.write_text(f"{signer.public_key}\n", encoding="ascii")
    found = verifier("retail")
    assert found is not None
    assert found.is_genuine(Post("retail", headers, "", {}, b"[]"))


def test_neither_the_log_nor_a_table_holds_the_recipient(
    client: httpx.Client, shop: Shop, signer: Signer, delivery_id: UUID, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="leo_activation")
    reason = "550 5.1.1 The email account a@example.com that you tried to reach does not exist"
    tell(client, shop, signer, entry(shop, delivery_id, "bounce", reason=reason, status="5.1.1", type="bounce"))
    tell(client, shop, signer, entry(shop, uuid4()))

    assert "a@example.com" not in caplog.text
    stored = shop.execute(
        "SELECT event::text FROM activation.provider_event AS event WHERE tenant_id = %s", shop.tenant_id
    )
    assert "5.1.1 bounce" in stored[0][0]
    assert "@" not in stored[0][0]


@pytest.mark.parametrize(
    ("changes", "kind", "permanent"),
    [
        ({"event": "bounce", "type": "bounce", "status": "5.1.1"}, "bounced", True),
        ({"event": "bounce", "type": "bounce"}, "bounced", True),
        ({"event": "bounce", "type": "bounce", "status": "4.2.2"}, "bounced", False),
        ({"event": "bounce", "type": "expired", "status": "5.0.0"}, "bounced", False),
        (
            {"event": "bounce", "type": "bounce", "status": "5.7.1", "bounce_classification": "Reputation"},
            "bounced",
            False,
        ),
        ({"event": "bounce", "type": "blocked", "status": "5.7.1"}, "blocked", None),
        ({"event": "blocked"}, "blocked", None),
        ({"event": "dropped", "reason": "Bounced Address"}, "dropped", None),
    ],
)
def test_only_a_bounce_that_says_so_is_against_the_address(
    changes: dict[str, Any], kind: str, permanent: bool | None
) -> None:
    body = {"timestamp": 1, "tenant_id": "retail", "delivery_id": str(uuid4()), "sg_event_id": "e", **changes}

    (event,) = read_events(json.dumps([body]).encode(), "retail").events

    assert (event.kind, event.permanent) == (kind, permanent)


def test_an_event_without_a_name_of_its_own_gets_the_same_one_each_time() -> None:
    body = {"timestamp": 1, "tenant_id": "retail", "delivery_id": str(uuid4()), "event": "open"}
    names = {
        read_events(json.dumps([{**body, **changes}]).encode(), "retail").events[0].provider_event_id
        for changes in ({}, {"ip": "198.51.100.7"}, {"timestamp": 2})
    }

    assert len(names) == 2


def test_a_machine_open_is_read_as_sendgrid_flags_it() -> None:
    body = {
        "timestamp": 1,
        "tenant_id": "retail",
        "delivery_id": str(uuid4()),
        "event": "open",
        "sg_machine_open": True,
    }

    assert read_events(json.dumps([body]).encode(), "retail").events[0].machine_flag


def test_what_is_no_array_is_refused() -> None:
    with pytest.raises(Permanent):
        read_events(b"{}", "retail")


def test_the_app_without_sendgrid_has_no_such_route(shop: Shop) -> None:
    routes = create_app(shop.warehouse, activation.UnsubscribeLinks("", b"k" * 32)).routes
    assert not [route for route in routes if "sendgrid" in str(getattr(route, "path", ""))]
