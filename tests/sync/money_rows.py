"""Events of orders and currency rates, written to core as the loader would have merged them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

DAY = datetime(2026, 2, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class OrderRow:
    """One row of core.event about an order; money in minor units of `currency`."""

    event_id: str
    event_type: str
    customer_id: str = "ann"
    order_id: str | None = "o1"
    product_id: str | None = "socks"
    color: str | None = None
    quantity: int = 1
    value: int | None = None
    order_value: int | None = None
    currency: str | None = "EUR"
    occurred_at: datetime = DAY
    place: int = 1


def add_orders(warehouse: Warehouse, tenant_id: str, events: Sequence[OrderRow]) -> None:
    """Insert events whose profiles are there already."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        moments = [event.occurred_at for event in events]
        connection.execute("SELECT core.ensure_event_partitions(%s, %s)", [min(moments), max(moments)])
        connection.cursor().executemany(
            "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
            "product_id, color, quantity, value_minor, order_value_minor, currency, order_id, source_rev) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '1')",
            [
                (tenant_id, f"{e.event_id}:{e.place}", e.event_id, e.customer_id, e.event_type, e.event_type,
                 e.occurred_at, e.product_id, e.color, e.quantity, e.value, e.order_value, e.currency, e.order_id)
                for e in events
            ],
        )  # fmt: skip


def add_rate(warehouse: Warehouse, from_currency: str, to_currency: str, day: date, rate: str) -> None:
    """Insert one rate; tests share the table, so each uses days of its own."""
    with warehouse.connect(DatabaseRole.LOADER) as connection:
        connection.execute(
            "INSERT INTO core.currency_rate (from_currency, to_currency, day, rate, source) "
            "VALUES (%s, %s, %s, %s, 'a test')",
            [from_currency, to_currency, day, Decimal(rate)],
        )
