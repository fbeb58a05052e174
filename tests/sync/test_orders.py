"""What of an order was kept: returns, refunds and cancellations net out of quantities, values and totals."""

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import LiteralString

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.people import Person, add_people
from tests.sync.money_rows import DAY, OrderRow, add_orders
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


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


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
