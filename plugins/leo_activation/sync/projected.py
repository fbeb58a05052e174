"""What of the graph the sync keeps: one entry a label, and one for each table that labels follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leo_activation.warehouse.graph_schema import EVENT_EDGES, EXPOSURE_EDGES, OTHER_EVENT_EDGE


@dataclass(frozen=True)
class GraphSource:
    """A table with a `graph_key` that labels follow.

    concern: statements that find which of its rows a run may change in the graph, by what the merge noted.
    `{concerned}` is the place of the rows. `concerned_key` holds their surrogates, to which a statement may add those
    of rows that are no more.
    kept: the statement that brings the table itself in line before the graph is, and notes what it changed in
    `concerned_key`; None where the merge writes the table.
    """

    name: str
    table: tuple[str, str]
    concern: tuple[str, ...]
    kept: str | None = None

    @property
    def place(self) -> str:
        """The temporary table of the concerned rows."""
        return f"concerned_{self.name}"


@dataclass(frozen=True)
class ProjectedLabel:
    """A label and the statement that says all that it is to hold, over `{source}`: the table or its concerned rows.

    The id of each vertex or edge is `label id << 48 | graph_key` of its row in the source.
    """

    label: str
    source: GraphSource
    wanted: str
    values: Mapping[str, object] = field(default_factory=dict)


CUSTOMER = GraphSource("customer", ("core", "customer"), ("sync/concern_customers",))
PRODUCT = GraphSource("product", ("core", "product"), ("sync/concern_products",))
NAME = GraphSource("name", ("ops", "graph_name"), ("sync/concern_names",))
EVENT = GraphSource(
    "event",
    ("core", "event"),
    ("sync/concern_events", "sync/concern_deleted_events", "sync/concern_events_of_profiles"),
)
HOUSEHOLD = GraphSource("household", ("core", "household"), ("sync/concern_households",))
HOUSEHOLD_MEMBER = GraphSource(
    "household_member",
    ("core", "household_member"),
    ("sync/concern_household_members", "sync/concern_former_household_members"),
)
REACHABILITY = GraphSource(
    "reachability", ("core", "reachability"), ("sync/concern_kept",), kept="sync/keep_reachability"
)
REFERRAL = GraphSource("referral", ("core", "referral"), ("sync/concern_kept",), kept="sync/keep_referrals")
CAMPAIGN_TOUCH = GraphSource(
    "campaign_touch", ("core", "campaign_touch"), ("sync/concern_kept",), kept="sync/keep_campaign_touches"
)
CAMPAIGN = GraphSource("campaign", ("core", "campaign"), ("sync/concern_kept",), kept="sync/keep_campaigns")

SOURCES = (
    CUSTOMER, PRODUCT, NAME, EVENT, HOUSEHOLD, HOUSEHOLD_MEMBER, REACHABILITY, REFERRAL, CAMPAIGN_TOUCH, CAMPAIGN
)  # fmt: skip
"""In an order in which a later one may read the concerned rows of an earlier one."""

PRODUCT_EVENTS = list(EVENT_EDGES)
"""The types of events that have an edge to their product; all others are edges `OTHER_EVENT_EDGE` to their type."""

LABELS = (
    ProjectedLabel("Customer", CUSTOMER, "sync/wanted_customers"),
    ProjectedLabel("Product", PRODUCT, "sync/wanted_products"),
    ProjectedLabel("Category", NAME, "sync/wanted_names"),
    ProjectedLabel("Brand", NAME, "sync/wanted_names"),
    ProjectedLabel("Household", HOUSEHOLD, "sync/wanted_households"),
    ProjectedLabel("EventType", NAME, "sync/wanted_event_types"),
    ProjectedLabel("Channel", NAME, "sync/wanted_channels"),
    ProjectedLabel("Campaign", CAMPAIGN, "sync/wanted_campaigns"),
    ProjectedLabel("IN_CATEGORY", PRODUCT, "sync/wanted_product_edges"),
    ProjectedLabel("OF_BRAND", PRODUCT, "sync/wanted_product_edges"),
    ProjectedLabel("MEMBER_OF_HOUSEHOLD", HOUSEHOLD_MEMBER, "sync/wanted_household_members"),
    *(
        ProjectedLabel(label, EVENT, "sync/wanted_event_edges", {"event_type": event_type})
        for event_type, label in EVENT_EDGES.items()
    ),
    ProjectedLabel(OTHER_EVENT_EDGE, EVENT, "sync/wanted_other_events", {"product_events": PRODUCT_EVENTS}),
    ProjectedLabel("REACHABLE_BY", REACHABILITY, "sync/wanted_reachability"),
    ProjectedLabel("REFERRED", REFERRAL, "sync/wanted_referrals"),
    *(
        ProjectedLabel(label, CAMPAIGN_TOUCH, "sync/wanted_campaign_touches", {"exposure": exposure})
        for exposure, label in EXPOSURE_EDGES.items()
    ),
)
"""Vertices before the edges between them. `sync/count_core` counts each label once more, by itself."""
