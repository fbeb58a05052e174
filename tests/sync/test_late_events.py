"""Events that come late or from the future: the late ones are taken and counted, the future ones wait."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leo_activation.sources import open_source
from leo_activation.sync.late_events import ALLOWANCE
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import AS_OF, Sync, Synced
from tests.sync.small_sources import PROFILE, TRACKING_EVENT, write_dump
from tests.sync.stored import rows

OTHER = {**PROFILE, "_key": "p2", "primaryEmail": "mai@example.com"}
# Enough sound ones that a single bad one does not stop the run.
BASE = [{**TRACKING_EVENT, "_key": f"b{n}", "createdAt": "2026-02-01T10:00:00.500Z"} for n in range(30)]
QUARANTINE = "SELECT source_key, rule FROM ops.quarantine WHERE state = 'open'"


def event(key: str, at: datetime, **fields: object) -> Mapping[str, object]:
    return {**TRACKING_EVENT, "_key": key, "createdAt": at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), **fields}


class Shop:
    """A LEO tenant whose dump is written anew for each sync."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant, folder: Path, run_sync: Sync) -> None:
        self.warehouse, self.tenant, self._folder, self._run_sync = warehouse, tenant, folder, run_sync
        self._syncs = 0

    def sync(self, *events: Mapping[str, object], as_of: datetime | None = AS_OF) -> Synced:
        self._syncs += 1
        folder = write_dump(self._folder / str(self._syncs), profiles=[PROFILE, OTHER], events=[*BASE, *events])
        return self._run_sync(self.tenant, open_source("arangodump", str(folder)), as_of=as_of)

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self.warehouse, self.tenant, query)


@pytest.fixture
def shop(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync) -> Shop:
    return Shop(warehouse, leo_tenant, tmp_path, run_sync)


def test_what_occurred_before_the_last_run_by_more_than_the_allowance_is_late(shop: Shop) -> None:
    assert shop.sync().merged.late_events == 0
    moment = timedelta(microseconds=1)
    limit = AS_OF - ALLOWANCE
    new = [event("e1", limit - moment), event("e2", limit), event("e3", AS_OF), event("e4", limit - 90 * moment)]
    assert shop.sync(*new, as_of=AS_OF + timedelta(days=1)).merged.late_events == 2
    assert shop.sync(*new, as_of=AS_OF + timedelta(days=1)).merged.late_events == 0
    stored = shop.rows("SELECT count(*), bool_and(ingested_at > occurred_at) FROM core.event")
    assert stored == [(len(BASE) + 4, True)]
    assert shop.rows("SELECT counts #> '{merged,late_events}' FROM ops.sync_run ORDER BY sync_run_id") == [
        (0,),
        (2,),
        (0,),
    ]


def test_an_as_of_in_the_future_makes_no_event_late_before_it_could_be_read(shop: Shop) -> None:
    far = datetime(2036, 1, 1, tzinfo=UTC)
    shop.sync(as_of=far)
    began = datetime.now(UTC)
    new = [event("e1", began - timedelta(minutes=30)), event("e2", began - timedelta(hours=2))]
    assert shop.sync(*new, as_of=far).merged.late_events == 1


def test_an_event_of_several_items_is_late_once_and_a_corrected_one_is_not_new(shop: Shop) -> None:
    shop.sync()
    items = [{"itemId": name, "quantity": 1, "salePrice": 5, "currency": "VND"} for name in ("SKU1", "SKU2")]
    late = event("e1", AS_OF - timedelta(days=5), orderedItems=items)
    assert shop.sync(late).merged.late_events == 1
    synced = shop.sync({**late, "_rev": "v2", "orderedItems": items[:1]})
    assert (synced.merged.events, synced.merged.late_events) == (1, 0)


def test_an_event_that_changed_hands_is_not_new_and_one_that_changed_is(shop: Shop) -> None:
    kept = event("e1", AS_OF - timedelta(days=5))
    seen = "SELECT profile_id, product_id, ingested_at FROM core.event WHERE event_id = 'e1'"
    shop.sync(kept)
    [(_, _, first)] = shop.rows(seen)
    synced = shop.sync({**kept, "_rev": "v2", "refProfileId": "p2"})
    assert (synced.merged.events, shop.rows(seen)) == (1, [("p2", "SKU1", first)])
    shop.sync({**kept, "_rev": "v3", "refProfileId": "p2", "refItemId": "SKU2"})
    [(_, product, again)] = shop.rows(seen)
    assert isinstance(first, datetime)
    assert isinstance(again, datetime)
    assert (product, again > first) == ("SKU2", True)


def test_an_event_after_the_given_as_of_waits_and_is_in_time_when_it_is_due(shop: Shop) -> None:
    due = event("e1", AS_OF + timedelta(seconds=1))
    shop.sync(due)
    assert shop.rows(QUARANTINE) == [("e1", "future_event")]
    synced = shop.sync(due, as_of=AS_OF + timedelta(days=1))
    assert (synced.merged.events, synced.merged.late_events) == (1, 0)
    assert shop.rows(QUARANTINE) == []


def test_without_an_as_of_only_what_lies_after_now_waits(shop: Shop) -> None:
    now = datetime.now(UTC)
    shop.sync(event("e1", now - timedelta(seconds=5)), event("e2", now + timedelta(hours=1)), as_of=None)
    assert shop.rows(QUARANTINE) == [("e2", "future_event")]
    assert shop.rows("SELECT count(*) FROM core.event WHERE event_id = 'e1'") == [(1,)]
