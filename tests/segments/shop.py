"""A shop with a handful of customers, in core and in the graph, with interests and vectors: what requests run on."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import LiteralString

from psycopg import sql

from leo_activation.profiles.embeddings import embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    InterestPhrase,
    Last,
    Operator,
    ProductFilter,
    ProfilePhrase,
    SegmentPlan,
    TimeUnit,
)
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import use_graph
from leo_activation.warehouse.graph_schema import EVENT_EDGES
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products

PEOPLE = [
    Person("ann", "PL", 30, "red", 90_000, email="ann@example.com"),
    Person("bob", "PL", 40, "red", 10_000, email="bob@example.com"),
    Person("cy", "AT", 50, "blue", 85_000, email="cy@example.com"),
    Person("dee", "AT", 60, "blue", 20_000),
    Person("eve", "DE", 20, "green", 5_000, keywords=["hiking"]),
]
PRODUCTS = [Product("socks", category="clothing"), Product("hat", category="clothing"), Product("tent", "camping tent")]


def day(number: float) -> datetime:
    """So many days before NOW."""
    return NOW - timedelta(days=number)


EVENTS = [
    Event("ann", "purchase", "socks", day(10), "red"),
    Event("bob", "purchase", "socks", day(20), "red"),
    Event("bob", "purchase", "socks", day(21), "blue"),
    Event("cy", "purchase", "socks", day(30), "red"),
    Event("dee", "purchase", "socks", day(90), "red"),
    Event("eve", "view", "tent", day(5), "green"),
]

RED_SOCKS = Behaviour(
    event=EventKind.PURCHASE,
    product=ProductFilter(names=("socks",), colors=("red",)),
    window=Last(amount=60, unit=TimeUnit.DAY),
)
IN_POLAND = Attribute(property=CustomerProperty.COUNTRY, operator=Operator.EQ, values=("PL",))
OVER_100 = Attribute(property=CustomerProperty.TOTAL_SPENT, operator=Operator.GT, values=("100",))
LUXURY = InterestPhrase(phrase="high-end lifestyle")
HIKERS = ProfilePhrase(phrase="weekend hikers who love camping gear")

PLANS = {
    "red socks": PlannedRequest(plan=SegmentPlan(where=RED_SOCKS)),
    "red socks in Poland": PlannedRequest(plan=SegmentPlan(where=And(conditions=(RED_SOCKS, IN_POLAND)))),
    "red socks and luxury": PlannedRequest(plan=SegmentPlan(where=And(conditions=(RED_SOCKS, LUXURY)))),
    "hikers": PlannedRequest(plan=SegmentPlan(where=HIKERS), segment_name="Weekend hikers"),
    "hikers in Poland": PlannedRequest(
        plan=SegmentPlan(where=And(conditions=(IN_POLAND, HIKERS))), segment_name="Weekend hikers"
    ),
    "everybody": PlannedRequest(plan=SegmentPlan()),
    "over 100 dollars": PlannedRequest(plan=SegmentPlan(where=OVER_100, currency="USD")),
    "noble taste": PlannedRequest(plan=SegmentPlan(where=InterestPhrase(phrase="quantum physics"))),
    "German phrase": PlannedRequest(plan=SegmentPlan(where=InterestPhrase(phrase="Luxus und Mode"))),
}


class CannedPlanner:
    """Answers from a list and counts how often it was asked; anything else is not understood."""

    name = "canned"

    def __init__(self) -> None:
        """Nothing was asked yet; `answers` maps further texts to those that have a plan."""
        self.asked = 0
        self.answers: dict[str, str] = {}

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The plan of the text, or its last word as the one that could not be placed."""
        self.asked += 1
        text = self.answers.get(text, text)
        if text in PLANS:
            return PLANS[text]
        question = Question(text="What do you mean?", readings=("socks", "hats"))
        return NeedsClarification(unplaced=(text.split()[-1],), questions=(question,))


def open_shop(warehouse: Warehouse, tenant: Tenant, events: Sequence[Event] = EVENTS) -> FakeEncoder:
    """Fill a tenant and return the encoder that its vectors were made by."""
    add_people(warehouse, tenant.tenant_id, PEOPLE)
    add_products(warehouse, tenant.tenant_id, PRODUCTS)
    add_events(warehouse, tenant.tenant_id, events)
    return bring_up_to_date(warehouse, tenant)


def bring_up_to_date(warehouse: Warehouse, tenant: Tenant) -> FakeEncoder:
    """Graph, interests, texts and vectors follow core."""
    project(warehouse, tenant)
    compute_interests(warehouse, tenant.tenant_id, NOW)
    write_texts(warehouse, tenant.tenant_id, NOW)
    encoder = FakeEncoder()
    embed_due(warehouse, tenant.tenant_id, encoder)
    return encoder


def project(warehouse: Warehouse, tenant: Tenant) -> None:
    """Write the graph anew from core, as the sync would, for the few properties that these tests use."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        use_graph(connection)

        def fill(label: str, query: LiteralString, columns: LiteralString, kind: str | None = None) -> None:
            table = sql.Identifier(tenant.graph_name, label)
            connection.execute(sql.SQL("DELETE FROM {}").format(table))
            insert = sql.SQL("INSERT INTO {} ({}) ").format(table, sql.SQL(columns)) + sql.SQL(query)
            values = {"graph": tenant.graph_name, "label": label, "tenant": tenant.tenant_id, "kind": kind}
            connection.execute(insert, values)

        fill(
            "Customer",
            "SELECT _graphid(_label_id(%(graph)s, %(label)s)::int, c.graph_key), jsonb_strip_nulls(jsonb_build_object("
            "'customer_id', c.customer_id, 'country', p.country, 'age', p.age, 'favorite_color', p.favorite_color, "
            "'total_spent', p.total_spent_minor))::text::agtype "
            "FROM core.customer AS c JOIN core.profile AS p USING (tenant_id, customer_id) "
            "WHERE c.tenant_id = %(tenant)s AND p.deleted_at IS NULL",
            "id, properties",
        )
        fill(
            "Product",
            "SELECT _graphid(_label_id(%(graph)s, %(label)s)::int, graph_key), "
            "jsonb_build_object('product_id', product_id, 'name', name)::text::agtype "
            "FROM core.product WHERE tenant_id = %(tenant)s",
            "id, properties",
        )
        for kind, label in EVENT_EDGES.items():
            fill(
                label,
                "SELECT _graphid(_label_id(%(graph)s, %(label)s)::int, e.graph_key), "
                "_graphid(_label_id(%(graph)s, 'Customer')::int, c.graph_key), "
                "_graphid(_label_id(%(graph)s, 'Product')::int, p.graph_key), "
                "jsonb_strip_nulls(jsonb_build_object('at', (extract(epoch FROM e.occurred_at) * 1000000)::bigint, "
                "'color', e.color, 'net_quantity', CASE WHEN e.event_type = 'purchase' THEN e.quantity END))"
                "::text::agtype FROM core.event AS e JOIN core.customer AS c ON c.customer_id = e.profile_id "
                "JOIN core.product AS p ON p.product_id = e.product_id AND p.tenant_id = e.tenant_id "
                "WHERE e.tenant_id = %(tenant)s AND c.tenant_id = %(tenant)s AND e.event_type = %(kind)s",
                "id, start_id, end_id, properties",
                kind,
            )
