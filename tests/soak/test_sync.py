"""A sync's memory does not grow with its source, and a second one with nothing new writes nothing.

LEO_SOAK_PROFILES (20000) is the larger source; the smaller is a tenth of it.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from tests.soak.conftest import Spawn
from tests.sync.stored import versions

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

PROFILES = int(os.environ.get("LEO_SOAK_PROFILES") or 20_000)
AS_OF = "2026-02-20T00:00:00Z"
MOST_GROWTH = 1.3


def test_a_sync_needs_no_more_memory_for_ten_times_the_profiles_and_writes_nothing_when_nothing_is_new(
    warehouse: Warehouse, pseudonym_key: bytes, spawn: Spawn, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def synchronise(tenant: Tenant, run_id: str, folder: Path) -> Mapping[str, Any]:
        return spawn(
            "tests.soak.synchronising",
            {
                "url": warehouse.urls[DatabaseRole.LOADER],
                "tenant_id": tenant.tenant_id,
                "run_id": run_id,
                "folder": str(folder),
                "key": pseudonym_key.hex(),
                "as_of": AS_OF,
            },
        )

    reports: dict[int, Mapping[str, Any]] = {}
    for profiles in (PROFILES // 10, PROFILES):
        folder = tmp_path / str(profiles)
        write_arangodump(DumpSettings(profiles, 23, parse_as_of(AS_OF), 0.0005, compress=True, workers=1), folder)
        tenant = Tenant(
            tenant_id=f"s{secrets.token_hex(6)}",
            name="Shop",
            currency="VND",
            minor_units=0,
            interest_model="leo_event_metric",
        )
        register_tenant(warehouse, tenant)
        reports[profiles] = synchronise(tenant, "first", folder)
    growth = {part: reports[PROFILES][part] / reports[PROFILES // 10][part] for part in ("reading_kib", "peak_kib")}
    before = versions(warehouse, tenant)
    again = synchronise(tenant, "second", folder)
    with capsys.disabled():
        for profiles, report in reports.items():
            reading, peak = report["reading_kib"] / 1024, report["peak_kib"] / 1024
            print(f"\npeak memory of a sync: {profiles} profiles, {report['rows_read']} rows: ", end="")
            print(f"{reading:.1f} MiB while reading, {peak:.1f} MiB in all", end="")
        print(f"; ratios {growth['reading_kib']:.2f} and {growth['peak_kib']:.2f}")
        print(f"a second sync of {again['rows_read']} rows with nothing new: all {len(before)} rows as they were")
    assert max(growth.values()) <= MOST_GROWTH
    assert again["rows_read"] == reports[PROFILES]["rows_read"]
    assert set(again["merged"].values()) == {0}
    assert again["graph_changed"] == 0
    assert versions(warehouse, tenant) == before
