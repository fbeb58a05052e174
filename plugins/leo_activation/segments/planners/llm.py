"""The planner that asks a language model, for requests that the grammar cannot place, in any language.

The model fills the same type as the grammar and nothing else: it sees vetted names of the catalogue, a few examples,
what the grammar could not place and the request's own words; it gets no tools, and its plan takes the same way through
compiler, gate and review. What it is shown is in `llm_question`, what is kept of its answer in `llm_answers`.
"""

import logging
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from pydantic_ai.models import Model

from leo_activation.embedding import Encoder
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.budget import OverBudget
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_answers import checked_plan, checked_questions, language_for, no_plan
from leo_activation.segments.planners.llm_examples import nearest_examples
from leo_activation.segments.planners.llm_masking import Placeholders
from leo_activation.segments.planners.llm_question import (
    as_json,
    catalogue_section,
    is_of_the_budget,
    left_section,
    moment_section,
    question,
    why_not_asked,
    with_note,
)
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question

logger = logging.getLogger(__name__)

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

        A model that refuses or finds no valid answer is no reason to fail: the request goes back to the requester, and
        so it does where the budget is used up.

        Raises:
            Transient: the model cannot be reached now, and this is not the last try.
            Configuration: its key, name or quota needs a person.
        """
        nothing = no_plan(text, language_for(text))
        try:
            return self._asked(text, catalogue, as_of, None) or nothing
        except OverBudget as error:
            note = why_not_asked(error, nothing.language, catalogue)
            return nothing.model_copy(update={"questions": (Question(text=note),)})
        except Transient as error:
            if not self.last_try:
                raise
            note = why_not_asked(error, nothing.language, catalogue)
            return nothing.model_copy(update={"questions": (Question(text=note),)})

    def plan_rest(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> PlannedRequest | NeedsClarification:
        """The model's plan of `text`, of which another planner has `left` words; see `router.PlansTheRest`.

        A person can answer the grammar's questions, because they name exactly the words; the model's own are asked only
        where the grammar knows no word of the request's language.

        Raises:
            Transient: the model cannot be reached now, and this is not the last try.
        """
        try:
            answer = self._asked(text, catalogue, as_of, left)
        except (OverBudget, Configuration) as error:
            logger.error("Request %s was not read by the model: %s", self.request_id, error)  # noqa: TRY400
            return with_note(left, why_not_asked(error, left.language, catalogue))
        except Transient as error:
            if not self.last_try:
                raise
            logger.error("Request %s was not read by the model: %s", self.request_id, error)  # noqa: TRY400
            return with_note(left, why_not_asked(error, left.language, catalogue))
        if isinstance(answer, PlannedRequest):
            return answer
        return answer if answer is not None and (answer.refused or _is_all_of(text, left)) else left

    def _asked(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification | None
    ) -> PlannedRequest | NeedsClarification | None:
        """What the model answers, or None where it gives no valid answer."""
        hidden = Placeholders()
        language = language_for(text)
        examples = nearest_examples(text, self.encoder)
        sections = [
            catalogue_section(catalogue, text, self.encoder),
            ("EXAMPLES", "\n".join(example.shown for example in examples)),
            moment_section(catalogue, as_of),
        ]
        if left is not None:
            sections.append(left_section(left, hidden))
        asked = question(*sections, ("REQUEST", as_json(hidden.hide(text))))
        forms = (PlannedRequest, NeedsClarification)
        try:
            answer: PlannedRequest | NeedsClarification = ask_structured(
                self.model,
                self.prompt or load_prompt(PROMPT),
                forms,
                asked,
                ledger=self.ledger,
                request_id=self.request_id,
            )
        except OverBudget as error:
            if is_of_the_budget(error):
                raise
            logger.warning("Request %s: %s", self.request_id, error)
            return None
        except Permanent as error:
            logger.warning("Request %s: %s", self.request_id, error)
            return None
        if isinstance(answer, NeedsClarification):
            return checked_questions(answer, text, language, hidden)
        return checked_plan(answer, catalogue, text, language, hidden)


def _is_all_of(text: str, left: NeedsClarification) -> bool:
    """Whether not one word was placed: the request is in a language that the grammar does not read."""
    whole = unicodedata.normalize("NFC", text).strip()
    return left.unplaced == (whole,)
