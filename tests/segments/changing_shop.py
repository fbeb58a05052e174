"""A random shop to which things happen: the tables change as a sync would change them, and the graph follows."""

import random
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

from leo_activation.profiles.interests import compute_interests
from leo_activation.settings import DatabaseRole
from leo_activation.sync import refresh_reachability
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.segments.projecting import project
from tests.segments.random_shop import AMOUNTS, CAMPAIGNS, CHANNELS, COLORS, CUSTOMERS, OTHER_EVENTS, SCORES, RandomShop

PRODUCTS = ("crew", "wool", "wool2", "runner", "boot", "plain", "gone")
KINDS = ("view", "add_to_cart", "purchase", "purchase", "return", "refund", "cancel", *OTHER_EVENTS)


class ChangingShop:
    """Draws changes by a seed; each is written to the tables, and `follow` brings graph and interests in line."""

    def __init__(self, warehouse: Warehouse, shop: RandomShop, seed: int) -> None:
        """`as_of` is the moment that the graph counts ages to; time goes by with `let_pass`."""
        self.warehouse = warehouse
        self.tenant: Tenant = shop.tenant
        self.chance = random.Random(seed)
        self.number = 0
        self.changes: dict[str, Callable[[Connection], None]] = {
            "an event": self._add_event,
            "a late event": self._add_late_event,
            "an event is gone": self._delete_event,
            "an attribute": self._change_attribute,
            "a birthday": self._correct_birthday,
            "a profile is gone": self._delete_profile,
            "a profile is back": self._restore_profile,
            "two people are one": self._merge,
            "a household": self._move,
            "a referral": self._refer,
            "consent": self._consent,
            "an address": self._retire_address,
            "a product": self._rename_product,
            "a delivery": self._deliver,
        }

    def change(self, kind: str, now: datetime) -> None:
        """Let one change happen; `now` is the latest moment of an event."""
        self.number += 1
        self.now = now
        with self.warehouse.connect(DatabaseRole.LOADER, self.tenant.tenant_id) as connection:
            self.changes[kind](connection)

    def follow(self, as_of: datetime, *, interests: bool) -> None:
        """The graph follows the tables, and (`interests`) the interests follow both."""
        project(self.warehouse, self.tenant, as_of)
        refresh_reachability(self.warehouse, self.tenant.tenant_id)
        if interests:
            compute_interests(self.warehouse, self.tenant.tenant_id, as_of)

    def _profile(self) -> str:
        return f"c{self.chance.randrange(CUSTOMERS):02}p0"

    def _add_event(self, connection: Connection) -> None:
        self._insert_event(connection, self.now - timedelta(microseconds=self.chance.choice((1, 3_600_000_000))))

    def _add_late_event(self, connection: Connection) -> None:
        self._insert_event(connection, self.now - timedelta(days=self.chance.choice((7, 30, 45, 90))))

    def _insert_event(self, connection: Connection, at: datetime) -> None:
        kind = self.chance.choice(KINDS)
        known = connection.execute(
            "SELECT profile_id, order_id, product_id FROM core.event WHERE order_id IS NOT NULL ORDER BY event_key"
        ).fetchall()
        who, order_id, product = self._profile(), f"new{self.number}", self.chance.choice((*PRODUCTS, None))
        if kind in {"return", "refund", "cancel"} and known:
            who, order_id, product = self.chance.choice(known)
        price, quantity = self.chance.choice(AMOUNTS), self.chance.choice((1, 2))
        connection.execute("SELECT core.ensure_event_partitions(%s, %s)", [at, at])
        connection.execute(
            "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
            "product_id, color, quantity, price_minor, value_minor, currency, order_id, campaign_ref, source_rev) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, '1')",
            [
                self.tenant.tenant_id, f"new{self.number}", f"n{self.number}", who, kind, kind, at, product,
                self.chance.choice(COLORS), quantity, price, price * quantity, self.tenant.currency, order_id,
                self.chance.choice((None, *CAMPAIGNS)),
            ],
        )  # fmt: skip

    def _delete_event(self, connection: Connection) -> None:
        keys = [row[0] for row in connection.execute("SELECT event_key FROM core.event ORDER BY 1").fetchall()]
        connection.execute("DELETE FROM core.event WHERE event_key = %s", [self.chance.choice(keys)])

    def _change_attribute(self, connection: Connection) -> None:
        column, values = self.chance.choice(_ATTRIBUTES)
        connection.execute(
            f"UPDATE core.profile SET {column} = %s WHERE profile_id = %s".encode(),
            [self.chance.choice(values), self._profile()],
        )

    def _correct_birthday(self, connection: Connection) -> None:
        born = self.chance.choice((date(1988, 2, 29), date(1996, 3, 13), date(1970, 1, 1), None))
        connection.execute("UPDATE core.profile SET date_of_birth = %s WHERE profile_id = %s", [born, self._profile()])

    def _delete_profile(self, connection: Connection) -> None:
        self._set_deleted(connection, self.now)

    def _restore_profile(self, connection: Connection) -> None:
        self._set_deleted(connection, None)

    def _set_deleted(self, connection: Connection, at: datetime | None) -> None:
        connection.execute("UPDATE core.profile SET deleted_at = %s WHERE profile_id = %s", [at, self._profile()])

    def _merge(self, connection: Connection) -> None:
        """The further profiles of a person become another person's."""
        one, other = self._profile()[:3], self._profile()[:3]
        connection.execute(
            "UPDATE core.profile SET customer_id = %s WHERE customer_id = %s AND NOT is_primary", [other, one]
        )

    def _move(self, connection: Connection) -> None:
        who, home = self._profile()[:3], f"h{self.chance.randrange(8)}"
        connection.execute("DELETE FROM core.household_member WHERE customer_id = %s", [who])
        if self.chance.random() < 0.7:
            connection.execute(
                "INSERT INTO core.household_member (tenant_id, customer_id, household_id) VALUES (%s, %s, %s)",
                [self.tenant.tenant_id, who, home],
            )

    def _refer(self, connection: Connection) -> None:
        if self.chance.random() < 0.4:
            keys = [row[0] for row in connection.execute("SELECT source_key FROM core.profile_relation ORDER BY 1")]
            connection.execute("DELETE FROM core.profile_relation WHERE source_key = %s", [self.chance.choice(keys)])
            return
        connection.execute(
            "INSERT INTO core.profile_relation (tenant_id, source_key, kind, from_profile_id, to_profile_id, "
            "source_rev) VALUES (%s, %s, 'referral', %s, %s, '1')",
            [self.tenant.tenant_id, f"new{self.number}", self._profile(), self._profile()],
        )

    def _consent(self, connection: Connection) -> None:
        connection.execute(
            "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, "
            "since) VALUES (%s, %s, %s, 'marketing', %s, 'consent', 'a test', 't', %s)",
            [
                self.tenant.tenant_id, self._profile(), self.chance.choice((*CHANNELS, "any")),
                self.chance.choice(("granted", "denied")), self.now,
            ],
        )  # fmt: skip

    def _retire_address(self, connection: Connection) -> None:
        state = self.chance.choice(("active", "retired"))
        connection.execute("UPDATE core.channel_address SET state = %s WHERE profile_id = %s", [state, self._profile()])

    def _rename_product(self, connection: Connection) -> None:
        column, values = self.chance.choice(
            (("name", ("crew socks", "wool socks")), ("category", ("socks", "shoes", None)), ("brand", ("Luna", None)))
        )
        connection.execute(
            f"UPDATE core.product SET {column} = %s WHERE product_id = %s".encode(),
            [self.chance.choice(values), self.chance.choice(PRODUCTS)],
        )

    def _deliver(self, connection: Connection) -> None:
        keys: Sequence[tuple[int]] = connection.execute(
            "SELECT delivery_id FROM activation.delivery ORDER BY 1"
        ).fetchall()
        connection.execute(
            "UPDATE activation.delivery SET state = %s, state_changed_at = %s WHERE delivery_id = %s",
            [self.chance.choice(("accepted", "rejected")), self.now, self.chance.choice(keys)[0]],
        )


_ATTRIBUTES: tuple[tuple[str, tuple[object, ...]], ...] = (
    ("country", ("DE", "PL", "VN", None)),
    ("city", ("Berlin", "Hà Nội", None)),
    ("gender", ("female", "male", None)),
    ("total_spent_minor", (*AMOUNTS, None)),
    ("funnel_stage", ("customer", "prospect", None)),
    ("scores", tuple(f'{{"total_lead_score": {score}}}' for score in SCORES)),
)
