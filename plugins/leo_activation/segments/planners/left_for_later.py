"""Who stands behind the grammar where an answer is wanted at once: what the grammar left is read by a model later."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leo_activation.errors import Transient
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.planners.llm_answers import language_for
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest

_WHY: Mapping[Language, str] = {
    Language.ENGLISH: "the grammar did not place every word, and the language model reads it then.",
    Language.VIETNAMESE: "ngữ pháp chưa hiểu hết các từ, khi đó mô hình ngôn ngữ sẽ đọc.",
}


@dataclass(frozen=True)
class LeftForLater:
    """Planner and reviser that read nothing: whatever reaches them is left in the inbox, where a model is asked."""

    name: str = "left_for_later"

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """See `Planner.plan`.

        Raises:
            Transient: always, with the reason in the requester's language.
        """
        raise Transient(_WHY[language_for(text)])

    def revise(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
    ) -> PlannedRequest | NeedsClarification:
        """See `Reviser.revise`; raises as `plan`."""
        raise Transient(_WHY[at_hand.language])
