"""What joins conditions, who stands in a relation to whom, and the plan itself with its order and limit."""

from collections.abc import Iterator
from collections.abc import Sequence as Listed
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leo_activation.segments.plan.leaves import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventName,
    Exposure,
    Interest,
    InterestPhrase,
    OrderContents,
    ProductFilter,
    ProfilePhrase,
    Reachable,
    SegmentMember,
    Sequence,
    TopicName,
    check_product_of,
    is_product_event,
)
from leo_activation.segments.plan.times import Window, lies_ahead
from leo_activation.segments.plan.values import MAX_COUNT, Amount, PlanModel
from leo_activation.warehouse.graph_schema import ValueType

MAX_LEAVES = 40
MAX_DEPTH = 8
MAX_LIMIT = 1_000_000


class And(PlanModel):
    """All conditions hold."""

    kind: Literal["and"] = "and"
    conditions: tuple["Condition", ...] = Field(min_length=2, max_length=MAX_LEAVES)


class Or(PlanModel):
    """At least one condition holds."""

    kind: Literal["or"] = "or"
    conditions: tuple["Condition", ...] = Field(min_length=2, max_length=MAX_LEAVES)


class Not(PlanModel):
    """The condition does not hold; a customer of whom it is unknown is not excluded by `not`."""

    kind: Literal["not"] = "not"
    condition: "Condition"


class RelationKind(StrEnum):
    """How one customer stands to another.

    `household`: they live together. `referred_by`: the other one brought this customer. `referred`: this customer
    brought the other one. `co_purchase`: both kept a purchase of one and the same product.
    """

    HOUSEHOLD = "household"
    REFERRED_BY = "referred_by"
    REFERRED = "referred"
    CO_PURCHASE = "co_purchase"


Related = Annotated[
    Attribute | Behaviour | Interest | SegmentMember | Exposure,
    Field(discriminator="kind"),
]
"""What may be asked of the other customer: one leaf of one step. A `Behaviour` asks only whether it ever happened."""


class Relation(PlanModel):
    """Another customer stands in the relation and meets `of` (None: any other); at least `min_count` of them do.

    Nobody stands in a relation to themselves.
    """

    kind: Literal["relation"] = "relation"
    relation: RelationKind
    of: Related | None = None
    min_count: int = Field(default=1, ge=1, le=MAX_COUNT)

    @model_validator(mode="after")
    def _is_one_step(self) -> Self:
        if isinstance(self.of, Behaviour | Exposure) and not self.of.is_existence:
            raise ValueError("of the other customer only whether something happened is asked, not how often")
        if self.relation is RelationKind.CO_PURCHASE and self.of is None:
            raise ValueError("a co-purchase names whose purchases are meant")
        return self


Leaf = (
    Attribute
    | Behaviour
    | Sequence
    | OrderContents
    | Interest
    | InterestPhrase
    | ProfilePhrase
    | SegmentMember
    | Exposure
    | Relation
    | Reachable
)
Condition = Annotated[
    And
    | Or
    | Not
    | Attribute
    | Behaviour
    | Sequence
    | OrderContents
    | Interest
    | InterestPhrase
    | ProfilePhrase
    | SegmentMember
    | Exposure
    | Relation
    | Reachable,
    Field(discriminator="kind"),
]


class MeasureKind(StrEnum):
    """What is measured of a customer's events to sort by.

    `events` counts them, `orders` the orders, `units` the pieces; `value` sums their values; `latest` is the time of
    the last one. `orders` and `units` are of purchases.
    """

    EVENTS = "events"
    ORDERS = "orders"
    UNITS = "units"
    VALUE = "value"
    LATEST = "latest"


class Measure(PlanModel):
    """A number of each customer's events; customers without any come last in every order."""

    kind: Literal["measure"] = "measure"
    measure: MeasureKind
    event: EventName
    product: ProductFilter | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _can_be_measured(self) -> Self:
        check_product_of(self.event, self.product)
        if self.measure in {MeasureKind.ORDERS, MeasureKind.UNITS} and self.event != "purchase":
            raise ValueError(f"{self.measure} are counted of purchases")
        if self.measure is MeasureKind.VALUE and not is_product_event(self.event):
            raise ValueError(f"'{self.event}' has no value")
        if lies_ahead(self.window):
            raise ValueError("nothing has happened in the future")
        return self


class InterestScore(PlanModel):
    """The score of an interest; customers without it come last in every order."""

    kind: Literal["interest_score"] = "interest_score"
    topic: TopicName


class Order(PlanModel):
    """The order of members, ties broken by customer id; who has no value comes last.

    `by` is a property, a measure, an interest's score, or `random`: an order by a hash of the customer id, which stays
    the same from run to run, so that the first of it are a sample. `random` has no direction.
    """

    by: CustomerProperty | Measure | InterestScore | Literal["random"]
    descending: bool = True

    @model_validator(mode="after")
    def _has_one_spelling(self) -> Self:
        if self.by == "random" and not self.descending:
            raise ValueError("a random order has no direction")
        return self


class SegmentPlan(PlanModel):
    """A segment: who (`where` None is every customer), and, where asked, the first `limit` or `percent` in an order.

    `percent` is of the customers that meet `where`, rounded up to a whole customer; it needs an order. `currency` names
    the unit of every amount in the plan and must be the tenant's; None where there is no amount.
    """

    where: Condition | None = None
    order: Order | None = None
    limit: int | None = Field(default=None, ge=1, le=MAX_LIMIT)
    percent: Amount | None = None
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
        if (self.currency is not None) != _has_amounts(self.where, self.order):
            raise ValueError("a currency is named exactly where the plan has an amount of money")
        if self.percent is not None:
            if self.limit is not None:
                raise ValueError("a plan is cut by a number or by a percentage, not by both")
            if not 0 < Decimal(self.percent) < 100:
                raise ValueError(f"a percentage lies between 0 and 100, not at {self.percent}")
            if self.order is None:
                raise ValueError("a percentage needs an order")
        if self.order is not None and self.limit is None and self.percent is None:
            raise ValueError("an order without a limit does not change a segment")
        return self


And.model_rebuild()
Or.model_rebuild()
Not.model_rebuild()
SegmentPlan.model_rebuild()


def leaves(condition: Condition | None) -> Iterator[Leaf]:
    """The leaves of a condition from left to right; the position in this order is how spans name a leaf.

    What a `Relation` asks of the other customer is part of that leaf and none of its own.
    """
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


def all_of(conditions: Listed[Condition]) -> Condition | None:
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
    percent: str | None = None,
) -> SegmentPlan:
    """A plan that names `currency` only where it has an amount of money."""
    amounts = _has_amounts(where, order)
    return SegmentPlan(where=where, order=order, limit=limit, percent=percent, currency=currency if amounts else None)


def _has_amounts(where: Condition | None, order: Order | None) -> bool:
    by = order.by if order is not None else None
    priced = isinstance(by, Measure) and by.product is not None and by.product.price is not None
    return priced or any(_has_amount(leaf) for leaf in leaves(where))


def _has_amount(leaf: Leaf) -> bool:
    match leaf:
        case Attribute():
            return leaf.property.value_type is ValueType.MONEY_MINOR and bool(leaf.values)
        case Behaviour():
            return leaf.value is not None or leaf.average_order is not None or _has_price(leaf.product)
        case Sequence():
            return _has_price(leaf.first.product) or _has_price(leaf.then.product)
        case OrderContents():
            return leaf.value is not None or any(_has_price(wanted) for wanted in (leaf.product, *leaf.together_with))
        case Relation():
            return leaf.of is not None and _has_amount(leaf.of)
        case _:
            return False


def _has_price(wanted: ProductFilter | None) -> bool:
    return wanted is not None and wanted.price is not None


def _depth(condition: Condition | None) -> int:
    match condition:
        case And() | Or():
            return 1 + max(_depth(part) for part in condition.conditions)
        case Not():
            return 1 + _depth(condition.condition)
        case _:
            return 1
