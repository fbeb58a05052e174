"""Long work says in the log of its task how far it is: what is done of what is to do, up to the last."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from leo_activation import activation, audit, progress, sync
from leo_activation.actions.people import erase_person, export
from leo_activation.activation.aftermath.bounce_mailbox import MaildirMailbox, read_mail_reports
from leo_activation.activation.aftermath.reconciling import ReconcilingLimits, reconcile_unknown
from leo_activation.activation.sending import dispatch
from leo_activation.orchestration.draining import drain_due
from leo_activation.profiles import embeddings
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.rights.registry import HELD
from leo_activation.rights.retention import enforce, read_retention
from leo_activation.segments import membership, recall
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.candidates import Policy
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import SANDBOX, Shop
from tests.activation.test_falling_back import refused
from tests.activation.test_reconciling import FakeLog, lost
from tests.orchestration.task_logs import TaskLog
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products
from tests.rights.known_person import PERSON, known_person
from tests.segments.shop import CannedPlanner, bring_up_to_date, day, open_shop
from tests.sync.conftest import Sync, register_leo_tenant, syncs_of
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import CUSTOMER, EVENT, PROFILE, write_csv

__all__ = ["refused"]

CONTEXT: Any = {"task_instance": SimpleNamespace(dag_id="reconcile_deliveries", run_id="a look")}
WIDE = Limits(largest_size=1000, largest_change_percent=Decimal(10_000))
ANY_SHARE = Policy(share=1.0, few=10_000, whole_after=timedelta(days=10_000))


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch) -> TaskLog:
    """Every line that is due is told at once, and after every second row."""
    monkeypatch.setattr(progress, "TELL_EVERY_S", 0.0)
    monkeypatch.setattr(dispatch, "TELL_EVERY_S", 0.0)
    # The package gives its function by the module's name.
    monkeypatch.setattr(import_module("leo_activation.sync.extract"), "ROWS_A_LOOK", 2)
    caplog.set_level(logging.INFO, logger="leo_activation")
    return TaskLog(caplog)


@pytest.fixture
def run_sync(warehouse: Warehouse, pseudonym_key: bytes) -> Sync:
    return syncs_of(warehouse, pseudonym_key)


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


def test_a_sync_tells_the_rows_read_and_each_step(
    log: TaskLog, warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    customers = [{**CUSTOMER, "customer_id": str(number)} for number in range(1, 6)]
    events = [{**EVENT, "event_id": str(number)} for number in range(100, 104)]
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path, customers, events))))
    name = tenant.tenant_id
    assert log.told(f"Staging crm_customers of {name}") == [(2, 5), (4, 5)]
    log.expect(f"Staged crm_customers of {name}", 5)
    log.expect(f"Staging clickstream_events of {name}", 2, 4)
    log.expect(f"Staged clickstream_events of {name}", 4)
    log.expect("Checked", 9)
    for work in (
        f"Checking {name}", f"Merging into core of {name}", f"Resolving identities of {name}",
        f"Keeping tables of {name}", f"Projecting the graph of {name}",
    ):  # fmt: skip
        log.expect_steps(work)


@pytest.mark.parametrize("mode", ["incremental", "comparison"])
def test_the_sync_of_a_live_source_tells_what_it_lists_and_each_label_that_follows(
    log: TaskLog, warehouse: Warehouse, run_sync: Sync, mode: str
) -> None:
    source = LiveDocuments()
    live = LiveShop(register_leo_tenant(warehouse), source, run_sync)
    for number in range(5):
        source.put("cdp_profile", PROFILE, _key=f"q{number}", updatedAt=minutes_ago(30))
    live.sync()
    name = live.tenant.tenant_id
    log.captured.clear()
    for number in range(4):
        source.change("cdp_profile", f"q{number}", age=number + 20, updatedAt=minutes_ago(20))
    live.sync(mode)
    if mode == "comparison":
        assert log.told(f"Listing cdp_profile of {name}") == [(2, 6), (4, 6), (6, 6)]
        log.expect(f"Staging cdp_profile of {name}", 2, 4)
    else:
        assert f"Staging cdp_profile of {name}: 2 rows done." in log.captured.messages
    log.expect_steps(f"Checking {name}")
    log.expect_steps(f"Projecting the graph of {name}")


def test_reach_is_told_table_by_table_and_label_by_label(
    log: TaskLog, warehouse: Warehouse, run_sync: Sync, pseudonym_key: bytes
) -> None:
    live = LiveShop(register_leo_tenant(warehouse), LiveDocuments(), run_sync)
    live.sync()
    name = live.tenant.tenant_id
    with warehouse.connect(DatabaseRole.WRITER, name) as connection:
        connection.autocommit = True
        Shop(warehouse, name, pseudonym_key, connection).suppress("lan@example.com")
    log.captured.clear()
    assert sync.refresh_reachability(warehouse, name) > 0
    log.expect_steps(f"Keeping tables of {name}", at_least=1)
    log.expect_steps(f"Projecting the graph of {name}")


def test_interests_texts_and_vectors_are_told_to_the_last(
    log: TaskLog, warehouse: Warehouse, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "BATCH", 2)
    name = tenant.tenant_id
    add_people(warehouse, name, [Person("a", "PL"), Person("b", "DE"), Person("c", "AT")])
    add_products(warehouse, name, [Product("p1", "socks", "clothing")])
    add_events(warehouse, name, [Event("c", "view", "p1", day(1), "red")])
    compute_interests(warehouse, name, NOW)
    write_texts(warehouse, name, NOW)
    embeddings.embed_due(warehouse, name, FakeEncoder())
    log.expect_steps(f"Computing interests of {name}")
    log.expect_steps(f"Writing texts of {name}")
    log.expect(f"Embedding names of topics of {name}", 2, 3)
    log.expect(f"Embedding texts of {name}", 2, 3)


def test_requests_segments_and_memories_are_told_to_the_last(
    log: TaskLog, warehouse: Warehouse, tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, encoder = tenant.tenant_id, open_shop(warehouse, tenant)
    segments = [approve(log, warehouse, tenant, encoder, text) for text in ("red socks", "everybody")]
    refresh = membership.refresh_segments
    refresh(warehouse, name, NOW, encoder=encoder)
    log.expect(f"Refreshing segments of {name}", 1, 2)
    for segment_id in segments:
        log.expect_steps(f"Segment {segment_id} of {name}")

    # Two customers did something, and one is asked at once.
    monkeypatch.setattr(membership, "ASKED_AT_ONCE", 1)
    add_events(warehouse, name, [Event(who, "purchase", "socks", day(1), "red") for who in ("dee", "eve")])
    bring_up_to_date(warehouse, tenant)
    log.captured.clear()
    refresh(warehouse, name, NOW, encoder=encoder, policy=ANY_SHARE)
    log.expect(f"Asking for segment {segments[0]} of {name}", 1, 2)

    monkeypatch.setattr(recall, "_BATCH", 3)
    counts = recall.remember(warehouse, name, encoder)
    assert log.told(f"Remembering what was done in {name}")[-1] == (counts.remembered, counts.remembered)
    assert len(log.told(f"Remembering what was done in {name}")) > 1


def approve(log: TaskLog, warehouse: Warehouse, tenant: Tenant, encoder: FakeEncoder, text: str) -> str:
    """The segment of a request that was drafted, step by step, and approved."""
    request = submit_request(warehouse, tenant.tenant_id, text, "marketer")
    drafted = draft_request(
        warehouse, tenant.tenant_id, request, as_of=NOW, encoder=encoder, planners=[CannedPlanner()]
    )
    log.expect_steps(f"Drafting request {request} of {tenant.tenant_id}")
    shown = review(warehouse, tenant.tenant_id, request)
    record_decision(
        warehouse, tenant.tenant_id, request,
        decision="approve", decided_by="approver", decided_at=NOW, note=None, hash=shown.hash, limits=WIDE,
    )  # fmt: skip
    assert drafted.segment_id is not None
    return drafted.segment_id


def test_planning_and_sending_are_told_to_the_last(
    log: TaskLog, shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for role in (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER):
        monkeypatch.setenv(f"AIRFLOW_CONN_LEO_{role.name}", shop.warehouse.urls[role])
    monkeypatch.setenv("AIRFLOW_CONN_LEO_FILE", f"file:///?path={tmp_path}")
    monkeypatch.setenv("LEO_HOME", str(tmp_path))
    monkeypatch.setenv("LEO_PSEUDONYM_KEY", shop.key.decode())
    for number in range(60):
        shop.person(f"c{number}")
    run = shop.approved_run()
    log.expect_steps(f"Planning campaign warm_feet of {shop.tenant_id}")
    log.expect(f"Run {run.campaign_run_id} of campaign warm_feet of {shop.tenant_id}", 60)

    drain_due(CONTEXT, shop.tenant_id, "w")
    told = log.told(f"Sending run {run.campaign_run_id} of {shop.tenant_id}")
    assert told[0] == (50, 60)
    assert told[-1] == (60, 60)
    log.expect(f"Sending what is due of {shop.tenant_id}", 1)


def test_a_dry_run_that_is_quick_says_nothing(
    shop: Shop, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TELL_EVERY_S", 600.0)
    caplog.set_level(logging.INFO, logger="leo_activation")
    shop.person("a")
    shop.segment()
    shop.campaign()
    caplog.clear()
    activation.preview_run(shop.warehouse, shop.tenant_id, "warm_feet", NOW, guard=SANDBOX)
    assert caplog.messages == []


def test_whoever_is_tried_on_the_next_channel_is_told_run_by_run(
    log: TaskLog, shop: Shop, refused: activation.CampaignRun
) -> None:
    assert activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX) == 1
    log.expect(f"Looking for the next channel in {shop.tenant_id}", 1)


def test_asking_a_providers_log_is_told_to_the_last(log: TaskLog, shop: Shop) -> None:
    lost(shop, "a", "b", "c")
    limits = ReconcilingLimits(batch=2, older_than=timedelta(0))
    reconcile_unknown(shop.warehouse, shop.tenant_id, [FakeLog()], limits)
    log.expect(f"Asking fake for unknown messages of {shop.tenant_id}", 2, 3)


def test_reading_the_mailbox_of_reports_is_told_to_the_last(log: TaskLog, shop: Shop, tmp_path: Path) -> None:
    new = tmp_path / "new"
    new.mkdir()
    for number in range(3):
        (new / f"{number}.mail").write_bytes(b"Subject: no report\n\nNothing.\n")
    read_mail_reports(shop.warehouse, [shop.tenant_id], MaildirMailbox(tmp_path), shop.key, batch=2)
    log.expect("Reading the mailbox of reports", 2, 3)


def test_retention_is_told_table_by_table_to_the_last_row(log: TaskLog, warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.action_call (tenant_id, action, arguments, caller, permission, outcome, called_at) "
            "SELECT %s, 'why', '{}', 'linh', 'read', 'done', now() - make_interval(days => day) "
            "FROM generate_series(395, 405) AS day",
            [tenant.tenant_id],
        )
        assert enforce(connection, tenant, read_retention(), batch=4) == {"ops.action_call": 6}
    log.expect(f"Rows of ops.action_call of {tenant.tenant_id} beyond 400 days", 4, 6)


def test_sealing_and_checking_the_audit_log_are_told_to_the_last(log: TaskLog, shop: Shop, tmp_path: Path) -> None:
    for name in ("an", "binh"):
        shop.person(name)
    shop.approved_run()
    sealed = audit.seal(shop.warehouse, shop.tenant_id, tmp_path, shop.key, batch=4)
    steps = [*range(4, sealed.entries, 4), sealed.entries]
    assert len(steps) > 1
    log.expect(f"Sealing the audit log of {shop.tenant_id}", *steps)
    audit.verify(shop.warehouse, shop.tenant_id, tmp_path)
    log.expect(f"Checking the audit log of {shop.tenant_id}", *steps)


def test_an_export_and_an_erasure_are_told_table_by_table(
    log: TaskLog, warehouse: Warehouse, run_sync: Sync, pseudonym_key: bytes, tmp_path: Path
) -> None:
    tables = range(1, len(HELD) + 1)
    with known_person(warehouse, run_sync, pseudonym_key, tmp_path) as world:
        export(warehouse, world.settings, world.tenant_id, PERSON, asked_by="dpo")
        log.expect(f"Reading what is held of a person of {world.tenant_id}", *tables)
        erase_person(warehouse, world.settings, world.tenant_id, PERSON, asked_by="dpo")
        log.expect(f"Erasing a person of {world.tenant_id}", *tables)


def test_quick_work_tells_only_that_all_of_it_is_done(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "TELL_EVERY_S", 600.0)
    caplog.set_level(logging.INFO)
    told = progress.Progress(logging.getLogger("leo_activation"), "Staging rows of t", 2_000, "rows")
    for number in range(1, 2_001):
        told.done(number)
    assert caplog.messages == ["Staging rows of t: 2,000 of 2,000 rows done."]
