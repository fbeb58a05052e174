"""Plans of every kind in their normal form: what the grammar itself would write, so that a sentence can give it back.

Lists are sorted, conditions of one kind are not nested, nothing is denied twice and alternatives of one property are
one list of values: two plans that say the same have one spelling here.
"""

from datetime import date, timedelta

from hypothesis import strategies as st

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Ago,
    And,
    Attribute,
    Behaviour,
    Calendar,
    CalendarUnit,
    Channel,
    Condition,
    Counted,
    CountRange,
    CustomerProperty,
    Dates,
    EventKind,
    Exposure,
    ExposureKind,
    Interest,
    InterestPhrase,
    InterestScore,
    Last,
    Length,
    Measure,
    MeasureKind,
    Next,
    Not,
    Occurrence,
    Operator,
    Or,
    Order,
    OrderContents,
    ProductFilter,
    ProfilePhrase,
    Range,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    SegmentPlan,
    Sequence,
    Step,
    TimeUnit,
    TopicName,
    TopicType,
    Window,
    plan_of,
)
from leo_activation.warehouse.graph_schema import ValueType

AMOUNTS = st.sampled_from(["0.5", "1", "20", "99.95", "100", "1200.5", "250000"])
WHOLE_AMOUNTS = st.sampled_from(["1", "20", "99", "1200", "250000"])
NUMBERS = st.sampled_from(["0", "0.7", "3", "12.125", "50", "-2.5", "100"])
COUNTS = st.integers(2, 5)
DAYS = st.dates(date(2025, 1, 1), date(2026, 2, 1))
PHRASES = st.sampled_from(["winter sports", "busy parents and students", "people who “care” about price", "a & b, c"])
SCORES = st.sampled_from([0.0, 0.25, 0.5, 0.123456, 1.0])
TEXTS = (CustomerProperty.CITY, CustomerProperty.FAVORITE_COLOR, CustomerProperty.FUNNEL_STAGE)


def past_windows() -> st.SearchStrategy[Window]:
    lengths = st.builds(Length, amount=st.integers(1, 60), unit=st.sampled_from(TimeUnit))
    return st.one_of(
        st.builds(Last, amount=st.integers(1, 90), unit=st.sampled_from(TimeUnit)),
        st.builds(Ago, latest=lengths),
        st.builds(
            lambda unit, latest, more: Ago(
                earliest=Length(amount=latest + more, unit=unit), latest=Length(amount=latest, unit=unit)
            ),
            st.sampled_from(TimeUnit),
            st.integers(1, 30),
            st.integers(1, 30),
        ),
        st.builds(Dates, since=DAYS),
        st.builds(Dates, until=DAYS),
        st.builds(lambda day, more: Dates(since=day, until=day + timedelta(days=more)), DAYS, st.integers(1, 40)),
        st.builds(Calendar, unit=st.sampled_from(CalendarUnit), offset=st.integers(-4, 0)),
    )


def amounts(catalogue: Catalogue) -> st.SearchStrategy[str]:
    return AMOUNTS if catalogue.minor_units else WHOLE_AMOUNTS


def ranges(catalogue: Catalogue) -> st.SearchStrategy[Range]:
    value = amounts(catalogue)
    both = st.lists(value, min_size=2, max_size=2, unique=True).map(lambda pair: sorted(pair, key=float))
    return st.one_of(
        st.builds(Range, at_least=value),
        st.builds(Range, more_than=value),
        st.builds(Range, at_most=value),
        st.builds(Range, less_than=value),
        both.map(lambda pair: Range(at_least=pair[0], at_most=pair[1])),
        both.map(lambda pair: Range(more_than=pair[0], less_than=pair[1])),
        both.map(lambda pair: Range(at_least=pair[0], less_than=pair[1])),
        both.map(lambda pair: Range(more_than=pair[0], at_most=pair[1])),
    )


def some(names: tuple[str, ...], most: int = 2) -> st.SearchStrategy[tuple[str, ...]]:
    if not names:
        return st.just(())
    return st.lists(st.sampled_from(names), max_size=most, unique=True).map(lambda found: tuple(sorted(found)))


def at_least_one(names: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True).map(lambda f: tuple(sorted(f)))


@st.composite
def products(draw: st.DrawFn, catalogue: Catalogue) -> ProductFilter | None:
    names = draw(some(catalogue.products)) if draw(st.integers(0, 3)) == 0 else ()
    categories = draw(some(catalogue.categories))
    brands = draw(some(catalogue.brands)) if draw(st.booleans()) else ()
    colors = draw(some(catalogue.colors)) if draw(st.booleans()) else ()
    price = draw(ranges(catalogue)) if draw(st.integers(0, 3)) == 0 else None
    if not (names or categories or brands or colors or price):
        return None
    return ProductFilter(names=names, categories=categories, brands=brands, colors=colors, price=price)


def wanted(catalogue: Catalogue) -> st.SearchStrategy[ProductFilter]:
    return products(catalogue).flatmap(lambda found: st.nothing() if found is None else st.just(found))


@st.composite
def behaviours(draw: st.DrawFn, catalogue: Catalogue) -> Behaviour:
    event = draw(st.sampled_from([*EventKind, *catalogue.events]))
    about_products = event in set(EventKind)
    product = draw(products(catalogue)) if about_products else None
    window = draw(st.none() | past_windows())
    shape = draw(st.sampled_from(["plain", "count", "counted", "value", "average", "occurrence"]))
    found: dict[str, object] = {"event": event, "product": product, "window": window}
    if shape in {"count", "counted"}:
        least = draw(st.integers(0, 4))
        most = draw(st.none() | st.integers(max(1, least), 6)) if least > 1 else draw(st.integers(max(1, least), 6))
        found |= {"min_count": least, "max_count": most}
        if shape == "counted" and about_products:
            found["counted"] = draw(
                st.sampled_from(
                    [Counted.PRODUCTS, Counted.UNITS, *([Counted.ORDERS] if event == EventKind.PURCHASE else [])]
                )
            )
    elif shape == "value" and about_products:
        found["value"] = draw(ranges(catalogue))
    elif shape == "average" and event == EventKind.PURCHASE:
        found["average_order"] = draw(ranges(catalogue))
    elif shape == "occurrence":
        all_of_them = about_products and product is not None and draw(st.booleans())
        kinds = (
            [Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL] if all_of_them else [Occurrence.FIRST, Occurrence.LAST]
        )
        found["occurrence"] = draw(st.sampled_from(kinds))
        if not all_of_them:
            found["window"] = draw(past_windows())
    return Behaviour.model_validate(found)


@st.composite
def steps(draw: st.DrawFn, catalogue: Catalogue) -> Step:
    event = draw(st.sampled_from([*EventKind, *catalogue.events]))
    return Step(event=event, product=draw(products(catalogue)) if event in set(EventKind) else None)


@st.composite
def sequences(draw: st.DrawFn, catalogue: Catalogue) -> Sequence:
    first, then = draw(steps(catalogue)), draw(steps(catalogue))
    same = {first.event, then.event} <= set(EventKind) and draw(st.booleans())
    return Sequence(
        first=first,
        then=then.model_copy(update={"product": None}) if same else then,
        then_not=draw(st.booleans()),
        same_product=same,
        within=draw(
            st.none()
            | st.builds(
                Length, amount=st.integers(1, 30), unit=st.sampled_from([TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK])
            )
        ),
        window=draw(st.none() | past_windows()),
    )


@st.composite
def orders(draw: st.DrawFn, catalogue: Catalogue) -> OrderContents:
    product = draw(products(catalogue))
    together = draw(st.lists(wanted(catalogue), max_size=2)) if product is not None else []
    units = draw(
        st.none()
        | st.builds(CountRange, at_least=COUNTS)
        | st.builds(CountRange, at_most=COUNTS)
        | st.builds(lambda low, more: CountRange(at_least=low, at_most=low + more), COUNTS, st.integers(0, 3))
    )
    value = draw(st.none() | ranges(catalogue))
    if units is None and value is None and not together:
        units = CountRange(at_least=3)
    return OrderContents(
        product=product,
        units=units,
        value=value,
        together_with=tuple(together),
        min_orders=draw(st.integers(1, 3)),
        window=draw(st.none() | past_windows()),
    )


@st.composite
def attributes(draw: st.DrawFn, catalogue: Catalogue) -> Attribute:
    name = draw(st.sampled_from(CustomerProperty))
    if draw(st.integers(0, 9)) == 0:
        return Attribute(property=name, operator=Operator.EXISTS)
    if name is CustomerProperty.BIRTHDAY:
        return draw(birthdays())
    if name is CustomerProperty.CREATED_AT:
        return Attribute(property=name, operator=Operator.WITHIN, window=draw(past_windows()))
    if name.value_type is ValueType.TEXT:
        return draw(text_attributes(catalogue, name))
    values: st.SearchStrategy[str]
    if name is CustomerProperty.BIRTH_MONTH:
        found = draw(st.lists(st.integers(1, 12), min_size=1, max_size=3, unique=True))
        operator = Operator.EQ if len(found) == 1 else Operator.IN
        return Attribute(property=name, operator=operator, values=tuple(str(month) for month in sorted(found)))
    if name is CustomerProperty.AGE:
        values = st.integers(0, 120).map(str)
    else:
        values = amounts(catalogue) if name.value_type is ValueType.MONEY_MINOR else NUMBERS
    operator = draw(
        st.sampled_from(
            [Operator.EQ, Operator.NE, Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.BETWEEN]
        )
    )
    if operator is Operator.BETWEEN:
        pair = sorted(draw(st.lists(values, min_size=2, max_size=2)), key=float)
        return Attribute(property=name, operator=operator, values=tuple(pair))
    return Attribute(property=name, operator=operator, values=(draw(values),))


@st.composite
def text_attributes(draw: st.DrawFn, catalogue: Catalogue, name: CustomerProperty) -> Attribute:
    names = {
        CustomerProperty.COUNTRY: catalogue.countries,
        CustomerProperty.CITY: catalogue.cities,
        CustomerProperty.GENDER: catalogue.genders,
        CustomerProperty.LANGUAGE: catalogue.languages,
        CustomerProperty.FUNNEL_STAGE: catalogue.funnel_stages,
        CustomerProperty.FAVORITE_COLOR: catalogue.colors,
    }[name]
    operator = draw(st.sampled_from([Operator.IN, Operator.NE, Operator.CONTAINS, Operator.STARTS_WITH]))
    if not names or operator in {Operator.CONTAINS, Operator.STARTS_WITH}:
        text = draw(st.sampled_from(["ab", "new", "Ho", "é"]))
        return Attribute(
            property=name, operator=draw(st.sampled_from([Operator.CONTAINS, Operator.STARTS_WITH])), values=(text,)
        )
    if operator is Operator.NE:
        return Attribute(property=name, operator=operator, values=(draw(st.sampled_from(names)),))
    values = draw(at_least_one(names))
    return Attribute(property=name, operator=Operator.EQ if len(values) == 1 else Operator.IN, values=values)


@st.composite
def birthdays(draw: st.DrawFn) -> Attribute:
    days = st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: f"{day:%m-%d}")
    shape = draw(st.sampled_from(["day", "days", "window"]))
    name = CustomerProperty.BIRTHDAY
    if shape == "day":
        return Attribute(property=name, operator=Operator.EQ, values=(draw(days),))
    if shape == "days":
        return Attribute(property=name, operator=Operator.BETWEEN, values=(draw(days), draw(days)))
    units = [CalendarUnit.DAY, CalendarUnit.WEEK, CalendarUnit.MONTH, CalendarUnit.QUARTER]
    window = draw(
        st.one_of(
            st.builds(Calendar, unit=st.sampled_from(units), offset=st.integers(-3, 3)),
            st.builds(
                Next, amount=st.integers(1, 12), unit=st.sampled_from([TimeUnit.DAY, TimeUnit.WEEK, TimeUnit.MONTH])
            ),
            st.builds(lambda day, more: Dates(since=day, until=day + timedelta(days=more)), DAYS, st.integers(1, 20)),
        )
    )
    return Attribute(property=name, operator=Operator.WITHIN, window=window)


def topics(catalogue: Catalogue) -> st.SearchStrategy[TopicName]:
    known = [TopicName(topic_type=TopicType(kind), topic=t) for kind, found in catalogue.topics.items() for t in found]
    return st.sampled_from(known)


@st.composite
def interests(draw: st.DrawFn, catalogue: Catalogue) -> Interest:
    topic, other = draw(topics(catalogue)), draw(topics(catalogue))
    return Interest(
        topic_type=topic.topic_type,
        topic=topic.topic,
        primary=draw(st.booleans()),
        min_score=draw(st.none() | SCORES),
        more_than=draw(st.none() | st.just(other)) if other != topic else None,
    )


def exposures(catalogue: Catalogue) -> st.SearchStrategy[Exposure]:
    return st.builds(
        Exposure,
        exposure=st.sampled_from(ExposureKind),
        campaigns=some(tuple(sorted(catalogue.campaigns))),
        channel=st.none() | st.sampled_from(Channel),
        min_count=st.integers(1, 3),
        window=st.none() | past_windows(),
    )


@st.composite
def relations(draw: st.DrawFn, catalogue: Catalogue) -> Relation:
    kind = draw(st.sampled_from(RelationKind))
    asked: st.SearchStrategy[Condition] = st.one_of(
        attributes(catalogue),
        interests(catalogue),
        behaviours(catalogue).filter(lambda leaf: leaf.is_existence),
        exposures(catalogue).filter(lambda leaf: leaf.is_existence),
    )
    of = draw(asked if kind is RelationKind.CO_PURCHASE else st.none() | asked)
    return Relation.model_validate({"relation": kind, "of": of, "min_count": draw(st.integers(1, 3))})


def plain_leaves(catalogue: Catalogue) -> st.SearchStrategy[Condition]:
    segments = [st.builds(SegmentMember, segment_id=st.sampled_from(sorted(catalogue.segments)))]
    return st.one_of(
        attributes(catalogue),
        behaviours(catalogue),
        sequences(catalogue),
        orders(catalogue),
        interests(catalogue),
        st.builds(InterestPhrase, phrase=PHRASES, threshold=st.none() | SCORES),
        exposures(catalogue),
        relations(catalogue),
        st.builds(Reachable, channel=st.sampled_from(Channel), by=st.sampled_from(Reachability)),
        *(segments if catalogue.segments else []),
    )


def conditions(catalogue: Catalogue, depth: int = 2) -> st.SearchStrategy[Condition]:
    leaf = plain_leaves(catalogue)
    if depth == 0:
        return st.one_of(leaf, leaf.map(lambda found: Not(condition=found)))
    inner = conditions(catalogue, depth - 1)
    parts = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(
        leaf,
        inner.filter(lambda found: not isinstance(found, Not)).map(lambda found: Not(condition=found)),
        parts.map(lambda found: And(conditions=tuple(found))).filter(_has_no_needless_level),
        parts.map(lambda found: Or(conditions=tuple(found))).filter(_has_no_needless_level),
    )


def _has_no_needless_level(joint: And | Or) -> bool:
    """Nothing of its own kind inside, and no two alternatives that one list of values would say."""
    if any(isinstance(part, type(joint)) for part in joint.conditions):
        return False
    listed = [part for part in joint.conditions if isinstance(part, Attribute)]
    equal = [part.property for part in listed if part.operator in {Operator.EQ, Operator.IN}]
    return isinstance(joint, And) or len(equal) == len(set(equal))


@st.composite
def sorted_by(draw: st.DrawFn, catalogue: Catalogue) -> Order:
    event = draw(st.sampled_from([*EventKind, *catalogue.events]))
    about_products = event in set(EventKind)
    kinds = [MeasureKind.EVENTS, MeasureKind.LATEST, *([MeasureKind.VALUE] if about_products else [])]
    kinds += [MeasureKind.ORDERS, MeasureKind.UNITS] if event == EventKind.PURCHASE else []
    measure = Measure(
        measure=draw(st.sampled_from(kinds)),
        event=event,
        product=draw(products(catalogue)) if about_products else None,
        window=draw(st.none() | past_windows()),
    )
    by = draw(
        st.one_of(
            st.just(measure),
            st.sampled_from(CustomerProperty),
            topics(catalogue).map(lambda topic: InterestScore(topic=topic)),
            st.just("random"),
        )
    )
    return Order.model_validate({"by": by, "descending": True if by == "random" else draw(st.booleans())})


@st.composite
def plans(draw: st.DrawFn, catalogue: Catalogue) -> SegmentPlan:
    where = draw(st.none() | conditions(catalogue))
    if draw(st.integers(0, 4)) == 0:
        phrase = ProfilePhrase(phrase=draw(PHRASES), threshold=draw(st.none() | SCORES))
        others = where.conditions if isinstance(where, And) else () if where is None else (where,)
        where = And(conditions=(phrase, *others)) if others else phrase
    order, limit, percent = None, None, None
    if draw(st.booleans()):
        order = draw(sorted_by(catalogue))
        if draw(st.booleans()):
            percent = draw(st.sampled_from(["10", "0.5", "33.3"]))
        else:
            limit = draw(st.integers(1, 1000))
    elif draw(st.integers(0, 4)) == 0:
        limit = draw(st.integers(1, 1000))
    return plan_of(where, currency=catalogue.currency, order=order, limit=limit, percent=percent)
