"""Steps that are killed, repeated, taken out of order or by two at once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from leo_activation import sync
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import SourceLocation, Tenant, register_tenant
from tests.sync.conftest import AS_OF, Sync
from tests.sync.small_sources import CUSTOMER, EVENT, write_csv
from tests.sync.stored import contents, rows, versions

CUSTOMERS = [{**CUSTOMER, "customer_id": str(number)} for number in range(1, 21)]
EVENTS = [{**EVENT, "event_id": str(number), "customer_id": str(number % 20 + 1)} for number in range(100, 160)]
STEPS = ("extract", "check", "merge", "project")
STATE_AFTER = {"extract": "staged", "check": "checked", "merge": "merged", "project": "projected"}


@pytest.fixture
def source(tmp_path: Path) -> Source:
    return open_source("csv", str(write_csv(tmp_path, CUSTOMERS, EVENTS)))


@pytest.fixture
def undisturbed(warehouse: Warehouse, run_sync: Sync, source: Source) -> dict[str, list[str]]:
    """What a tenant holds whose sync nobody disturbed."""
    calm = Tenant(tenant_id="calm", name="Calm", currency="EUR", interest_model="event_weight")
    register_tenant(warehouse, calm)
    run_sync(calm, source, run_id="calm")
    return contents(warehouse, calm)


def take(warehouse: Warehouse, tenant: Tenant, run: int, step: str, source: Source, key: bytes) -> object:
    if step == "extract":
        return sync.extract(warehouse, tenant.tenant_id, run, source)
    if step == "check":
        return sync.check(warehouse, tenant.tenant_id, run)
    if step == "merge":
        return sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=key)
    return sync.project(warehouse, tenant.tenant_id, run)


@contextmanager
def cut_before_commit(warehouse: Warehouse, tenant: Tenant, state: str) -> Iterator[None]:
    """End the server's side of any step of the tenant at the last moment before it is committed as `state`."""
    name = sql.Identifier(f"cut_{tenant.tenant_id}")
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute(
            sql.SQL(
                "CREATE FUNCTION ops.{}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END $$"
            ).format(name)
        )
        connection.execute(
            sql.SQL(
                "CREATE TRIGGER {} AFTER UPDATE ON ops.sync_run FOR EACH ROW "
                "WHEN (NEW.tenant_id = {} AND NEW.state = {} AND OLD.state <> NEW.state) EXECUTE FUNCTION ops.{}()"
            ).format(name, sql.Literal(tenant.tenant_id), sql.Literal(state), name)
        )
    try:
        yield
    finally:
        with warehouse.connect(DatabaseRole.OWNER) as connection:
            connection.execute(sql.SQL("DROP FUNCTION ops.{} CASCADE").format(name))


@pytest.mark.parametrize("cut", STEPS)
def test_a_step_cut_off_before_its_commit_left_nothing_and_goes_through_when_called_again(
    warehouse: Warehouse,
    tenant: Tenant,
    source: Source,
    undisturbed: dict[str, list[str]],
    pseudonym_key: bytes,
    cut: str,
) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "disturbed", as_of=AS_OF)
    for step in STEPS:
        if step == cut:
            before = contents(warehouse, tenant)
            with cut_before_commit(warehouse, tenant, STATE_AFTER[step]), pytest.raises(Transient, match="was lost"):
                take(warehouse, tenant, run, step, source, pseudonym_key)
            assert contents(warehouse, tenant) == before
        take(warehouse, tenant, run, step, source, pseudonym_key)
    assert contents(warehouse, tenant) == undisturbed
    assert len(undisturbed["Customer"]) == 20


def test_every_step_taken_twice_reports_the_same_and_writes_nothing(
    warehouse: Warehouse, tenant: Tenant, source: Source, pseudonym_key: bytes
) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "twice", as_of=AS_OF)
    reports = [take(warehouse, tenant, run, step, source, pseudonym_key) for step in STEPS]
    before = versions(warehouse, tenant)
    assert sync.open_run(warehouse, tenant.tenant_id, "twice", as_of=AS_OF) == run
    assert [take(warehouse, tenant, run, step, source, pseudonym_key) for step in STEPS] == reports
    assert versions(warehouse, tenant) == before


def test_a_killed_extraction_frees_its_tenant_and_is_begun_anew(
    warehouse: Warehouse, tenant: Tenant, source: Source, tmp_path: Path
) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "killed", as_of=AS_OF)
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.sync.stalling_extraction", tenant.tenant_id, str(run), str(tmp_path)],
        cwd=REPOSITORY,
        env={"PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}", "LOADER_URL": warehouse.urls[DatabaseRole.LOADER]},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert child.stdout is not None
        assert child.stdout.readline() == b"half-way\n"
        with pytest.raises(Transient, match=f"Another sync of tenant {tenant.tenant_id} is at work"):
            sync.extract(warehouse, tenant.tenant_id, run, source)
    finally:
        child.send_signal(signal.SIGKILL)
        child.communicate()
    counts = _patiently(warehouse, tenant, run, source)
    assert counts.by_collection == {"crm_customers": 20, "clickstream_events": 60}


def _patiently(warehouse: Warehouse, tenant: Tenant, run: int, source: Source) -> sync.StagedCounts:
    # The server notices the dead client when it next reads from it: soon, but not at once.
    for _ in range(200):
        try:
            return sync.extract(warehouse, tenant.tenant_id, run, source)
        except Transient:
            continue
    pytest.fail("the lock of the killed extraction was never freed")


def test_a_source_that_breaks_off_leaves_no_half_stage(warehouse: Warehouse, tenant: Tenant, tmp_path: Path) -> None:
    source = open_source("csv", str(write_csv(tmp_path, CUSTOMERS, EVENTS)))
    (tmp_path / "clickstream_events.csv").unlink()
    run = sync.open_run(warehouse, tenant.tenant_id, "broken", as_of=AS_OF)
    with pytest.raises(Exception, match=r"clickstream_events\.csv cannot be read"):
        sync.extract(warehouse, tenant.tenant_id, run, source)
    assert rows(warehouse, tenant, "SELECT state FROM ops.sync_run") == [("opened",)]
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        found = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [f"stage_{run}"]).fetchone()
    assert found is None


def test_a_step_before_its_turn_says_what_is_missing(
    warehouse: Warehouse, tenant: Tenant, source: Source, pseudonym_key: bytes
) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "early", as_of=AS_OF)
    with pytest.raises(Permanent, match=f"Sync run {run} is opened; to check it must be staged"):
        sync.check(warehouse, tenant.tenant_id, run)
    sync.extract(warehouse, tenant.tenant_id, run, source)
    with pytest.raises(Permanent, match=f"Sync run {run} is staged; to merge it must be checked"):
        sync.merge(warehouse, tenant.tenant_id, run, pseudonym_key=pseudonym_key)
    with pytest.raises(Permanent, match=f"Sync run {run} is staged; to project it must be merged"):
        sync.project(warehouse, tenant.tenant_id, run)


def test_a_later_run_stops_an_earlier_one_that_was_given_up(
    warehouse: Warehouse, tenant: Tenant, source: Source, pseudonym_key: bytes, run_sync: Sync
) -> None:
    earlier = sync.open_run(warehouse, tenant.tenant_id, "earlier", as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, earlier, source)
    later = run_sync(tenant, source, run_id="later").sync_run_id
    with pytest.raises(Permanent, match=f"Overtaken by sync run {later}"):
        sync.check(warehouse, tenant.tenant_id, earlier)
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        stages = connection.execute(
            "SELECT nspname FROM pg_namespace WHERE nspname = ANY (%s)", [[f"stage_{earlier}", f"stage_{later}"]]
        ).fetchall()
    assert stages == []


def test_a_stage_that_a_crash_emptied_is_noticed(warehouse: Warehouse, tenant: Tenant, source: Source) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "emptied", as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, source)
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        connection.execute(sql.SQL("TRUNCATE {}").format(sql.Identifier(f"stage_{run}", "clickstream_events")))
    with pytest.raises(Permanent, match="has lost rows of clickstream_events"):
        sync.check(warehouse, tenant.tenant_id, run)


def test_two_tenants_do_not_see_each_other(
    warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    mine = {**CUSTOMER, "first_name": "Mine"}
    run_sync(tenant, open_source("csv", str(write_csv(tmp_path / "mine", [mine]))))
    before = versions(warehouse, tenant)
    theirs = [{**CUSTOMER, "first_name": "Theirs"}, {**CUSTOMER, "customer_id": "2"}]
    run_sync(leo_tenant, open_source("csv", str(write_csv(tmp_path / "theirs", theirs))))
    assert versions(warehouse, tenant) == before
    assert rows(warehouse, tenant, "SELECT first_name FROM core.profile") == [("Mine",)]
    assert rows(warehouse, leo_tenant, "SELECT count(*) FROM core.profile") == [(2,)]
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        assert connection.execute("SELECT count(*) FROM core.profile").fetchone() == (0,)
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"),
        warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection,
    ):
        connection.execute(
            "INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, '9')", [leo_tenant.tenant_id]
        )


def test_a_run_of_another_tenant_is_not_found(warehouse: Warehouse, tenant: Tenant, leo_tenant: Tenant) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "mine", as_of=AS_OF)
    with pytest.raises(Permanent, match=f"tenant {leo_tenant.tenant_id} has no sync run {run}"):
        sync.check(warehouse, leo_tenant.tenant_id, run)


def test_a_tenant_that_nobody_registered_is_refused(warehouse: Warehouse) -> None:
    with pytest.raises(Permanent, match="no tenant 'nobody'"):
        sync.open_run(warehouse, "nobody", "run")


def test_data_of_no_complete_sync_has_no_as_of(warehouse: Warehouse, tenant: Tenant, source: Source) -> None:
    run = sync.open_run(warehouse, tenant.tenant_id, "opened", as_of=AS_OF)
    sync.extract(warehouse, tenant.tenant_id, run, source)
    with pytest.raises(Permanent, match="no data yet"):
        sync.data_as_of(warehouse, tenant.tenant_id)


def test_a_source_that_stands_still_says_what_now_is_and_whoever_asks_may_say_otherwise(
    warehouse: Warehouse, tenant: Tenant, source: Source, run_sync: Sync, tmp_path: Path
) -> None:
    later = {**EVENT, "event_id": "later", "event_timestamp": "2026-04-01T10:00:00Z"}
    folder = write_csv(tmp_path / "still", CUSTOMERS, [*EVENTS, later])
    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder), stands_still_at=AS_OF))

    run_sync(tenant, open_source("csv", str(folder)), as_of=None)
    assert sync.data_as_of(warehouse, tenant.tenant_id) == AS_OF

    moved = AS_OF + timedelta(days=1)
    run_sync(tenant, open_source("csv", str(folder)), as_of=moved, run_id="moved")
    assert sync.data_as_of(warehouse, tenant.tenant_id) == moved

    register_tenant(warehouse, tenant, SourceLocation("csv", str(folder)))
    run_sync(tenant, open_source("csv", str(folder)), as_of=None, run_id="goes on")
    assert sync.data_as_of(warehouse, tenant.tenant_id) == datetime(2026, 4, 2, tzinfo=UTC)
