"""Shops full of awkward customers, drawn from a seed: what two compilers are compared on.

Everything that a plan may ask of is in core, as the loader would have merged it, and brought into the graph by the
sync's own projection. Amounts and moments come from short lists, so that sums, counts and edges of windows meet the
bounds that plans ask for.
"""

import json
import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import sql

from leo_activation.profiles.interests import compute_interests
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.membership import project_members
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.segments.projecting import project

AS_OF = datetime(2026, 3, 12, 17, 30, tzinfo=UTC)
CUSTOMERS = 36
EVENTS = 420
SEGMENTS = ("vip", "weekend_hikers")
CAMPAIGNS = ("spring_sale", "welcome")
CHANNELS = ("email", "sms", "zalo")
COLORS = ("black", "blue", "red")
AMOUNTS = (0, 500, 1000, 1500, 2000, 5000)
"""Prices in minor units; sums of them meet each other often."""
SCORES = (0, 10, 25.5, 50, 100)
DAYS = (7, 30, 60, 90)
"""Windows of so many days are asked for, and have events at their very edges."""
OTHER_EVENTS = ("page-view", "email_open", "email_click", "email_sent")
FOREIGN = ("SEK", "ISK")
"""Another currency with a rate, and one without."""

_PRODUCTS = (
    ("crew", "crew socks", "socks", "Luna", False),
    ("wool", "wool socks", "socks", None, False),
    ("wool2", "wool socks", "shoes", "Northpeak", False),
    ("runner", "runner", "shoes", "Northpeak", False),
    ("boot", "boot", None, "Luna", False),
    ("plain", "plain thing", None, None, False),
    ("gone", "old boot", "shoes", "Luna", True),
)


@dataclass(frozen=True)
class RandomShop:
    """A tenant whose core and graph hold the same, and its catalogue."""

    tenant: Tenant
    catalogue: Catalogue


def open_random_shop(warehouse: Warehouse, seed: int) -> RandomShop:
    """A shop of its own tenant, whatever else a database holds; a seed gives the same shop each time."""
    home = ("EUR", 2, "UTC") if seed % 2 else ("VND", 0, "Asia/Ho_Chi_Minh")
    tenant = Tenant(
        tenant_id=f"random{seed}_{secrets.token_hex(4)}",
        name="A random shop",
        currency=home[0],
        minor_units=home[1],
        time_zone=home[2],
        interest_model="event_weight",
        consent_basis="a study" if seed % 3 == 0 else None,
    )
    register_tenant(warehouse, tenant)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        _Filling(connection, tenant, random.Random(seed)).fill()
    project(warehouse, tenant, AS_OF)
    compute_interests(warehouse, tenant.tenant_id, AS_OF)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        _project_segments(connection, tenant)
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        return RandomShop(tenant, load_catalogue(connection, tenant.tenant_id))


def _project_segments(connection: Connection, tenant: Tenant) -> None:
    connection.execute(statement("segments/create_asked_customer"))
    for segment_id in SEGMENTS:
        project_members(connection, {"tenant_id": tenant.tenant_id, "segment_id": segment_id, "asks_all": True})


class _Filling:
    def __init__(self, connection: Connection, tenant: Tenant, chance: random.Random) -> None:
        self.connection = connection
        self.tenant = tenant
        self.chance = chance
        self.customers = [f"c{n:02}" for n in range(CUSTOMERS)]
        self.profiles: list[str] = []

    def fill(self) -> None:
        """Everything, in an order in which nothing is named before it is there."""
        self.add_customers()
        self.add_products()
        self.add_rates()
        self.add_events()
        self.add_relations()
        self.add_addresses()
        self.add_deliveries()
        self.insert(
            "segment.membership",
            ("segment_id", "customer_id", "since"),
            [(segment, who, AS_OF) for segment in SEGMENTS for who in self.some(self.customers, 0.3)],
        )

    def add_customers(self) -> None:
        """Most have one profile; some have more, of which the one that speaks may be deleted."""
        self.insert("core.customer", ("customer_id",), [(who,) for who in self.customers])
        rows = []
        for who in self.customers:
            for n in range(self.chance.choice([1, 1, 1, 2, 3])):
                deleted = self.chance.random() < (0.1 if n == 0 else 0.2)
                rows.append((f"{who}p{n}", who, n == 0, *self.attributes(), AS_OF if deleted else None))
                self.profiles.append(f"{who}p{n}")
        columns = (
            "profile_id", "customer_id", "is_primary", "country", "city", "gender", "date_of_birth", "age", "language",
            "funnel_stage", "favorite_color", "total_spent_minor", "scores", "source_created_at", "deleted_at",
            "source_rev",
        )  # fmt: skip
        self.insert("core.profile", columns, [(*row, "1") for row in rows])

    def attributes(self) -> tuple[object, ...]:
        """Each may be missing."""
        one = self.maybe
        today = AS_OF.date()
        born = (
            date(1988, 2, 29),
            date(1990, 12, 31),
            date(1970, 1, 1),
            date(1996, today.month, today.day),
            date(1996, today.month, today.day + 1),
            date(2001, 7, self.chance.randrange(1, 29)),
        )
        names = ("total_lead_score", "total_loyalty_score", "rfm_score", "churn_score", "total_nps", "total_clv")
        scores = {name: self.chance.choice(SCORES) for name in self.some(names, 0.6)}
        return (
            one("DE", "PL", "VN"),
            one("Berlin", "Hà Nội", "Kraków"),
            one("female", "male", "other"),
            one(*born),
            one(*range(29, 33)),
            one("de", "vi"),
            one("lead", "customer"),
            one(*COLORS),
            one(0, 1000, 5000, 10_000),
            json.dumps(scores),
            one(*(AS_OF - timedelta(days=days) for days in (1, 29, 30, 31, 400))),
        )

    def add_products(self) -> None:
        """Some lack a category or a brand, two share a name, one has left the catalogue."""
        self.insert(
            "core.product",
            ("product_id", "name", "category", "brand", "price_minor", "currency", "deleted_at", "source_rev"),
            [
                (*product[:4], self.chance.choice(AMOUNTS), self.tenant.currency, AS_OF if product[4] else None, "1")
                for product in _PRODUCTS
            ],
        )

    def add_rates(self) -> None:
        """Rates are everybody's, so a second shop finds those of the first."""
        self.connection.cursor().executemany(
            "INSERT INTO core.currency_rate (from_currency, to_currency, day, rate, source) "
            "VALUES (%s, %s, %s, %s, 'a random shop') ON CONFLICT DO NOTHING",
            [
                (FOREIGN[0], self.tenant.currency, AS_OF.date() - timedelta(days=days), rate)
                for days, rate in ((0, "0.5"), (5, "2"), (45, "0.333"), (60, "1"))
            ],
        )

    def add_events(self) -> None:
        """Events of all kinds; orders have lines, and are returned, refunded and cancelled in part or whole."""
        moments = self.moments()
        rows: list[tuple[Any, ...]] = []
        number = 0
        while len(rows) < EVENTS:
            number += 1
            who, at = self.chance.choice(self.profiles), self.chance.choice(moments)
            kind = self.chance.choice(("view", "view", "add_to_cart", "order", "order", "return", *OTHER_EVENTS))
            if kind == "order":
                rows.extend(self.order(number, who, at))
            elif kind in OTHER_EVENTS:
                product = self.maybe("runner")
                rows.append(self.event(number, 0, who, kind, at, product, campaign=self.maybe(*CAMPAIGNS)))
            else:
                rows.append(self.event(number, 0, who, kind, at, self.product()))
        self.connection.execute("SELECT core.ensure_event_partitions(%s, %s)", [min(moments), max(moments)])
        columns = (
            "event_key", "event_id", "profile_id", "event_type", "metric_name", "occurred_at", "product_id", "color",
            "quantity", "price_minor", "value_minor", "order_value_minor", "currency", "order_id", "campaign_ref",
            "source_rev",
        )  # fmt: skip
        self.insert("core.event", columns, rows)

    def moments(self) -> list[datetime]:
        """Few enough that events fall together, many at an edge of a window or of a day of the tenant's."""
        zone = ZoneInfo(self.tenant.time_zone)
        tick = timedelta(microseconds=1)
        edges = [AS_OF, AS_OF - tick, *(AS_OF - timedelta(days=days) for days in DAYS)]
        edges += [edge + self.chance.choice((-tick, tick)) for edge in edges[2:]]
        for day in (date(2026, 3, 1), date(2026, 3, 9), date(2026, 2, 1), date(2026, 1, 1)):
            midnight = datetime(day.year, day.month, day.day, tzinfo=zone)
            edges += [midnight, midnight - tick]
        hours = [AS_OF - timedelta(hours=self.chance.randrange(1, 24 * 120)) for _ in range(40)]
        return edges + hours

    def order(self, number: int, who: str, at: datetime) -> list[tuple[Any, ...]]:
        """The lines of an order, and what was given back of it."""
        order_id = self.maybe(f"o{number}", f"o{number}", f"shared{number % 5}")
        campaign = self.maybe(*CAMPAIGNS) if self.chance.random() < 0.3 else None
        currency = self.chance.choice((self.tenant.currency, self.tenant.currency, *FOREIGN, None))
        paid = self.maybe(1000, 5000) if self.chance.random() < 0.2 else None
        lines = [
            self.event(
                number, line, who, "purchase", at, self.product(), order_id=order_id, campaign=campaign,
                currency=currency, paid=paid,
            )
            for line in range(self.chance.choice((1, 1, 2, 3)))
        ]  # fmt: skip
        back = self.chance.random()
        later = min(AS_OF, at + timedelta(days=self.chance.randrange(0, 20)))
        bought, color = lines[0][6], lines[0][7]
        if order_id is not None and back < 0.3:
            lines.append(self.event(number, 7, who, "return", later, bought, order_id=order_id, color=color))
        elif order_id is not None and back < 0.4:
            lines.append(self.event(number, 8, who, "refund", later, None, order_id=order_id, currency=currency))
        elif order_id is not None and back < 0.46:
            lines.append(self.event(number, 9, who, "cancel", later, None, order_id=order_id))
        return lines

    def event(
        self,
        number: int,
        line: int,
        who: str,
        kind: str,
        at: datetime,
        product: str | None,
        *,
        order_id: str | None = None,
        campaign: str | None = None,
        currency: str | None = "home",
        color: str | None = "any",
        paid: int | None = None,
    ) -> tuple[Any, ...]:
        """One row of core.event."""
        quantity, price = self.chance.choice((0, 1, 1, 2, 3)), self.maybe(*AMOUNTS)
        value = None if price is None or self.chance.random() < 0.1 else price * quantity
        return (
            f"{number}:{line}", f"e{number}", who, kind, kind, at, product,
            self.maybe(*COLORS) if color == "any" else color, quantity, price, value, paid,
            self.tenant.currency if currency == "home" else currency, order_id, campaign, "1",
        )  # fmt: skip

    def product(self) -> str | None:
        """A product of the catalogue, one that nobody knows, or none."""
        return self.chance.choice((*(product[0] for product in _PRODUCTS), "unknown", None))

    def add_relations(self) -> None:
        """Who brought whom, some of it unknown or of oneself; and homes of one, two or more."""
        # Few who bring somebody, so that one profile and another of the same person bring the same customer.
        few = self.profiles[:8]
        pairs = [(self.chance.choice(few), self.chance.choice([*few, *self.profiles, "nobody"])) for _ in range(60)]
        kinds = ("referral", "referral", "family")
        self.insert(
            "core.profile_relation",
            ("source_key", "kind", "from_profile_id", "to_profile_id", "source_rev"),
            [(f"r{n}", self.chance.choice(kinds), *pair, "1") for n, pair in enumerate(pairs)],
        )
        homes = [f"h{n}" for n in range(8)]
        self.insert("core.household", ("household_id",), [(home,) for home in homes])
        self.insert(
            "core.household_member",
            ("customer_id", "household_id"),
            [(who, self.chance.choice(homes)) for who in self.some(self.customers, 0.6)],
        )

    def add_addresses(self) -> None:
        """Addresses, some retired or suppressed; consent that was given, taken back, or never asked for."""
        addresses = [
            (who, channel, f"{who}-{channel}", f"{who}-{channel}".encode(), self.chance.choice(("active", "retired")))
            for who in self.profiles
            for channel in CHANNELS[:2]
            if self.chance.random() < 0.5
        ]
        self.insert("core.channel_address", ("profile_id", "channel", "address", "address_hash", "state"), addresses)
        self.insert(
            "core.suppression",
            ("channel", "address_hash", "reason", "source"),
            [
                (row[1], row[3], self.chance.choice(("unsubscribed", "bounced")), "t")
                for row in self.some(addresses, 0.2)
            ],
        )
        self.insert(
            "core.consent",
            ("profile_id", "channel", "purpose", "state", "legal_basis", "evidence", "source", "since"),
            [
                (
                    self.chance.choice(self.profiles), self.chance.choice((*CHANNELS, "any")), "marketing",
                    self.chance.choice(("granted", "granted", "denied")), "consent", "a test", "t",
                    AS_OF - timedelta(days=self.chance.randrange(1, 50)),
                )
                for _ in range(60)
            ],
        )  # fmt: skip

    def add_deliveries(self) -> None:
        """What was sent from here, some of it at the edges of windows."""
        self.insert(
            "activation.campaign",
            ("campaign_id", "name", "segment_id", "channels", "message_class", "requested_by"),
            [(campaign, campaign, "vip", ["email"], "marketing", "linh") for campaign in CAMPAIGNS],
        )
        self.insert(
            "activation.run",
            ("campaign_id", "orchestrator_run_id", "as_of", "segment_version", "hash"),
            [(campaign, "1", AS_OF, 1, "x") for campaign in CAMPAIGNS],
        )
        runs = self.connection.execute(
            "SELECT campaign_run_id FROM activation.run WHERE tenant_id = %s", [self.tenant.tenant_id]
        ).fetchall()
        edges = [AS_OF - timedelta(days=days) for days in DAYS]
        self.insert(
            "activation.delivery",
            ("campaign_run_id", "customer_id", "profile_id", "channel", "step", "state", "state_changed_at"),
            [
                (
                    self.chance.choice(runs)[0], profile[:3], profile, self.chance.choice(CHANNELS), n,
                    self.chance.choice(("accepted", "accepted", "rejected")), self.chance.choice(edges),
                )
                for n, profile in enumerate(self.some(self.profiles, 0.8))
            ],
        )  # fmt: skip

    def insert(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Rows of the tenant."""
        query = sql.SQL("INSERT INTO {} (tenant_id, {}) VALUES (%s, {})").format(
            sql.Identifier(*table.split(".")),
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join([sql.Placeholder()] * len(columns)),
        )
        self.connection.cursor().executemany(query, [(self.tenant.tenant_id, *row) for row in rows])

    def maybe(self, *values: Any) -> Any:
        """One of the values, or, one time in five, none."""
        return None if self.chance.random() < 0.2 else self.chance.choice(values)

    def some(self, values: Sequence[Any], share: float) -> list[Any]:
        """About that share of the values."""
        return [value for value in values if self.chance.random() < share]
