"""The graph's schema: the only names that Cypher may use here, and their types.

The gate checks queries against it, the projection fills it, and its hash is part of what an approval binds. There is
no contact data in the graph: no name, address or number of a person has a place in it.

Times are epoch microseconds in UTC, money is in minor units of the tenant's currency (cents for EUR, dong for VND).
What belongs to an event (colour, price, order) stands on the event's edge: the same product exists in many colours,
so a colour on the product would answer "red socks" with everybody who bought any socks.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache


class ValueType(StrEnum):
    """What a property holds."""

    TEXT = "text"
    INTEGER = "integer"
    FLOAT = "float"
    BOOLEAN = "boolean"
    TIME_US = "time_us"
    MONEY_MINOR = "money_minor"


@dataclass(frozen=True)
class Vertex:
    """A vertex label: its identifying property, all properties, and those worth an index beside the key."""

    label: str
    key: str
    properties: Mapping[str, ValueType]
    indexed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Edge:
    """An edge label between two vertex labels."""

    label: str
    start: str
    end: str
    properties: Mapping[str, ValueType]
    indexed: tuple[str, ...] = ()


_EVENT = {
    "at": ValueType.TIME_US,
    "quantity": ValueType.INTEGER,
    "price": ValueType.MONEY_MINOR,
    "value": ValueType.MONEY_MINOR,
    "color": ValueType.TEXT,
    "order_id": ValueType.TEXT,
    "event_id": ValueType.TEXT,
}

EVENT_EDGES: Mapping[str, str] = {
    "view": "VIEWED",
    "add_to_cart": "ADDED_TO_CART",
    "purchase": "PURCHASED",
    "return": "RETURNED",
}
"""`core.event.event_type` → edge label; other event types are edges `OTHER_EVENT_EDGE`."""

OTHER_EVENT_EDGE = "DID"

EXPOSURE_EDGES: Mapping[str, str] = {
    "received": "RECEIVED",
    "opened": "OPENED",
    "clicked": "CLICKED",
    "converted": "CONVERTED",
}
"""What became of a campaign's message → edge label."""

SCORES: Mapping[str, str] = {
    "lead_score": "total_lead_score",
    "prospect_score": "total_prospect_score",
    "engagement_score": "total_engagement_score",
    "loyalty_score": "total_loyalty_score",
    "rfm_score": "rfm_score",
    "churn_score": "churn_score",
    "satisfaction_score": "total_csat",
    "promoter_score": "total_nps",
}
"""A customer's scores → their keys in `core.profile.scores`."""

VERTICES: Mapping[str, Vertex] = {
    vertex.label: vertex
    for vertex in (
        Vertex(
            "Customer",
            "customer_id",
            {
                "customer_id": ValueType.TEXT,
                "country": ValueType.TEXT,
                "city": ValueType.TEXT,
                "gender": ValueType.TEXT,
                "age": ValueType.INTEGER,
                "birth_month": ValueType.INTEGER,
                # Month and day as one number: 314 is the 14th of March.
                "birthday": ValueType.INTEGER,
                "language": ValueType.TEXT,
                "funnel_stage": ValueType.TEXT,
                "favorite_color": ValueType.TEXT,
                "total_spent": ValueType.MONEY_MINOR,
                "lifetime_value": ValueType.MONEY_MINOR,
                "created_at": ValueType.TIME_US,
                **dict.fromkeys(SCORES, ValueType.FLOAT),
                # A hash of the id, the same in every run: the order of samples.
                "shuffle": ValueType.INTEGER,
            },
            indexed=("country", "total_spent", "age"),
        ),
        Vertex(
            "Product",
            "product_id",
            {"product_id": ValueType.TEXT, "name": ValueType.TEXT, "price": ValueType.MONEY_MINOR},
        ),
        Vertex("Category", "name", {"name": ValueType.TEXT}),
        Vertex("Brand", "name", {"name": ValueType.TEXT}),
        Vertex(
            "Topic",
            "topic_id",
            {"topic_id": ValueType.TEXT, "topic_type": ValueType.TEXT, "name": ValueType.TEXT},
        ),
        Vertex("Segment", "segment_id", {"segment_id": ValueType.TEXT}),
        Vertex("EventType", "name", {"name": ValueType.TEXT}),
        Vertex("Campaign", "campaign_id", {"campaign_id": ValueType.TEXT}),
        Vertex("Channel", "name", {"name": ValueType.TEXT}),
        Vertex("Household", "household_id", {"household_id": ValueType.TEXT, "members": ValueType.INTEGER}),
    )
}
"""`Topic.topic_id` is `<topic_type>:<topic>`, for example `tag:likes luxury items` or `color:red`."""

EDGES: Mapping[str, Edge] = {
    edge.label: edge
    for edge in (
        Edge("VIEWED", "Customer", "Product", _EVENT, indexed=("at",)),
        Edge("ADDED_TO_CART", "Customer", "Product", _EVENT, indexed=("at",)),
        # What was kept after returns, refunds and cancellations, beside what was bought.
        Edge(
            "PURCHASED",
            "Customer",
            "Product",
            {**_EVENT, "net_quantity": ValueType.INTEGER, "net_value": ValueType.MONEY_MINOR},
            indexed=("at",),
        ),
        Edge("RETURNED", "Customer", "Product", _EVENT, indexed=("at",)),
        Edge("IN_CATEGORY", "Product", "Category", {}),
        Edge("OF_BRAND", "Product", "Brand", {}),
        Edge(
            "INTERESTED_IN",
            "Customer",
            "Topic",
            {"score": ValueType.FLOAT, "is_primary": ValueType.BOOLEAN},
        ),
        Edge("IN_SEGMENT", "Customer", "Segment", {"since": ValueType.TIME_US}),
        Edge("MEMBER_OF_HOUSEHOLD", "Customer", "Household", {}),
        Edge("REFERRED", "Customer", "Customer", {}),
        # Events that are about no product.
        Edge(
            OTHER_EVENT_EDGE,
            "Customer",
            "EventType",
            {"at": ValueType.TIME_US, "event_id": ValueType.TEXT},
            indexed=("at",),
        ),
        *(
            Edge(label, "Customer", "Campaign", {"at": ValueType.TIME_US, "channel": ValueType.TEXT}, indexed=("at",))
            for label in EXPOSURE_EDGES.values()
        ),
        Edge("REACHABLE_BY", "Customer", "Channel", {"address": ValueType.BOOLEAN, "consent": ValueType.BOOLEAN}),
    )
}


@cache
def schema_version() -> str:
    """A short hash of every name and type above: changes when the meaning of stored Cypher could change."""
    lines = [f"{v.label}({v.key}){sorted(v.properties.items())}" for v in VERTICES.values()]
    lines += [f"{e.start}-{e.label}->{e.end}{sorted(e.properties.items())}" for e in EDGES.values()]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()[:12]
