"""A shop with a handful of customers, in core and in the graph, with interests and vectors: what requests run on."""

from collections.abc import Sequence
from datetime import datetime, timedelta

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
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.profiles.fake_encoder import FakeEncoder
from tests.profiles.people import NOW, Event, Person, Product, add_events, add_people, add_products
from tests.segments.projecting import project

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
    project(warehouse, tenant, NOW)
    compute_interests(warehouse, tenant.tenant_id, NOW)
    write_texts(warehouse, tenant.tenant_id, NOW)
    encoder = FakeEncoder()
    embed_due(warehouse, tenant.tenant_id, encoder)
    return encoder
