"""Reading only what is new: what an incremental run asks of its source, and what it must not pass over."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation import sync
from leo_activation.errors import Transient
from leo_activation.sources import RawRow, open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago, written_at
from tests.sync.small_sources import METRIC, PROFILE, TRACKING_EVENT, write_csv
from tests.sync.stored import rows, versions


@pytest.fixture
def source() -> LiveDocuments:
    """One profile and one event of long ago, and one of each of an hour ago."""
    fresh = LiveDocuments()
    fresh.put("cdp_profile", PROFILE, _key="p2", updatedAt=minutes_ago(60), primaryEmail="mai@example.com")
    fresh.put("cdp_trackingevent", TRACKING_EVENT, _key="e2", createdAt=minutes_ago(60), refJourneyId="j1")
    return fresh


@pytest.fixture
def shop(leo_tenant: Tenant, source: LiveDocuments, run_sync: Sync) -> LiveShop:
    return LiveShop(leo_tenant, source, run_sync)


def modes(warehouse: Warehouse, shop: LiveShop) -> list[tuple[object, ...]]:
    return rows(warehouse, shop.tenant, "SELECT mode, compare_graph FROM ops.sync_run ORDER BY sync_run_id")


def test_a_first_run_reads_whole_and_the_next_only_what_is_new(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    assert shop.source.given == {
        "cdp_eventmetric": 1, "cdp_productitem": 1, "cdp_profile": 2, "cdp_trackingevent": 2,
    }  # fmt: skip
    shop.source.put("cdp_profile", PROFILE, _key="p3", updatedAt=minutes_ago(1))
    merged = shop.sync().merged
    # The product has no updatedAt, so only a comparison sees it again; the profile of an hour ago is the latest one.
    assert shop.source.given == {"cdp_eventmetric": 1, "cdp_profile": 2, "cdp_trackingevent": 2}
    assert (merged.profiles, merged.events) == (1, 0)
    assert modes(warehouse, shop) == [("whole", True), ("incremental", False)]


def test_nothing_new_reads_the_overlap_alone_and_writes_nothing(warehouse: Warehouse, shop: LiveShop) -> None:
    for number in range(50):
        shop.source.put("cdp_profile", PROFILE, _key=f"old{number}", primaryEmail=f"old{number}@example.com")
        shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key=f"old{number}", refJourneyId="j1")
    shop.sync()
    before = versions(warehouse, shop.tenant)
    watermarks = rows(warehouse, shop.tenant, "SELECT ctid::text, xmin::text FROM ops.sync_watermark ORDER BY 1")
    again = shop.sync()
    # e1 is the latest of its own partition, the empty journey.
    assert shop.source.given == {"cdp_eventmetric": 1, "cdp_profile": 1, "cdp_trackingevent": 2}
    assert set(vars(again.merged).values()) == {0}
    assert again.graph.changed == 0
    assert versions(warehouse, shop.tenant) == before
    assert (
        rows(warehouse, shop.tenant, "SELECT ctid::text, xmin::text FROM ops.sync_watermark ORDER BY 1") == watermarks
    )


def test_a_row_that_came_late_is_taken_within_the_overlap(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    shop.source.put("cdp_profile", PROFILE, _key="late", updatedAt=minutes_ago(69))
    shop.source.put("cdp_profile", PROFILE, _key="too late", updatedAt=minutes_ago(71))
    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="late", createdAt=minutes_ago(69), refJourneyId="j1")
    shop.sync()
    assert rows(warehouse, shop.tenant, "SELECT profile_id FROM core.profile ORDER BY 1") == [
        ("late",),
        ("p1",),
        ("p2",),
    ]
    assert rows(warehouse, shop.tenant, "SELECT event_id FROM core.event ORDER BY 1") == [("e1",), ("e2",), ("late",)]
    shop.sync("comparison")
    assert rows(warehouse, shop.tenant, "SELECT count(*) FROM core.profile WHERE profile_id = 'too late'") == [(1,)]


def test_a_moment_in_the_far_future_does_not_blind_the_watermark(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.put("cdp_profile", PROFILE, _key="future", updatedAt="2099-01-01T00:00:00.000Z")
    shop.sync()
    latest = rows(warehouse, shop.tenant, "SELECT moment FROM ops.sync_watermark WHERE collection = 'cdp_profile'")
    assert datetime.now(UTC) - timedelta(minutes=61) < latest[0][0] < datetime.now(UTC)  # type: ignore[operator]
    shop.source.put("cdp_profile", PROFILE, _key="p3", updatedAt=minutes_ago(1))
    assert shop.sync().merged.profiles == 1


def test_a_watermark_never_moves_back(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    query = "SELECT collection, partition, moment, last_key FROM ops.sync_watermark ORDER BY 1, 2"
    before = rows(warehouse, shop.tenant, query)
    assert [(row[0], row[1], row[3]) for row in before] == [
        ("cdp_profile", "", "p2"),
        ("cdp_trackingevent", None, "e1"),
        ("cdp_trackingevent", "", "e1"),
        ("cdp_trackingevent", "j1", "e2"),
    ]
    shop.source.delete("cdp_profile", "p2")
    shop.source.delete("cdp_trackingevent", "e2")
    shop.sync()
    shop.sync("comparison")
    assert rows(warehouse, shop.tenant, query) == before


def test_a_run_that_did_not_merge_leaves_the_watermarks(
    warehouse: Warehouse, shop: LiveShop, pseudonym_key: bytes
) -> None:
    tenant_id = shop.tenant.tenant_id
    run = sync.open_run(warehouse, tenant_id, "given up")
    sync.extract(warehouse, tenant_id, run, shop.source)
    sync.check(warehouse, tenant_id, run)
    assert rows(warehouse, shop.tenant, "SELECT count(*) FROM ops.sync_watermark") == [(0,)]
    shop.sync()
    assert modes(warehouse, shop) == [("whole", True), ("whole", True)]


def test_a_new_journey_is_read_from_its_beginning(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="old", refJourneyId="j2")
    assert shop.sync().merged.events == 1


def test_a_row_that_changes_while_it_is_read_counts_once(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    for number in range(3):
        shop.source.put("cdp_profile", PROFILE, _key=f"n{number}", updatedAt=minutes_ago(5 - number))
    read_since = shop.source.read_since

    def changing(collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        yield from read_since(collection, partition, since)
        if collection == "cdp_profile":
            shop.source.change("cdp_profile", "n0", firstName="Again", updatedAt=minutes_ago(0.1))
            yield from read_since(collection, partition, datetime.now(UTC) - timedelta(minutes=1))

    shop.source.read_since = changing  # type: ignore[method-assign]
    synced = shop.sync()
    assert (synced.merged.profiles, synced.report.rows_quarantined) == (3, 0)
    assert rows(warehouse, shop.tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'n0'") == [("Again",)]


def test_an_event_finds_a_product_that_an_earlier_run_read(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync()
    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="e3", createdAt=minutes_ago(1), refItemId="k1")
    shop.sync()
    assert rows(warehouse, shop.tenant, "SELECT product_id FROM core.event WHERE event_id = 'e3'") == [("SKU1",)]
    assert rows(warehouse, shop.tenant, "SELECT product_id, source_key FROM core.product") == [("SKU1", "k1")]


def test_metrics_are_read_whole_and_follow_the_source(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.put("cdp_eventmetric", METRIC, _key="scan", eventName="scan", score=3)
    shop.sync()
    shop.source.delete("cdp_eventmetric", "scan")
    shop.source.put("cdp_eventmetric", METRIC, _key="item-view", eventName="item-view", score=7)
    shop.sync()
    assert rows(
        warehouse, shop.tenant,
        "SELECT metric_name, score FROM core.event_metric WHERE metric_name IN ('scan', 'item-view', 'page-view') "
        "ORDER BY 1",
    ) == [("item-view", 7), ("page-view", 1)]  # fmt: skip


def test_a_snapshot_is_read_whole_whatever_is_asked_for(
    warehouse: Warehouse, tenant: Tenant, run_sync: Sync, tmp_path: Path
) -> None:
    source = open_source("csv", str(write_csv(tmp_path)))
    for mode in sync.SyncMode.INCREMENTAL, sync.SyncMode.COMPARISON:
        run_sync(tenant, source, mode=mode)
    assert rows(warehouse, tenant, "SELECT mode FROM ops.sync_run") == [("whole",), ("whole",)]


def test_a_run_given_up_after_its_merge_lets_the_next_compare_the_whole_graph(
    warehouse: Warehouse, shop: LiveShop, pseudonym_key: bytes
) -> None:
    shop.sync()
    tenant_id = shop.tenant.tenant_id
    shop.source.put("cdp_profile", PROFILE, _key="p3", updatedAt=minutes_ago(1))
    run = sync.open_run(warehouse, tenant_id, "merged only")
    sync.extract(warehouse, tenant_id, run, shop.source)
    sync.check(warehouse, tenant_id, run)
    sync.merge(warehouse, tenant_id, run, pseudonym_key=pseudonym_key)
    sync.open_run(warehouse, tenant_id, "opened only")
    shop.sync()
    shop.sync()
    assert modes(warehouse, shop)[1:] == [
        ("incremental", False), ("incremental", True), ("incremental", True), ("incremental", False),
    ]  # fmt: skip


def test_two_modes_of_one_tenant_do_not_run_at_once(warehouse: Warehouse, shop: LiveShop) -> None:
    tenant_id = shop.tenant.tenant_id
    shop.sync()
    run = sync.open_run(warehouse, tenant_id, "incremental")
    keys = shop.source.read_since

    def meanwhile(collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        with pytest.raises(Transient, match=f"Another sync of tenant {tenant_id} is at work"):
            sync.open_run(warehouse, tenant_id, "comparison", mode=sync.SyncMode.COMPARISON)
        return keys(collection, partition, since)

    shop.source.read_since = meanwhile  # type: ignore[method-assign]
    counts = sync.extract(warehouse, tenant_id, run, shop.source)
    assert counts.scope["cdp_profile"] == "read"


def test_a_replayed_moment_is_read_as_it_is_written(warehouse: Warehouse, shop: LiveShop) -> None:
    """A watermark begins exactly where it says: to the millisecond of the source, and inclusive."""
    moment = datetime.now(UTC).replace(microsecond=123_000) - timedelta(minutes=30)
    shop.source.put("cdp_profile", PROFILE, _key="edge", updatedAt=written_at(moment))
    shop.sync()
    shop.source.put("cdp_profile", PROFILE, _key="twin", updatedAt=written_at(moment))
    run = sync.open_run(warehouse, shop.tenant.tenant_id, "no overlap")
    counts = sync.extract(warehouse, shop.tenant.tenant_id, run, shop.source, overlap=timedelta(0))
    assert counts.by_collection["cdp_profile"] == 2
