"""Hand-made customers, products and events in core, as the loader would have merged them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

NOW = datetime(2026, 2, 20, tzinfo=UTC)


@dataclass(frozen=True)
class Person:
    """A customer with one profile of the same id; money in minor units."""

    customer_id: str
    country: str | None = None
    age: int | None = None
    favorite_color: str | None = None
    total_spent_minor: int | None = None
    keywords: Sequence[str] = ()
    email: str | None = None


@dataclass(frozen=True)
class Product:
    """A product of the catalogue; its name is its id unless given."""

    product_id: str
    name: str | None = None
    category: str | None = None
    brand: str | None = None
    keywords: Sequence[str] = ()


@dataclass(frozen=True)
class Event:
    """What somebody did; `metric_name` is the event type unless given."""

    profile_id: str
    event_type: str
    product_id: str | None
    occurred_at: datetime
    color: str | None = None
    metric_name: str | None = None
    order_id: str | None = None
    quantity: int = 1
    price_minor: int | None = None
    event_key: str = field(default="")


def add_people(warehouse: Warehouse, tenant_id: str, people: Sequence[Person]) -> None:
    """Insert customers, each with its profile and, where it has an e-mail, the address."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        cursor = connection.cursor()
        cursor.executemany(
            "INSERT INTO core.customer (tenant_id, customer_id) VALUES (%s, %s)",
            [(tenant_id, person.customer_id) for person in people],
        )
        cursor.executemany(
            "INSERT INTO core.profile (tenant_id, profile_id, customer_id, country, age, favorite_color, "
            "total_spent_minor, keywords, email, first_name, source_rev) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, 'Erika', '1')",
            [
                (tenant_id, p.customer_id, p.customer_id, p.country, p.age, p.favorite_color, p.total_spent_minor,
                 list(p.keywords), p.email)
                for p in people
            ],
        )  # fmt: skip
        cursor.executemany(
            "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
            "VALUES (%s, %s, 'email', %s, sha256(convert_to(%s, 'UTF8')))",
            [(tenant_id, p.customer_id, p.email, p.email) for p in people if p.email],
        )


def add_products(warehouse: Warehouse, tenant_id: str, products: Sequence[Product]) -> None:
    """Insert products."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.cursor().executemany(
            "INSERT INTO core.product (tenant_id, product_id, name, category, brand, keywords, source_rev) "
            "VALUES (%s, %s, %s, %s, %s, %s, '1')",
            [
                (tenant_id, p.product_id, p.name or p.product_id, p.category, p.brand, list(p.keywords))
                for p in products
            ],
        )


def add_events(warehouse: Warehouse, tenant_id: str, events: Sequence[Event]) -> None:
    """Insert events, making the partitions they need."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        moments = [event.occurred_at for event in events]
        connection.execute("SELECT core.ensure_event_partitions(%s, %s)", [min(moments), max(moments)])
        row = connection.execute("SELECT count(*) FROM core.event WHERE tenant_id = %s", [tenant_id]).fetchone()
        first = int(row[0]) if row else 0
        connection.cursor().executemany(
            "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
            "product_id, color, quantity, price_minor, value_minor, currency, order_id, source_rev) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, 'EUR', %s, '1')",
            [
                (tenant_id, e.event_key or f"e{n}", e.event_key or f"e{n}", e.profile_id, e.event_type,
                 e.metric_name or e.event_type, e.occurred_at, e.product_id, e.color, e.quantity, e.price_minor,
                 None if e.price_minor is None else e.price_minor * e.quantity, e.order_id)
                for n, e in enumerate(events, start=first)
            ],
        )  # fmt: skip


def state_consent(
    warehouse: Warehouse, tenant_id: str, profile_id: str, purpose: str, state: str, channel: str = "any"
) -> None:
    """Append a statement of consent as of now."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute(
            "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, "
            "since) VALUES (%s, %s, %s, %s, %s, 'consent', 'a test', 'test', clock_timestamp())",
            [tenant_id, profile_id, channel, purpose, state],
        )
