"""A plan read back as one sentence, in the language of the request, which the grammar reads as the same plan.

The sentence is made from the plan alone, so that an approver sees what will run and not what was asked for. Only forms
that the grammar understands are printed: planning the sentence gives the plan again (a fixed point, tested).
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import Condition, SegmentPlan
from leo_activation.segments.request import Language, PlannedRequest
from leo_activation.segments.sentences import english, vietnamese


class _Sentences(Protocol):
    def explain(self, plan: SegmentPlan, catalogue: Catalogue, *, notes: Sequence[str] = ()) -> str: ...
    def explain_condition(self, condition: Condition, catalogue: Catalogue) -> str: ...
    def describe(self, request: PlannedRequest, catalogue: Catalogue) -> str: ...


_LANGUAGES: Mapping[Language, _Sentences] = {
    Language.ENGLISH: english,
    Language.VIETNAMESE: vietnamese,
}


def explain(
    plan: SegmentPlan,
    catalogue: Catalogue,
    *,
    notes: Sequence[str] = (),
    language: Language = Language.ENGLISH,
) -> str:
    """The plan as one sentence, to the full stop, and each note as one more."""
    return _LANGUAGES[language].explain(plan, catalogue, notes=notes)


def explain_condition(condition: Condition, catalogue: Catalogue, language: Language = Language.ENGLISH) -> str:
    """One condition as it stands after 'customers': a step of a preview's funnel."""
    return _LANGUAGES[language].explain_condition(condition, catalogue)


def describe(request: PlannedRequest, catalogue: Catalogue) -> str:
    """The whole request in its own language: name, sentence, readings, and what is to be sent."""
    return _LANGUAGES[request.language].describe(request, catalogue)
