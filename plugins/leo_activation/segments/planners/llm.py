"""The planner that asks a language model, for requests that the grammar cannot place, in any language.

The model fills the same type as the grammar and nothing else: it sees vetted names of the catalogue, a few examples,
what the grammar could not place and the request's own words; it gets no tools, and its plan takes the same way through
compiler, gate and review. What it is shown is in `llm_question`, what is kept of its answer in `llm_answers`.
"""

import unicodedata
from dataclasses import dataclass
from datetime import datetime

from pydantic_ai.models import Model

from leo_activation.embedding import Encoder
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_answers import checked_plan, checked_questions, language_for, no_plan
from leo_activation.segments.planners.llm_asking import Asked, or_what_is_left
from leo_activation.segments.planners.llm_examples import nearest_examples
from leo_activation.segments.planners.llm_masking import Placeholders, masked
from leo_activation.segments.planners.llm_question import (
    as_json,
    catalogue_section,
    left_section,
    moment_section,
    question,
)
from leo_activation.segments.request import NeedsClarification, PlannedRequest

PROMPT = "plan_segment"


@dataclass(frozen=True)
class LanguageModelPlanner:
    """Asks `model` with `prompt`, by default the newest version of `plan_segment`; every call stands in the ledger.

    `encoder` chooses examples and names by meaning; without one letters decide. `last_try` says that nobody asks again
    when the model cannot be reached: then the request goes back with what the grammar would ask.
    """

    model: Model
    ledger: CallLedger
    request_id: int | None = None
    encoder: Encoder | None = None
    prompt: Prompt | None = None
    last_try: bool = False

    @property
    def name(self) -> str:
        """What `segment.request.planner` says."""
        return "llm"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The model's plan of `text`, or its questions; see `Planner.plan`.

        Raises:
            Transient: the model cannot be reached now.
            OverBudget: the budget of the request or of the day is used up.
            Configuration: its key, name or quota needs a person.
        """
        return self._asked(text, catalogue, as_of, None) or no_plan(text, language_for(text))

    def plan_rest(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> PlannedRequest | NeedsClarification:
        """The model's plan of `text`, of which another planner has `left` words; see `router.PlansTheRest`.

        A person can answer the grammar's questions, because they name exactly the words; the model's own are asked only
        where the grammar reads no word of the request's language.

        Raises:
            Transient: the model cannot be reached now, and this is not the last try.
        """

        def ask() -> PlannedRequest | NeedsClarification:
            answer = self._asked(text, catalogue, as_of, left)
            if isinstance(answer, NeedsClarification) and not answer.refused and not _is_all_of(text, left):
                return left
            return answer or left

        return or_what_is_left(ask, left, catalogue, last_try=self.last_try)

    def _asked(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification | None
    ) -> PlannedRequest | NeedsClarification | None:
        """What is kept of the model's answer, or None where it gives no valid one."""
        hidden = Placeholders()
        examples = nearest_examples(masked(text), self.encoder)
        sections = [
            catalogue_section(catalogue, text, self.encoder),
            ("EXAMPLES", "\n".join(example.shown for example in examples)),
            moment_section(catalogue, as_of),
        ]
        if left is not None:
            sections.append(left_section(left, text, hidden))
        asked = Asked(self.model, self.ledger, self.request_id, self.prompt or load_prompt(PROMPT))
        answer = asked.for_a_plan(question(*sections, ("REQUEST", as_json(hidden.hide(text)))))
        match answer:
            case None:
                return None
            case NeedsClarification():
                return checked_questions(answer, text, language_for(text), hidden)
            case PlannedRequest():
                return checked_plan(answer, catalogue, text, language_for(text), hidden)


def _is_all_of(text: str, left: NeedsClarification) -> bool:
    """Whether not one word was placed: the request is in a language that the grammar does not read."""
    whole = unicodedata.normalize("NFC", text).strip()
    return left.unplaced == (whole,)
