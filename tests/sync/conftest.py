"""Fixtures of the sync: a sync run from end to end, a LEO tenant, and a generated dump."""

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.sources import Source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Synced:
    """What each step of one complete sync reported."""

    sync_run_id: int
    report: sync.QualityReport
    merged: sync.MergedCounts
    graph: sync.GraphCounts


Sync = Callable[..., Synced]


def syncs_of(warehouse: Warehouse, pseudonym_key: bytes) -> Sync:
    """All steps of a sync of a tenant from a source, as of 2026-02-20 unless told otherwise."""

    def run(
        tenant: Tenant,
        source: Source,
        *,
        as_of: datetime | None = AS_OF,
        run_id: str | None = None,
        mode: str = sync.SyncMode.INCREMENTAL,
        limits: sync.QualityLimits | None = None,
    ) -> Synced:
        tenant_id = tenant.tenant_id
        sync_run_id = sync.open_run(
            warehouse, tenant_id, run_id or secrets.token_hex(4), as_of=as_of, mode=sync.SyncMode(mode)
        )
        sync.extract(warehouse, tenant_id, sync_run_id, source, pseudonym_key=pseudonym_key)
        report = sync.check(warehouse, tenant_id, sync_run_id, limits=limits)
        merged = sync.merge(warehouse, tenant_id, sync_run_id, pseudonym_key=pseudonym_key)
        return Synced(sync_run_id, report, merged, sync.project(warehouse, tenant_id, sync_run_id))

    return run


@pytest.fixture(scope="session")
def run_sync(warehouse: Warehouse, pseudonym_key: bytes) -> Sync:
    """All steps of a sync over the common warehouse."""
    return syncs_of(warehouse, pseudonym_key)


@pytest.fixture
def leo_tenant(warehouse: Warehouse) -> Tenant:
    """A tenant of the test's own whose data comes from LEO CDP: Vietnamese dong, LEO's event metrics."""
    return register_leo_tenant(warehouse)


@pytest.fixture(scope="session")
def generated_dump(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Mapping[str, object]]:
    """A dump of 300 invented profiles with a few of every fault, and what its maker says of it."""
    folder = tmp_path_factory.mktemp("generated") / "dump"
    as_of = parse_as_of("2026-02-20T00:00:00Z")
    write_arangodump(
        DumpSettings(profiles=300, seed=11, as_of=as_of, fault_share=0.0005, compress=True, workers=1), folder
    )
    return folder, json.loads((folder / "manifest.json").read_text())


def register_leo_tenant(warehouse: Warehouse) -> Tenant:
    """A tenant of a LEO shop; each call another one."""
    fresh = Tenant(
        tenant_id=f"l{secrets.token_hex(6)}",
        name="A test's own shop",
        currency="VND",
        minor_units=0,
        interest_model="leo_event_metric",
    )
    register_tenant(warehouse, fresh)
    return fresh
