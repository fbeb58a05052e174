"""A shop whose data an attacker has filled: every hostile value stands where customers' data has such names."""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import TupleRow

from leo_activation.profiles.embeddings import embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    Exposure,
    ExposureKind,
    Interest,
    Leaf,
    Operator,
    ProductFilter,
    SegmentPlan,
    TopicType,
)
from leo_activation.segments.requests import submit_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products
from tests.segments.hostile.texts import VALUES, HostileValue
from tests.segments.projecting import project
from tests.segments.shop import EVENTS, PEOPLE, PRODUCTS, CannedPlanner, day

BENIGN = "benign"
"""A harmless value of each kind, which nobody has but the customers called by it."""
KINDS = tuple(dict.fromkeys(value.kind for value in VALUES))
PHONES = {"ann": "+84912345678", "bob": "+48600700800"}
FIRST_NAME = "Erika"
CONTACTS = (*(str(person.email) for person in PEOPLE if person.email), *PHONES.values(), FIRST_NAME)
_CYPHER = re.compile(r"ag_catalog\.cypher\(.*?, (\$q[0-9a-f]{16}\$)(.*?)\1, %s\)", re.DOTALL)


@dataclass(frozen=True)
class Sent:
    """A statement as it was sent to the server, with its values apart."""

    role: str
    text: str
    values: Any

    @property
    def cypher(self) -> tuple[str, Any] | None:
        """The Cypher in it, with its parameters, if it runs any."""
        found = _CYPHER.search(self.text)
        return (found[2].replace("%%", "%"), json.loads(self.values[0])) if found is not None else None


@dataclass(frozen=True)
class WatchedWarehouse(Warehouse):
    """A warehouse that keeps what is sent to it."""

    sent: list[Sent] = field(default_factory=list)

    @contextmanager
    def connect(self, role: DatabaseRole, tenant_id: str | None = None) -> Iterator[Connection]:
        """A connection whose statements are kept."""
        sent = self.sent

        class Watched(psycopg.Cursor[TupleRow]):
            def execute(self, query: Any, params: Any = None, **options: Any) -> "Watched":
                text = query.as_string(self) if isinstance(query, sql.Composable) else query
                sent.append(Sent(role, text.decode() if isinstance(text, bytes) else text, params))
                return super().execute(query, params, **options)

        with super().connect(role, tenant_id) as connection:
            connection.cursor_factory = Watched
            yield connection


@dataclass(frozen=True)
class HostileShop:
    """The shop, open."""

    warehouse: WatchedWarehouse
    tenant: Tenant
    encoder: FakeEncoder

    @property
    def tenant_id(self) -> str:
        """Whose shop it is."""
        return self.tenant.tenant_id

    def catalogue(self) -> Catalogue:
        """The names that the data gives to plans."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return load_catalogue(connection, self.tenant_id)

    def rows(self, query: str, values: Sequence[object] = ()) -> list[TupleRow]:
        """Rows of the tenant, as the writer reads them."""
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            return connection.execute(query.encode(), values).fetchall()


def plan_for(kind: str, value: str) -> SegmentPlan:
    """The plan of "everybody who has this value"."""
    return SegmentPlan(where=_leaf(kind, value))


def _leaf(kind: str, value: str) -> Leaf:
    match kind:
        case "product":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(names=(value,)))
        case "category":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(categories=(value,)))
        case "brand":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(brands=(value,)))
        case "color":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(colors=(value,)))
        case "city":
            return Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(value,))
        case "keyword":
            return Interest(topic_type=TopicType.KEYWORD, topic=value)
        case "campaign":
            return Exposure(exposure=ExposureKind.OPENED, campaigns=(value,))
        case "customer_id":
            return Attribute(property=CustomerProperty.FUNNEL_STAGE, operator=Operator.EQ, values=(f"only {value}",))
    raise ValueError(kind)


def owners(value: HostileValue) -> list[str]:
    """The customers who have the value, by the way the shop was filled."""
    return _owners(str(value.number), value.kind, value.value)


def benign_owners(kind: str) -> list[str]:
    """The customers who have the benign value of a kind."""
    return _owners(f"{BENIGN} {kind}", kind, BENIGN)


def _owners(name: str, kind: str, value: str) -> list[str]:
    return [value] if kind == "customer_id" else [f"owner {name} {side}" for side in "ab"]


def open_hostile_shop(warehouse: WatchedWarehouse, tenant: Tenant) -> HostileShop:
    """Fill the tenant: the people of the ordinary shop, and two customers for each hostile value."""
    filled = [(str(one.number), one.kind, one.value) for one in VALUES]
    filled += [(f"{BENIGN} {kind}", kind, BENIGN) for kind in KINDS]
    people, products, events = list(PEOPLE), list(PRODUCTS), list(EVENTS)
    for name, kind, value in filled:
        ids = _owners(name, kind, value)
        people += [Person(one, keywords=[value] if kind == "keyword" else ()) for one in ids]
        match kind:
            case "product" | "category" | "brand":
                product = Product(f"product {name}", name=value if kind == "product" else f"thing {name}")
                products.append(replace(product, **({} if kind == "product" else {kind: value})))
                events += [Event(one, "purchase", f"product {name}", day(5)) for one in ids]
            case "color":
                events += [Event(one, "purchase", "hat", day(5), value) for one in ids]
    tenant_id = tenant.tenant_id
    add_people(warehouse, tenant_id, people)
    add_products(warehouse, tenant_id, products)
    add_events(warehouse, tenant_id, events)
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        cursor = connection.cursor()
        for name, kind, value in filled:
            for one in _owners(name, kind, value):
                if kind == "city":
                    cursor.execute("UPDATE core.profile SET city = %s WHERE profile_id = %s", [value, one])
                if kind == "customer_id":
                    stage = f"only {value}"
                    cursor.execute("UPDATE core.profile SET funnel_stage = %s WHERE profile_id = %s", [stage, one])
            if kind == "campaign":
                _open_campaign(cursor, tenant_id, value, _owners(name, kind, value))
        for who, phone in PHONES.items():
            cursor.execute("UPDATE core.profile SET phone = %s WHERE profile_id = %s", [phone, who])
    shop = HostileShop(warehouse, tenant, bring_up_to_date(warehouse, tenant))
    approve(shop, "red socks")
    return shop


def _open_campaign(cursor: psycopg.Cursor[TupleRow], tenant_id: str, campaign: str, who: Sequence[str]) -> None:
    """A campaign of the source by that id and name, which these customers opened."""
    values = [tenant_id, campaign, campaign]
    cursor.execute(
        "INSERT INTO core.source_campaign (tenant_id, campaign_id, name, source_rev) VALUES (%s, %s, %s, '1')", values
    )
    for one in who:
        key = f"open {one}"
        cursor.execute(
            "INSERT INTO core.event (tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, "
            "quantity, currency, campaign_ref, source_rev) "
            "VALUES (%s, %s, %s, %s, 'email_open', 'email-open', %s, 1, 'EUR', %s, '1')",
            [tenant_id, key, key, one, day(3), campaign],
        )


def bring_up_to_date(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    """Graph, interests, texts and vectors follow core."""
    project(warehouse, tenant, NOW)
    compute_interests(warehouse, tenant.tenant_id, NOW)
    write_texts(warehouse, tenant.tenant_id, NOW)
    encoder = FakeEncoder()
    embed_due(warehouse, tenant.tenant_id, encoder)
    return encoder


def approve(shop: HostileShop, text: str) -> None:
    """Draft and approve a request that the canned planner knows, so that one segment is active."""
    request_id = submit_request(shop.warehouse, shop.tenant_id, text, "marketer")
    draft_request(
        shop.warehouse,
        shop.tenant_id,
        request_id,
        as_of=NOW,
        encoder=shop.encoder,
        planners=[CannedPlanner()],
    )
    shown = review(shop.warehouse, shop.tenant_id, request_id)
    record_decision(
        shop.warehouse,
        shop.tenant_id,
        request_id,
        decision="approve",
        decided_by="approver",
        decided_at=NOW,
        hash=shown.hash,
    )
