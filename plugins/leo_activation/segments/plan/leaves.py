"""The leaves of a plan: each asks one thing of a customer."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from leo_activation.segments.plan.times import Calendar, CalendarUnit, Dates, Length, Next, TimeUnit, Window, lies_ahead
from leo_activation.segments.plan.values import (
    MAX_COUNT,
    MAX_PHRASE,
    MAX_VALUES,
    CountRange,
    PlanModel,
    Range,
    canonical_decimal,
)
from leo_activation.warehouse.graph_schema import EVENT_EDGES, VERTICES, ValueType


class CustomerProperty(StrEnum):
    """What a condition may ask of the customer itself; every name is a property of the graph's `Customer`."""

    COUNTRY = "country"
    CITY = "city"
    GENDER = "gender"
    AGE = "age"
    BIRTH_MONTH = "birth_month"
    BIRTHDAY = "birthday"
    LANGUAGE = "language"
    FUNNEL_STAGE = "funnel_stage"
    FAVORITE_COLOR = "favorite_color"
    TOTAL_SPENT = "total_spent"
    LIFETIME_VALUE = "lifetime_value"
    CREATED_AT = "created_at"
    LEAD_SCORE = "lead_score"
    PROSPECT_SCORE = "prospect_score"
    ENGAGEMENT_SCORE = "engagement_score"
    LOYALTY_SCORE = "loyalty_score"
    RFM_SCORE = "rfm_score"
    CHURN_SCORE = "churn_score"
    SATISFACTION_SCORE = "satisfaction_score"
    PROMOTER_SCORE = "promoter_score"

    @property
    def value_type(self) -> ValueType:
        """The type of the property in the graph's schema."""
        return VERTICES["Customer"].properties[self.value]


class Operator(StrEnum):
    """How an attribute is compared. `between` includes both ends; `within` takes a window instead of values."""

    EQ = "eq"
    NE = "ne"
    LT = "lt"
    LE = "le"
    GT = "gt"
    GE = "ge"
    BETWEEN = "between"
    IN = "in"
    CONTAINS = "contains"
    STARTS_WITH = "starts_with"
    EXISTS = "exists"
    WITHIN = "within"


_VALUES_OF = {
    Operator.BETWEEN: (2, 2),
    Operator.IN: (1, MAX_VALUES),
    Operator.EXISTS: (0, 0),
    Operator.WITHIN: (0, 0),
}
_ORDERED = frozenset({Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.BETWEEN})
_TEXTUAL = frozenset({Operator.CONTAINS, Operator.STARTS_WITH})
_LIMITS = {CustomerProperty.AGE: (0, 120), CustomerProperty.BIRTH_MONTH: (1, 12)}
_OF_BIRTHDAYS = frozenset({Operator.EQ, Operator.BETWEEN, Operator.WITHIN, Operator.EXISTS})
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Attribute(PlanModel):
    """A property of the customer compared with canonical values: text, a number, or an amount in major units.

    A customer without the property never matches, not even `ne`. A birthday is `MM-DD`: `eq` of a day, `between` two
    days (both inside; from "12-20" to "01-05" goes over the turn of the year), or `within` a window that may lie ahead.
    """

    kind: Literal["attribute"] = "attribute"
    property: CustomerProperty
    operator: Operator
    values: tuple[str, ...] = ()
    window: Window | None = None

    @model_validator(mode="after")
    def _fits_the_property(self) -> Self:
        is_birthday = self.property is CustomerProperty.BIRTHDAY
        value_type = self.property.value_type
        least, most = _VALUES_OF.get(self.operator, (1, 1))
        if not least <= len(self.values) <= most:
            raise ValueError(f"{self.operator} takes {least} to {most} values, not {len(self.values)}")
        if (self.window is not None) != (self.operator is Operator.WITHIN):
            raise ValueError("a window belongs to 'within', and 'within' needs one")
        if is_birthday:
            self._fits_a_birthday()
            return self
        if lies_ahead(self.window):
            raise ValueError(f"{self.property} does not lie in the future")
        if (self.operator is Operator.WITHIN) != (value_type is ValueType.TIME_US) and (
            self.operator is not Operator.EXISTS
        ):
            raise ValueError(f"{self.property} cannot be compared by {self.operator}")
        if self.operator in _ORDERED and value_type is ValueType.TEXT:
            raise ValueError(f"{self.property} is text and has no order")
        if self.operator in _TEXTUAL and value_type is not ValueType.TEXT:
            raise ValueError(f"{self.property} is not text")
        for value in self.values:
            _check_value(self.property, value)
        if self.operator is Operator.BETWEEN and Decimal(self.values[0]) > Decimal(self.values[1]):
            raise ValueError(f"the range from {self.values[0]} to {self.values[1]} is empty")
        if len(set(self.values)) != len(self.values) and self.operator is Operator.IN:
            raise ValueError("a value stands twice")
        return self

    def _fits_a_birthday(self) -> None:
        if self.operator not in _OF_BIRTHDAYS:
            raise ValueError(f"a birthday cannot be compared by {self.operator}")
        if isinstance(self.window, Dates) and (self.window.since is None or self.window.until is None):
            raise ValueError("a birthday falls on every date sooner or later: the window needs both ends")
        if self.window is not None and not isinstance(self.window, Dates | Next | Calendar):
            raise ValueError("a birthday lies in a period of the calendar or in the days to come")
        if isinstance(self.window, Calendar) and self.window.unit is CalendarUnit.YEAR:
            raise ValueError("everybody has a birthday in every year")
        for value in self.values:
            month, _, day = value.partition("-")
            valid = len(value) == len("MM-DD") and month.isdigit() and day.isdigit() and 1 <= int(month) <= 12
            if not valid or not 1 <= int(day) <= _DAYS_OF_MONTH[int(month) - 1]:
                raise ValueError(f"'{value}' is no day of the year as MM-DD")


def _check_value(name: CustomerProperty, value: str) -> None:
    if not value or len(value) > MAX_PHRASE:
        raise ValueError(f"a value of {name} has 1 to {MAX_PHRASE} characters")
    if name.value_type in {ValueType.MONEY_MINOR, ValueType.FLOAT}:
        if canonical_decimal(value) != value:
            raise ValueError(f"'{value}' is not written as '{canonical_decimal(value)}'")
    elif name.value_type is ValueType.INTEGER:
        if not value.isascii() or not value.isdigit() or str(int(value)) != value:
            raise ValueError(f"{name} is a whole number, not '{value}'")
        least, most = _LIMITS[name]
        if not least <= int(value) <= most:
            raise ValueError(f"{name} lies between {least} and {most}, not at {value}")


class EventKind(StrEnum):
    """What a customer did with a product; the keys of `graph_schema.EVENT_EDGES`."""

    VIEW = "view"
    ADD_TO_CART = "add_to_cart"
    PURCHASE = "purchase"
    RETURN = "return"


EventName = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.:-]{0,62}$"),
    Field(json_schema_extra={"examples": [*EventKind]}),
]
"""An `EventKind`, or another event type of the tenant as its catalogue names it ("page-view"), which has no product."""


def is_product_event(event: str) -> bool:
    """Whether events of the type are about a product, and so have colour, price and value."""
    return event in EVENT_EDGES


def check_product_of(event: str, product: "ProductFilter | None") -> None:
    """Refuse a product of events that have none.

    Raises:
        ValueError: the event is not about a product.
    """
    if product is not None and not is_product_event(event):
        raise ValueError(f"'{event}' is not about a product")


class ProductFilter(PlanModel):
    """Which events of a kind count. Values of one field are alternatives, the fields hold together.

    `names`, `categories` and `brands` are of the product, as the catalogue spells them; `colors` and `price` belong to
    the event (the same product is sold in many colours and at many prices). `price` is in major units.
    """

    names: tuple[str, ...] = Field(default=(), max_length=MAX_VALUES)
    categories: tuple[str, ...] = Field(default=(), max_length=MAX_VALUES)
    brands: tuple[str, ...] = Field(default=(), max_length=MAX_VALUES)
    colors: tuple[str, ...] = Field(default=(), max_length=MAX_VALUES)
    price: Range | None = None

    @model_validator(mode="after")
    def _is_not_empty(self) -> Self:
        if not (self.names or self.categories or self.brands or self.colors or self.price):
            raise ValueError("an empty product filter is no filter")
        return self


class Counted(StrEnum):
    """What the counts of a behaviour count.

    `events`: each event (an order line is one; of what is about no product, an event of the source is one). `orders`:
    different orders. `products`: different products. `units`: pieces, of purchases those that were kept.
    """

    EVENTS = "events"
    ORDERS = "orders"
    PRODUCTS = "products"
    UNITS = "units"


class Occurrence(StrEnum):
    """Which of the events a window and a product speak of.

    `any`: each event. `first`, `last`: the earliest or latest of the events with the product ("bought socks for the
    first time in March", "whose last purchase was more than 90 days ago"). `first_of_all`, `last_of_all`: the earliest
    or latest of all events of the kind, which then has the product ("whose first purchase was socks").
    """

    ANY = "any"
    FIRST = "first"
    LAST = "last"
    FIRST_OF_ALL = "first_of_all"
    LAST_OF_ALL = "last_of_all"


class Behaviour(PlanModel):
    """Events of one kind by the customer: how many, worth how much, in which window.

    `min_count`/`max_count` count what `counted` says; "never" is `not` around `min_count` 1. `min_count` 0 needs a
    `max_count` and includes customers without any. `value` bounds the sum of the events' values and `average_order`
    that sum divided by the number of orders, both in major units. A purchase is what was kept of it. Another
    `occurrence` than `any` asks of one event, so it takes neither counts nor sums.
    """

    kind: Literal["behaviour"] = "behaviour"
    event: EventName
    product: ProductFilter | None = None
    min_count: int = Field(default=1, ge=0, le=MAX_COUNT)
    max_count: int | None = Field(default=None, ge=1, le=MAX_COUNT)
    counted: Counted = Counted.EVENTS
    value: Range | None = None
    average_order: Range | None = None
    occurrence: Occurrence = Occurrence.ANY
    window: Window | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        check_product_of(self.event, self.product)
        if self.min_count == 0 and self.max_count is None:
            raise ValueError("at least 0 times is everybody")
        if self.max_count is not None and self.max_count < self.min_count:
            raise ValueError(f"nothing happens {self.min_count} to {self.max_count} times")
        if self.counted is not Counted.EVENTS and self.min_count == 1 and self.max_count is None:
            raise ValueError("one of anything is one event: `counted` is `events`")
        if self.counted is not Counted.EVENTS and not is_product_event(self.event):
            raise ValueError(f"'{self.event}' is counted by events")
        if self.counted is Counted.ORDERS and self.event != EventKind.PURCHASE:
            raise ValueError("orders are counted of purchases")
        if self.value is not None and not is_product_event(self.event):
            raise ValueError(f"'{self.event}' has no value")
        if self.average_order is not None and self.event != EventKind.PURCHASE:
            raise ValueError("an order has a value only where something was bought")
        if lies_ahead(self.window):
            raise ValueError("nothing has happened in the future")
        if self.occurrence is not Occurrence.ANY:
            self._asks_of_one_event()
        return self

    def _asks_of_one_event(self) -> None:
        summed = self.value is not None or self.average_order is not None
        if summed or (self.min_count, self.max_count) != (1, None):
            raise ValueError("the first or last event is one: it takes neither counts nor sums")
        if self.occurrence in {Occurrence.FIRST, Occurrence.LAST}:
            if self.window is None:
                raise ValueError("the first or last of these events is asked for by its time: a window is missing")
        elif self.product is None:
            raise ValueError("without a product, the first or last event of all is `first` or `last`")

    @property
    def is_existence(self) -> bool:
        """Whether one event decides, whichever it is."""
        plain = (self.min_count, self.max_count, self.value, self.average_order) == (1, None, None, None)
        return plain and self.occurrence is Occurrence.ANY


class Step(PlanModel):
    """One kind of event within a sequence."""

    event: EventName
    product: ProductFilter | None = None

    @model_validator(mode="after")
    def _has_a_product_only_where_it_can(self) -> Self:
        check_product_of(self.event, self.product)
        return self


class Sequence(PlanModel):
    """Something happened, and afterwards something else did, or (`then_not`) did not.

    Members have an event of `first` in `window` after which, strictly later and at most `within` later, an event of
    `then` follows; with `then_not` one after which none follows. `same_product`: what follows is about the product of
    the first event ("put something into the cart and did not buy it").
    """

    kind: Literal["sequence"] = "sequence"
    first: Step
    then: Step
    then_not: bool = False
    same_product: bool = False
    within: Length | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _can_be_asked(self) -> Self:
        if self.within is not None and self.within.unit not in {TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK}:
            raise ValueError("between two events hours, days or weeks are counted")
        if self.same_product and not (is_product_event(self.first.event) and is_product_event(self.then.event)):
            raise ValueError("only events about a product are about the same product")
        if lies_ahead(self.window):
            raise ValueError("nothing has happened in the future")
        return self


class OrderContents(PlanModel):
    """What one and the same order holds: pieces (`units`), their `value`, and what else was bought in it.

    `units` and `value` are of the order's lines that meet `product` (None: of all its lines), less what was given back;
    an order without such a line, or of which nothing was kept, is none. Each filter of `together_with` is met by a line
    of the same order, which may be the same line.
    `min_orders` such orders lie in `window`.
    """

    kind: Literal["order"] = "order"
    product: ProductFilter | None = None
    units: CountRange | None = None
    value: Range | None = None
    together_with: tuple[ProductFilter, ...] = Field(default=(), max_length=3)
    min_orders: int = Field(default=1, ge=1, le=MAX_COUNT)
    window: Window | None = None

    @model_validator(mode="after")
    def _asks_of_one_order(self) -> Self:
        if self.units is None and self.value is None and not self.together_with:
            raise ValueError("an order is asked for its pieces, its value, or what else is in it")
        if self.together_with and self.product is None:
            raise ValueError("something is bought together with a product")
        if lies_ahead(self.window):
            raise ValueError("nothing has happened in the future")
        return self


class TopicType(StrEnum):
    """The kinds of topic that interests are computed for."""

    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"
    COLOR = "color"
    KEYWORD = "keyword"
    TAG = "tag"


class TopicName(PlanModel):
    """A topic that interests are computed for."""

    topic_type: TopicType
    topic: str = Field(min_length=1, max_length=MAX_PHRASE)


class Interest(PlanModel):
    """An interest that was computed: `primary` asks for the customer's strongest of the type, `min_score` is 0 to 1.

    `more_than`: its score is higher than that of another interest, or the customer has no other one.
    """

    kind: Literal["interest"] = "interest"
    topic_type: TopicType
    topic: str = Field(min_length=1, max_length=MAX_PHRASE)
    primary: bool = False
    min_score: float | None = Field(default=None, ge=0, le=1)
    more_than: TopicName | None = None

    @model_validator(mode="after")
    def _compares_two_topics(self) -> Self:
        other = self.more_than
        if other is not None and (other.topic_type, other.topic) == (self.topic_type, self.topic):
            raise ValueError("nothing interests more than itself")
        return self


class InterestPhrase(PlanModel):
    """A phrase compared by meaning with the tenant's topics; those above the threshold become Cypher parameters.

    `threshold` is a cosine similarity; None takes the setting of `meaning`.
    """

    kind: Literal["interest_phrase"] = "interest_phrase"
    phrase: str = Field(min_length=1, max_length=MAX_PHRASE)
    threshold: float | None = Field(default=None, ge=0, le=1)


class ProfilePhrase(PlanModel):
    """A phrase compared by meaning with the customers' profile embeddings, inside the ids that Cypher returned.

    Not expressible in the graph: it may stand only on its own or among the conditions of the outermost `and`.
    """

    kind: Literal["profile_phrase"] = "profile_phrase"
    phrase: str = Field(min_length=1, max_length=MAX_PHRASE)
    threshold: float | None = Field(default=None, ge=0, le=1)


class SegmentMember(PlanModel):
    """Membership, now, of another segment."""

    kind: Literal["segment"] = "segment"
    segment_id: str = Field(min_length=1, max_length=63)


class Channel(StrEnum):
    """Where a customer can be sent something; the spelling of `core.channel_address`."""

    EMAIL = "email"
    SMS = "sms"
    ZALO = "zalo"
    MESSENGER = "messenger"
    MOBILE_PUSH = "mobile_push"
    WEB_PUSH = "web_push"


class ExposureKind(StrEnum):
    """What became of a campaign's message: `converted` is a purchase that the source puts down to the campaign."""

    RECEIVED = "received"
    OPENED = "opened"
    CLICKED = "clicked"
    CONVERTED = "converted"


class Exposure(PlanModel):
    """Messages of campaigns: received, opened, clicked or led to a purchase, how often and when.

    `campaigns` are ids of the catalogue, alternatives; none is any campaign. "Not" is `not` around it.
    """

    kind: Literal["exposure"] = "exposure"
    exposure: ExposureKind
    campaigns: tuple[str, ...] = Field(default=(), max_length=MAX_VALUES)
    channel: Channel | None = None
    min_count: int = Field(default=1, ge=1, le=MAX_COUNT)
    window: Window | None = None

    @model_validator(mode="after")
    def _lies_in_the_past(self) -> Self:
        if lies_ahead(self.window):
            raise ValueError("nothing has happened in the future")
        return self

    @property
    def is_existence(self) -> bool:
        """Whether one message decides."""
        return self.min_count == 1


class Reachability(StrEnum):
    """What is asked of a channel: an address that works and is not suppressed, consent to marketing, or both."""

    BOTH = "both"
    ADDRESS = "address"
    CONSENT = "consent"


class Reachable(PlanModel):
    """The customer can be sent marketing on the channel, as of the last sync; see `Reachability`."""

    kind: Literal["reachable"] = "reachable"
    channel: Channel
    by: Reachability = Reachability.BOTH
