"""Who stands behind the grammar where a model is set up and may not be asked: it says so to the requester."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.planners.llm_answers import language_for, no_plan
from leo_activation.segments.request import Language, NeedsClarification, Question

NOT_COMPARED: Mapping[Language, str] = {
    Language.ENGLISH: (
        "The language model was changed to one that was not compared with the one before (the DAG evaluate_prompts "
        "does that), so only the grammar has read this: answer in other words, or submit the request again after that."
    ),
    Language.VIETNAMESE: (
        "Mô hình ngôn ngữ đã được đổi sang một mô hình chưa được so sánh với mô hình trước (DAG evaluate_prompts làm "
        "việc đó), nên chỉ ngữ pháp đã đọc yêu cầu này: hãy trả lời bằng cách nói khác, hoặc gửi lại yêu cầu sau đó."
    ),
}


@dataclass(frozen=True)
class NotAsked:
    """Planner and reviser that read nothing: they add `why` to the questions of the one before them, as the last."""

    why: Mapping[Language, str]

    @property
    def name(self) -> str:
        """What `segment.request.planner` would say; it makes no plan, and keeps the questions of others."""
        return "not_asked"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> NeedsClarification:
        """Only why; see `Planner.plan`."""
        return self._with_why(no_plan(text, language_for(text)))

    def plan_rest(
        self, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> NeedsClarification:
        """What is `left`, and why; see `router.PlansTheRest`."""
        return self._with_why(left)

    def revise(self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime) -> NeedsClarification:
        """Only why; see `Reviser.revise`."""
        return self._with_why(no_plan(text, at_hand.language))

    def revise_rest(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime, left: NeedsClarification
    ) -> NeedsClarification:
        """What is `left`, and why; see `router.RevisesTheRest`."""
        return self._with_why(left)

    def _with_why(self, left: NeedsClarification) -> NeedsClarification:
        return left.model_copy(update={"questions": (*left.questions, Question(text=self.why[left.language]))})
