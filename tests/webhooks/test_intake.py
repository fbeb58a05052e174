"""The one way in: whose secret counts, what becomes of a deadlock, and how people stand in any order of telling."""

import logging
import os
import random
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import uvicorn
from fastapi.testclient import TestClient

from embedded.urls import with_database
from leo_activation.activation.aftermath.heard import Heard, OptOut, record_heard
from leo_activation.activation.aftermath.standing import Standing, keep_standing
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from leo_activation.warehouse.transactions import TRIES, in_transaction
from leo_activation.webhooks import create_app, intake
from leo_activation.webhooks.keys import LARGEST_FILE_BYTES, key_of
from tests.activation.shop import FakeChannel, Shop

WAIT_S = 30


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


def test_a_tenants_own_secret_goes_before_the_common_one_and_both_before_the_file(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("in the file\n", encoding="ascii")
    values = {"LEO_X": "common", "LEO_X_RETAIL": "retail's", "LEO_X_FILE": str(file)}

    assert key_of(read_settings(values), "LEO_X", "retail") == "retail's"
    assert key_of(read_settings(values), "LEO_X", "fashion") == "common"
    assert key_of(read_settings({"LEO_X_FILE": str(file)}), "LEO_X", "retail") == "in the file"
    assert key_of(read_settings({}), "LEO_X", "retail") is None


def test_a_tenant_called_file_is_not_given_the_path_of_the_file_as_its_secret(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    values = {"LEO_X_FILE": str(file)}

    assert key_of(read_settings(values), "LEO_X", "file") is None
    file.write_text("the secret", encoding="ascii")
    assert key_of(read_settings(values), "LEO_X", "file") == "the secret"
    assert key_of(read_settings({**values, "LEO_X": "common"}), "LEO_X", "file") == "common"


def test_a_file_that_cannot_be_read_is_a_fault_of_the_set_up_and_its_content_is_not_told(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"s\xffcret")
    settings = read_settings({"LEO_X_FILE": str(file)})

    with pytest.raises(Configuration, match="LEO_X_FILE") as caught:
        key_of(settings, "LEO_X", "retail")
    assert "cret" not in str(caught.value)
    file.write_bytes(b"x" * (LARGEST_FILE_BYTES + 10))
    assert len(key_of(settings, "LEO_X", "retail") or "") == LARGEST_FILE_BYTES


def test_an_unsubscribe_that_meets_a_deadlock_is_done_all_the_same(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """The other one holds the address and then wants the person; the server ends the unsubscribe, which begins anew."""
    caplog.set_level(logging.INFO, logger="leo_activation")
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel()
    shop.dispatch(run, channel)
    path = str(channel.sent[0].unsubscribe_url).removeprefix("https://shop.example")
    client = TestClient(create_app(shop.warehouse, shop.links))
    # Whose own look for deadlocks comes much later, so that it is the unsubscribe that is ended.
    administrator = with_database(
        os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"], shop.connection.info.dbname
    )
    with psycopg.connect(administrator) as other, ThreadPoolExecutor(1) as pool:
        other.execute("SET deadlock_timeout = '1h'")
        other.execute(
            "INSERT INTO core.suppression (tenant_id, channel, address_hash, reason, source) "
            "SELECT tenant_id, channel, address_hash, 'bounced', 'test' FROM core.channel_address WHERE tenant_id = %s",
            [shop.tenant_id],
        )
        answer = pool.submit(client.post, path, data={"List-Unsubscribe": "One-Click"})
        waiting_for(shop, other)
        other.execute(
            "SELECT FROM core.customer WHERE tenant_id = %s AND customer_id = 'a' FOR UPDATE", [shop.tenant_id]
        )
        other.commit()
        assert answer.result(WAIT_S).status_code == 200
    assert caplog.text.count("met a DeadlockDetected") == 1
    denied = shop.execute("SELECT count(*) FROM core.consent WHERE tenant_id = %s AND state = 'denied'", shop.tenant_id)
    assert denied == [(1,)]


def waiting_for(shop: Shop, other: Any) -> None:
    """Return once somebody waits for the other's transaction."""
    until = time.monotonic() + WAIT_S
    while time.monotonic() < until:
        rows = shop.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE %s = ANY (pg_blocking_pids(pid))", other.info.backend_pid
        )
        if rows[0][0]:
            return
    pytest.fail("nobody waited")


def test_a_transaction_that_is_ended_each_time_is_given_up_after_a_few(shop: Shop) -> None:
    tried = []

    def work(connection: Connection) -> None:
        tried.append(connection.execute("SELECT 1").fetchone())
        raise psycopg.errors.DeadlockDetected

    with pytest.raises(Transient, match="another one stood against it"):
        in_transaction(shop.warehouse, DatabaseRole.WRITER, shop.tenant_id, work)
    assert len(tried) == TRIES


def test_what_the_server_cannot_take_now_is_to_be_tried_later_and_a_fault_of_ours_is_not_hidden(shop: Shop) -> None:
    def slow(connection: Connection) -> None:
        connection.execute("SET LOCAL statement_timeout = 1")
        connection.execute("SELECT count(*) FROM generate_series(1, 10000000)")

    def wrong(connection: Connection) -> None:
        connection.execute("SELECT 1 / 0")

    with pytest.raises(Transient, match="QueryCanceled"):
        in_transaction(shop.warehouse, DatabaseRole.WRITER, shop.tenant_id, slow)
    with pytest.raises(psycopg.errors.DivisionByZero):
        in_transaction(shop.warehouse, DatabaseRole.WRITER, shop.tenant_id, wrong)


NOON = datetime(2026, 2, 20, 12, tzinfo=UTC)
TOLD = [
    Standing("7012", interacted_at=NOON),
    Standing("7012", interacted_at=NOON - timedelta(days=3), referred_at=NOON - timedelta(days=3)),
    Standing("7012", follows=True, followed_at=NOON - timedelta(days=5)),
    Standing("7012", follows=False, followed_at=NOON - timedelta(days=2)),
    Standing("7012", follows=True, followed_at=NOON - timedelta(days=2)),
    Standing("7012", subscribed_at=NOON - timedelta(days=4), subscribed_until=NOON + timedelta(days=9), grant=b"old"),
    Standing("7012", unsubscribed_at=NOON - timedelta(days=1)),
    Standing("8000", subscribed_at=NOON - timedelta(days=4), grant=b"first"),
    Standing("8000", subscribed_at=NOON - timedelta(days=2), subscribed_until=NOON, grant=b"second"),
    Standing("8000", unsubscribed_at=NOON - timedelta(days=3)),
    Standing("8000", interacted_at=datetime(2999, 1, 1, tzinfo=UTC)),
]
STANDS = """
SELECT last_interaction_at, last_referral_at, follows, follows_since, subscribed_at, subscribed_until, unsubscribed_at,
       grant_token
FROM activation.contact_standing
WHERE tenant_id = %s AND address_hash = core.address_hash('messenger', %s, %s)
"""


def test_in_whatever_order_and_batches_people_are_told_of_they_stand_the_same(shop: Shop) -> None:
    drawn = random.Random(7)
    for _ in range(6):
        shop.execute("DELETE FROM activation.contact_standing WHERE tenant_id = %s", shop.tenant_id)
        told = drawn.sample(TOLD, len(TOLD)) + drawn.sample(TOLD, 3)
        while told:
            batch, told = told[: (size := drawn.randint(1, 4))], told[size:]
            keep_standing(shop.connection, shop.tenant_id, "messenger", batch, shop.key)

        [left] = shop.execute(STANDS, shop.tenant_id, "7012", shop.key)
        day = timedelta(days=1)
        # Of two words for one moment the stricter holds; with the subscription goes what it was used by.
        assert left == (
            NOON, NOON - 3 * day, False, NOON - 2 * day, NOON - 4 * day, NOON + 9 * day, NOON - day, None,
        )  # fmt: skip
        [came_back] = shop.execute(STANDS, shop.tenant_id, "8000", shop.key)
        assert came_back[4:] == (NOON - 2 * day, NOON, NOON - 3 * day, b"second")
        # A clock that runs ahead opens no window beyond now.
        assert came_back[0] <= datetime.now(UTC)
    assert keep_standing(shop.connection, shop.tenant_id, "messenger", TOLD[:-1], shop.key) == 0


def test_who_says_stop_gets_nothing_more_and_it_is_no_consent_to_be_heard_of(shop: Shop) -> None:
    shop.person("a")
    heard = Heard(
        standings=[Standing("a@example.com", interacted_at=NOON)],
        opt_outs=[OptOut("a@example.com", "said stop"), OptOut("stranger@example.com", "said stop")],
    )
    for _ in range(2):
        record_heard(shop.warehouse, shop.tenant_id, "twilio", "email", heard, shop.key)

    assert (
        shop.execute("SELECT reason, source FROM core.suppression WHERE tenant_id = %s", shop.tenant_id)
        == [("unsubscribed", "webhook of twilio")] * 2
    )
    said = shop.execute("SELECT state, evidence FROM core.consent WHERE tenant_id = %s ORDER BY since", shop.tenant_id)
    assert said == [("granted", "form"), ("denied", "said stop")]


@pytest.mark.parametrize(
    "heard",
    [
        Heard(standings=[Standing("a@example.com", follows=False, followed_at=NOON)]),
        Heard(opt_outs=[OptOut("a@example.com", "said stop")]),
    ],
    ids=["unfollow", "stop"],
)
def test_what_is_taken_back_waits_for_an_attempt_that_is_beginning(shop: Shop, heard: Heard) -> None:
    """Else a message could begin to leave after its person was told that they were heard."""
    shop.person("a")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as sender, ThreadPoolExecutor(1) as pool:
        sender.execute(
            statement("activation/sending/lock_people"), {"tenant_id": shop.tenant_id, "customer_ids": ["a"]}
        )
        told = pool.submit(record_heard, shop.warehouse, shop.tenant_id, "zalo", "email", heard, shop.key)
        try:
            waiting_for(shop, sender)
        finally:
            sender.rollback()
        told.result(WAIT_S)


class Slow:
    """A verifier that takes anything."""

    def is_plausible(self, post: intake.Post) -> bool:
        return True

    def is_genuine(self, post: intake.Post) -> bool:
        return True


def unreadable(post: intake.Post) -> Heard:
    raise Permanent("not in the provider's form")


def test_a_body_that_does_not_come_is_given_up(shop: Shop) -> None:
    webhook = intake.Webhook("slow", "email", lambda tenant_id: Slow(), unreadable, body_time_limit_s=0.2)
    app = create_app(shop.warehouse, shop.links, [intake.intake(shop.warehouse, webhook, shop.key)])
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        with socket.create_connection(listener.getsockname(), timeout=WAIT_S) as slow:
            slow.sendall(b"POST /webhooks/slow/retail HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nonly")
            assert slow.recv(100).startswith(b"HTTP/1.1 408")
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        listener.close()
    assert not thread.is_alive()
