"""What a follow-up changed, in words: every condition that went or came, the limit, the name and the message."""

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.follow_ups.words import Phrasing
from leo_activation.segments.plan import Or, SegmentPlan, conjuncts, plan_of
from leo_activation.segments.request import ActivationDraft, Language
from leo_activation.segments.sentences import explain, explain_condition


def conditions_of(plan: SegmentPlan, catalogue: Catalogue, language: Language) -> tuple[str, ...]:
    """The outermost conditions of a plan as a sentence has them."""
    return tuple(explain_condition(one, catalogue, language) for one in conjuncts(plan.where))


def cut_in_words(plan: SegmentPlan, catalogue: Catalogue, language: Language) -> str:
    """'top 100 customers by highest total spent' of a plan with a limit."""
    cut = plan_of(None, currency=catalogue.currency, order=plan.order, limit=plan.limit, percent=plan.percent)
    words = explain(cut, catalogue, language=language).removesuffix(".")
    return words[0].lower() + words[1:]


def _conditions(
    before: SegmentPlan, after: SegmentPlan, catalogue: Catalogue, phrasing: Phrasing, language: Language
) -> list[str]:
    """Every condition that is not in both plans, pairwise where one stands in the place of the other."""
    if isinstance(after.where, Or) and after.where.conditions[0] == before.where:
        joined = (explain_condition(one, catalogue, language) for one in after.where.conditions[1:])
        return [phrasing.joined.format(f"“{words}”") for words in joined]
    had, has = conditions_of(before, catalogue, language), conditions_of(after, catalogue, language)
    if len(had) == len(has):
        pairs = [(old, new) for old, new in zip(had, has, strict=True) if old != new]
        if not any(old in has or new in had for old, new in pairs):
            return [phrasing.became.format(f"“{old}”", f"“{new}”") for old, new in pairs]
    gone = [f"“{words}”" for words in had if words not in has]
    come = [f"“{words}”" for words in has if words not in had]
    found = [phrasing.removed.format(", ".join(gone))] if gone else []
    return [*found, phrasing.added.format(", ".join(come))] if come else found


def changed(
    before: SegmentPlan,
    after: SegmentPlan,
    catalogue: Catalogue,
    phrasing: Phrasing,
    language: Language,
    *,
    name: str | None = None,
    activation: tuple[ActivationDraft | None, ActivationDraft | None] = (None, None),
) -> tuple[str, ...]:
    """Each change on its own; none where the plans, the name and the message are the same."""
    found = _conditions(before, after, catalogue, phrasing, language)
    if (before.order, before.limit, before.percent) != (after.order, after.limit, after.percent):
        cut = after.limit is not None or after.percent is not None
        found.append(phrasing.cut_changed.format(cut_in_words(after, catalogue, language)) if cut else phrasing.no_cut)
    if name is not None:
        found.append(phrasing.named.format(name))
    old, new = activation
    if old != new:
        found.append(phrasing.sends if new is not None else phrasing.sends_nothing)
    return tuple(found)
