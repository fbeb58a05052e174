"""The order of members: who has no value comes last in either direction, ties by customer id.

AGE compares texts by the database's own collation; ours is `C.UTF-8`, the order of code points
(`tests/segments/test_cypher_order.py`).
"""

from leo_activation.segments.cypher.chain import CUSTOMER
from leo_activation.segments.cypher.events import events, pieces, single_hop, worth
from leo_activation.segments.cypher.syntax import alias, carried
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import (
    Call,
    Clause,
    Expression,
    Item,
    NullTest,
    Property,
    SortKey,
    Variable,
    With,
)
from leo_activation.segments.plan import InterestScore, Measure, MeasureKind, Order, is_product_event

_BY_ID = (SortKey(Property(CUSTOMER, "customer_id")),)
_KEPT = (CUSTOMER,)


def sorted_by(order: Order | None, values: Values) -> tuple[list[Clause], tuple[SortKey, ...]]:
    """Clauses that find what is sorted by, and the keys; without an order, by id."""
    match order:
        case None:
            return [], _BY_ID
        case Order(by="random"):
            return [], (SortKey(Property(CUSTOMER, "shuffle")), *_BY_ID)
        case Order(by=Measure() as by):
            clauses, count, number = _measured(by, values)
            nothing = values.equal(Variable(count), "none", 0)
            return clauses, (SortKey(nothing), SortKey(Variable(number), order.descending), *_BY_ID)
        case Order(by=InterestScore() as by):
            found = single_hop(CUSTOMER, "INTERESTED_IN", "Topic", values)
            topic = values.equal(Property(found.end, "topic_id"), "topic", f"{by.topic.topic_type}:{by.topic.topic}")
            score = Item(Call("max", (found.property("score"),)), f"m{found.edge[1:]}")
            clauses = [found.also(topic).match(optional=True), With((*carried(_KEPT), score))]
            return clauses, _known_first(Variable(alias(score)), descending=order.descending)
        case _:
            return [], _known_first(Property(CUSTOMER, str(order.by)), descending=order.descending)


def _known_first(by: Property | Variable, *, descending: bool) -> tuple[SortKey, ...]:
    return (SortKey(NullTest(by, negated=False)), SortKey(by, descending), *_BY_ID)


def _measured(by: Measure, values: Values) -> tuple[list[Clause], str, str]:
    """Clauses that leave the number of events and what is measured of them, by their names."""
    found = events(by.event, by.product, by.window, CUSTOMER, values)
    n = found.edge[1:]
    count = Item(Call("count", (Variable(found.edge),)), f"n{n}")
    measured: Expression
    match by.measure:
        case MeasureKind.EVENTS if not is_product_event(by.event):
            measured = Call("count", (found.property("event_id"),), distinct=True)
        case MeasureKind.EVENTS:
            return [found.match(optional=True), With((*carried(_KEPT), count))], f"n{n}", f"n{n}"
        case MeasureKind.ORDERS:
            measured = Call("count", (found.property("order_id"),), distinct=True)
        case MeasureKind.UNITS:
            measured = Call("sum", (found.property(pieces(by.event)),))
        case MeasureKind.VALUE:
            measured = Call(
                "sum", (Call("coalesce", (found.property(worth(by.event)), values.parameter("nothing", 0))),)
            )
        case MeasureKind.LATEST:
            measured = Call("max", (found.property("at"),))
    item = Item(measured, f"m{n}")
    return [found.match(optional=True), With((*carried(_KEPT), count, item))], f"n{n}", f"m{n}"
