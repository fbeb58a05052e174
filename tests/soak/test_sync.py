"""A sync's memory does not grow with its source, and a second one with nothing new writes nothing.

LEO_SOAK_PROFILES (20000) is the larger dump, a quarter of it the larger live source, which its stand-in holds in
memory; the smaller of each is a tenth.
"""

import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.arangodb.service import READER, READER_PASSWORD
from sandbox.process import running_sandbox
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from tests.soak.conftest import Spawn
from tests.sync.stored import versions

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]

PROFILES = int(os.environ.get("LEO_SOAK_PROFILES") or 20_000)
LIVE_PROFILES = PROFILES // 4
AS_OF = "2026-02-20T00:00:00Z"
MOST_GROWTH = 1.3
PARTS = ("reading_kib", "peak_kib")
Report = Mapping[str, Any]


@dataclass(frozen=True)
class Shop:
    """A tenant of the test's own, synchronised by processes."""

    warehouse: Warehouse
    key: bytes
    spawn: Spawn
    tenant: Tenant

    def sync(self, source: Mapping[str, str], run_id: str, mode: str = "incremental") -> Report:
        return self.spawn(
            "tests.soak.synchronising",
            {
                "url": self.warehouse.urls[DatabaseRole.LOADER],
                "tenant_id": self.tenant.tenant_id,
                "run_id": run_id,
                "source": source,
                "key": self.key.hex(),
                "as_of": AS_OF,
                "mode": mode,
            },
        )


OpenLeoShop = Callable[[], Shop]


@pytest.fixture
def open_leo_shop(warehouse: Warehouse, pseudonym_key: bytes, spawn: Spawn) -> OpenLeoShop:
    def fresh() -> Shop:
        tenant = Tenant(
            tenant_id=f"s{secrets.token_hex(6)}",
            name="Shop",
            currency="VND",
            minor_units=0,
            interest_model="leo_event_metric",
        )
        register_tenant(warehouse, tenant)
        return Shop(warehouse, pseudonym_key, spawn, tenant)

    return fresh


def write_dump(folder: Path, profiles: int) -> None:
    write_arangodump(DumpSettings(profiles, 23, parse_as_of(AS_OF), 0.0005, compress=True, workers=1), folder)


def growth_of(reports: Mapping[int, Report]) -> dict[str, float]:
    small, large = reports.values()
    return {part: large[part] / small[part] for part in PARTS}


def say(name: str, reports: Mapping[int, Report]) -> None:
    for profiles, report in reports.items():
        reading, peak = (report[part] / 1024 for part in PARTS)
        print(f"\npeak memory, {name}: {profiles} profiles, {report['rows_read']} rows read: ", end="")
        print(f"{reading:.1f} MiB while reading, {peak:.1f} MiB in all", end="")
    print(f"; ratios {' and '.join(f'{each:.2f}' for each in growth_of(reports).values())}")


def test_a_sync_needs_no_more_memory_for_ten_times_the_profiles_and_writes_nothing_when_nothing_is_new(
    open_leo_shop: OpenLeoShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    reports: dict[int, Report] = {}
    for profiles in (PROFILES // 10, PROFILES):
        source = {"kind": "arangodump", "location": str(tmp_path / str(profiles))}
        write_dump(tmp_path / str(profiles), profiles)
        shop = open_leo_shop()
        reports[profiles] = shop.sync(source, "first")
    before = versions(shop.warehouse, shop.tenant)
    again = shop.sync(source, "second")
    with capsys.disabled():
        say("a sync of a dump", reports)
        print(f"a second sync of {again['rows_read']} rows with nothing new: all {len(before)} rows as they were")
    assert max(growth_of(reports).values()) <= MOST_GROWTH
    assert again["rows_read"] == reports[PROFILES]["rows_read"]
    assert set(again["merged"].values()) == {0}
    assert again["graph_changed"] == 0
    assert versions(shop.warehouse, shop.tenant) == before


def test_a_live_source_read_whole_incrementally_and_compared_needs_no_more_memory_for_ten_times_the_profiles(
    open_leo_shop: OpenLeoShop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = {"whole": "incremental", "nothing new": "incremental", "comparison": "comparison"}
    reports: dict[str, dict[int, Report]] = {name: {} for name in runs}
    for profiles in (LIVE_PROFILES // 10, LIVE_PROFILES):
        folder = tmp_path / str(profiles)
        write_dump(folder, profiles)
        with running_sandbox(tmp_path / f"journal-{profiles}.jsonl", [(folder, "leo")]) as sandbox:
            shop = open_leo_shop()
            source = {
                "kind": "arangodb",
                "location": sandbox.arangodb_url,
                "database": "leo",
                "user": READER,
                "password": READER_PASSWORD,
            }
            for name, mode in runs.items():
                before = versions(shop.warehouse, shop.tenant)
                reports[name][profiles] = shop.sync(source, name, mode)
                if name != "whole":
                    assert set(reports[name][profiles]["merged"].values()) == {0}
                    assert versions(shop.warehouse, shop.tenant) == before
    with capsys.disabled():
        for name, each in reports.items():
            say(f"a live source, {name}", each)
    rows = reports["nothing new"][LIVE_PROFILES]["rows_read"]
    assert rows < reports["whole"][LIVE_PROFILES]["rows_read"] / 10
    for each in reports.values():
        assert max(growth_of(each).values()) <= MOST_GROWTH
