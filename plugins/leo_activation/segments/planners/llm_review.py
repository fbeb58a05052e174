"""The second reading of a plan that a model made: another call reads request and sentence, and names what differs.

It sees neither the plan nor what the planner said of it, only the sentence that is made from the plan alone, so that it
does not repeat the planner's mistake with the planner's words. It approves nothing: what it finds is shown to people.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field
from pydantic_ai.models import Model

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.llm.recording import model_id
from leo_activation.llm.structured import Limits, ask_structured
from leo_activation.segments.language_tasks import PlanReview
from leo_activation.segments.planners.llm_answers import one_line
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.planners.llm_question import as_json, question
from leo_activation.segments.request import Language

logger = logging.getLogger(__name__)

PROMPT = "review_plan"
MAX_DIFFERENCES = 8
LIMITS = Limits(repair_rounds=1, answer_tokens=1_024, total_tokens=20_000)
"""A reading is a help and not a condition: it gets less time to repair itself than a plan."""


class DifferenceKind(StrEnum):
    """How request and plan differ."""

    MISSING = "missing"
    ADDED = "added"
    CHANGED = "changed"


class Difference(BaseModel):
    """One difference: the words that it is about, and what differs."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: DifferenceKind
    words: str = Field(min_length=1, max_length=300)
    note: str = Field(default="", max_length=400)


class Comparison(BaseModel):
    """What a model answers; nothing in it can say that a plan is good."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    differences: tuple[Difference, ...] = Field(max_length=MAX_DIFFERENCES)


_KINDS: Mapping[Language, Mapping[DifferenceKind, str]] = {
    Language.ENGLISH: {
        DifferenceKind.MISSING: "not in the plan: “{words}”",
        DifferenceKind.ADDED: "not in the request: “{words}”",
        DifferenceKind.CHANGED: "read otherwise: “{words}”",
    },
    Language.VIETNAMESE: {
        DifferenceKind.MISSING: "không có trong kế hoạch: “{words}”",
        DifferenceKind.ADDED: "không có trong yêu cầu: “{words}”",
        DifferenceKind.CHANGED: "hiểu khác đi: “{words}”",
    },
}


@dataclass(frozen=True)
class LanguageModelReviewer:
    """Asks `model` with `prompt`, by default the newest version of `review_plan`; every call stands in the ledger.

    `last_try` says that nobody asks again: then a model that cannot be reached is a review with a problem.
    """

    model: Model
    ledger: CallLedger
    request_id: int | None = None
    prompt: Prompt | None = None
    last_try: bool = False

    def review(self, text: str, sentence: str, language: Language) -> PlanReview:
        """What differs between the request's `text` and the plan's `sentence`; see `PlanReviewer.review`.

        A reading that fails, or has no budget left, is a review whose `problem` says so.

        Raises:
            Transient: the model cannot be reached now, and this is not the last try.
        """
        prompt = self.prompt or load_prompt(PROMPT)
        asked = question(("REQUEST", as_json(masked(text))), ("SENTENCE", as_json(masked(sentence))))
        try:
            found = ask_structured(
                self.model, prompt, Comparison, asked, ledger=self.ledger, limits=LIMITS, request_id=self.request_id
            )
        except Transient as error:
            if not self.last_try:
                raise
            return self._failed(error, prompt)
        except (Permanent, Configuration) as error:
            return self._failed(error, prompt)
        differences = tuple(dict.fromkeys(_said(one, language) for one in found.differences))
        return PlanReview(
            agrees=not differences,
            differences=differences,
            model=model_id(self.model),
            prompt_version=prompt.version,
        )

    def _failed(self, error: Transient | Permanent | Configuration, prompt: Prompt) -> PlanReview:
        logger.warning("The plan of request %s was not read a second time: %s", self.request_id, error)
        return PlanReview(agrees=None, problem=str(error), model=model_id(self.model), prompt_version=prompt.version)


def _said(difference: Difference, language: Language) -> str:
    """A difference in one line, in the requester's language as far as the words are ours."""
    line = _KINDS[language][difference.kind].format(words=one_line(difference.words))
    note = one_line(difference.note)
    return f"{line} ({note})" if note else line
