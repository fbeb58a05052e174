"""What of an order was kept: returns, refunds and cancellations net out of quantities, values and totals."""

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import LiteralString

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql

from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.sync.rates import load_rates
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.sample_data.world import VND_PER_USD
from tests.profiles.people import Person, add_people
from tests.sync.conftest import Sync, Synced
from tests.sync.money_rows import DAY, OrderRow, add_orders
from tests.sync.small_sources import METRIC, PROFILE, TRACKING_EVENT, Document, write_dump
from tests.sync.stored import rows

ITEMS: LiteralString = (
    "SELECT product_id, net_quantity, net_value_minor FROM core.order_item ORDER BY event_id, graph_key"
)
TOTALS: LiteralString = (
    "SELECT customer_id, orders, net_spent_minor, orders_without_rate FROM core.customer_total ORDER BY 1"
)
SOCKS = OrderRow("p1", "purchase", quantity=3, value=3000)
HAT = OrderRow("p1", "purchase", product_id="hat", value=1000, place=2)
LATER = DAY + timedelta(days=3)


@pytest.fixture
def buyer(warehouse: Warehouse, tenant: Tenant) -> Tenant:
    """A tenant with two customers."""
    add_people(warehouse, tenant.tenant_id, [Person("ann"), Person("bob")])
    return tenant


@pytest.mark.parametrize(
    ("taken_back", "items", "total"),
    [
        ([], [("socks", 3, 3000), ("hat", 1, 1000)], 4000),
        ([OrderRow("r1", "return", quantity=1)], [("socks", 2, 2000), ("hat", 1, 1000)], 3000),
        ([OrderRow("r1", "return", quantity=3)], [("socks", 0, 0), ("hat", 1, 1000)], 1000),
        ([OrderRow("r1", "return", quantity=9)], [("socks", 0, 0), ("hat", 1, 1000)], 1000),
        (
            [OrderRow("r1", "return", quantity=2), OrderRow("r2", "return", quantity=2)],
            [("socks", 0, 0), ("hat", 1, 1000)],
            1000,
        ),
        # The goods and the money for them are two events of one thing.
        (
            [OrderRow("r1", "return", quantity=1), OrderRow("r2", "refund", quantity=1, value=1000)],
            [("socks", 2, 2000), ("hat", 1, 1000)],
            3000,
        ),
        (
            [OrderRow("r1", "return", quantity=1), OrderRow("r2", "refund", product_id=None, value=1000)],
            [("socks", 2, 2000), ("hat", 1, 1000)],
            3000,
        ),
        # Money alone leaves the goods with the customer, and is taken from each item by its share.
        ([OrderRow("r1", "refund", product_id=None, value=400)], [("socks", 3, 2700), ("hat", 1, 900)], 3600),
        ([OrderRow("r1", "refund", product_id=None, value=4000)], [("socks", 0, 0), ("hat", 0, 0)], 0),
        ([OrderRow("r1", "refund", product_id=None, value=9000)], [("socks", 0, 0), ("hat", 0, 0)], 0),
        ([OrderRow("r1", "cancel", product_id=None)], [("socks", 0, 0), ("hat", 0, 0)], 0),
        ([OrderRow("r1", "cancel", product_id="hat")], [("socks", 0, 0), ("hat", 0, 0)], 0),
        ([OrderRow("r1", "return", product_id=None)], [("socks", 0, 0), ("hat", 0, 0)], 0),
        # Of another order, another customer or no order, and of what was not bought: nothing is taken back.
        ([OrderRow("r1", "return", order_id="o2", quantity=3)], [("socks", 3, 3000), ("hat", 1, 1000)], 4000),
        ([OrderRow("r1", "return", order_id=None, quantity=3)], [("socks", 3, 3000), ("hat", 1, 1000)], 4000),
        ([OrderRow("r1", "return", customer_id="bob", quantity=3)], [("socks", 3, 3000), ("hat", 1, 1000)], 4000),
        ([OrderRow("r1", "return", product_id="coat")], [("socks", 3, 3000), ("hat", 1, 1000)], 4000),
    ],
)
def test_what_was_taken_back_nets_out(
    warehouse: Warehouse,
    buyer: Tenant,
    taken_back: list[OrderRow],
    items: list[tuple[str, int, int]],
    total: int,
) -> None:
    add_orders(warehouse, buyer.tenant_id, [SOCKS, HAT, *taken_back])
    assert rows(warehouse, buyer, ITEMS) == items
    orders = int(any(quantity for _, quantity, _ in items))
    assert rows(warehouse, buyer, TOTALS) == [("ann", orders, total, 0)]


def test_a_return_takes_the_colour_that_it_names_before_any_other(warehouse: Warehouse, buyer: Tenant) -> None:
    add_orders(
        warehouse,
        buyer.tenant_id,
        [
            OrderRow("p1", "purchase", color="blue", quantity=2, value=2000, place=1),
            OrderRow("p1", "purchase", color="red", quantity=2, value=2000, place=2),
            OrderRow("r1", "return", color="red", quantity=1),
            OrderRow("r2", "return", color="green", quantity=1),
        ],
    )
    assert rows(warehouse, buyer, "SELECT color, net_quantity FROM core.order_item ORDER BY color") == [
        ("blue", 1),
        ("red", 1),
    ]


def test_what_was_paid_for_the_order_is_spread_over_its_items_to_the_last_unit(
    warehouse: Warehouse, buyer: Tenant
) -> None:
    goods = [OrderRow("p1", "purchase", product_id=f"p{n}", value=333, order_value=900, place=n) for n in (1, 2, 3)]
    dear = OrderRow("p1", "purchase", product_id="p4", value=1, order_value=900, place=4)
    add_orders(warehouse, buyer.tenant_id, [*goods, dear])
    paid = [row[0] for row in rows(warehouse, buyer, "SELECT paid_minor FROM core.order_item ORDER BY product_id")]
    assert paid == [300, 299, 300, 1]
    assert rows(warehouse, buyer, "SELECT items, paid_minor, net_value_minor FROM core.order") == [(4, 900, 900)]


def test_orders_of_all_profiles_of_a_customer_are_one_total(warehouse: Warehouse, buyer: Tenant) -> None:
    add_orders(
        warehouse,
        buyer.tenant_id,
        [SOCKS, OrderRow("p2", "purchase", customer_id="bob", order_id=None, value=500, occurred_at=LATER)],
    )
    with warehouse.connect(DatabaseRole.LOADER, buyer.tenant_id) as connection:
        connection.execute("UPDATE core.profile SET customer_id = 'ann', is_primary = false WHERE profile_id = 'bob'")
    assert rows(
        warehouse,
        buyer,
        "SELECT customer_id, orders, first_order_at, last_order_at, net_spent_minor FROM core.customer_total",
    ) == [("ann", 2, DAY, LATER, 3500)]


def test_what_is_asked_as_of_a_moment_knows_nothing_later(warehouse: Warehouse, buyer: Tenant) -> None:
    add_orders(warehouse, buyer.tenant_id, [SOCKS, OrderRow("r1", "return", quantity=3, occurred_at=LATER)])
    with warehouse.connect(DatabaseRole.LOADER, buyer.tenant_id) as connection:
        kept = [
            connection.execute("SELECT net_quantity FROM core.order_items(%s)", [moment]).fetchall()
            for moment in (DAY, DAY + timedelta(microseconds=1), LATER, LATER + timedelta(microseconds=1))
        ]
    assert kept == [[], [(3,)], [(3,)], [(0,)]]


def test_the_orders_of_one_customer_are_read_without_those_of_others(warehouse: Warehouse, buyer: Tenant) -> None:
    add_orders(warehouse, buyer.tenant_id, [SOCKS])
    with warehouse.connect(DatabaseRole.LOADER, buyer.tenant_id) as connection:
        plan = connection.execute(
            "EXPLAIN SELECT net_quantity FROM core.order_items('infinity') WHERE tenant_id = %s AND customer_id = %s",
            [buyer.tenant_id, "ann"],
        ).fetchall()
    text = "\n".join(str(line[0]) for line in plan)
    window, scan = text.index("WindowAgg"), text.index("customer_id = ")
    assert window < scan, "the customer is looked for below the windows"


KINDS = st.sampled_from(["purchase", "purchase", "purchase", "return", "return", "refund", "cancel"])
ORDER_ROWS = st.lists(
    st.tuples(KINDS, st.sampled_from(["o1", "o2"]), st.sampled_from(["socks", "hat"]), st.integers(1, 4)), max_size=10
)


def kept_by_hand(events: list[tuple[str, str, str, int]]) -> dict[tuple[str, str], tuple[int, int]]:
    """Quantity and value kept by order and product, as a person with a pencil would net them: 100 apiece."""
    kept = {}
    for order in {event[1] for event in events}:
        mine = [event for event in events if event[1] == order]
        cancelled = any(kind == "cancel" for kind, *_ in mine)
        for product in {event[2] for event in mine if event[0] == "purchase"}:
            count = {
                asked: sum(quantity for kind, _, name, quantity in mine if (kind, name) == (asked, product))
                for asked in ("purchase", "return", "refund")
            }
            quantity = 0 if cancelled else max(0, count["purchase"] - max(count["return"], count["refund"]))
            kept[order, product] = (quantity, 100 * quantity)
    return kept


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=ORDER_ROWS)
def test_any_mixture_of_events_nets_as_by_hand(
    warehouse: Warehouse, buyer: Tenant, events: list[tuple[str, str, str, int]]
) -> None:
    with warehouse.connect(DatabaseRole.LOADER, buyer.tenant_id) as connection:
        connection.execute("DELETE FROM core.event")
    if events:
        add_orders(
            warehouse,
            buyer.tenant_id,
            [
                OrderRow(f"e{n}", kind, order_id=order, product_id=product, quantity=quantity, value=100 * quantity)
                for n, (kind, order, product, quantity) in enumerate(events)
            ],
        )
    found = rows(
        warehouse,
        buyer,
        "SELECT order_ref, product_id, sum(net_quantity)::int, sum(net_value_minor)::int FROM core.order_item "
        "GROUP BY 1, 2",
    )
    assert {(order, product): (quantity, value) for order, product, quantity, value in found} == kept_by_hand(events)


# --- from the source to the graph -------------------------------------------------------------------------------------


def item(product_id: str, quantity: int, price: float, currency: str = "VND") -> Document:
    return {"itemId": product_id, "quantity": quantity, "salePrice": price, "currency": currency}


ORDER: Document = {
    **TRACKING_EVENT,
    "_key": "order",
    "metricName": "purchase",
    "transactionId": "ORD-1",
    "transactionValue": 280000,
    "transactionCurrency": "VND",
    "transactionStatus": "completed",
    "orderedItems": [item("SKU1", 2, 100000), item("SKU2", 1, 80000)],
}
RETURN: Document = {
    **ORDER,
    "_key": "return",
    "createdAt": "2026-02-05T10:00:00.000Z",
    "metricName": "product-return",
    "transactionValue": 100000,
    "transactionStatus": "returned",
    "orderedItems": [item("SKU1", 1, 100000)],
}
METRICS = [
    METRIC,
    *(
        {**METRIC, "_key": name, "eventName": name, "score": score}
        for name, score in (("purchase", 27), ("product-return", -33), ("order-refund", -10), ("order-cancel", -20))
    ),
]
VIEWS = [{**TRACKING_EVENT, "_key": f"view{n}"} for n in range(12)]


class Shop:
    """A LEO tenant whose dump is written anew for each sync."""

    def __init__(self, warehouse: Warehouse, tenant: Tenant, folder: Path, run_sync: Sync) -> None:
        self.warehouse, self.tenant, self._folder, self._run_sync = warehouse, tenant, folder, run_sync
        self._syncs = 0

    def sync(self, *events: Document, profiles: Sequence[Document] = (PROFILE,)) -> Synced:
        self._syncs += 1
        folder = write_dump(
            self._folder / str(self._syncs), profiles=profiles, events=[*VIEWS, *events], metrics=METRICS
        )
        return self._run_sync(self.tenant, open_source("arangodump", str(folder)))

    def rows(self, query: LiteralString) -> list[tuple[object, ...]]:
        return rows(self.warehouse, self.tenant, query)

    def edges(self) -> list[dict[str, object]]:
        """What stands on the PURCHASED edges, the largest quantity first."""
        query = sql.SQL("SELECT properties::text FROM {}").format(sql.Identifier(self.tenant.graph_name, "PURCHASED"))
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            found = [json.loads(row[0]) for row in connection.execute(query)]
        return sorted(found, key=lambda edge: -int(edge["quantity"]))

    def kept(self) -> list[tuple[object, object]]:
        return [(edge.get("net_quantity"), edge.get("net_value")) for edge in self.edges()]

    def total_spent(self) -> object:
        """What the graph says of the only customer."""
        query = sql.SQL("SELECT properties::text FROM {}").format(sql.Identifier(self.tenant.graph_name, "Customer"))
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            [(properties,)] = connection.execute(query).fetchall()
        return json.loads(properties).get("total_spent")


@pytest.fixture
def shop(warehouse: Warehouse, leo_tenant: Tenant, tmp_path: Path, run_sync: Sync) -> Shop:
    return Shop(warehouse, leo_tenant, tmp_path, run_sync)


def test_a_return_in_a_later_run_changes_the_purchase_in_the_graph_and_goes_again(shop: Shop) -> None:
    shop.sync(ORDER)
    assert [(edge["quantity"], edge["value"]) for edge in shop.edges()] == [(2, 200000), (1, 80000)]
    assert (shop.kept(), shop.total_spent()) == ([(2, 200000), (1, 80000)], 280000)

    synced = shop.sync(ORDER, RETURN)
    assert (synced.merged.events, synced.graph.way) == (1, "followed")
    assert [(edge["quantity"], edge["value"]) for edge in shop.edges()] == [(2, 200000), (1, 80000)]
    assert (shop.kept(), shop.total_spent()) == ([(1, 100000), (1, 80000)], 180000)
    assert shop.sync(ORDER, RETURN).graph.changed == 0

    # The source deletes the return: nothing of it is left to say which order it was of.
    synced = shop.sync(ORDER)
    assert (synced.merged.events_gone, synced.graph.way) == (1, "followed")
    assert (shop.kept(), shop.total_spent()) == ([(2, 200000), (1, 80000)], 280000)


def test_who_turns_out_to_be_the_same_person_returned_what_was_bought_elsewhere(shop: Shop) -> None:
    stranger = {**PROFILE, "_key": "p2", "_rev": "s1", "primaryEmail": "mai@example.com"}
    returned = {**RETURN, "refProfileId": "p2"}
    shop.sync(ORDER, returned, profiles=[PROFILE, stranger])
    assert shop.kept() == [(2, 200000), (1, 80000)]
    known = {**stranger, "_rev": "s2", "primaryEmail": PROFILE["primaryEmail"]}
    synced = shop.sync(ORDER, returned, profiles=[PROFILE, known])
    assert (synced.merged.events, synced.graph.way) == (0, "followed")
    assert (shop.kept(), shop.total_spent()) == ([(1, 100000), (1, 80000)], 180000)
    shop.sync(ORDER, returned, profiles=[PROFILE, {**stranger, "_rev": "s3"}])
    assert shop.kept() == [(2, 200000), (1, 80000)]


def test_a_refund_and_a_cancellation_reach_the_graph(shop: Shop) -> None:
    money = {"metricName": "order-refund", "refItemId": "", "orderedItems": [], "transactionValue": 28000}
    refund = {**RETURN, "_key": "refund", **money}
    shop.sync(ORDER, refund)
    assert (shop.kept(), shop.total_spent()) == ([(2, 180000), (1, 72000)], 252000)
    cancel = {**RETURN, "_key": "cancel", "metricName": "order-cancel", "orderedItems": []}
    shop.sync(ORDER, refund, cancel)
    assert (shop.kept(), shop.total_spent()) == ([(0, 0), (0, 0)], 0)


@pytest.mark.parametrize(
    ("status", "kinds", "spent"),
    [
        ("pending", {"purchase"}, 280000),
        ("Refunded", {"refund"}, None),
        ("cancelled", {"cancel"}, None),
        ("returned", {"return"}, None),
        ("failed", {"failed_purchase"}, None),
    ],
)
def test_a_purchase_that_its_own_status_calls_off_is_none(
    shop: Shop, status: str, kinds: set[str], spent: int | None
) -> None:
    shop.sync(ORDER)
    shop.sync({**ORDER, "_rev": "v2", "transactionStatus": status})
    assert {kind for (kind,) in shop.rows("SELECT event_type FROM core.event WHERE event_id = 'order'")} == kinds
    assert len(shop.edges()) == (2 if spent else 0)
    assert shop.total_spent() == spent


def test_what_leo_writes_where_there_is_no_order_joins_no_events(shop: Shop) -> None:
    none = {"transactionId": "empty-transaction"}
    shop.sync({**ORDER, **none}, {**ORDER, **none, "_key": "another"}, {**RETURN, **none})
    assert shop.rows("SELECT DISTINCT order_id FROM core.event") == [(None,)]
    assert shop.rows("SELECT orders, net_spent_minor FROM core.customer_total") == [(2, 560000)]


def test_amounts_follow_when_their_rate_is_loaded_later(shop: Shop, tmp_path: Path) -> None:
    baht = {**ORDER, "transactionCurrency": "THB", "transactionValue": 25.5}
    order = {**baht, "orderedItems": [item("SKU1", 2, 10, "THB"), item("SKU2", 1, 5.5, "THB")]}
    synced = shop.sync(order)
    assert (synced.merged.events, synced.merged.events_without_rate) == (len(VIEWS) + 2, 2)
    assert ([edge.get("value") for edge in shop.edges()], shop.kept()) == ([None, None], [(2, None), (1, None)])
    assert shop.rows("SELECT orders, net_spent_minor, orders_without_rate FROM core.customer_total") == [(1, 0, 1)]

    file = tmp_path / "rates.csv"
    file.write_text("date,from,to,rate\n2026-01-30,THB,VND,700.05\n")
    load_rates(shop.warehouse, file, source="a bank")
    synced = shop.sync(order)
    assert (synced.merged.events, synced.merged.events_without_rate, synced.graph.way) == (0, 0, "followed")
    assert [(edge["price"], edge["value"]) for edge in shop.edges()] == [(7001, 14001), (3850, 3850)]
    assert (shop.kept(), shop.total_spent()) == ([(2, 14001), (1, 3850)], 17851)
    assert shop.sync(order).graph.changed == 0


PURCHASES = {"purchase", "repurchase"}
TAKEN_BACK = {"product-return", "order-cancel", "order-refund"}


def totals_of_the_documents(folder: Path) -> tuple[Counter[str], Counter[str]]:
    """What each profile paid, and what of it was not given back, in dong, added up document by document."""
    paid: Counter[str] = Counter()
    kept: Counter[str] = Counter()
    [file] = folder.glob("cdp_trackingevent_*.data.json.gz")
    with gzip.open(file, "rt", encoding="utf-8", errors="replace") as lines:
        for line in lines:
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            value = event.get("transactionValue") or 0
            if value <= 0 or event["metricName"] not in PURCHASES | TAKEN_BACK:
                continue
            dong = round(value * (VND_PER_USD if event["transactionCurrency"] == "USD" else 1))
            paid[event["refProfileId"]] += dong if event["metricName"] in PURCHASES else 0
            kept[event["refProfileId"]] += dong if event["metricName"] in PURCHASES else -dong
    return paid, kept


def test_the_totals_of_a_generated_shop_are_those_of_its_documents(
    warehouse: Warehouse, leo_tenant: Tenant, run_sync: Sync, generated_dump: tuple[Path, Mapping[str, object]]
) -> None:
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        connection.execute(
            "INSERT INTO core.currency_rate (from_currency, to_currency, day, rate, source) "
            "SELECT 'USD', 'VND', day, %s, 'the generator' "
            "FROM generate_series(date '2023-12-01', date '2026-02-20', interval '7 days') AS day",
            [VND_PER_USD],
        )
    run_sync(leo_tenant, open_source("arangodump", str(generated_dump[0])))
    paid, kept = totals_of_the_documents(generated_dump[0])
    people = rows(
        warehouse,
        leo_tenant,
        "SELECT customer_id, array_agg(profile_id), sum(total_spent_minor)::bigint FROM core.profile "
        "WHERE deleted_at IS NULL GROUP BY customer_id",
    )
    found = {
        customer_id: (net, orders_without_rate)
        for customer_id, net, orders_without_rate in rows(
            warehouse, leo_tenant, "SELECT customer_id, net_spent_minor, orders_without_rate FROM core.customer_total"
        )
    }
    wrong = []
    for customer_id, profiles, stated in people:
        assert isinstance(profiles, list)
        net, without_rate = found.get(customer_id, (0, 0))
        # A dollar and cents of several orders are rounded order by order there, and item by item here.
        differs = abs(int(str(net)) - sum(kept[profile] for profile in profiles)) > 5
        # LEO's own total counts what was paid, also where it was given back.
        differs |= abs(int(str(stated or 0)) - sum(paid[profile] for profile in profiles)) > 5
        if differs or without_rate:
            wrong.append((customer_id, stated, net, without_rate))
    assert wrong == []
    assert len(people) > 200
    assert sum(paid.values()) > sum(kept.values()) > 0
