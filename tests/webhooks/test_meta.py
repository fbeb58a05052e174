"""Meta's posts over a real socket: what its app signed is kept, then answered; what it did not changes nothing."""

import hashlib
import hmac
import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import uvicorn

from leo_activation.activation.aftermath.meta_events import read_meta
from leo_activation.activation.channels import Answer
from leo_activation.activation.safety.sealed import Sealer, sealer_from
from leo_activation.activation.states import Outcome
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, Settings, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from leo_activation.webhooks import create_app
from leo_activation.webhooks.meta import meta_router
from tests.activation.shop import FakeChannel, Shop

SECRET, TOKEN, PAGE = "the-app-s-secret", "the-verify-token", "1029384756"
PSID = "7012345678901234"
SEALER, KEY = Sealer(b"k" * 32), b"p" * 32


def signed(body: bytes, secret: str = SECRET) -> dict[str, str]:
    return {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


def now_ms(before_s: float = 0) -> int:
    return int((time.time() - before_s) * 1000)


def page(*messaging: dict[str, Any], page_id: str = PAGE, **entry: Any) -> bytes:
    return json.dumps(
        {"object": "page", "entry": [{"id": page_id, "time": now_ms(), "messaging": list(messaging), **entry}]}
    ).encode()


def said(psid: str = PSID, before_s: float = 0, **parts: Any) -> dict[str, Any]:
    return {"sender": {"id": psid}, "recipient": {"id": PAGE}, "timestamp": now_ms(before_s), **parts}


def echo(mid: str, **message: Any) -> dict[str, Any]:
    parts = {"mid": mid, "is_echo": True, "app_id": 1517776481860111, **message}
    return {"sender": {"id": PAGE}, "recipient": {"id": PSID}, "timestamp": now_ms(), "message": parts}


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


def settings_of(shop: Shop, **variables: str) -> Settings:
    return read_settings(
        {
            "LEO_META_APP_SECRET": SECRET,
            "LEO_META_VERIFY_TOKEN": TOKEN,
            "LEO_PSEUDONYM_KEY": shop.key.decode(),
            **variables,
        }
    )


@contextmanager
def served(shop: Shop, **variables: str) -> Iterator[httpx.Client]:
    """The app on a socket of its own."""
    settings = settings_of(shop, **variables)
    listener = socket.create_server(("127.0.0.1", 0))
    app = create_app(shop.warehouse, shop.links, [meta_router(settings, shop.warehouse)])
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


def post(client: httpx.Client, shop: Shop, body: bytes, headers: dict[str, str] | None = None) -> int:
    where = f"/webhooks/messenger/{shop.tenant_id}"
    return client.post(where, content=body, headers=signed(body) if headers is None else headers).status_code


def standing(shop: Shop, psid: str = PSID) -> tuple[Any, ...]:
    rows = shop.execute(
        "SELECT last_interaction_at IS NOT NULL, last_referral_at IS NOT NULL, subscribed_at IS NOT NULL, "
        "unsubscribed_at IS NOT NULL, grant_token FROM activation.contact_standing "
        "WHERE tenant_id = %s AND channel = 'messenger' AND address_hash = core.address_hash('messenger', %s, %s)",
        shop.tenant_id,
        psid,
        shop.key,
    )
    return rows[0] if rows else ()


def events(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.execute(
        "SELECT kind, detail FROM activation.provider_event WHERE tenant_id = %s AND provider = 'messenger' ORDER BY 1",
        shop.tenant_id,
    )


def sent(shop: Shop, *answers: Answer) -> tuple[UUID, str]:
    """A message to a person of Messenger's, which ended in the answer, and the person's id.

    It goes through the ledger on the channel of the shop's campaign, and stands then where a campaign on Messenger
    would have put it.
    """
    shop.person("a")
    shop.address("a", PSID, "messenger")
    shop.consent("a", "granted", channel="messenger")
    run = shop.approved_run()
    shop.dispatch(run, FakeChannel({"a@example.com": list(answers)}, provider="messenger"))
    delivery_id = shop.delivery_id(run, "a")
    with shop.warehouse.connect(DatabaseRole.OWNER, shop.tenant_id) as connection:
        connection.execute(
            "UPDATE activation.delivery SET channel = 'messenger', address = %s, "
            "address_hash = core.address_hash('messenger', %s, %s) WHERE tenant_id = %s AND delivery_id = %s",
            [PSID, PSID, shop.key, shop.tenant_id, delivery_id],
        )
    return delivery_id, PSID


def state_of(shop: Shop, delivery_id: UUID) -> str:
    rows = shop.execute(
        "SELECT state FROM activation.delivery WHERE tenant_id = %s AND delivery_id = %s", shop.tenant_id, delivery_id
    )
    return str(rows[0][0])


def test_meta_is_given_its_challenge_by_who_knows_the_token_and_by_nobody_else(shop: Shop) -> None:
    asked = {"hub.mode": "subscribe", "hub.verify_token": TOKEN, "hub.challenge": "1158201444"}
    where = f"/webhooks/messenger/{shop.tenant_id}"
    with served(shop) as client:
        answer = client.get(where, params=asked)
        assert (answer.status_code, answer.text) == (200, "1158201444")
        assert answer.headers["content-type"].startswith("text/plain")
        for change in (
            {"hub.verify_token": "another"},
            {"hub.verify_token": ""},
            {"hub.mode": "unsubscribe"},
            {"hub.challenge": "<script>"},
            {"hub.challenge": "1" * 200},
        ):
            refused = client.get(where, params={**asked, **change})
            assert (refused.status_code, refused.text) == (403, "")
        assert client.get(where).status_code == 403
        assert client.get("/webhooks/messenger/Not-a-tenant", params=asked).status_code == 403
    with served(shop, LEO_META_VERIFY_TOKEN="") as client:
        assert client.get(where, params={**asked, "hub.verify_token": ""}).status_code == 403


def test_a_body_that_the_app_did_not_sign_changes_nothing(shop: Shop) -> None:
    body = page(said(message={"mid": "m_1", "text": "hello"}))
    good = signed(body)["X-Hub-Signature-256"]
    forged = [
        {},
        {"X-Hub-Signature-256": ""},
        {"X-Hub-Signature-256": good.removeprefix("sha256=")},
        {"X-Hub-Signature-256": good.upper()},
        {"X-Hub-Signature-256": good[:-1]},
        {"X-Hub-Signature": good},
        signed(body, "another-secret"),
        signed(body + b" "),
    ]
    with served(shop) as client:
        assert [post(client, shop, body, headers) for headers in forged] == [403] * len(forged)
        assert standing(shop) == ()
        assert post(client, shop, body) == 200
        assert standing(shop)[:2] == (True, False)


def test_nothing_is_taken_where_no_secret_is_set_and_each_tenant_may_have_its_own(shop: Shop) -> None:
    body = page(said(message={"mid": "m_1", "text": "hello"}))
    with served(shop, LEO_META_APP_SECRET="") as client:
        assert post(client, shop, body) == 403
        assert post(client, shop, body, signed(body, "")) == 403
    own = {f"LEO_META_APP_SECRET_{shop.tenant_id.upper()}": "of-its-own"}
    with served(shop, **own) as client:
        assert [post(client, shop, body), post(client, shop, body, signed(body, "of-its-own"))] == [403, 200]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"object": "user", "entry": []}', b'{"object": "page"}', b"\xff"]
)
def test_a_signed_body_of_another_form_is_refused_as_such(shop: Shop, body: bytes) -> None:
    with pytest.raises(Permanent):
        read_meta(body, SEALER, KEY, "retail")


def test_an_echo_settles_what_was_unknown_by_the_delivery_that_it_names(shop: Shop) -> None:
    delivery_id, _ = sent(shop, Answer(Outcome.UNKNOWN, "answer", "reset"))
    body = page(echo("m_1", metadata=str(delivery_id), text="never kept"))
    with served(shop) as client:
        assert state_of(shop, delivery_id) == "unknown"
        assert [post(client, shop, body) for _ in range(3)] == [200] * 3

    assert state_of(shop, delivery_id) == "accepted"
    assert events(shop) == [("accepted", None)]


def test_receipts_find_their_message_by_its_name_or_by_their_moment_in_any_order_and_once(shop: Shop) -> None:
    delivery_id, psid = sent(shop, Answer(Outcome.ACCEPTED, "answer", "200", provider_message_id="m_AG5"))
    posts = [
        page(said(psid, read={"watermark": now_ms(-5)})),
        page(said(psid, delivery={"mids": ["m_AG5"], "watermark": now_ms()})),
        page(said(psid, delivery={"watermark": now_ms(-5)})),
        page(echo("m_AG5", metadata="somebody else's")),
    ]
    with served(shop) as client:
        early = page(said(psid, read={"watermark": now_ms(3600)}))
        assert post(client, shop, early) == 200
        assert events(shop) == []
        for body in (*posts, *reversed(posts)):
            assert post(client, shop, body) == 200

    assert [kind for kind, _ in events(shop)] == ["accepted", "delivered", "opened"]
    assert state_of(shop, delivery_id) == "accepted"


@pytest.mark.parametrize("answer", ["m_AG5", None])
def test_a_receipt_that_overtakes_the_answer_finds_its_message_by_the_echo(shop: Shop, answer: str | None) -> None:
    """Answers are written down several at once, some seconds after Meta told what became of the first."""
    shop.person("a")
    run = shop.approved_run()
    outcome = Outcome.UNKNOWN if answer is None else Outcome.ACCEPTED
    channel = FakeChannel(
        {"a@example.com": [Answer(outcome, "answer", "200", provider_message_id=answer)]}, provider="messenger"
    )
    with served(shop) as client:

        def overtake() -> None:
            own = echo("m_AG5", metadata=str(shop.delivery_id(run, "a")))
            told = said(delivery={"mids": ["m_AG5"], "watermark": now_ms()})
            assert post(client, shop, page(own, told)) == 200

        channel.before_send["a@example.com"] = overtake
        shop.dispatch(run, channel)
        assert post(client, shop, page(said(read={"mids": ["m_AG5"], "watermark": now_ms()}))) == 200

    assert {kind for kind, _ in events(shop)} == {"accepted", "delivered", "opened"}
    named = shop.execute("SELECT provider_message_id FROM activation.attempt WHERE tenant_id = %s", shop.tenant_id)
    assert named == [("m_AG5",)]


def test_a_receipt_is_no_proof_that_an_unknown_message_was_taken(shop: Shop) -> None:
    delivery_id, psid = sent(shop, Answer(Outcome.UNKNOWN, "answer", "reset"))
    with served(shop) as client:
        assert post(client, shop, page(said(psid, read={"watermark": now_ms(-5)}))) == 200

    assert state_of(shop, delivery_id) == "unknown"


def test_a_marketing_message_is_found_by_its_tracking_id(shop: Shop) -> None:
    sent(shop, Answer(Outcome.ACCEPTED, "answer", "200", provider_message_id="98ecd977-245a"))
    value = {"recipient_id": 1, "timestamp": now_ms(), "marketing_message_tracking_id": "98ecd977-245a"}
    fields = [f"marketing_message_{name}" for name in ("echoes", "deliveries", "reads", "clicks")]
    with served(shop) as client:
        for name in fields:
            assert post(client, shop, page(changes=[{"field": name, "value": value}])) == 200

    assert [kind for kind, _ in events(shop)] == ["accepted", "delivered", "opened"]


def test_windows_open_by_the_person_s_own_word_and_by_an_advertisement_alone(shop: Shop) -> None:
    ad = {"source": "ADS", "type": "OPEN_THREAD", "ad_id": "6045246247433"}
    link = {"source": "SHORTLINK", "type": "OPEN_THREAD", "ref": "mail"}
    told: dict[str, dict[str, Any]] = {
        "71": {"message": {"mid": "m_1", "text": "hi"}},
        "72": {"postback": {"mid": "m_2", "title": "Start", "payload": "GO"}},
        "73": {"referral": ad},
        "74": {"postback": {"mid": "m_3", "payload": "GO", "referral": ad}},
        "75": {"message": {"mid": "m_4", "text": "hi", "referral": ad}},
        "76": {"referral": link},
        "77": {"reaction": {"reaction": "love", "action": "react", "mid": "m_5"}},
        "78": {"optin": {"type": "notification_messages", "notification_messages_token": "123"}},
        "79": {"delivery": {"watermark": now_ms()}},
    }
    opened = {}
    with served(shop) as client:
        for psid, parts in told.items():
            assert post(client, shop, page(said(psid, **parts))) == 200
            opened[psid] = standing(shop, psid)[:2]

    assert opened == {
        "71": (True, False),
        "72": (True, False),
        "73": (),
        "74": (True, True),
        "75": (True, True),
        "76": (),
        "77": (),
        "78": (False, False),
        "79": (),
    }


def test_a_window_is_counted_from_the_newest_word_whatever_order_it_comes_in(shop: Shop) -> None:
    new, old = (page(said(before_s=age, message={"mid": f"m_{age}", "text": "hi"})) for age in (60, 7200))
    with served(shop) as client:
        assert [post(client, shop, body) for body in (new, old, new)] == [200] * 3

    (row,) = shop.execute(
        "SELECT last_interaction_at FROM activation.contact_standing WHERE tenant_id = %s", shop.tenant_id
    )
    assert abs((datetime.now(UTC) - row[0]).total_seconds() - 60) < 30


def test_a_subscription_is_kept_sealed_and_is_forgotten_with_the_person_s_stop(shop: Shop) -> None:
    shop.person("a", address=PSID, channel="messenger")
    optin = {
        "type": "notification_messages",
        "notification_messages_token": "12348141984909088",
        "token_expiry_timestamp": now_ms(-3600),
        "user_token_status": "NOT_REFRESHED",
        "title": "News",
    }
    stop = {**optin, "notification_messages_status": "STOP NOTIFICATIONS"}
    resume = {**optin, "notification_messages_status": "RESUME NOTIFICATIONS"}
    with served(shop) as client:
        assert post(client, shop, page(said(before_s=90, optin=optin))) == 200
        grant = bytes(standing(shop)[4])
        assert b"12348141984909088" not in grant
        assert sealer_from(settings_of(shop)).open(grant) == "12348141984909088"

        assert post(client, shop, page(said(before_s=60, optin=stop))) == 200
        assert standing(shop)[2:] == (True, True, None)

        assert post(client, shop, page(said(before_s=30, optin=resume))) == 200
        assert standing(shop)[4] is not None

    suppressed = shop.execute("SELECT channel, reason FROM core.suppression WHERE tenant_id = %s", shop.tenant_id)
    consent = shop.execute(
        "SELECT state FROM core.consent WHERE tenant_id = %s AND channel = 'messenger' ORDER BY since DESC LIMIT 1",
        shop.tenant_id,
    )
    assert (suppressed, consent) == ([("messenger", "unsubscribed")], [("denied",)])


def test_a_word_for_stop_is_an_opt_out_and_a_sentence_with_it_is_not(shop: Shop) -> None:
    with served(shop) as client:
        for psid, text in (("81", "Stop"), ("82", "Do not stop!")):
            assert post(client, shop, page(said(psid, message={"mid": f"m_{psid}", "text": text}))) == 200

    suppressed = shop.execute(
        "SELECT address_hash = core.address_hash('messenger', '81', %s), reason FROM core.suppression "
        "WHERE tenant_id = %s AND channel = 'messenger'",
        shop.key,
        shop.tenant_id,
    )
    assert suppressed == [(True, "unsubscribed")]


def test_another_page_s_people_are_left_where_the_tenant_names_its_own(shop: Shop) -> None:
    body = page(said(message={"mid": "m_1", "text": "hi"}), page_id="999")
    with served(shop, LEO_META_PAGE_ID=PAGE) as client:
        assert post(client, shop, body) == 200
        assert standing(shop) == ()


def test_nothing_is_lost_while_the_tenant_s_page_cannot_be_read(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(b"\xff")
    body = page(said(message={"mid": "m_1", "text": "hi"}))
    with served(shop, LEO_META_PAGE_ID_FILE=str(tmp_path / "page")) as client:
        assert post(client, shop, body) == 503
        (tmp_path / "page").write_text(PAGE)
        assert post(client, shop, body) == 200
    assert standing(shop)[:2] == (True, False)


def test_what_is_old_or_unreadable_does_not_cost_the_rest() -> None:
    good = said(message={"mid": "m_1", "text": "hi"})
    broken: list[Any] = [
        1,
        {},
        said("anh@example.com", message={"mid": "m_2"}),
        said(before_s=8 * 86_400, message={"mid": "m_3"}),
        {**said(message={"mid": "m_4"}), "timestamp": 10**30},
        said(message={"is_echo": True, "mid": "a\nb"}),
        said(optin={"type": "notification_messages", "notification_messages_token": ["x"]}),
        said(read={"watermark": "soon"}),
        said(typing=True),
    ]
    body = {
        "object": "page",
        "entry": [None, {"id": PAGE, "messaging": [*broken, good], "changes": [{}, {"value": 1}]}],
    }

    heard = read_meta(json.dumps(body).encode(), SEALER, KEY, "retail")

    assert [change.address for change in heard.standings] == [PSID]
    assert (list(heard.events), list(heard.by_message), heard.look_up) == ([], [], None)
    assert heard.ignored == 11


def test_neither_people_nor_what_they_write_is_logged(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    body = page(said(message={"mid": "m_1", "text": "a private word"}), said("x", message={"mid": "m_2"}))
    with served(shop) as client:
        post(client, shop, body)
        post(client, shop, body, signed(body, "forged"))

    assert "did not sign" in caplog.text
    for secret in (PSID, "a private word", SECRET):
        assert secret not in caplog.text


def test_a_secret_can_stand_in_a_file(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(SECRET + "\n")
    body = page(said(message={"mid": "m_1", "text": "hi"}))
    with served(shop, LEO_META_APP_SECRET="", LEO_META_APP_SECRET_FILE=str(tmp_path / "secret")) as client:
        assert post(client, shop, body) == 200
