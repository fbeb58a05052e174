"""Patterns of what a customer did or was sent: the way to it and what has to hold of it."""

from dataclasses import dataclass, replace

from leo_activation.segments.cypher.syntax import conjunction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import Expression, Hop, Match, Node, Path, Property
from leo_activation.segments.plan import EventKind, Exposure, ProductFilter, Window
from leo_activation.warehouse.graph_schema import EVENT_EDGES, EXPOSURE_EDGES, OTHER_EVENT_EDGE


@dataclass(frozen=True)
class Found:
    """A pattern that hangs on a customer; `edge` is there where it was found, and leads to the vertex `end`."""

    paths: tuple[Path, ...]
    edge: str
    end: str
    conditions: tuple[Expression, ...] = ()

    def match(self, *, optional: bool = False) -> Match:
        """The pattern as a clause."""
        return Match(self.paths, conjunction(self.conditions), optional=optional)

    def also(self, *conditions: Expression) -> "Found":
        """The same with more conditions."""
        return replace(self, conditions=(*self.conditions, *conditions))

    def property(self, name: str) -> Property:
        """A property of the edge."""
        return Property(self.edge, name)


def single_hop(customer: str, label: str, end_label: str, values: Values) -> Found:
    """One edge from a customer."""
    n = values.number()
    path = Path((Node(customer, None), Node(f"t{n}", end_label)), (Hop(f"e{n}", label),))
    return Found((path,), f"e{n}", f"t{n}")


def events(
    event: str,
    product: ProductFilter | None,
    window: Window | None,
    customer: str,
    values: Values,
    *,
    bound_product: str | None = None,
) -> Found:
    """Events of a kind with a product in a window; bought is what was kept (`net_quantity` above 0).

    `bound_product` names a product that was found before and has to be the one of these events.
    """
    if event not in EVENT_EDGES:
        found = single_hop(customer, OTHER_EVENT_EDGE, "EventType", values)
        named = values.equal(Property(found.end, "name"), "event", event)
        return found.also(named, *values.within(found.property("at"), window))
    n = values.number()
    edge, end = f"e{n}", bound_product or f"p{n}"
    nodes = [Node(customer, None), Node(end, None if bound_product else "Product")]
    hops = [Hop(edge, EVENT_EDGES[event])]
    paths: list[Path] = []
    conditions: list[Expression] = []
    if product is not None:
        if product.categories:
            nodes.append(Node(f"k{n}", "Category"))
            hops.append(Hop(None, "IN_CATEGORY"))
        if product.brands:
            paths.append(Path((Node(end, None), Node(f"b{n}", "Brand")), (Hop(None, "OF_BRAND"),)))
        conditions.extend(_product(product, n, end, values))
    paths.insert(0, Path(tuple(nodes), tuple(hops)))
    # Properties are read in this order until one does not fit, and nearly all purchases are kept.
    conditions.extend(values.within(Property(edge, "at"), window))
    if event == EventKind.PURCHASE:
        conditions.append(values.more_than(Property(edge, "net_quantity"), "kept", 0))
    return Found(tuple(paths), edge, end, tuple(conditions))


def exposures(leaf: Exposure, customer: str, values: Values) -> Found:
    """Messages of campaigns."""
    found = single_hop(customer, EXPOSURE_EDGES[leaf.exposure], "Campaign", values)
    conditions: list[Expression] = []
    if leaf.campaigns:
        conditions.append(values.one_of(Property(found.end, "campaign_id"), "campaign", leaf.campaigns))
    if leaf.channel is not None:
        conditions.append(values.equal(found.property("channel"), "channel", leaf.channel.value))
    return found.also(*conditions, *values.within(found.property("at"), leaf.window))


def worth(event: str) -> str:
    """The property that says what an event was worth: of a purchase what was paid and not given back."""
    return "net_value" if event == EventKind.PURCHASE else "value"


def pieces(event: str) -> str:
    """The property that counts pieces: of a purchase those that were kept."""
    return "net_quantity" if event == EventKind.PURCHASE else "quantity"


def _product(wanted: ProductFilter, n: int, end: str, values: Values) -> list[Expression]:
    named = (
        (Property(end, "name"), "product", wanted.names),
        (Property(f"k{n}", "name"), "category", wanted.categories),
        (Property(f"b{n}", "name"), "brand", wanted.brands),
        (Property(f"e{n}", "color"), "color", wanted.colors),
    )
    conditions = [values.one_of(asked, stem, names) for asked, stem, names in named if names]
    if wanted.price is not None:
        conditions.extend(values.in_range(Property(f"e{n}", "price"), "price", wanted.price))
    return conditions
