"""Of what a plan asks, what history is kept of: the rest is refused by name, never answered with today's data."""

from collections.abc import Iterator

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import (
    Behaviour,
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

_RELATIONS = "households and referrals are kept only as they are today"


class NotKept(Permanent):
    """A condition asks of the past what no history is kept of."""


def require_history(plan: SegmentPlan, catalogue: Catalogue) -> None:
    """Every condition of the plan can be answered as of a past moment.

    Raises:
        NotKept: one cannot; the message names it and says why.
    """
    for leaf in leaves(plan.where):
        reason = _lack(leaf)
        if reason is not None:
            raise NotKept(f"“{explain_condition(leaf, catalogue)}” cannot be asked of a past moment: {reason}.")


def what_is_of_today(plan: SegmentPlan, catalogue: Catalogue) -> list[str]:
    """What an answer about the past rests on that is known only as it is today, in sentences."""
    found = list(_asked(plan))
    notes = ["People whom the source no longer has are in no past answer, because nothing of them is kept."]
    if any(_names_products(leaf) for leaf in found) or _measures_products(plan):
        notes.append("Products have today's names, categories and brands: the catalogue keeps no history.")
    if plan.currency is not None or (isinstance(plan.order and plan.order.by, Measure)):
        notes.append(f"Amounts in other currencies became {catalogue.currency} by the rates that are known today.")
    if any(isinstance(leaf, Interest | InterestPhrase) for leaf in found) or _orders_by_interest(plan):
        notes.append("Interests are computed for each moment by today's weights and today's catalogue.")
    if any(isinstance(leaf, SegmentMember) for leaf in found):
        notes.append("Members of other segments are those whom the refreshes until then had kept.")
    if any(isinstance(leaf, Reachable) for leaf in found):
        notes.append("Where nothing was recorded of consent, the tenant's own basis is that of today.")
    return notes


def _asked(plan: SegmentPlan) -> Iterator[Leaf]:
    for leaf in leaves(plan.where):
        yield leaf
        if isinstance(leaf, Relation) and leaf.of is not None:
            yield leaf.of


def _lack(leaf: Leaf) -> str | None:
    match leaf:
        case ProfilePhrase():
            return "the texts and vectors of profiles are those of today"
        case Reachable() if leaf.by is not Reachability.CONSENT:
            return "of addresses only today's are known; consent alone can be asked"
        case Relation() if leaf.relation is not RelationKind.CO_PURCHASE:
            return _RELATIONS
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
