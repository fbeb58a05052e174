"""Asking a model for a plan, and what the requester is told where it cannot be asked: never nothing.

| the model                                 | the request                                                          |
|-------------------------------------------|----------------------------------------------------------------------|
| gives a plan or questions                 | is held to them (`llm_answers`)                                      |
| refuses, or gives no valid answer         | goes back with the grammar's questions                               |
| may not be asked: the budget is used up   | goes back with those and until when                                  |
| cannot be used: key, name or quota        | goes back with those and that the set-up needs mending               |
| cannot be reached, and it is tried again  | waits (`Transient`)                                                  |
| cannot be reached, and it is the last try | goes back with those and that the model was not reached              |
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass

from pydantic_ai.models import Model

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.budget import BudgetScope, OverBudget
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.planners.llm_question import why_not_asked
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question

logger = logging.getLogger(__name__)

Answer = PlannedRequest | NeedsClarification


@dataclass(frozen=True)
class Asked:
    """Whom to ask, with which prompt, for which request."""

    model: Model
    ledger: CallLedger
    request_id: int | None
    prompt: Prompt

    def for_a_plan(self, question: str) -> Answer | None:
        """The model's answer, or None where it refuses or gives no valid one.

        Raises:
            OverBudget: the budget of the request or of the day is used up.
            Transient: the model cannot be reached now.
            Configuration: its key, name or quota needs a person.
        """
        forms = (PlannedRequest, NeedsClarification)
        try:
            answer: Answer = ask_structured(
                self.model, self.prompt, forms, question, ledger=self.ledger, request_id=self.request_id
            )
        except Permanent as error:
            if isinstance(error, OverBudget) and error.scope is not BudgetScope.QUESTION:
                raise
            logger.warning("Request %s: %s", self.request_id, error)
            return None
        return answer


def or_what_is_left(
    ask: Callable[[], Answer], left: NeedsClarification, catalogue: Catalogue, *, last_try: bool
) -> Answer:
    """What `ask` gives, or the questions that are `left` and, as the last one, why the model has not read the request.

    Raises:
        Transient: the model cannot be reached now, and this is not the last try.
    """
    try:
        return ask()
    except (OverBudget, Configuration) as error:
        return _with_note(left, error, catalogue)
    except Transient as error:
        if not last_try:
            raise
        return _with_note(left, error, catalogue)


def _with_note(
    left: NeedsClarification, error: OverBudget | Configuration | Transient, catalogue: Catalogue
) -> NeedsClarification:
    logger.warning("The model has not read a request of %s: %s", catalogue.tenant_id, error)
    note = Question(text=why_not_asked(error, left.language, catalogue))
    return left.model_copy(update={"questions": (*left.questions, note)})
