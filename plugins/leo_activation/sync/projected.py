"""What of the graph the sync keeps: one entry a label, and one for each table that labels follow."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from leo_activation.warehouse.graph_schema import EVENT_EDGES


@dataclass(frozen=True)
class GraphSource:
    """A table with a `graph_key` that labels follow.

    concern: statements that find which of its rows a run may change in the graph, by what the merge noted.
    `{concerned}` is the place of the rows. `concerned_key` holds their surrogates, to which a statement may add those
    of rows that are no more.
    """

    name: str
    table: tuple[str, str]
    concern: tuple[str, ...]

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

SOURCES = (CUSTOMER, PRODUCT, NAME, EVENT, HOUSEHOLD, HOUSEHOLD_MEMBER)
"""In an order in which a later one may read the concerned rows of an earlier one."""

LABELS = (
    ProjectedLabel("Customer", CUSTOMER, "sync/wanted_customers"),
    ProjectedLabel("Product", PRODUCT, "sync/wanted_products"),
    ProjectedLabel("Category", NAME, "sync/wanted_names"),
    ProjectedLabel("Brand", NAME, "sync/wanted_names"),
    ProjectedLabel("Household", HOUSEHOLD, "sync/wanted_households"),
    ProjectedLabel("IN_CATEGORY", PRODUCT, "sync/wanted_product_edges"),
    ProjectedLabel("OF_BRAND", PRODUCT, "sync/wanted_product_edges"),
    ProjectedLabel("MEMBER_OF_HOUSEHOLD", HOUSEHOLD_MEMBER, "sync/wanted_household_members"),
    *(
        ProjectedLabel(label, EVENT, "sync/wanted_event_edges", {"event_type": event_type})
        for event_type, label in EVENT_EDGES.items()
    ),
)
"""Vertices before the edges between them. `sync/count_core` counts each label once more, by itself."""
