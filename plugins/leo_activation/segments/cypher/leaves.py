"""The shape of each leaf that leaves the customer."""

from leo_activation.errors import Permanent
from leo_activation.segments.cypher.events import Found, events, exposures, pieces, single_hop, worth
from leo_activation.segments.cypher.shapes import Existence, Followed, Measured, OneOrder, Shape, Unequalled
from leo_activation.segments.cypher.syntax import alias, junction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import (
    Arithmetic,
    Call,
    Comparison,
    Expression,
    Item,
    Property,
    Variable,
)
from leo_activation.segments.plan import (
    Behaviour,
    Condition,
    Counted,
    EventKind,
    Exposure,
    Interest,
    InterestPhrase,
    Occurrence,
    OrderContents,
    ProductFilter,
    Reachability,
    Reachable,
    SegmentMember,
    Sequence,
    is_product_event,
)
from leo_activation.segments.windows import microseconds


def shape_of(leaf: Condition, customer: str, values: Values) -> Shape:
    """The shape of a leaf that is asked of the variable `customer`.

    Raises:
        Permanent: an interest phrase was not compared with the tenant's topics.
    """
    match leaf:
        case Behaviour():
            return _behaviour(leaf, customer, values)
        case Sequence():
            return _sequence(leaf, customer, values)
        case OrderContents():
            return _order(leaf, customer, values)
        case Interest():
            return _interest(leaf, customer, values)
        case Exposure():
            return _exposure(leaf, customer, values)
        case InterestPhrase():
            return Existence(_among_topics(leaf, customer, values))
        case SegmentMember():
            found = single_hop(customer, "IN_SEGMENT", "Segment", values)
            in_segment = values.equal(Property(found.end, "segment_id"), "segment", leaf.segment_id)
            return Existence(found.also(in_segment), is_single=True)
        case Reachable():
            return Existence(_reachable(leaf, customer, values), is_single=True)
        case _:
            raise Permanent(f"A condition of the kind '{leaf.kind}' has no form in the graph here.")


# --- what was done ----------------------------------------------------------------------------------------------------


def _behaviour(leaf: Behaviour, customer: str, values: Values) -> Shape:
    if leaf.occurrence in {Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL}:
        return _outermost_of_all(leaf, customer, values)
    if leaf.occurrence is not Occurrence.ANY:
        found = events(leaf.event, leaf.product, None, customer, values)
        moment = _outermost(leaf.occurrence, found)
        tests = values.within(Variable(alias(moment)), leaf.window)
        return Measured(found, (moment,), tuple(tests))
    found = events(leaf.event, leaf.product, leaf.window, customer, values)
    return Existence(found) if leaf.is_existence else _counted(leaf, found, values)


def _outermost_of_all(leaf: Behaviour, customer: str, values: Values) -> Followed:
    every = events(leaf.event, None, None, customer, values)
    moment = _outermost(leaf.occurrence, every)
    found = events(leaf.event, leaf.product, leaf.window, customer, values)
    return Followed(every, (moment,), found.also(Comparison("=", found.property("at"), Variable(alias(moment)))))


def _outermost(occurrence: Occurrence, found: Found) -> Item:
    is_first = occurrence in {Occurrence.FIRST, Occurrence.FIRST_OF_ALL}
    return Item(Call("min" if is_first else "max", (found.property("at"),)), f"m{found.edge[1:]}")


def _counted(leaf: Behaviour, found: Found, values: Values) -> Measured:
    """Counts and sums of the events found; one that is compared with the orders comes with their number."""
    n = found.edge[1:]
    count = Item(Call("count", (Variable(found.edge),)), f"n{n}")
    aggregates, tests = [count], []
    counted = _number_of(leaf, found, values, n)
    if counted is not None:
        aggregates.append(counted)
    tests.extend(_count_tests(leaf, Variable(alias(counted or count)), values))
    if leaf.value is not None or leaf.average_order is not None:
        aggregates.append(_total(found, worth(leaf.event), f"s{n}", values))
    if leaf.value is not None:
        tests.extend(values.in_range(Variable(f"s{n}"), "value", leaf.value))
    if leaf.average_order is not None:
        orders = Item(Call("count", (found.property("order_id"),), distinct=True), f"r{n}")
        aggregates.append(orders)
        tests.extend(values.in_range(Variable(f"s{n}"), "average", leaf.average_order, times=Variable(alias(orders))))
    may_be_none = leaf.min_count == 0 and leaf.value is None and leaf.average_order is None
    return Measured(found, tuple(aggregates), tuple(tests), needs_edge=not may_be_none)


def _number_of(leaf: Behaviour, found: Found, values: Values, n: str) -> Item | None:
    """What is counted, where it is not the events themselves."""
    match leaf.counted:
        case Counted.EVENTS if is_product_event(leaf.event):
            return None
        case Counted.EVENTS:
            # A checkout of three items is three edges, and one event.
            return Item(Call("count", (found.property("event_id"),), distinct=True), f"d{n}")
        case Counted.ORDERS:
            return Item(Call("count", (found.property("order_id"),), distinct=True), f"d{n}")
        case Counted.PRODUCTS:
            return Item(Call("count", (Property(found.end, "product_id"),), distinct=True), f"d{n}")
        case Counted.UNITS:
            return _total(found, pieces(leaf.event), f"u{n}", values)


def _count_tests(leaf: Behaviour, number: Variable, values: Values) -> list[Expression]:
    if leaf.max_count is not None and leaf.max_count == leaf.min_count:
        return [values.equal(number, "count", leaf.min_count)]
    tests: list[Expression] = []
    # One event or more is what the match itself says; a piece or more is not.
    if leaf.min_count > (1 if leaf.counted is not Counted.UNITS else 0):
        tests.append(values.at_least(number, "count", leaf.min_count))
    if leaf.max_count is not None:
        tests.append(Comparison("<=", number, values.parameter("count", leaf.max_count)))
    return tests


def _total(found: Found, name: str, total: str, values: Values) -> Item:
    amount = Call("coalesce", (found.property(name), values.parameter("nothing", 0)))
    return Item(Call("sum", (amount,)), total)


def _exposure(leaf: Exposure, customer: str, values: Values) -> Shape:
    found = exposures(leaf, customer, values)
    if leaf.is_existence:
        return Existence(found)
    count = Item(Call("count", (Variable(found.edge),)), f"n{found.edge[1:]}")
    test = values.at_least(Variable(alias(count)), "count", leaf.min_count)
    return Measured(found, (count,), (test,), needs_edge=False)


# --- one thing after or beside another --------------------------------------------------------------------------------


def _sequence(leaf: Sequence, customer: str, values: Values) -> Followed:
    """What follows is asked of one moment of the first step where one decides, else of each of them.

    Something follows some of them exactly if it follows the earliest; nothing follows some of them exactly if nothing
    follows the latest. A limited time after each has to be looked at by itself.
    """
    first = events(leaf.first.event, leaf.first.product, leaf.window, customer, values)
    same = first.end if leaf.same_product else None
    then = events(leaf.then.event, leaf.then.product, None, customer, values, bound_product=same)
    name = f"m{first.edge[1:]}"
    at, moment = first.property("at"), Variable(name)
    conditions: list[Expression] = [Comparison(">", then.property("at"), moment)]
    if leaf.within is None:
        key = Item(Call("max" if leaf.then_not else "min", (at,)), name)
    else:
        key = Item(at, name)
        length = values.parameter("within", microseconds(leaf.within))
        conditions.append(Comparison("<=", then.property("at"), Arithmetic("+", moment, length)))
    return Followed(
        first,
        (*((Item(Variable(same)),) if same else ()), key),
        then.also(*conditions),
        absent=leaf.then_not,
        is_grouped=leaf.within is None,
        is_single=leaf.within is None and not leaf.same_product,
    )


def _order(leaf: OrderContents, customer: str, values: Values) -> OneOrder:
    def bought(product: ProductFilter | None) -> Found:
        return events(EventKind.PURCHASE, product, leaf.window, customer, values)

    lines = bought(leaf.product)
    n = lines.edge[1:]
    sums: list[Item] = []
    tests: list[Expression] = []
    if leaf.units is not None:
        sums.append(_total(lines, pieces(EventKind.PURCHASE), f"u{n}", values))
        tests.extend(values.count_range(Variable(f"u{n}"), "units", leaf.units))
    if leaf.value is not None:
        sums.append(_total(lines, worth(EventKind.PURCHASE), f"s{n}", values))
        tests.extend(values.in_range(Variable(f"s{n}"), "value", leaf.value))
    others = tuple(bought(product) for product in leaf.together_with)
    return OneOrder(lines, tuple(sums), tuple(tests), others, lambda: bought(None), leaf.min_orders)


# --- what was computed, and what is known -----------------------------------------------------------------------------


def _interest(leaf: Interest, customer: str, values: Values) -> Shape:
    found = _topic(leaf.topic_type, leaf.topic, customer, values)
    if leaf.primary:
        found = found.also(values.equal(found.property("is_primary"), "primary", True))
    if leaf.min_score is not None:
        found = found.also(values.at_least_real(found.property("score"), "score", leaf.min_score))
    if leaf.more_than is None:
        return Existence(found, is_single=True)
    other = _topic(leaf.more_than.topic_type, leaf.more_than.topic, customer, values)
    as_high = junction(
        "OR", [Comparison(operator, other.property("score"), found.property("score")) for operator in (">", "=")]
    )
    return Unequalled(found, other.also(as_high))


def _topic(topic_type: str, topic: str, customer: str, values: Values) -> Found:
    found = single_hop(customer, "INTERESTED_IN", "Topic", values)
    return found.also(values.equal(Property(found.end, "topic_id"), "topic", f"{topic_type}:{topic}"))


def _among_topics(leaf: InterestPhrase, customer: str, values: Values) -> Found:
    if leaf.phrase not in values.topics:
        raise Permanent(f"The phrase '{leaf.phrase}' was not compared with the tenant's topics.")
    found = single_hop(customer, "INTERESTED_IN", "Topic", values)
    ids = values.parameter("topics", list(values.topics[leaf.phrase]))
    return found.also(Comparison("IN", Property(found.end, "topic_id"), ids))


def _reachable(leaf: Reachable, customer: str, values: Values) -> Found:
    found = single_hop(customer, "REACHABLE_BY", "Channel", values)
    found = found.also(values.equal(Property(found.end, "name"), "channel", leaf.channel.value))
    if leaf.by is not Reachability.CONSENT:
        found = found.also(values.equal(found.property("address"), "address", True))
    if leaf.by is not Reachability.ADDRESS:
        found = found.also(values.equal(found.property("consent"), "consent", True))
    return found
