"""Plans to compare two compilers by: every kind of leaf, nested, ordered and cut, with values that the data holds."""

from datetime import timedelta
from decimal import Decimal

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
    canonical_decimal,
    plan_of,
)
from leo_activation.warehouse.graph_schema import EVENT_EDGES, ValueType
from tests.segments.random_shop import AMOUNTS, AS_OF, CAMPAIGNS, CHANNELS, DAYS, OTHER_EVENTS, SCORES, SEGMENTS

TOPICS = {"noble taste": ["color:red", "category:shoes"], "nothing of the kind": []}
"""What the interest phrases of the plans mean."""
PRODUCT_EVENTS = tuple(EVENT_EDGES)
TODAY = AS_OF.date()

_KINDS = st.sampled_from(PRODUCT_EVENTS)
_ANY_KIND = st.sampled_from((*PRODUCT_EVENTS, "purchase", *OTHER_EVENTS))
_BIRTHDAYS = st.sampled_from(("01-01", "02-28", "02-29", "03-12", "03-13", "07-14", "12-20", "12-31"))
_LENGTHS = st.builds(
    Length, amount=st.sampled_from((1, 7, 30)), unit=st.sampled_from((TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK))
)
_DATES = st.sampled_from([TODAY - timedelta(days=days) for days in (0, 3, 11, 12, 39, 70, 100)])


@st.composite
def _ranges_of_dates(draw: st.DrawFn) -> Dates:
    first, last = sorted(draw(st.lists(_DATES, min_size=2, max_size=2, unique=True)))
    return draw(st.sampled_from((Dates(since=first, until=last), Dates(since=first), Dates(until=last))))


@st.composite
def _spans_ago(draw: st.DrawFn) -> Ago:
    latest, earliest = sorted(draw(st.lists(st.sampled_from(DAYS), min_size=2, max_size=2, unique=True)))
    begins = draw(st.booleans())
    return Ago(
        earliest=Length(amount=earliest, unit=TimeUnit.DAY) if begins else None,
        latest=Length(amount=latest, unit=TimeUnit.DAY),
    )


WINDOWS: st.SearchStrategy[Window | None] = st.one_of(
    st.none(),
    st.builds(Last, amount=st.sampled_from(DAYS), unit=st.just(TimeUnit.DAY)),
    st.builds(Last, amount=st.sampled_from((1, 2)), unit=st.sampled_from((TimeUnit.WEEK, TimeUnit.MONTH))),
    _spans_ago(),
    _ranges_of_dates(),
    st.builds(Calendar, unit=st.sampled_from(CalendarUnit), offset=st.sampled_from((0, -1))),
)


class Plans:
    """Strategies of plans for a tenant; amounts are such as its data holds."""

    def __init__(self, catalogue: Catalogue) -> None:
        """The names are those of the catalogue."""
        self.catalogue = catalogue
        unit = Decimal(1).scaleb(-catalogue.minor_units)
        sums = sorted({*AMOUNTS, 2500, 3000, 4000, 7500, 10_000, 20_000})
        self.amounts = st.sampled_from([canonical_decimal(str(minor * unit)) for minor in sums])

    def plans(self) -> st.SearchStrategy[SegmentPlan]:
        """Whole plans."""
        conditions = st.none() | self.conditions()
        uncut = conditions.map(lambda where: plan_of(where, currency=self.catalogue.currency))
        return st.one_of(uncut, uncut, self.cut_plans(conditions))

    def conditions(self) -> st.SearchStrategy[Condition]:
        """Leaves, and what joins them."""
        return st.recursive(self.leaves(), _joined, max_leaves=5)

    def leaves(self) -> st.SearchStrategy[Condition]:
        """One condition of any kind."""
        return st.one_of(
            self.attributes(),
            self.behaviours(),
            self.occurrences(),
            self.sequences(),
            self.orders(),
            self.interests(),
            st.builds(InterestPhrase, phrase=st.sampled_from(sorted(TOPICS))),
            st.builds(SegmentMember, segment_id=st.sampled_from((*SEGMENTS, "nobody"))),
            self.exposures(),
            self.relations(),
            st.builds(
                Reachable, channel=st.sampled_from([Channel(c) for c in CHANNELS]), by=st.sampled_from(Reachability)
            ),
        )

    @st.composite
    @staticmethod
    def _attribute(draw: st.DrawFn, self: "Plans") -> Attribute:
        asked = draw(st.sampled_from(CustomerProperty))
        operators = {
            ValueType.TEXT: (Operator.EQ, Operator.NE, Operator.IN, Operator.CONTAINS, Operator.STARTS_WITH),
            ValueType.TIME_US: (Operator.WITHIN,),
        }.get(
            asked.value_type,
            (
                Operator.EQ,
                Operator.NE,
                Operator.LT,
                Operator.LE,
                Operator.GT,
                Operator.GE,
                Operator.BETWEEN,
                Operator.IN,
            ),
        )
        if asked is CustomerProperty.BIRTHDAY:
            operators = (Operator.EQ, Operator.BETWEEN, Operator.WITHIN)
        operator = draw(st.sampled_from((*operators, Operator.EXISTS)))
        if operator is Operator.EXISTS:
            return Attribute(property=asked, operator=operator)
        if operator is Operator.WITHIN:
            windows = _birthday_windows() if asked is CustomerProperty.BIRTHDAY else WINDOWS.filter(bool)
            return Attribute(property=asked, operator=operator, window=draw(windows))
        least, most = {Operator.BETWEEN: (2, 2), Operator.IN: (1, 3)}.get(operator, (1, 1))
        unique = operator is Operator.IN
        values = draw(st.lists(self._values(asked), min_size=least, max_size=most, unique=unique))
        if operator is Operator.CONTAINS or operator is Operator.STARTS_WITH:
            values = [values[0][: draw(st.integers(1, len(values[0])))]]
        if operator is Operator.BETWEEN and asked is not CustomerProperty.BIRTHDAY:
            values.sort(key=Decimal)
        return Attribute(property=asked, operator=operator, values=tuple(values))

    def attributes(self) -> st.SearchStrategy[Attribute]:
        """Every property, by every operator that it takes."""
        return Plans._attribute(self)

    def _values(self, asked: CustomerProperty) -> st.SearchStrategy[str]:
        known = {
            CustomerProperty.COUNTRY: self.catalogue.countries,
            CustomerProperty.CITY: self.catalogue.cities,
            CustomerProperty.GENDER: self.catalogue.genders,
            CustomerProperty.LANGUAGE: self.catalogue.languages,
            CustomerProperty.FUNNEL_STAGE: self.catalogue.funnel_stages,
            CustomerProperty.FAVORITE_COLOR: self.catalogue.colors,
            CustomerProperty.AGE: ("29", "30", "31", "35", "38"),
            CustomerProperty.BIRTH_MONTH: ("1", "2", "3", "12"),
        }
        if asked is CustomerProperty.BIRTHDAY:
            return _BIRTHDAYS
        if asked is CustomerProperty.LIFETIME_VALUE:
            return st.sampled_from([canonical_decimal(str(int(score))) for score in SCORES])
        if asked.value_type is ValueType.MONEY_MINOR:
            return self.amounts
        if asked.value_type is ValueType.FLOAT:
            return st.sampled_from([canonical_decimal(str(score)) for score in SCORES])
        return st.sampled_from(known[asked] or ("not there",))

    def ranges(self) -> st.SearchStrategy[Range]:
        """Ranges of money, each bound open or closed."""
        one = st.builds(
            lambda name, amount: Range(**{name: amount}),
            st.sampled_from(("at_least", "more_than", "at_most", "less_than")),
            self.amounts,
        )
        two = (
            st.lists(self.amounts, min_size=2, max_size=2, unique=True)
            .map(lambda both: sorted(both, key=Decimal))
            .flatmap(
                lambda both: st.sampled_from((
                    Range(at_least=both[0], at_most=both[1]), Range(more_than=both[0], less_than=both[1]),
                ))
            )
        )  # fmt: skip
        return one | two

    def products(self) -> st.SearchStrategy[ProductFilter]:
        """Filters of every field, alone and together."""
        some = {
            "names": self.catalogue.products,
            "categories": self.catalogue.categories,
            "brands": self.catalogue.brands,
            "colors": self.catalogue.colors,
        }
        fields: dict[str, st.SearchStrategy[object]] = {
            name: st.lists(st.sampled_from(values), min_size=1, max_size=2, unique=True).map(tuple)
            for name, values in some.items()
            if values
        }
        fields["price"] = self.ranges()
        alone = st.sampled_from(sorted(fields)).flatmap(
            lambda name: fields[name].map(lambda value: ProductFilter.model_validate({name: value}))
        )
        pairs = st.lists(st.sampled_from(sorted(fields)), min_size=2, max_size=2, unique=True).flatmap(
            lambda names: st.fixed_dictionaries({name: fields[name] for name in names})
        )
        return alone | pairs.map(ProductFilter.model_validate)

    def steps(self) -> st.SearchStrategy[Step]:
        """One event of a sequence."""
        return st.builds(Step, event=_KINDS, product=st.none() | self.products()) | st.builds(Step, event=_ANY_KIND)

    def behaviours(self) -> st.SearchStrategy[Behaviour]:
        """Events, whether, how often and for how much."""
        return Plans._behaviour(self)

    @st.composite
    @staticmethod
    def _behaviour(draw: st.DrawFn, self: "Plans") -> Behaviour:
        event = draw(_ANY_KIND)
        known = event in EVENT_EDGES
        product = draw(st.none() | self.products()) if known else None
        least = draw(st.sampled_from((1, 1, 0, 2, 3)))
        most = draw(st.sampled_from((1, 2, 4))) if least == 0 else draw(st.sampled_from((None, None, least, least + 1)))
        counted = Counted.EVENTS
        if known and (least, most) != (1, None):
            kinds = [kind for kind in Counted if kind is not Counted.ORDERS or event == EventKind.PURCHASE]
            counted = draw(st.sampled_from(kinds))
        value = draw(st.none() | self.ranges()) if known else None
        average = draw(st.none() | self.ranges()) if event == EventKind.PURCHASE else None
        return Behaviour(
            event=event,
            product=product,
            min_count=least,
            max_count=most,
            counted=counted,
            value=value,
            average_order=average,
            window=draw(WINDOWS),
        )

    def occurrences(self) -> st.SearchStrategy[Behaviour]:
        """The first or last of some events, or of all."""
        of_some = st.builds(
            Behaviour,
            event=_KINDS,
            product=st.none() | self.products(),
            occurrence=st.sampled_from((Occurrence.FIRST, Occurrence.LAST)),
            window=WINDOWS.filter(bool),
        )
        of_others = st.builds(
            Behaviour,
            event=st.sampled_from(OTHER_EVENTS),
            occurrence=st.sampled_from((Occurrence.FIRST, Occurrence.LAST)),
            window=WINDOWS.filter(bool),
        )
        of_all = st.builds(
            Behaviour,
            event=_KINDS,
            product=self.products(),
            occurrence=st.sampled_from((Occurrence.FIRST_OF_ALL, Occurrence.LAST_OF_ALL)),
            window=WINDOWS,
        )
        return of_some | of_others | of_all

    def sequences(self) -> st.SearchStrategy[Sequence]:
        """One thing after another, or not."""
        return st.builds(
            lambda first, then, then_not, same, within, window: Sequence(
                first=first,
                then=then,
                then_not=then_not,
                same_product=same and first.event in EVENT_EDGES and then.event in EVENT_EDGES,
                within=within,
                window=window,
            ),
            self.steps(), self.steps(), st.booleans(), st.booleans(), st.none() | _LENGTHS, WINDOWS,
        )  # fmt: skip

    def orders(self) -> st.SearchStrategy[OrderContents]:
        """What one order holds."""
        counts = st.sampled_from((CountRange(at_least=2), CountRange(at_most=2), CountRange(at_least=2, at_most=4)))
        plain = st.builds(
            lambda product, units, value, number, window: OrderContents(
                product=product, units=units, value=value, min_orders=number, window=window
            ),
            st.none() | self.products(), counts, st.none() | self.ranges(), st.sampled_from((1, 1, 2)), WINDOWS,
        )  # fmt: skip
        together = st.builds(
            OrderContents,
            product=self.products(),
            value=st.none() | self.ranges(),
            together_with=st.lists(self.products(), min_size=1, max_size=2).map(tuple),
            window=WINDOWS,
        )
        valued = st.builds(OrderContents, product=st.none() | self.products(), value=self.ranges(), window=WINDOWS)
        return plain | together | valued

    def topics(self) -> st.SearchStrategy[TopicName]:
        """Topics of the tenant."""
        return st.sampled_from([
            TopicName(topic_type=TopicType(topic_type), topic=topic)
            for topic_type, found in self.catalogue.topics.items()
            for topic in found
        ])  # fmt: skip

    def interests(self) -> st.SearchStrategy[Interest]:
        """An interest, by its rank, its score or beside another one."""
        return st.builds(
            lambda topic, primary, score, other: Interest(
                topic_type=topic.topic_type,
                topic=topic.topic,
                primary=primary,
                min_score=score,
                more_than=None if other == topic else other,
            ),
            self.topics(), st.booleans(), st.sampled_from((None, 0.25, 0.5, 1.0)), st.none() | self.topics(),
        )  # fmt: skip

    def exposures(self) -> st.SearchStrategy[Exposure]:
        """Messages of campaigns."""
        return st.builds(
            Exposure,
            exposure=st.sampled_from(ExposureKind),
            campaigns=st.sampled_from(((), CAMPAIGNS[:1], CAMPAIGNS)),
            channel=st.none() | st.sampled_from([Channel(c) for c in CHANNELS]),
            min_count=st.sampled_from((1, 1, 2)),
            window=WINDOWS,
        )

    def relations(self) -> st.SearchStrategy[Relation]:
        """Other customers, and what is asked of them."""
        asked = st.one_of(
            self.attributes(),
            self.behaviours().filter(lambda leaf: leaf.is_existence),
            self.interests(),
            st.builds(SegmentMember, segment_id=st.sampled_from(SEGMENTS)),
            self.exposures().filter(lambda leaf: leaf.is_existence),
        )
        counts = st.sampled_from((1, 1, 2))
        plain = st.sampled_from([kind for kind in RelationKind if kind is not RelationKind.CO_PURCHASE])
        return st.builds(Relation, relation=plain, of=st.none() | asked, min_count=counts) | st.builds(
            Relation, relation=st.just(RelationKind.CO_PURCHASE), of=asked, min_count=counts
        )

    def orderings(self) -> st.SearchStrategy[Order]:
        """By a property, a measure, an interest's score, or at random."""
        by = st.one_of(
            st.sampled_from(CustomerProperty),
            self.measures(),
            st.builds(InterestScore, topic=self.topics()),
        )
        return st.builds(Order, by=by, descending=st.booleans()) | st.just(Order(by="random"))

    def measures(self) -> st.SearchStrategy[Measure]:
        """Numbers of a customer's events."""
        of_purchases = st.builds(
            Measure,
            measure=st.sampled_from(MeasureKind),
            event=st.just("purchase"),
            product=st.none() | self.products(),
            window=WINDOWS,
        )
        of_any = st.builds(
            Measure,
            measure=st.sampled_from((MeasureKind.EVENTS, MeasureKind.LATEST)),
            event=_ANY_KIND,
            window=WINDOWS,
        )
        of_values = st.builds(Measure, measure=st.just(MeasureKind.VALUE), event=_KINDS, window=WINDOWS)
        return of_purchases | of_any | of_values

    def cut_plans(self, conditions: st.SearchStrategy[Condition | None]) -> st.SearchStrategy[SegmentPlan]:
        """Plans with an order and a limit or a share."""
        currency = self.catalogue.currency
        limited = st.builds(
            lambda where, order, limit: plan_of(where, currency=currency, order=order, limit=limit),
            conditions, st.none() | self.orderings(), st.sampled_from((1, 3, 10, 100)),
        )  # fmt: skip
        shared = st.builds(
            lambda where, order, percent: plan_of(where, currency=currency, order=order, percent=percent),
            conditions, self.orderings(), st.sampled_from(("0.5", "10", "33.3", "50", "99")),
        )  # fmt: skip
        return limited | shared


def _birthday_windows() -> st.SearchStrategy[Window]:
    return st.one_of(
        st.builds(
            Next,
            amount=st.sampled_from((1, 2, 20, 366)),
            unit=st.sampled_from((TimeUnit.DAY, TimeUnit.WEEK, TimeUnit.MONTH)),
        ),
        st.builds(
            Calendar,
            unit=st.sampled_from([unit for unit in CalendarUnit if unit is not CalendarUnit.YEAR]),
            offset=st.sampled_from((-1, 0, 1)),
        ),
        _ranges_of_dates().filter(lambda dates: dates.since is not None and dates.until is not None),
    )


def _joined(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(
        st.builds(And, conditions=several), st.builds(Or, conditions=several), st.builds(Not, condition=parts)
    )
