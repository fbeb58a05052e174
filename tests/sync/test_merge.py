"""What the merge makes of changes: in attributes, orders, consent, addresses and in who is a customer."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from leo_activation.activation.channels.webpush.subscriptions import read_subscription
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.webpush.browser import subscription
from tests.sync.conftest import Sync, Synced
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT, write_dump
from tests.sync.stored import rows

PURCHASE_METRIC = {**METRIC, "_key": "purchase", "eventName": "purchase", "score": 27}
ORDER: Mapping[str, object] = {
    **TRACKING_EVENT,
    "metricName": "purchase",
    "transactionId": "ORD-1",
    "transactionCurrency": "VND",
    "eventData": {"color": "Red", "itemColors": {"SKU1": "Red", "SKU2": "blue"}},
    "orderedItems": [
        {"itemId": "SKU1", "categoryName": "Socks", "quantity": 2, "salePrice": 99000, "currency": "VND"},
        {"itemId": "SKU2", "categoryName": "Hats", "quantity": 1, "originalPrice": 12.5, "currency": "USD"},
    ],
}


class Shop:
    """A LEO tenant whose dump is written anew for each sync."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant, folder: Path, run_sync: Sync) -> None:
        self.warehouse, self.tenant, self._folder, self._run_sync = warehouse, tenant, folder, run_sync
        self._syncs = 0

    def sync(
        self,
        profile: Mapping[str, object] = PROFILE,
        *events: Mapping[str, object],
        product: Mapping[str, object] = PRODUCT,
    ) -> Synced:
        self._syncs += 1
        folder = write_dump(
            self._folder / str(self._syncs),
            profiles=[{**profile, "_rev": f"r{self._syncs}"}],
            events=events or [TRACKING_EVENT],
            products=[{**product, "_rev": f"i{self._syncs}"}],
            metrics=[METRIC, PURCHASE_METRIC],
        )
        return self._run_sync(self.tenant, open_source("arangodump", str(folder)))

    def rows(self, query: str) -> list[tuple[object, ...]]:
        return rows(self.warehouse, self.tenant, query)

    def execute(self, query: str, *values: object) -> None:
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant.tenant_id) as connection:
            connection.execute(query, values)


@pytest.fixture
def shop(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync) -> Shop:
    return Shop(warehouse, leo_tenant, tmp_path, run_sync)


def test_an_order_is_one_row_an_item_with_its_own_colour_price_and_currency(shop: Shop) -> None:
    synced = shop.sync(PROFILE, ORDER)
    assert shop.rows(
        "SELECT event_key, event_id, product_id, color, quantity, price_minor, value_minor, currency, order_id "
        "FROM core.event ORDER BY event_key"
    ) == [
        ("e1:1", "e1", "SKU1", "red", 2, 99000, 198000, "VND", "ORD-1"),
        ("e1:2", "e1", "SKU2", "blue", 1, 1250, 1250, "USD", "ORD-1"),
    ]
    assert synced.graph.by_label["PURCHASED"] == 2


def test_an_item_that_the_catalogue_does_not_list_becomes_a_product(shop: Shop) -> None:
    shop.sync(PROFILE, ORDER)
    assert shop.rows("SELECT product_id, name, category FROM core.product ORDER BY 1") == [
        ("SKU1", "Wool socks", "Socks"),
        ("SKU2", "SKU2", "Hats"),
    ]


def test_an_item_taken_off_an_order_leaves_tables_and_graph(shop: Shop) -> None:
    shop.sync(PROFILE, ORDER)
    items = ORDER["orderedItems"]
    assert isinstance(items, list)
    synced = shop.sync(PROFILE, {**ORDER, "_rev": "v2", "orderedItems": items[:1]})
    assert shop.rows("SELECT event_key FROM core.event") == [("e1:1",)]
    assert synced.merged.events_deleted == 1
    assert synced.graph.by_label["PURCHASED"] == 1


def test_an_event_moved_in_time_stands_once(shop: Shop) -> None:
    shop.sync(PROFILE, TRACKING_EVENT)
    shop.sync(PROFILE, {**TRACKING_EVENT, "_rev": "v2", "createdAt": "2026-01-31T10:00:00.000Z"})
    assert shop.rows("SELECT to_char(occurred_at, 'YYYY-MM-DD') FROM core.event") == [("2026-01-31",)]


def test_an_event_given_to_another_profile_without_a_new_revision_follows(
    warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync
) -> None:
    both = [PROFILE, {**PROFILE, "_key": "p2", "primaryEmail": "mai@example.com"}]
    for place, owner in enumerate(("p1", "p2")):
        folder = write_dump(tmp_path / owner, profiles=both, events=[{**TRACKING_EVENT, "refProfileId": owner}])
        synced = run_sync(leo_tenant, open_source("arangodump", str(folder)))
        assert (synced.merged.events, synced.graph.changed > 0) == (1, True), place
    assert rows(warehouse, leo_tenant, "SELECT profile_id FROM core.event") == [("p2",)]
    with warehouse.connect(DatabaseRole.LOADER, leo_tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        graph = leo_tenant.graph_name
        found = connection.execute(
            f'SELECT c.properties::text FROM {graph}."VIEWED" AS v JOIN {graph}."Customer" AS c ON c.id = v.start_id'
        ).fetchall()
    assert len(found) == 1
    assert '"customer_id": "p2"' in found[0][0]


def test_a_changed_profile_changes_its_vertex(shop: Shop) -> None:
    shop.sync()
    synced = shop.sync({**PROFILE, "livingCity": "Hanoi"})
    assert (synced.merged.profiles, synced.graph.changed) == (1, 1)
    assert shop.rows("SELECT city, time_zone, time_zone_source FROM core.profile") == [
        ("Hanoi", "Asia/Ho_Chi_Minh", "country")
    ]


@pytest.mark.parametrize("status", [0, -1, -4, -44])
def test_a_profile_that_is_no_longer_active_leaves_the_graph_with_its_edges(shop: Shop, status: int) -> None:
    before = shop.sync().graph.by_label
    shop.execute("SET search_path = ag_catalog")
    _interest_edge(shop)
    after = shop.sync({**PROFILE, "status": status}).graph.by_label
    assert (before["Customer"], before["VIEWED"]) == (1, 1)
    assert (after["Customer"], after["VIEWED"]) == (0, 0)
    assert shop.rows("SELECT deleted_at IS NOT NULL FROM core.profile") == [(True,)]
    assert shop.rows(f'SELECT count(*) FROM "{shop.tenant.graph_name}"."INTERESTED_IN"') == [(0,)]


def _interest_edge(shop: Shop) -> None:
    """An edge of the kind that another part of the program keeps, from the only customer."""
    graph = shop.tenant.graph_name
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        connection.execute(
            f'INSERT INTO {graph}."INTERESTED_IN" (id, start_id, end_id, properties) '
            f"SELECT _graphid(_label_id('{graph}', 'INTERESTED_IN')::integer, 1), id, id, agtype_build_map() "
            f'FROM {graph}."Customer"'
        )


def test_a_product_of_another_category_moves_its_edge(shop: Shop) -> None:
    shop.sync()
    synced = shop.sync(product={**PRODUCT, "categoryName": "Hosiery"})
    assert (synced.graph.by_label["IN_CATEGORY"], synced.graph.by_label["Category"]) == (1, 1)
    assert shop.rows(f'SELECT properties::text FROM "{shop.tenant.graph_name}"."Category"') == [
        ('{"name": "Hosiery"}',)
    ]


CONSENTS = "SELECT channel, purpose, state FROM core.consent ORDER BY consent_id"


def test_flags_become_consent_and_the_default_becomes_none(shop: Shop) -> None:
    flags = {"receiveEmail": 1, "receiveSMS": -1, "receiveWebPush": 0, "receiveAppPush": 1, "receiveAds": -1}
    shop.sync({**PROFILE, **flags})
    assert set(shop.rows(CONSENTS)) == {
        ("email", "marketing", "granted"),
        ("sms", "marketing", "denied"),
        ("mobile_push", "marketing", "granted"),
        ("any", "profiling", "denied"),
    }
    assert shop.rows("SELECT DISTINCT since::text, source FROM core.consent") == [("2026-01-01 08:00:00+00", "leo_cdp")]


def test_only_a_changed_flag_is_appended_and_its_default_again_is_unknown(shop: Shop) -> None:
    for flag in (1, 1, -1, 0, 0, 1):
        shop.sync({**PROFILE, "receiveEmail": flag})
    assert [row[2] for row in shop.rows(CONSENTS)] == ["granted", "denied", "unknown", "granted"]


def test_a_statement_never_dates_before_the_one_that_it_replaces(shop: Shop) -> None:
    shop.sync({**PROFILE, "receiveEmail": 1})
    shop.sync({**PROFILE, "receiveEmail": -1, "updatedAt": "2025-07-01T00:00:00.000Z"})
    assert shop.rows("SELECT state FROM core.consent ORDER BY since DESC, consent_id DESC LIMIT 1") == [("denied",)]


def test_a_flag_repeated_does_not_undo_an_unsubscription(shop: Shop) -> None:
    shop.sync({**PROFILE, "receiveEmail": 1})
    shop.execute(
        "INSERT INTO core.consent "
        "(tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
        "VALUES (%s, 'p1', 'email', 'marketing', 'denied', 'withdrawal', 'link', 'unsubscribe', '2026-02-01')",
        shop.tenant.tenant_id,
    )
    shop.sync({**PROFILE, "receiveEmail": 1})
    assert shop.rows("SELECT state FROM core.consent ORDER BY since DESC, consent_id DESC LIMIT 1") == [("denied",)]


TOKEN = "dGx_Y2Fmd0-jQmFyYmFyZQ:APA91bHun4MxP5egoKMwt2KZFBaFUH-1RYqx"
BROWSER: Mapping[str, Any] = subscription("https://push.example.com/subscription/7")
CANONICAL = json.dumps({name: BROWSER[name] for name in ("endpoint", "keys")}, sort_keys=True, separators=(",", ":"))
ADDRESSES = "SELECT channel, address, state, retired_reason FROM core.channel_address ORDER BY channel, address"


def test_addresses_are_normal_and_keep_their_providers_ids(shop: Shop) -> None:
    known = {"firebase": [f" {TOKEN} "], "zalo": ["123"], "facebook": ["456"], "webpush": [BROWSER], "fax": ["1"]}
    shop.sync(
        {
            **PROFILE,
            "primaryEmail": " Lan.Le@Example.COM ",
            "primaryPhone": "0100 012 345",
            "notificationUserIds": known,
        }
    )
    assert [row[:2] for row in shop.rows(ADDRESSES)] == [
        ("email", "Lan.Le@example.com"),
        ("messenger", "456"),
        ("mobile_push", TOKEN),
        ("sms", "+84100012345"),
        ("web_push", CANONICAL),
        ("zalo", "123"),
    ]


def test_a_subscription_is_one_address_however_the_source_writes_it(shop: Shop) -> None:
    padded = {**BROWSER, "keys": {name: f"{key}==" for name, key in BROWSER["keys"].items()}}
    shop.sync({**PROFILE, "notificationUserIds": {"webpush": [BROWSER, json.dumps(padded, indent=1), CANONICAL]}})

    assert shop.rows(ADDRESSES)[1:] == [("web_push", CANONICAL, "active", None)]
    assert read_subscription(CANONICAL).endpoint == BROWSER["endpoint"]


def browser(endpoint: str, **keys: str) -> dict[str, object]:
    return {"endpoint": endpoint, "keys": {**BROWSER["keys"], **keys}}


REFUSED: Mapping[str, Sequence[object]] = {
    "endpoint_not_https": [
        browser("http://push.example.com/x"),
        browser("file:///etc/passwd"),
        browser("javascript:x"),
    ],
    "endpoint_not_public": [
        browser("https://127.0.0.1/x"),
        browser("https://[::ffff:10.0.0.1]/x"),
        browser("https://2130706433/x"),
        browser("https://localhost/x"),
        browser("https://redis.default.svc.cluster.local/x"),
        browser("https://metadata.google.internal/computeMetadata/v1/"),
        browser("https://push.example.com:5432/x"),
        browser("https://anh:secret@push.example.com/x"),
        browser("https://push.example.com/x\r\nX: y"),
        browser("https://push.example.com/" + "x" * 1_000),
        browser("https://push.example.com"),
    ],
    "bad_keys": [
        browser("https://push.example.com/1", auth="short"),
        browser("https://push.example.com/2", p256dh="A" * 87),
    ],
    "no_subscription": [
        "https://push.example.com/subscription/1",
        "[" * 900,
        {"endpoint": "https://push.example.com/3"},
        "7",
    ],
}


def test_a_push_address_that_nothing_may_be_sent_to_is_kept_retired_with_the_reason(shop: Shop) -> None:
    given = {
        "webpush": [each for some in REFUSED.values() for each in some] + [BROWSER],
        "firebase": ["short", "two words of a token that is long enough", "x" * 3_000],
        "zalo": ["1" * 600],
    }
    shop.sync({**PROFILE, "notificationUserIds": given})

    told = "SELECT channel, retired_reason, count(*) FROM core.channel_address WHERE channel <> 'email' GROUP BY 1, 2"
    assert set(shop.rows(told)) == {
        ("mobile_push", "no_push_token", 3),
        ("web_push", None, 1),
        ("zalo", "over_long", 1),
        *(("web_push", reason, len(some)) for reason, some in REFUSED.items()),
    }
    active = shop.rows("SELECT address FROM core.channel_address WHERE state = 'active' AND channel = 'web_push'")
    assert active == [(CANONICAL,)]


@pytest.mark.parametrize("some", REFUSED.values())
def test_what_the_database_refuses_of_subscriptions_the_channel_refuses_too(some: Sequence[object]) -> None:
    for each in some:
        with pytest.raises(Permanent):
            read_subscription(each if isinstance(each, str) else json.dumps(each))


def test_a_number_that_cannot_be_dialled_is_no_address(shop: Shop) -> None:
    shop.sync({**PROFILE, "primaryPhone": "0000000000"})
    assert [row[0] for row in shop.rows(ADDRESSES)] == ["email"]


def test_an_address_gone_from_the_source_is_retired_and_back_when_it_returns(shop: Shop) -> None:
    shop.sync()
    shop.sync({**PROFILE, "primaryEmail": ""})
    assert shop.rows(ADDRESSES) == [("email", "lan@example.com", "retired", "gone_from_source")]
    shop.sync()
    assert shop.rows(ADDRESSES) == [("email", "lan@example.com", "active", None)]


def test_an_address_that_bounced_stays_retired(shop: Shop) -> None:
    shop.sync()
    shop.execute("UPDATE core.channel_address SET state = 'retired', retired_reason = 'bounced'")
    shop.sync({**PROFILE, "firstName": "Mai"})
    assert shop.rows(ADDRESSES) == [("email", "lan@example.com", "retired", "bounced")]


def test_an_address_is_remembered_by_its_keyed_hash(shop: Shop, pseudonym_key: bytes) -> None:
    shop.sync()
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant.tenant_id) as connection:
        found = connection.execute(
            "SELECT address_hash = core.address_hash('email', 'lan@example.com', %s), length(address_hash) "
            "FROM core.channel_address",
            [pseudonym_key],
        ).fetchall()
    assert found == [(True, 32)]


@pytest.mark.parametrize(
    ("place", "zone", "way"),
    [
        ({"livingCountry": "United States", "livingCity": "Houston"}, "America/Chicago", "city"),
        ({"livingCountry": "USA", "livingCity": "Nowhere"}, None, None),
        ({"livingCountry": "Việt Nam"}, "Asia/Ho_Chi_Minh", "country"),
        ({"livingCountry": "", "locationCode": "SG"}, "Asia/Singapore", "country"),
        ({"livingCountry": "", "primaryPhone": "+84100012345"}, "Asia/Ho_Chi_Minh", "phone"),
        ({"livingCountry": "", "primaryPhone": "+11234567890"}, None, None),
        ({"livingCountry": ""}, None, None),
    ],
)
def test_a_time_zone_is_derived_and_the_way_noted(
    shop: Shop, place: Mapping[str, object], zone: str | None, way: str | None
) -> None:
    shop.sync({**PROFILE, **place})
    assert shop.rows("SELECT time_zone, time_zone_source FROM core.profile") == [(zone, way)]


def test_the_graph_holds_no_contact_data(shop: Shop) -> None:
    shop.sync({**PROFILE, "firstName": "Lanlanlan", "lastName": "Lelele", "primaryPhone": "0100012345"})
    with shop.warehouse.connect(DatabaseRole.LOADER, shop.tenant.tenant_id) as connection:
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        found = connection.execute(f'SELECT properties::text FROM {shop.tenant.graph_name}."Customer"').fetchall()
    assert len(found) == 1
    assert not [word for word in ("example.com", "100012345", "Lanlanlan", "Lelele") if word in found[0][0]]
