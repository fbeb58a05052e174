"""What customers did: how often, for how much, first, last, and one thing after another."""

from psycopg import sql

from leo_activation.segments.plan import (
    Behaviour,
    Counted,
    Measure,
    MeasureKind,
    Occurrence,
    is_product_event,
)
from leo_activation.segments.plan import Sequence as EventSequence
from leo_activation.segments.sql.filters import all_of, in_count_range, in_range, of_product, source_of, within
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.windows import microseconds

_EVENT = sql.Identifier("event")
_AT = sql.SQL("event.at")
_FIRST = sql.Identifier("first")
_FOLLOWING = sql.Identifier("following")
_COUNTS = {
    Counted.EVENTS: sql.SQL("count(*)"),
    Counted.ORDERS: sql.SQL("count(DISTINCT event.order_ref)"),
    Counted.PRODUCTS: sql.SQL("count(DISTINCT event.product_id)"),
    Counted.UNITS: sql.SQL("sum(event.quantity)"),
}
_OTHER_EVENTS = sql.SQL("count(DISTINCT event.event_id)")
_MEASURES = {
    MeasureKind.EVENTS: sql.SQL("count(*)"),
    MeasureKind.ORDERS: sql.SQL("count(DISTINCT event.order_ref)"),
    MeasureKind.UNITS: sql.SQL("sum(event.quantity)"),
    MeasureKind.VALUE: sql.SQL("sum(event.value)"),
    MeasureKind.LATEST: sql.SQL("max(event.at)"),
}
_EDGES = {
    Occurrence.FIRST: sql.SQL("min(event.at)"),
    Occurrence.LAST: sql.SQL("max(event.at)"),
    Occurrence.FIRST_OF_ALL: sql.SQL("min(event.at)"),
    Occurrence.LAST_OF_ALL: sql.SQL("max(event.at)"),
}


def finds_absence(leaf: Behaviour) -> bool:
    """Whether the query finds those who did it too often, so that everybody else is meant: also who never did it."""
    return leaf.min_count == 0 and leaf.value is None and leaf.average_order is None


def count_of(leaf: Behaviour) -> sql.Composable:
    """How many there are of `event`s, by what the behaviour counts."""
    return _COUNTS[leaf.counted] if is_product_event(leaf.event) else _OTHER_EVENTS


def did(relations: Relations, leaf: Behaviour) -> sql.Composed:
    """The customers who did it, each once; or, see `finds_absence`, did it too often."""
    if leaf.occurrence is not Occurrence.ANY:
        return _at_an_edge(relations, leaf)
    parameters = relations.parameters
    events = sql.SQL("SELECT event.customer_id FROM {} WHERE {} GROUP BY event.customer_id").format(
        source_of(relations, _EVENT, leaf.event, leaf.product),
        all_of([
            *of_product(parameters, _EVENT, leaf.event, leaf.product), *within(parameters, _AT, leaf.window),
        ]),
    )  # fmt: skip
    if leaf.is_existence:
        return events
    count = count_of(leaf)
    if finds_absence(leaf) and leaf.max_count is not None:
        return events + sql.SQL(" HAVING {} > {}").format(count, parameters.bind("at_most", leaf.max_count))
    asked = in_count_range(parameters, count, leaf.min_count, leaf.max_count)
    total = sql.SQL("sum(event.value)")
    if leaf.value is not None:
        asked.extend(in_range(parameters, total, "value", leaf.value))
    if leaf.average_order is not None:
        orders = _COUNTS[Counted.ORDERS]
        asked.extend(in_range(parameters, total, "average", leaf.average_order, pieces=orders))
    return events + sql.SQL(" HAVING {}").format(all_of(asked))


def did_in_sequence(relations: Relations, leaf: EventSequence) -> sql.Composed:
    """The customers who did one thing after which they did, or did not do, another."""
    return sql.SQL("SELECT DISTINCT first.customer_id FROM {} WHERE {} AND {} (SELECT FROM {} WHERE {})").format(
        *begins(relations, leaf), sql.SQL("NOT EXISTS" if leaf.then_not else "EXISTS"), *follows(relations, leaf)
    )


def begins(relations: Relations, leaf: EventSequence) -> tuple[sql.Composable, sql.Composable]:
    """Where a sequence's `first` events stand, and which of them count."""
    parameters = relations.parameters
    return source_of(relations, _FIRST, leaf.first.event, leaf.first.product), all_of(
        [
            *of_product(parameters, _FIRST, leaf.first.event, leaf.first.product),
            *within(parameters, sql.SQL("first.at"), leaf.window),
        ]
    )


def follows(relations: Relations, leaf: EventSequence) -> tuple[sql.Composable, sql.Composable]:
    """Where the events `following` one of a sequence's `first` events stand, and which of them count."""
    parameters = relations.parameters
    conditions = [
        sql.SQL("following.customer_id = first.customer_id AND following.at > first.at"),
        *of_product(parameters, _FOLLOWING, leaf.then.event, leaf.then.product),
    ]
    if leaf.within is not None:
        longest = parameters.bind("within", microseconds(leaf.within))
        conditions.append(sql.SQL("following.at <= first.at + {} * interval '1 microsecond'").format(longest))
    if leaf.same_product:
        conditions.append(sql.SQL("following.product_id = first.product_id"))
    return source_of(relations, _FOLLOWING, leaf.then.event, leaf.then.product), all_of(conditions)


def measured(relations: Relations, asked: Measure) -> sql.Composed:
    """The measure of every customer who has any such event, as `measured`."""
    parameters = relations.parameters
    return sql.SQL("SELECT event.customer_id, {} AS measured FROM {} WHERE {} GROUP BY event.customer_id").format(
        _OTHER_EVENTS
        if asked.measure is MeasureKind.EVENTS and not is_product_event(asked.event)
        else _MEASURES[asked.measure],
        source_of(relations, _EVENT, asked.event, asked.product),
        all_of([
            *of_product(parameters, _EVENT, asked.event, asked.product), *within(parameters, _AT, asked.window),
        ]),
    )  # fmt: skip


def _at_an_edge(relations: Relations, leaf: Behaviour) -> sql.Composed:
    parameters = relations.parameters
    edge = _EDGES[leaf.occurrence]
    about = all_of(of_product(parameters, _EVENT, leaf.event, leaf.product))
    source = source_of(relations, _EVENT, leaf.event, leaf.product)
    if leaf.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
        return sql.SQL("SELECT event.customer_id FROM {} WHERE {} GROUP BY event.customer_id HAVING {}").format(
            source, about, all_of(within(parameters, edge, leaf.window))
        )
    return sql.SQL(
        "SELECT DISTINCT event.customer_id FROM {} "
        "JOIN (SELECT event.customer_id, {} AS at FROM {} AS event GROUP BY event.customer_id) AS edge "
        "ON edge.customer_id = event.customer_id AND edge.at = event.at WHERE {} AND {}"
    ).format(source, edge, relations.events(leaf.event), about, all_of(within(parameters, _AT, leaf.window)))
