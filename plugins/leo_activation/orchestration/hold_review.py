"""The review of a held refresh: a segment that would change beyond the limits of its version."""

from typing import Any

from airflow.sdk import Context

from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.reviews import Answer, NotCounted, Option, Review, Sheet
from leo_activation.segments.holds import (
    HoldAnswerRefused,
    HoldDecision,
    HoldState,
    decide_hold,
    hold_state,
    review_hold,
)


class HoldReview(Review):
    """Wait for a decision on a held refresh: let its numbers pass, or leave the members as they are."""

    def __init__(self, *, tenant: str, hold_id: str, **kwargs: Any) -> None:
        super().__init__(options=(Option.APPROVE, Option.REJECT), **kwargs)
        self.tenant = tenant
        self.hold_id = hold_id

    template_fields = ("tenant", "hold_id")

    def recorded(self) -> dict[str, str] | None:
        """The hold's state, where somebody has decided or a later refresh found something else."""
        state = hold_state(warehouse(), self.tenant, int(self.hold_id))
        return None if state is HoldState.OPEN else self._told(state)

    def sheet(self, context: Context) -> Sheet:
        """From how many members to how many, and what was approved."""
        found = review_hold(warehouse(), self.tenant, int(self.hold_id))
        return Sheet(subject=found.subject, body=found.body, requested_by=found.requested_by, authors=found.authors)

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown: the numbers of a hold never change."""
        try:
            state = decide_hold(
                warehouse(),
                self.tenant,
                int(self.hold_id),
                decision=HoldDecision(answer.option.lower()),
                decided_by=answer.decided_by,
                decided_at=answer.decided_at,
                note=answer.note,
            )
        except HoldAnswerRefused as refusal:
            raise NotCounted(str(refusal)) from refusal
        return self._told(state)

    def _told(self, state: HoldState) -> dict[str, str]:
        return {"tenant": self.tenant, "hold_id": self.hold_id, "state": str(state)}
