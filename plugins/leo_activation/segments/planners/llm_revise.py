"""The reviser that asks a language model, for follow-ups that the grammar cannot place, in any language.

The model is shown the plan at hand with its sentence and answers with the whole plan that results. That plan takes the
same way as any other: names are checked, it is compiled, gated, previewed and reviewed. Where the answer is the plan as
it was, nothing was understood, and the requester is asked.
"""

from dataclasses import dataclass
from datetime import datetime

from pydantic_ai.models import Model

from leo_activation.embedding import Encoder
from leo_activation.llm.calls import CallLedger
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.planners.llm_answers import (
    checked_plan,
    checked_questions,
    language_for,
    no_plan,
    stands_in,
)
from leo_activation.segments.planners.llm_asking import Asked, or_what_is_left
from leo_activation.segments.planners.llm_masking import Placeholders
from leo_activation.segments.planners.llm_question import (
    as_json,
    catalogue_section,
    left_section,
    moment_section,
    not_placed,
    question,
)
from leo_activation.segments.request import ActivationDraft, Language, NeedsClarification, PlannedRequest, Question

PROMPT = "revise_segment"
_NOTHING_CHANGED = {
    Language.ENGLISH: "Nothing in the plan would change by this. What is to be different?",
    Language.VIETNAMESE: "Kế hoạch không thay đổi gì theo lời này. Bạn muốn đổi điều gì?",
}


@dataclass(frozen=True)
class LanguageModelReviser:
    """Asks `model` with `prompt`, by default the newest version of `revise_segment`; every call stands in the ledger.

    `encoder` and `last_try` are as those of `LanguageModelPlanner`.
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

    def revise(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
    ) -> PlannedRequest | NeedsClarification:
        """The plan at hand as `text` changes it, or the model's questions; see `Reviser.revise`.

        Raises:
            Transient: the model cannot be reached now.
            OverBudget: the budget of the request or of the day is used up.
            Configuration: its key, name or quota needs a person.
        """
        return self._asked(at_hand, text, catalogue, as_of, None) or no_plan(text, _language(at_hand, text))

    def revise_rest(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> PlannedRequest | NeedsClarification:
        """As `revise`, of a follow-up of which another reviser has `left` words; see `router.RevisesTheRest`.

        Of a follow-up the model's own questions are the better ones: they speak of the plan at hand.

        Raises:
            Transient: the model cannot be reached now, and this is not the last try.
        """

        def ask() -> PlannedRequest | NeedsClarification:
            return self._asked(at_hand, text, catalogue, as_of, left) or left

        return or_what_is_left(ask, left, catalogue, last_try=self.last_try)

    def _asked(
        self,
        at_hand: PlanAtHand,
        text: str,
        catalogue: Catalogue,
        as_of: datetime,
        left: NeedsClarification | None,
    ) -> PlannedRequest | NeedsClarification | None:
        """What is kept of the model's answer, or None where it gives no valid one."""
        hidden = Placeholders()
        language = _language(at_hand, text)
        sections = [
            catalogue_section(catalogue, f"{at_hand.text}\n{text}", self.encoder),
            ("AT HAND", as_json(_shown(at_hand, hidden))),
            moment_section(catalogue, as_of),
        ]
        if left is not None:
            sections.append(left_section(left, text, hidden))
        asked = Asked(self.model, self.ledger, self.request_id, self.prompt or load_prompt(PROMPT))
        answer = asked.for_a_plan(question(*sections, ("FOLLOW-UP", as_json(hidden.hide(text)))))
        if answer is None:
            return None
        if isinstance(answer, NeedsClarification):
            return checked_questions(answer, text, language, hidden)
        # An answer to a question is read together with the request that was asked back: its name may stand there.
        said = text if at_hand.plan is not None else f"{at_hand.text}\n{text}"
        checked = checked_plan(_with_own_message(answer, at_hand, said, hidden), catalogue, said, language, hidden)
        if isinstance(checked, NeedsClarification):
            return checked
        checked = checked.model_copy(update={"activation": _sent(checked.activation, at_hand.activation)})
        keeps_the_name = checked.segment_name is None or checked.segment_name == at_hand.segment_name
        if checked.plan == at_hand.plan and checked.activation == at_hand.activation and keeps_the_name:
            return NeedsClarification(
                unplaced=(text,), questions=(Question(text=_NOTHING_CHANGED[language]),), language=language
            )
        if checked.segment_name is None:
            return checked.model_copy(update={"segment_name": at_hand.segment_name})
        return checked


def _with_own_message(answer: PlannedRequest, at_hand: PlanAtHand, said: str, hidden: Placeholders) -> PlannedRequest:
    """The answer without the message that AT HAND's sentence shows: it stays by itself, or is a campaign already."""
    given = answer.activation
    if given is None or given.message is None or at_hand.sentence is None:
        return answer
    message = hidden.restore(given.message)
    if stands_in(message, said) or not stands_in(message, at_hand.sentence):
        return answer
    own = None if at_hand.activation is None else given.model_copy(update={"message": None})
    return answer.model_copy(update={"activation": own})


def _sent(given: ActivationDraft | None, before: ActivationDraft | None) -> ActivationDraft | None:
    """What is sent after the change: what was to be sent before, where the model names nothing else."""
    if given is None or before is None:
        return given or before
    if given.message is None:
        return given.model_copy(update={"message": before.message, "message_class": before.message_class})
    return given


def _shown(at_hand: PlanAtHand, hidden: Placeholders) -> dict[str, object]:
    shown: dict[str, object] = {"text": hidden.hide(at_hand.text)}
    if at_hand.plan is not None:
        shown["plan"] = at_hand.plan.model_dump(mode="json", exclude_none=True)
    if at_hand.sentence is not None:
        shown["sentence"] = hidden.hide(at_hand.sentence)
    left = not_placed(at_hand.unplaced, at_hand.questions, at_hand.text, hidden)
    return shown | {name: words for name, words in left.items() if words}


def _language(at_hand: PlanAtHand, text: str) -> Language:
    """A few words ("90 ngày", "only Hanoi") tell their language badly: where they tell nothing, it stays as it was."""
    own = language_for(text)
    return own if own is Language.VIETNAMESE else at_hand.language
