"""The names of a plan that the catalogue does not have: the type cannot know them, so they are checked here."""

from collections.abc import Collection, Iterator

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    Exposure,
    Interest,
    InterestScore,
    Leaf,
    Measure,
    Operator,
    OrderContents,
    ProductFilter,
    Relation,
    SegmentMember,
    SegmentPlan,
    Sequence,
    leaves,
)
from leo_activation.warehouse.graph_schema import EVENT_EDGES

_FREE_TEXT = frozenset({Operator.CONTAINS, Operator.STARTS_WITH})


def unknown_names(plan: SegmentPlan, catalogue: Catalogue) -> list[tuple[str, str]]:
    """The names of a plan that the catalogue does not have, each with its kind."""
    known: dict[str, Collection[str]] = {
        "product": catalogue.products,
        "category": catalogue.categories,
        "brand": catalogue.brands,
        "color": catalogue.colors,
        "segment": tuple(catalogue.segments),
        "campaign": tuple(catalogue.campaigns),
        "event": catalogue.events,
        "currency": (catalogue.currency,),
        **{f"{kind} topic": names for kind, names in catalogue.topics.items()},
        CustomerProperty.COUNTRY: catalogue.countries,
        CustomerProperty.CITY: catalogue.cities,
        CustomerProperty.GENDER: catalogue.genders,
        CustomerProperty.LANGUAGE: catalogue.languages,
        CustomerProperty.FUNNEL_STAGE: catalogue.funnel_stages,
        CustomerProperty.FAVORITE_COLOR: catalogue.colors,
    }
    return [(kind, name) for kind, name in _names(plan) if name not in known.get(kind, ())]


def _names(plan: SegmentPlan) -> Iterator[tuple[str, str]]:
    if plan.currency is not None:
        yield "currency", plan.currency
    by = plan.order.by if plan.order is not None else None
    if isinstance(by, Measure):
        yield from _event_names(by.event, by.product)
    if isinstance(by, InterestScore):
        yield f"{by.topic.topic_type} topic", by.topic.topic
    for leaf in leaves(plan.where):
        yield from _leaf_names(leaf)


def _leaf_names(leaf: Leaf) -> Iterator[tuple[str, str]]:
    match leaf:
        case Behaviour():
            yield from _event_names(leaf.event, leaf.product)
        case Sequence():
            yield from _event_names(leaf.first.event, leaf.first.product)
            yield from _event_names(leaf.then.event, leaf.then.product)
        case OrderContents():
            for wanted in (leaf.product, *leaf.together_with):
                yield from _product_names(wanted)
        case Interest():
            yield f"{leaf.topic_type} topic", leaf.topic
            if leaf.more_than is not None:
                yield f"{leaf.more_than.topic_type} topic", leaf.more_than.topic
        case SegmentMember():
            yield "segment", leaf.segment_id
        case Exposure():
            for campaign in leaf.campaigns:
                yield "campaign", campaign
        case Relation(of=other) if other is not None:
            yield from _leaf_names(other)
        case Attribute() if leaf.property.value_type == "text" and leaf.operator not in _FREE_TEXT:
            for value in leaf.values:
                yield leaf.property, value
        case _:
            return


def _event_names(event: str, wanted: ProductFilter | None) -> Iterator[tuple[str, str]]:
    if event not in EVENT_EDGES:
        yield "event", event
    yield from _product_names(wanted)


def _product_names(wanted: ProductFilter | None) -> Iterator[tuple[str, str]]:
    if wanted is None:
        return
    for kind, names in (
        ("product", wanted.names),
        ("category", wanted.categories),
        ("brand", wanted.brands),
        ("color", wanted.colors),
    ):
        for name in names:
            yield kind, name
