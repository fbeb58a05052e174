"""Of what a plan asks, what history is kept of: the rest is refused by name, never answered with today's data."""

from collections.abc import Iterator
from enum import StrEnum

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Behaviour,
    Condition,
    Interest,
    InterestPhrase,
    InterestScore,
    Leaf,
    Measure,
    OrderContents,
    ProductFilter,
    ProfilePhrase,
    Reachability,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    SegmentPlan,
    Sequence,
    leaves,
)
from leo_activation.segments.sentences import explain_condition


class Lack(StrEnum):
    """Why a condition cannot be asked of a past moment."""

    TEXTS = "texts"
    ADDRESSES = "addresses"
    RELATIONS = "relations"


LACKS = {
    Lack.TEXTS: "the texts and vectors of profiles are those of today",
    Lack.ADDRESSES: "of addresses only today's are known; consent alone can be asked",
    Lack.RELATIONS: "households and referrals are kept only as they are today",
}


class OfToday(StrEnum):
    """What an answer about the past rests on that is known only as it is today."""

    PEOPLE = "people"
    CATALOGUE = "catalogue"
    RATES = "rates"
    INTERESTS = "interests"
    MEMBERS = "members"
    CONSENT = "consent"


NOTES = {
    OfToday.PEOPLE: "People whom the source no longer has are in no past answer, because nothing of them is kept.",
    OfToday.CATALOGUE: "Products have today's names, categories and brands: the catalogue keeps no history.",
    OfToday.RATES: "Amounts in other currencies became {currency} by the rates that are known today.",
    OfToday.INTERESTS: "Interests are computed for each moment by today's weights and today's catalogue.",
    OfToday.MEMBERS: "Members of other segments are those whom the refreshes until then had kept.",
    OfToday.CONSENT: "Where nothing was recorded of consent, the tenant's own basis is that of today.",
}


class NotKept(Permanent):
    """A condition asks of the past what no history is kept of."""


def require_history(plan: SegmentPlan, catalogue: Catalogue) -> None:
    """Every condition of the plan can be answered as of a past moment.

    Raises:
        NotKept: one cannot; the message names it and says why.
    """
    for leaf in leaves(plan.where):
        lack = _lack(leaf)
        if lack is not None:
            raise NotKept(f"“{explain_condition(leaf, catalogue)}” cannot be asked of a past moment: {LACKS[lack]}.")


def lack_of(condition: Condition) -> Lack | None:
    """Why a condition cannot be asked of the past, None where it can; of several reasons the first."""
    return next((lack for lack in map(_lack, leaves(condition)) if lack is not None), None)


def what_is_of_today(plan: SegmentPlan, catalogue: Catalogue) -> list[str]:
    """What an answer about the past rests on that is known only as it is today, in sentences."""
    return [NOTES[each].format(currency=catalogue.currency) for each in of_today(plan)]


def of_today(plan: SegmentPlan) -> list[OfToday]:
    """The same by its names."""
    found = list(_asked(plan))
    notes = [OfToday.PEOPLE]
    if any(_names_products(leaf) for leaf in found) or _measures_products(plan):
        notes.append(OfToday.CATALOGUE)
    if plan.currency is not None or (isinstance(plan.order and plan.order.by, Measure)):
        notes.append(OfToday.RATES)
    if any(isinstance(leaf, Interest | InterestPhrase) for leaf in found) or _orders_by_interest(plan):
        notes.append(OfToday.INTERESTS)
    if any(isinstance(leaf, SegmentMember) for leaf in found):
        notes.append(OfToday.MEMBERS)
    if any(isinstance(leaf, Reachable) for leaf in found):
        notes.append(OfToday.CONSENT)
    return notes


def _asked(plan: SegmentPlan) -> Iterator[Leaf]:
    for leaf in leaves(plan.where):
        yield leaf
        if isinstance(leaf, Relation) and leaf.of is not None:
            yield leaf.of


def _lack(leaf: Leaf) -> Lack | None:
    match leaf:
        case ProfilePhrase():
            return Lack.TEXTS
        case Reachable() if leaf.by is not Reachability.CONSENT:
            return Lack.ADDRESSES
        case Relation() if leaf.relation is not RelationKind.CO_PURCHASE:
            return Lack.RELATIONS
        case Relation() if leaf.of is not None:
            return _lack(leaf.of)
        case _:
            return None


def _names_products(leaf: Leaf) -> bool:
    match leaf:
        case Behaviour():
            return _is_named(leaf.product)
        case Sequence():
            return _is_named(leaf.first.product) or _is_named(leaf.then.product)
        case OrderContents():
            return any(_is_named(wanted) for wanted in (leaf.product, *leaf.together_with))
        case _:
            return False


def _measures_products(plan: SegmentPlan) -> bool:
    by = None if plan.order is None else plan.order.by
    return isinstance(by, Measure) and _is_named(by.product)


def _orders_by_interest(plan: SegmentPlan) -> bool:
    return plan.order is not None and isinstance(plan.order.by, InterestScore)


def _is_named(wanted: ProductFilter | None) -> bool:
    return wanted is not None and bool(wanted.names or wanted.categories or wanted.brands)
