"""The plan language: what a segment is, as a typed tree that planners write and compilers read.

A plan holds values the way people say them: money in major units of `SegmentPlan.currency` ("800" is 800 EUR, the
graph's 80000 cents), times as windows that are resolved against an as-of moment only when the plan is compiled, names
as the tenant's catalogue spells them. All values are text in one canonical form, so that equal plans are equal JSON
and the same type serves as structured output of a language model. `docs/reference/plan-language.md` has the table
leaf → graph form → meaning.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from leo_activation.warehouse.graph_schema import VERTICES, ValueType

MAX_LEAVES = 40
MAX_DEPTH = 8
MAX_LIMIT = 1_000_000
MAX_VALUES = 200
MAX_PHRASE = 200


def _require_kind(schema: dict[str, Any]) -> None:
    """`kind` has a default in Python, but whoever fills the JSON Schema has to name it: it tells the leaves apart."""
    if "kind" in schema.get("properties", {}):
        schema["properties"]["kind"].pop("default", None)
        schema["required"] = ["kind", *(name for name in schema.get("required", []) if name != "kind")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_require_kind)


# --- values -----------------------------------------------------------------------------------------------------------


def canonical_decimal(text: str) -> str:
    """A decimal number in its one spelling: no exponent, no trailing zeros, no leading plus ('800.50' → '800.5').

    Raises:
        ValueError: the text is not a finite decimal number.
    """
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(f"'{text}' is not a decimal number") from None
    if not number.is_finite():
        raise ValueError(f"'{text}' is not a finite number")
    plain = f"{number:f}"
    if "." in plain:
        plain = plain.rstrip("0").rstrip(".")
    return "0" if plain in {"-0", ""} else plain


Amount = Annotated[str, AfterValidator(canonical_decimal)]
"""A decimal number as text, in major units of the plan's currency."""


class Range(_Model):
    """Bounds of a decimal amount; at most one bound a side, at least one in all."""

    at_least: Amount | None = None
    more_than: Amount | None = None
    at_most: Amount | None = None
    less_than: Amount | None = None

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        bounds = [b for b in (self.at_least, self.more_than, self.at_most, self.less_than) if b is not None]
        if not bounds:
            raise ValueError("a range needs a bound")
        if self.at_least is not None and self.more_than is not None:
            raise ValueError("a range has one lower bound")
        if self.at_most is not None and self.less_than is not None:
            raise ValueError("a range has one upper bound")
        for bound in bounds:
            if Decimal(bound) < 0:
                raise ValueError(f"an amount cannot be below zero: {bound}")
        lower = self.at_least if self.at_least is not None else self.more_than
        upper = self.at_most if self.at_most is not None else self.less_than
        if lower is not None and upper is not None:
            closed = self.at_least is not None and self.at_most is not None
            if Decimal(lower) > Decimal(upper) or (lower == upper and not closed):
                raise ValueError(f"the range from {lower} to {upper} is empty")
        return self


# --- windows ----------------------------------------------------------------------------------------------------------


class TimeUnit(StrEnum):
    """A unit of a rolling window; months and years follow the calendar (31 March less one month is 28 February)."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class CalendarUnit(StrEnum):
    """A period of the calendar in the tenant's time zone; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Last(_Model):
    """The `amount` units before as-of: [as_of - amount·unit, as_of)."""

    kind: Literal["last"] = "last"
    amount: int = Field(ge=1, le=10_000)
    unit: TimeUnit


class Dates(_Model):
    """Whole days in the tenant's time zone: from the start of `since` to before the start of `until`."""

    kind: Literal["dates"] = "dates"
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.since is None and self.until is None:
            raise ValueError("a window needs a first or a last day")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError(f"the window from {self.since} until {self.until} is empty")
        return self


class Calendar(_Model):
    """The calendar period that holds as-of (`offset` 0) or one before it (-1 the previous, and so on)."""

    kind: Literal["calendar"] = "calendar"
    unit: CalendarUnit
    offset: int = Field(le=0, ge=-1000)


Window = Annotated[Last | Dates | Calendar, Field(discriminator="kind")]


# --- leaves -----------------------------------------------------------------------------------------------------------


class CustomerProperty(StrEnum):
    """What a condition may ask of the customer itself; every name is a property of the graph's `Customer`."""

    COUNTRY = "country"
    CITY = "city"
    GENDER = "gender"
    AGE = "age"
    BIRTH_MONTH = "birth_month"
    LANGUAGE = "language"
    FUNNEL_STAGE = "funnel_stage"
    FAVORITE_COLOR = "favorite_color"
    TOTAL_SPENT = "total_spent"
    CREATED_AT = "created_at"

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


class Attribute(_Model):
    """A property of the customer compared with canonical values: text, a whole number, or an amount in major units.

    A customer without the property never matches, not even `ne`.
    """

    kind: Literal["attribute"] = "attribute"
    property: CustomerProperty
    operator: Operator
    values: tuple[str, ...] = ()
    window: Window | None = None

    @model_validator(mode="after")
    def _fits_the_property(self) -> Self:
        value_type = self.property.value_type
        least, most = _VALUES_OF.get(self.operator, (1, 1))
        if not least <= len(self.values) <= most:
            raise ValueError(f"{self.operator} takes {least} to {most} values, not {len(self.values)}")
        if (self.window is not None) != (self.operator is Operator.WITHIN):
            raise ValueError("a window belongs to 'within', and 'within' needs one")
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


def _check_value(name: CustomerProperty, value: str) -> None:
    if not value or len(value) > MAX_PHRASE:
        raise ValueError(f"a value of {name} has 1 to {MAX_PHRASE} characters")
    if name.value_type is ValueType.MONEY_MINOR:
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


class ProductFilter(_Model):
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


class Behaviour(_Model):
    """Events of one kind by the customer: how many, worth how much, in which window.

    `min_count`/`max_count` count events (an order line is one event); "never" is `not` around `min_count` 1.
    `min_count` 0 needs a `max_count` and includes customers without any. `value` bounds the sum of the events'
    values, in major units.
    """

    kind: Literal["behaviour"] = "behaviour"
    event: EventKind
    product: ProductFilter | None = None
    min_count: int = Field(default=1, ge=0, le=100_000)
    max_count: int | None = Field(default=None, ge=1, le=100_000)
    value: Range | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _counts_something(self) -> Self:
        if self.min_count == 0 and self.max_count is None:
            raise ValueError("at least 0 times is everybody")
        if self.max_count is not None and self.max_count < self.min_count:
            raise ValueError(f"nothing happens {self.min_count} to {self.max_count} times")
        return self


class TopicType(StrEnum):
    """The kinds of topic that interests are computed for."""

    PRODUCT = "product"
    CATEGORY = "category"
    BRAND = "brand"
    COLOR = "color"
    KEYWORD = "keyword"
    TAG = "tag"


class Interest(_Model):
    """An interest that was computed: `primary` asks for the customer's strongest of the type, `min_score` is 0 to 1."""

    kind: Literal["interest"] = "interest"
    topic_type: TopicType
    topic: str = Field(min_length=1, max_length=MAX_PHRASE)
    primary: bool = False
    min_score: float | None = Field(default=None, ge=0, le=1)


class InterestPhrase(_Model):
    """A phrase compared by meaning with the tenant's topics; those above the threshold become Cypher parameters.

    `threshold` is a cosine similarity; None takes the setting of `meaning`.
    """

    kind: Literal["interest_phrase"] = "interest_phrase"
    phrase: str = Field(min_length=1, max_length=MAX_PHRASE)
    threshold: float | None = Field(default=None, ge=0, le=1)


class ProfilePhrase(_Model):
    """A phrase compared by meaning with the customers' profile embeddings, inside the ids that Cypher returned.

    Not expressible in the graph: it may stand only on its own or among the conditions of the outermost `and`.
    """

    kind: Literal["profile_phrase"] = "profile_phrase"
    phrase: str = Field(min_length=1, max_length=MAX_PHRASE)
    threshold: float | None = Field(default=None, ge=0, le=1)


class SegmentMember(_Model):
    """Membership, now, of another segment."""

    kind: Literal["segment"] = "segment"
    segment_id: str = Field(min_length=1, max_length=63)


# --- the tree ---------------------------------------------------------------------------------------------------------


class And(_Model):
    """All conditions hold."""

    kind: Literal["and"] = "and"
    conditions: tuple["Condition", ...] = Field(min_length=2, max_length=MAX_LEAVES)


class Or(_Model):
    """At least one condition holds."""

    kind: Literal["or"] = "or"
    conditions: tuple["Condition", ...] = Field(min_length=2, max_length=MAX_LEAVES)


class Not(_Model):
    """The condition does not hold; a customer of whom it is unknown is not excluded by `not`."""

    kind: Literal["not"] = "not"
    condition: "Condition"


Leaf = Attribute | Behaviour | Interest | InterestPhrase | ProfilePhrase | SegmentMember
Condition = Annotated[
    And | Or | Not | Attribute | Behaviour | Interest | InterestPhrase | ProfilePhrase | SegmentMember,
    Field(discriminator="kind"),
]


class Order(_Model):
    """The order of members by a property; customers without it come last, ties break by customer id."""

    by: CustomerProperty
    descending: bool = True


class SegmentPlan(_Model):
    """A segment: who (`where` None is every customer), and, where asked, the first `limit` in an order.

    `currency` names the unit of every amount in the plan and must be the tenant's; None where there is no amount.
    """

    where: Condition | None = None
    order: Order | None = None
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT)
    currency: str | None = Field(default=None, min_length=3, max_length=3)

    @model_validator(mode="after")
    def _is_compilable(self) -> Self:
        found = tuple(leaves(self.where))
        if len(found) > MAX_LEAVES:
            raise ValueError(f"a plan has at most {MAX_LEAVES} conditions, not {len(found)}")
        if _depth(self.where) > MAX_DEPTH:
            raise ValueError(f"a plan nests at most {MAX_DEPTH} levels")
        outermost = [c for c in conjuncts(self.where) if isinstance(c, ProfilePhrase)]
        if len(outermost) != sum(isinstance(leaf, ProfilePhrase) for leaf in found):
            raise ValueError("a profile phrase stands alone or in the outermost 'and'")
        if (self.currency is not None) != any(_has_amount(leaf) for leaf in found):
            raise ValueError("a currency is named exactly where the plan has an amount of money")
        if self.order is not None and self.limit is None:
            raise ValueError("an order without a limit does not change a segment")
        return self


And.model_rebuild()
Or.model_rebuild()
Not.model_rebuild()
SegmentPlan.model_rebuild()


def leaves(condition: Condition | None) -> Iterator[Leaf]:
    """The leaves of a condition from left to right; the position in this order is how spans name a leaf."""
    match condition:
        case None:
            return
        case And() | Or():
            for part in condition.conditions:
                yield from leaves(part)
        case Not():
            yield from leaves(condition.condition)
        case _:
            yield condition


def conjuncts(condition: Condition | None) -> tuple[Condition, ...]:
    """The conditions that all have to hold, in the order given: the steps of a preview's funnel."""
    if condition is None:
        return ()
    return condition.conditions if isinstance(condition, And) else (condition,)


def all_of(conditions: Sequence[Condition]) -> Condition | None:
    """The conjunction of any number of conditions; none is None, one is itself."""
    if not conditions:
        return None
    return conditions[0] if len(conditions) == 1 else And(conditions=tuple(conditions))


def prefixes(plan: SegmentPlan) -> tuple[SegmentPlan, ...]:
    """The plan's funnel: for each conjunct the plan of it and all before, without order and limit."""
    parts = conjuncts(plan.where)
    return tuple(plan_of(all_of(parts[: n + 1]), currency=plan.currency) for n in range(len(parts)))


def plan_of(
    where: Condition | None,
    *,
    currency: str | None,
    order: Order | None = None,
    limit: int | None = None,
) -> SegmentPlan:
    """A plan that names `currency` only where it has an amount of money."""
    amounts = any(_has_amount(leaf) for leaf in leaves(where))
    return SegmentPlan(where=where, order=order, limit=limit, currency=currency if amounts else None)


def _has_amount(leaf: Leaf) -> bool:
    match leaf:
        case Attribute():
            return leaf.property.value_type is ValueType.MONEY_MINOR and bool(leaf.values)
        case Behaviour():
            return leaf.value is not None or (leaf.product is not None and leaf.product.price is not None)
        case _:
            return False


def _depth(condition: Condition | None) -> int:
    match condition:
        case And() | Or():
            return 1 + max(_depth(part) for part in condition.conditions)
        case Not():
            return 1 + _depth(condition.condition)
        case _:
            return 1
