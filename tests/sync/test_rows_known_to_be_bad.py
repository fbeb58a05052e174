"""Rows that are set aside already do not stop the runs that read few rows and meet them again."""

from datetime import UTC, datetime, timedelta

import pytest

from leo_activation.errors import Permanent
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, written_at
from tests.sync.small_sources import TRACKING_EVENT
from tests.sync.stored import rows

BAD = 30


def put_future_events(source: LiveDocuments, name: str) -> None:
    ahead = written_at(datetime.now(UTC) + timedelta(days=2))
    for number in range(BAD):
        source.put("cdp_trackingevent", TRACKING_EVENT, _key=f"{name}{number}", createdAt=ahead)


def aside(warehouse: Warehouse, shop: LiveShop) -> list[tuple[object, ...]]:
    return rows(warehouse, shop.tenant, "SELECT rule, count(*) FROM ops.open_quarantine GROUP BY rule")


@pytest.mark.parametrize("mode", ["incremental", "comparison"])
def test_a_clock_that_runs_ahead_stops_no_later_run_but_many_new_bad_rows_do(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, mode: str
) -> None:
    source = LiveDocuments()
    for number in range(BAD * 10):
        source.put("cdp_trackingevent", TRACKING_EVENT, _key=f"good{number}")
    put_future_events(source, "ahead")
    shop = LiveShop(leo_tenant, source, run_sync)
    shop.sync()
    for _ in range(2):
        report = shop.sync(mode).report
        assert (report.rows_quarantined, report.by_rule) == (BAD, {"future_event": BAD})
        assert aside(warehouse, shop) == [("future_event", BAD)]
    # The overlap brings the good ones again too: more than a tenth of both together.
    for name in ("new", "newer"):
        put_future_events(source, name)
    with pytest.raises(Permanent, match="bad rows"):
        shop.sync(mode)
