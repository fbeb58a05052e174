"""The real audience-discovery data, whole, against what DuckDB says of the files themselves."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from leo_activation import sync
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.sync.conftest import Sync, Synced
from tests.sync.stored import rows, versions

RED_SOCKS = """
    SELECT DISTINCT customer_id::text FROM '{folder}/clickstream_events.csv'
    WHERE event_type = 'purchase' AND product = 'socks' AND color = 'red'
      AND event_timestamp >= TIMESTAMP '2026-02-20' - INTERVAL 60 DAY AND event_timestamp < TIMESTAMP '2026-02-20'
"""


@pytest.fixture(scope="module")
def shop(warehouse: Warehouse) -> Tenant:
    shop = Tenant(tenant_id="audience", name="Audience discovery", currency="EUR", interest_model="event_weight")
    register_tenant(warehouse, shop)
    return shop


@pytest.fixture(scope="module")
def synced(run_sync: Sync, shop: Tenant, audience_discovery: Path) -> Synced:
    return run_sync(shop, open_source("csv", str(audience_discovery)), as_of=None)


def test_no_customer_and_no_event_is_lost_not_even_those_with_the_same_id(
    warehouse: Warehouse, shop: Tenant, synced: Synced
) -> None:
    assert (synced.report.rows_read, synced.report.rows_passed, synced.report.rows_quarantined) == (5500, 5500, 0)
    assert rows(warehouse, shop, "SELECT count(*), count(DISTINCT event_id) FROM core.event") == [(5000, 4993)]
    assert rows(warehouse, shop, "SELECT count(*) FROM core.profile") == [(500,)]


def test_the_buyers_of_red_socks_are_those_of_the_file(
    warehouse: Warehouse, shop: Tenant, synced: Synced, audience_discovery: Path
) -> None:
    truth = duckdb.sql(RED_SOCKS.format(folder=audience_discovery)).fetchall()
    assert len(truth) == 75
    found = rows(
        warehouse,
        shop,
        "SELECT DISTINCT profile_id FROM core.event WHERE event_type = 'purchase' AND product_id = 'socks' "
        "AND color = 'red' AND occurred_at >= timestamptz '2026-02-20 00:00Z' - interval '60 days' "
        "AND occurred_at < '2026-02-20 00:00Z'",
    )
    assert set(found) == set(truth)


def test_money_and_times_are_those_of_the_file(
    warehouse: Warehouse, shop: Tenant, synced: Synced, audience_discovery: Path
) -> None:
    assert duckdb.sql(
        f"SELECT sum(round(price * 100))::bigint, max(epoch_us(event_timestamp)) "
        f"FROM '{audience_discovery}/clickstream_events.csv'"
    ).fetchall() == rows(
        warehouse,
        shop,
        "SELECT sum(value_minor)::bigint, (extract(epoch FROM max(occurred_at)) * 1000000)::bigint FROM core.event",
    )
    assert duckdb.sql(
        f"SELECT sum(round(total_spent * 100))::bigint FROM '{audience_discovery}/crm_customers.csv'"
    ).fetchall() == rows(warehouse, shop, "SELECT sum(total_spent_minor)::bigint FROM core.profile")


def test_the_graph_holds_what_the_file_holds(synced: Synced, audience_discovery: Path) -> None:
    counted = dict(
        duckdb.sql(
            f"SELECT event_type, count(*) FROM '{audience_discovery}/clickstream_events.csv' GROUP BY 1"
        ).fetchall()
    )
    graph = synced.graph.by_label
    assert (graph["VIEWED"], graph["ADDED_TO_CART"], graph["PURCHASED"]) == (
        counted["view"],
        counted["add_to_cart"],
        counted["purchase"],
    )
    assert (graph["Customer"], graph["Product"], graph["Category"]) == (500, 4, 4)


def test_as_of_is_the_first_midnight_after_the_latest_event(warehouse: Warehouse, shop: Tenant, synced: Synced) -> None:
    assert sync.data_as_of(warehouse, shop.tenant_id) == datetime(2026, 2, 20, tzinfo=UTC)


def test_time_zones_follow_the_country_and_say_so(warehouse: Warehouse, shop: Tenant, synced: Synced) -> None:
    assert set(rows(warehouse, shop, "SELECT DISTINCT country, time_zone, time_zone_source FROM core.profile")) == {
        ("AT", "Europe/Vienna", "country"),
        ("CZ", "Europe/Prague", "country"),
        ("DE", "Europe/Berlin", "country"),
        ("PL", "Europe/Warsaw", "country"),
    }


def test_the_same_files_again_write_nothing(
    warehouse: Warehouse, run_sync: Sync, shop: Tenant, synced: Synced, audience_discovery: Path
) -> None:
    before = versions(warehouse, shop)
    again = run_sync(shop, open_source("csv", str(audience_discovery)), as_of=None)
    assert set(vars(again.merged).values()) == {0}
    assert again.graph.changed == 0
    assert versions(warehouse, shop) == before
    assert len(before) > 10_000
