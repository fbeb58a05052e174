"""Zalo's posts over a real socket: what the account's key signed is kept, then answered; the rest changes nothing."""

import hashlib
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.activation.aftermath.zalo_events import ZaloVerifier, read_zalo
from leo_activation.activation.channels import Answer
from leo_activation.activation.states import Outcome
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.zalo import zalo_router
from sandbox.process import SandboxProcess, running_sandbox
from sandbox.scenarios import WebhookManner, ZaloStory
from sandbox.zalo.api import APP_ID, OA_SECRET
from tests.activation.channels.conformance import send
from tests.activation.channels.test_zalo import BY_PHONE_MESSAGE, PHONE, USER, channel_at
from tests.activation.shop import FakeChannel, Shop

OA = "4300000000000000001"
WITHIN_S = 30


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@contextmanager
def served(shop: Shop, **variables: str) -> Iterator[httpx.Client]:
    """The app on a socket of its own."""
    named = {"LEO_ZALO_APP_ID": APP_ID, "LEO_ZALO_OA_SECRET": OA_SECRET, "LEO_PSEUDONYM_KEY": shop.key.decode()}
    listener = socket.create_server(("127.0.0.1", 0))
    router = zalo_router(read_settings({**named, **variables}), shop.warehouse)
    app = create_app(shop.warehouse, shop.links, [router])
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


def event(name: str, age_s: float = 0, **parts: Any) -> dict[str, Any]:
    return {"event_name": name, "app_id": APP_ID, "timestamp": str(int((time.time() - age_s) * 1000)), **parts}


def wrote(text: str = "Chào shop", age_s: float = 0, user: str = USER) -> dict[str, Any]:
    message = {"text": text, "msg_id": "in-1"}
    return event("user_send_text", age_s, sender={"id": user}, recipient={"id": OA}, message=message)


def follow(name: str = "follow", age_s: float = 0, user: str = USER) -> dict[str, Any]:
    return event(name, age_s, oa_id=OA, follower={"id": user}, source="oa_profile")


def received(msg_id: str, user: str = USER, **message: str) -> dict[str, Any]:
    told = {"msg_id": msg_id, **message}
    return event("user_received_message", sender={"id": OA}, recipient={"id": user}, message=told)


def seen(*ids: str) -> dict[str, Any]:
    return event("user_seen_message", sender={"id": OA}, recipient={"id": USER}, message={"msg_ids": list(ids)})


def encoded(told: dict[str, Any]) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


def mac(body: bytes, timestamp: str, app_id: str = APP_ID, secret: str = OA_SECRET) -> str:
    """As Zalo's documents write it."""
    return hashlib.sha256(app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()


def post(client: httpx.Client, shop: Shop, told: dict[str, Any], signature: str | None = None) -> int:
    body = encoded(told)
    signed = f"mac={mac(body, told['timestamp'])}" if signature is None else signature
    headers = {"X-ZEvent-Signature": signed} if signed else {}
    return client.post(f"/webhooks/zalo/{shop.tenant_id}", content=body, headers=headers).status_code


def standing(shop: Shop, user: str = USER) -> tuple[Any, ...]:
    rows = shop.execute(
        "SELECT last_interaction_at IS NOT NULL, follows FROM activation.contact_standing "
        "WHERE tenant_id = %s AND channel = 'zalo' AND address_hash = core.address_hash('zalo', %s, %s)",
        shop.tenant_id,
        user,
        shop.key,
    )
    return rows[0] if rows else ()


def kinds(shop: Shop) -> list[str]:
    rows = shop.execute(
        "SELECT kind FROM activation.provider_event WHERE tenant_id = %s AND provider = 'zalo' ORDER BY 1",
        shop.tenant_id,
    )
    return [str(row[0]) for row in rows]


def state_of(shop: Shop, delivery_id: UUID) -> str:
    rows = shop.execute(
        "SELECT state FROM activation.delivery WHERE tenant_id = %s AND delivery_id = %s", shop.tenant_id, delivery_id
    )
    return str(rows[0][0])


def put_on_zalo(shop: Shop) -> None:
    """The shop's deliveries stand where a campaign on Zalo would have put them."""
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        connection.execute(
            "UPDATE activation.delivery SET channel = 'zalo', address = %s, "
            "address_hash = core.address_hash('zalo', %s, %s) WHERE tenant_id = %s",
            [USER, USER, shop.key, shop.tenant_id],
        )


def on_zalo(shop: Shop) -> None:
    shop.person("a")
    shop.address("a", USER, "zalo")
    shop.consent("a", "granted", channel="zalo")


def sent(shop: Shop, answer: Answer) -> UUID:
    """A message to a person of Zalo's, which ended in the answer."""
    on_zalo(shop)
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel({"a@example.com": [answer]}, provider="zalo"))
    put_on_zalo(shop)
    return shop.delivery_id(run, "a")


def accepted(msg_id: str = "m1") -> Answer:
    return Answer(Outcome.ACCEPTED, "answer", "error 0", provider_message_id=msg_id)


def test_what_was_not_signed_with_the_account_s_key_changes_nothing(shop: Shop) -> None:
    told = wrote()
    body, timestamp = encoded(told), told["timestamp"]
    good = mac(body, timestamp)
    keyed = hashlib.sha256(OA_SECRET.encode() + body).hexdigest()
    forged = ["", f"mac={'0' * 64}", good, f"mac={good[:-1]}", f"mac={mac(body, timestamp, secret='another')}"]
    forged += [f"mac={mac(body + b' ', timestamp)}", f"mac={mac(body, '1')}", f"mac={keyed}", "mac=é"]
    with served(shop) as client:
        answers = [post(client, shop, told, signature or "none") for signature in forged if signature.isascii()]
        where = f"/webhooks/zalo/{shop.tenant_id}"
        answers.append(client.post(where, content=body).status_code)
        assert answers == [403] * len(answers)
        assert standing(shop) == ()
        assert post(client, shop, told) == 200
        assert standing(shop) == (True, None)


def test_nothing_is_taken_where_the_key_or_the_app_s_id_is_missing(shop: Shop) -> None:
    for missing in ({"LEO_ZALO_OA_SECRET": ""}, {"LEO_ZALO_APP_ID": ""}):
        with served(shop, **missing) as client:
            told = wrote()
            empty = mac(encoded(told), told["timestamp"], secret="")
            assert [post(client, shop, told), post(client, shop, told, f"mac={empty}")] == [403, 403]
    assert standing(shop) == ()


def test_a_post_is_taken_as_long_as_zalo_tells_again_and_not_a_day_later(shop: Shop) -> None:
    with served(shop) as client:
        assert [post(client, shop, wrote(age_s=age)) for age in (7200, 4 * 3600, 86_400, -600)] == [200, 403, 403, 403]


@pytest.mark.parametrize("told", [[], {}, {"event_name": 7}, {"event_name": "follow", "timestamp": 17}, "follow"])
def test_a_body_of_another_form_is_refused_as_such(told: Any) -> None:
    with pytest.raises(Permanent):
        read_zalo(json.dumps(told).encode(), "retail")


def test_following_and_writing_open_what_they_open_in_whatever_order_they_come(shop: Shop) -> None:
    with served(shop) as client:
        assert post(client, shop, follow("unfollow", age_s=10)) == 200
        assert post(client, shop, follow(age_s=60)) == 200
        assert standing(shop) == (True, False)
        assert post(client, shop, follow(age_s=1)) == 200
        assert standing(shop) == (True, True)
        assert post(client, shop, event("user_send_image", sender={"id": "9" * 18}, message={"msg_id": "x"})) == 200
        assert standing(shop, "9" * 18) == (True, None)
        for ignored in (event("oa_send_text", sender={"id": OA}), event("user_send_group_text", sender={"id": USER})):
            assert post(client, shop, ignored) == 200


def test_a_word_for_stop_is_an_opt_out_at_once_and_no_other_text_is(shop: Shop) -> None:
    on_zalo(shop)

    def suppressed() -> int:
        rows = shop.execute(
            "SELECT count(*) FROM core.suppression WHERE tenant_id = %s AND channel = 'zalo'", shop.tenant_id
        )
        return int(rows[0][0])

    with served(shop) as client:
        assert post(client, shop, wrote("Bao giờ có hàng, tôi không muốn chờ? STOP lại")) == 200
        assert suppressed() == 0
        assert [post(client, shop, wrote("Từ chối")) for _ in range(2)] == [200, 200]
        assert suppressed() == 1
    states = shop.execute(
        "SELECT state FROM core.consent WHERE tenant_id = %s AND channel = 'zalo' ORDER BY since DESC LIMIT 1",
        shop.tenant_id,
    )
    assert states == [("denied",)]
    assert not shop.execute(
        "SELECT 1 FROM activation.provider_event WHERE tenant_id = %s AND detail IS NOT NULL", shop.tenant_id
    )


def test_receipts_find_their_message_by_its_name_in_any_order_and_once(shop: Shop) -> None:
    delivery_id = sent(shop, accepted())
    posts = [seen("m1", "somebody-else-s"), received("m1"), received("somebody-else-s")]
    with served(shop) as client:
        for told in (*posts, *reversed(posts)):
            assert post(client, shop, told) == 200

    assert kinds(shop) == ["delivered", "opened"]
    assert state_of(shop, delivery_id) == "accepted"


def test_a_tracking_id_settles_what_was_unknown(shop: Shop) -> None:
    delivery_id = sent(shop, Answer(Outcome.UNKNOWN, "answer", "reset"))
    told = received("m9", PHONE, tracking_id=str(delivery_id), delivery_time=str(int(time.time() * 1000)))
    with served(shop) as client:
        assert state_of(shop, delivery_id) == "unknown"
        assert [post(client, shop, told) for _ in range(2)] == [200, 200]

    assert (state_of(shop, delivery_id), kinds(shop)) == ("accepted", ["delivered"])


def test_an_event_that_overtakes_the_answer_of_its_message_is_told_again(shop: Shop) -> None:
    on_zalo(shop)
    run = shop.approved_run()
    early: list[int] = []
    with served(shop) as client:

        def overtake() -> None:
            put_on_zalo(shop)
            early.append(post(client, shop, received("m1")))
            early.append(post(client, shop, received("m1", "8" * 18)))

        channel = FakeChannel({"a@example.com": [accepted()]}, provider="zalo")
        channel.before_send["a@example.com"] = overtake
        shop.dispatch(run, channel)
        assert kinds(shop) == []
        late = post(client, shop, received("m1"))

    assert (early, late, kinds(shop)) == ([503, 200], 200, ["delivered"])


def test_what_is_told_of_several_messages_waits_for_the_answer_of_each(shop: Shop) -> None:
    sent(shop, accepted("m0"))
    shop.campaign(campaign_id="later")
    run = shop.plan(name="run-2", campaign_id="later")
    shop.approve(run)
    early: list[int] = []
    with served(shop) as client:

        def overtake() -> None:
            put_on_zalo(shop)
            early.append(post(client, shop, seen("m0", "m1")))

        channel = FakeChannel({"a@example.com": [accepted("m1")]}, provider="zalo")
        channel.before_send["a@example.com"] = overtake
        shop.dispatch(run, channel)
        late = post(client, shop, seen("m0", "m1"))

    assert (early, late, kinds(shop)) == ([503], 200, ["opened", "opened"])


def test_the_stand_in_tells_badly_and_the_ledger_is_right(shop: Shop, sandbox: SandboxProcess) -> None:
    sandbox.reset()
    delivery_id = sent(shop, Answer(Outcome.UNKNOWN, "answer", "reset"))
    message = replace(BY_PHONE_MESSAGE, delivery_id=delivery_id)
    with served(shop) as client:
        sandbox.order("zalo", "webhook", url=f"{client.base_url}/webhooks/zalo/{shop.tenant_id}")
        sandbox.scenario("zalo_events", ZaloStory.OK)
        for manner in WebhookManner:
            sandbox.scenario("zalo_webhook", manner)
            (answer,) = send(channel_at(sandbox), message)
            assert answer.outcome is Outcome.ACCEPTED
        ends_at = time.monotonic() + WITHIN_S
        while sandbox.waiting("zalo"):
            assert time.monotonic() < ends_at
            client.get("/health")
        posted = sandbox.told("zalo", "posted")

    lies = [each for each in posted if each["forged"] or each["stale"]]
    assert lies
    assert {each["status"] for each in lies} == {403}
    assert {each["status"] for each in posted if each not in lies} == {200}
    assert (state_of(shop, delivery_id), set(kinds(shop))) == ("accepted", {"delivered"})
    assert standing(shop) == ()


def test_nothing_of_people_is_logged(shop: Shop, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    caplog.set_level(logging.DEBUG)
    with served(shop) as client:
        post(client, shop, wrote("Số của tôi là 0912345678"))
        post(client, shop, wrote("Số của tôi là 0912345678"), "mac=forged")
        post(client, shop, received("m1", PHONE))

    ours = [record.getMessage() for record in caplog.records if record.name.startswith("leo_activation")]
    for told in ours:
        assert USER not in told
        assert PHONE not in told
        assert "0912345678" not in told


@settings(max_examples=150, deadline=None)
@given(
    body=st.binary(max_size=60)
    | st.dictionaries(
        st.sampled_from(["event_name", "timestamp", "sender", "recipient", "follower", "message"]),
        st.sampled_from(["follow", "user_seen_message", "user_send_text", "1763779200000"])
        | st.integers()
        | st.none()
        | st.dictionaries(st.sampled_from(["id", "text", "msg_id", "msg_ids", "tracking_id"]), st.text(max_size=40)),
    ).map(lambda told: json.dumps(told).encode()),
    signature=st.text(max_size=80),
)
def test_whatever_is_posted_is_refused_or_read(body: bytes, signature: str) -> None:
    assert not ZaloVerifier(APP_ID, "a-secret").is_genuine(body, signature)
    try:
        heard = read_zalo(body, "retail")
    except Permanent:
        return
    for each in heard.standings:
        assert each.address.isdigit()
