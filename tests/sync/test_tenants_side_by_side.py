"""Several tenants at once: each ends as if it were alone, sees nothing of the others, and is held up by none."""

import json
import os
import random
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest
from psycopg import sql

from leo_activation import sync
from leo_activation.errors import Transient
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.sources import open_source
from leo_activation.sync import projection
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.arangodb.service import READER, READER_PASSWORD
from sandbox.process import running_sandbox
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from sandbox.sample_data.write_csv import CsvSettings, write_csv
from tests.faults.end_state import MERGED, State, differences, end_state
from tests.faults.sync_process import STEPS, synchronise

AS_OF = "2026-02-20T00:00:00Z"
# Enough rows for the merge to gather statistics, which locks tables that all tenants share.
PROFILES = 120
SECONDS_TO_END = 600
pytestmark = pytest.mark.timeout(900)
STATES = ("staged", "checked", "merged", "projected")
SourceOf = Mapping[str, str]


@pytest.fixture(scope="module")
def sources(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, SourceOf]]:
    """Two live databases of one server and a folder of CSV files, of three different shops."""
    folder = tmp_path_factory.mktemp("shops")
    as_of = parse_as_of(AS_OF)
    dumps = []
    for seed, name in ((3, "one"), (4, "two")):
        write_arangodump(DumpSettings(PROFILES, seed, as_of, 0.0005, compress=True, workers=1), folder / name)
        dumps.append((folder / name, name))
    write_csv(CsvSettings(PROFILES, 5, as_of, 0.0005, 1), folder / "three")
    with running_sandbox(folder / "journal.jsonl", dumps) as sandbox:
        live = {"kind": "arangodb", "location": sandbox.arangodb_url, "user": READER, "password": READER_PASSWORD}
        yield {
            "one": {**live, "database": "one"},
            "two": {**live, "database": "two"},
            "three": {"kind": "csv", "location": str(folder / "three")},
        }


@dataclass(frozen=True)
class Shops:
    """Tenants of the three sources, and their syncs."""

    warehouse: Warehouse
    key: bytes
    sources: Mapping[str, SourceOf]

    def tenant(self, name: str) -> Tenant:
        live = self.sources[name]["kind"] == "arangodb"
        fresh = Tenant(
            tenant_id=f"s{secrets.token_hex(6)}",
            name=name,
            currency="VND" if live else "EUR",
            minor_units=0 if live else 2,
            interest_model="leo_event_metric" if live else "event_weight",
        )
        register_tenant(self.warehouse, fresh)
        return fresh

    def arguments(self, tenant: Tenant, run_id: str) -> dict[str, object]:
        return {
            "url": self.warehouse.urls[DatabaseRole.LOADER],
            "tenant_id": tenant.tenant_id,
            "run_id": run_id,
            "source": self.sources[tenant.name],
            "key": self.key.hex(),
            "as_of": AS_OF,
            "mode": "incremental",
        }

    def sync(self, tenant: Tenant, run_id: str = "only", announce: Callable[[str], None] = lambda _: None) -> None:
        synchronise(**self.arguments(tenant, run_id), announce=announce)  # type: ignore[arg-type]

    def start(self, tenant: Tenant) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.sync_process"],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdin is not None
        process.stdin.write(json.dumps(self.arguments(tenant, "only")) + "\n")
        process.stdin.close()
        return process


@pytest.fixture(scope="module")
def shops(warehouse: Warehouse, pseudonym_key: bytes, sources: Mapping[str, SourceOf]) -> Shops:
    return Shops(warehouse, pseudonym_key, sources)


@pytest.fixture(scope="module")
def alone(shops: Shops) -> Mapping[str, State]:
    """What each shop's sync leaves where no other runs."""
    states = {}
    for name in shops.sources:
        tenant = shops.tenant(name)
        shops.sync(tenant)
        states[name] = end_state(shops.warehouse, tenant)
    return states


@contextmanager
def held_before_commit(warehouse: Warehouse, tenant: Tenant, state: str) -> Iterator[None]:
    """Keep a step of the tenant at its very end, with all its locks, until the block is left."""
    name = sql.Identifier(f"hold_{tenant.tenant_id}")
    with warehouse.connect(DatabaseRole.OWNER) as owner:
        owner.execute(
            sql.SQL(
                "CREATE FUNCTION ops.{}() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN PERFORM pg_advisory_xact_lock(hashtext({})); RETURN NEW; END $$"
            ).format(name, sql.Literal(tenant.tenant_id))
        )
        owner.execute(
            sql.SQL(
                "CREATE TRIGGER {} AFTER UPDATE ON ops.sync_run FOR EACH ROW "
                "WHEN (NEW.tenant_id = {} AND NEW.state = {} AND OLD.state <> NEW.state) EXECUTE FUNCTION ops.{}()"
            ).format(name, sql.Literal(tenant.tenant_id), sql.Literal(state), name)
        )
    try:
        with warehouse.connect(DatabaseRole.OWNER) as holder:
            holder.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [tenant.tenant_id])
            yield
    finally:
        with warehouse.connect(DatabaseRole.OWNER) as owner:
            owner.execute(sql.SQL("DROP FUNCTION ops.{} CASCADE").format(name))


def wait_until_held(warehouse: Warehouse, tenant: Tenant, work: "Future[None]") -> None:
    """Return when a session waits for the lock that stands for the tenant's hold."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        while not work.done():
            row = connection.execute(
                "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND classid = "
                "((hashtext(%(id)s)::bigint >> 32) & 4294967295)::oid AND objid = "
                "(hashtext(%(id)s)::bigint & 4294967295)::oid",
                {"id": tenant.tenant_id},
            ).fetchone()
            connection.rollback()
            if row and row[0]:
                return
    work.result()
    pytest.fail("the step that was to be held came to its end")


def test_three_tenants_at_once_end_as_each_does_alone_and_see_nothing_of_each_other(
    shops: Shops, alone: Mapping[str, State]
) -> None:
    tenants = {name: shops.tenant(name) for name in shops.sources}
    order = list(tenants.values())
    random.Random(secrets.token_bytes(4)).shuffle(order)
    processes = [shops.start(tenant) for tenant in order]
    try:
        assert [process.wait(SECONDS_TO_END) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()
    for name, tenant in tenants.items():
        assert differences(end_state(shops.warehouse, tenant), alone[name]) == []
    one, *others = [tenant.tenant_id for tenant in tenants.values()]
    with shops.warehouse.connect(DatabaseRole.LOADER, one) as connection:
        for table in MERGED:
            query = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = ANY(%s)").format(
                sql.Identifier(*table.split("."))
            )
            assert connection.execute(query, [others]).fetchone() == (0,), table


@pytest.mark.parametrize("state", STATES)
def test_a_run_that_stands_still_holds_up_no_other_tenant(
    shops: Shops, alone: Mapping[str, State], state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody reads the labels of these tenants, and what the run waits for here is no label.
    monkeypatch.setattr(projection, "LABEL_LOCK_TIMEOUT", "1s")
    still, other = shops.tenant("one"), shops.tenant("two")
    with ThreadPoolExecutor(2) as threads:
        with held_before_commit(shops.warehouse, still, state):
            standing = threads.submit(shops.sync, still)
            wait_until_held(shops.warehouse, still, standing)
            threads.submit(shops.sync, other).result(SECONDS_TO_END)
            assert not standing.done()
        standing.result(SECONDS_TO_END)
    assert differences(end_state(shops.warehouse, other), alone["two"]) == []
    assert differences(end_state(shops.warehouse, still), alone["one"]) == []


@pytest.mark.parametrize("state", STATES)
def test_a_second_run_of_a_tenant_is_told_that_one_is_at_work_and_nothing_mixes(
    shops: Shops, alone: Mapping[str, State], state: str
) -> None:
    tenant = shops.tenant("three")
    as_of = datetime.fromisoformat(AS_OF)
    with ThreadPoolExecutor(1) as threads:
        with held_before_commit(shops.warehouse, tenant, state):
            first = threads.submit(shops.sync, tenant, "first")
            wait_until_held(shops.warehouse, tenant, first)
            with pytest.raises(Transient, match=f"Another sync of tenant {tenant.tenant_id} is at work"):
                sync.open_run(shops.warehouse, tenant.tenant_id, "second", as_of=as_of)
            [run] = run_ids(shops.warehouse, tenant)
            with pytest.raises(Transient, match=f"Another sync of tenant {tenant.tenant_id} is at work"):
                sync.extract(
                    shops.warehouse, tenant.tenant_id, run, open_source("csv", shops.sources["three"]["location"])
                )
        first.result(SECONDS_TO_END)
    announced: list[str] = []
    shops.sync(tenant, "second", announced.append)
    assert tuple(announced) == STEPS
    assert differences(end_state(shops.warehouse, tenant), alone["three"]) == []


def run_ids(warehouse: Warehouse, tenant: Tenant) -> list[int]:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        return [int(row[0]) for row in connection.execute("SELECT sync_run_id FROM ops.sync_run")]
