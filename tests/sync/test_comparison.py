"""The five hazards of LEO CDP: what incremental runs cannot see, the comparison finds."""

from collections.abc import Iterator
from datetime import datetime

import pytest

from leo_activation import sync
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import RawRow, SourceKey
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.sync.conftest import Sync
from tests.sync.live_documents import LiveDocuments, LiveShop, minutes_ago
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT
from tests.sync.stored import contents, rows, versions

LIVE = "SELECT profile_id FROM core.profile WHERE deleted_at IS NULL ORDER BY 1"


@pytest.fixture
def source() -> LiveDocuments:
    """Twelve people, each with an event of their own."""
    fresh = LiveDocuments()
    for number in (2, 3):
        fresh.put("cdp_productitem", PRODUCT, _key=f"k{number}", productId=f"SKU{number}")
    for number in range(2, 13):
        key = f"p{number:02d}"
        fresh.put("cdp_profile", PROFILE, _key=key, primaryEmail=f"{key}@example.com")
        fresh.put("cdp_trackingevent", TRACKING_EVENT, _key=f"e{number:02d}", refProfileId=key)
    return fresh


@pytest.fixture
def shop(leo_tenant: Tenant, source: LiveDocuments, run_sync: Sync) -> LiveShop:
    made = LiveShop(leo_tenant, source, run_sync)
    made.sync()
    # The profiles and events of long ago are not within the overlap of these.
    source.put("cdp_profile", PROFILE, _key="new", updatedAt=minutes_ago(30), primaryEmail="new@example.com")
    source.put("cdp_trackingevent", TRACKING_EVENT, _key="new", createdAt=minutes_ago(30))
    made.sync()
    return made


def test_hazard_1_a_change_that_leaves_updated_at_is_found_by_the_comparison_alone(
    warehouse: Warehouse, shop: LiveShop
) -> None:
    shop.source.change("cdp_profile", "p05", firstName="Silent", receiveEmail=-1)
    assert shop.sync().merged.profiles == 0
    synced = shop.sync("comparison")
    assert (synced.merged.profiles, synced.merged.consents) == (1, 1)
    assert rows(warehouse, shop.tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p05'") == [("Silent",)]
    assert rows(
        warehouse, shop.tenant, "SELECT state FROM core.consent WHERE profile_id = 'p05' ORDER BY consent_id"
    ) == [("granted",), ("denied",)]


def test_hazard_1_events_given_to_another_profile_move_in_tables_and_graph(
    warehouse: Warehouse, shop: LiveShop
) -> None:
    # LEO merges profiles: the events get another refProfileId and a new _rev, no date; the merged profile vanishes.
    shop.source.change("cdp_trackingevent", "e05", refProfileId="p06")
    shop.source.delete("cdp_profile", "p05")
    assert shop.sync().merged.events == 0
    shop.sync("comparison")
    assert rows(warehouse, shop.tenant, "SELECT profile_id FROM core.event WHERE event_id = 'e05'") == [("p06",)]
    graph = shop.tenant.graph_name
    with warehouse.connect(DatabaseRole.LOADER, shop.tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        viewers = connection.execute(
            f'SELECT c.properties::text FROM {graph}."VIEWED" AS v JOIN {graph}."Customer" AS c ON c.id = v.start_id '
            "WHERE v.properties::text LIKE '%e05%'".encode()
        ).fetchall()
    assert len(viewers) == 1
    assert '"p06"' in viewers[0][0]


def test_hazard_2_a_hard_delete_is_found_by_the_comparison_alone(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.delete("cdp_profile", "p05")
    shop.source.delete("cdp_trackingevent", "e05")
    shop.source.delete("cdp_productitem", "k1")
    assert shop.sync().merged.profiles_gone == 0
    merged = shop.sync("comparison").merged
    assert (merged.profiles_gone, merged.events_gone, merged.products_gone) == (1, 1, 1)
    assert ("p05",) not in rows(warehouse, shop.tenant, LIVE)
    assert rows(warehouse, shop.tenant, "SELECT count(*) FROM core.event WHERE event_id = 'e05'") == [(0,)]
    assert rows(warehouse, shop.tenant, "SELECT product_id FROM core.product WHERE gone_at = deleted_at") == [("SKU1",)]


def test_hazard_3_events_are_asked_for_journey_by_journey_the_empty_one_included(shop: LiveShop) -> None:
    asked: list[tuple[str, str | None]] = []
    read_since = shop.source.read_since

    def noting(collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        asked.append((collection, partition))
        return read_since(collection, partition, since)

    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="j", refJourneyId="j1", createdAt=minutes_ago(1))
    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="e", refJourneyId="", createdAt=minutes_ago(1))
    shop.source.read_since = noting  # type: ignore[method-assign]
    assert shop.sync().merged.events == 2
    assert {partition for collection, partition in asked if collection == "cdp_trackingevent"} == {None, "", "j1"}


def test_hazard_4_rows_of_one_moment_are_neither_repeated_nor_missed(warehouse: Warehouse, shop: LiveShop) -> None:
    moment = minutes_ago(5)
    for number in range(40):
        shop.source.put(
            "cdp_profile", PROFILE, _key=f"same{number:02d}", updatedAt=moment, primaryEmail=f"same{number}@example.com"
        )
    assert shop.sync().merged.profiles == 40
    assert shop.sync().merged.profiles == 0


@pytest.mark.parametrize("mode", ["incremental", "comparison"])
def test_hazard_5_a_read_that_failed_is_not_an_empty_read(warehouse: Warehouse, shop: LiveShop, mode: str) -> None:
    read_since = shop.source.read_since

    def failing_keys(collection: str) -> Iterator[SourceKey]:
        yield SourceKey("p05", "x")
        raise Transient("The server did not answer.")

    def failing_rows(collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        yield from read_since(collection, partition, since)
        raise Transient("The server did not answer.")

    before = contents(warehouse, shop.tenant)
    shop.source.keys = failing_keys  # type: ignore[method-assign]
    shop.source.read_since = failing_rows  # type: ignore[method-assign]
    with pytest.raises(Transient, match="did not answer"):
        shop.sync(mode)
    assert contents(warehouse, shop.tenant) == before


def test_hazard_5_an_empty_answer_where_there_were_rows_stops_before_the_merge(
    warehouse: Warehouse, shop: LiveShop
) -> None:
    before = contents(warehouse, shop.tenant)
    shop.source.keys = lambda collection: iter(())  # type: ignore[method-assign]
    with pytest.raises(Permanent, match="cdp_profile"):
        shop.sync("comparison")
    assert contents(warehouse, shop.tenant) == before


def test_hazard_5_a_mass_delete_stops_before_the_merge(warehouse: Warehouse, shop: LiveShop) -> None:
    for number in range(2, 13):
        shop.source.delete("cdp_profile", f"p{number:02d}")
    before = contents(warehouse, shop.tenant)
    with pytest.raises(Permanent, match="cdp_profile"):
        shop.sync("comparison")
    assert contents(warehouse, shop.tenant) == before


def test_a_comparison_that_finds_nothing_reads_no_row_and_writes_nothing(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.sync("comparison")
    before = versions(warehouse, shop.tenant)
    again = shop.sync("comparison")
    assert shop.source.given == {
        "cdp_eventmetric": 1,  # it has no moment and is read whole
        "cdp_productitem keys": 3,
        "cdp_profile keys": 13,
        "cdp_trackingevent keys": 13,
    }
    assert set(vars(again.merged).values()) == {0}
    assert again.graph.changed == 0
    assert versions(warehouse, shop.tenant) == before


def test_a_row_that_was_set_aside_for_want_of_another_is_judged_again(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.put("cdp_trackingevent", TRACKING_EVENT, _key="early", refProfileId="later", createdAt=minutes_ago(1))
    assert shop.sync().report.by_rule == {"unknown_profile": 1}
    shop.source.put("cdp_profile", PROFILE, _key="later", updatedAt=minutes_ago(200))
    synced = shop.sync("comparison")
    assert (synced.merged.profiles, synced.merged.events) == (1, 1)
    assert rows(warehouse, shop.tenant, "SELECT state FROM ops.quarantine") == [("superseded",)]


def test_a_row_that_changes_or_vanishes_after_it_was_listed_is_taken_as_it_is(
    warehouse: Warehouse, shop: LiveShop
) -> None:
    shop.source.change("cdp_profile", "p05", firstName="Listed")
    shop.source.change("cdp_profile", "p06", firstName="Listed")
    listed = shop.source.keys

    def meanwhile(collection: str) -> Iterator[SourceKey]:
        yield from listed(collection)
        if collection == "cdp_profile":
            shop.source.change("cdp_profile", "p05", firstName="Read")
            shop.source.delete("cdp_profile", "p06")

    shop.source.keys = meanwhile  # type: ignore[method-assign]
    shop.sync("comparison")
    assert rows(warehouse, shop.tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p05'") == [("Read",)]
    assert ("p06",) not in rows(warehouse, shop.tenant, LIVE)


def test_a_metric_and_a_product_of_another_name_stand_once(warehouse: Warehouse, shop: LiveShop) -> None:
    shop.source.put("cdp_eventmetric", METRIC, eventName="product-view", score=5)
    shop.source.change("cdp_productitem", "k1", productId="SKU9")
    shop.sync("comparison")
    assert rows(warehouse, shop.tenant, "SELECT metric_name FROM core.event_metric WHERE source_key IS NOT NULL") == [
        ("product-view",)
    ]
    assert rows(warehouse, shop.tenant, "SELECT product_id, gone_at IS NULL FROM core.product ORDER BY product_id") == [
        ("SKU1", False),
        ("SKU2", True),
        ("SKU3", True),
        ("SKU9", True),
    ]


def test_equal_keys_of_two_tenants_stay_apart(warehouse: Warehouse, shop: LiveShop, run_sync: Sync) -> None:
    other = Tenant(
        tenant_id=f"o{shop.tenant.tenant_id[1:]}", name="Other", currency="VND", minor_units=0,
        interest_model="leo_event_metric",
    )  # fmt: skip
    register_tenant(warehouse, other)
    theirs = LiveShop(other, LiveDocuments(), run_sync)
    theirs.sync()
    before = versions(warehouse, shop.tenant)
    theirs.source.change("cdp_profile", "p1", firstName="Theirs")
    theirs.source.put("cdp_productitem", PRODUCT, title="Their socks")
    theirs.source.change("cdp_trackingevent", "e1", refItemId="SKU2")
    theirs.sync("comparison")
    assert versions(warehouse, shop.tenant) == before
    assert rows(warehouse, other, "SELECT first_name FROM core.profile") == [("Theirs",)]
    assert rows(warehouse, shop.tenant, "SELECT first_name FROM core.profile WHERE profile_id = 'p1'") == [("Lan",)]


def test_a_first_comparison_reads_whole(warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync) -> None:
    shop = LiveShop(leo_tenant, LiveDocuments(), run_sync)
    shop.sync("comparison")
    assert rows(warehouse, leo_tenant, "SELECT mode, compare_graph FROM ops.sync_run") == [("whole", True)]
    assert sync.has_data(warehouse, leo_tenant.tenant_id)
