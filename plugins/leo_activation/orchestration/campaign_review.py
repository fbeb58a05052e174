"""The review of a campaign's run: to how many it goes, why not to the others, and what it says."""

from typing import Any

from airflow.sdk import Context

from leo_activation.activation.approval import Decision, decide_run, review_run, run_state
from leo_activation.activation.states import RunState
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.reviews import Answer, Option, Review, Sheet
from leo_activation.settings import DatabaseRole


class CampaignReview(Review):
    """Wait for a decision on a planned run of a campaign."""

    def __init__(self, *, tenant: str, campaign_run_id: str, **kwargs: Any) -> None:
        super().__init__(options=(Option.APPROVE, Option.REJECT), **kwargs)
        self.tenant = tenant
        self.campaign_run_id = campaign_run_id

    template_fields = ("tenant", "campaign_run_id")

    def recorded(self) -> dict[str, str] | None:
        """The run's state, where somebody has decided."""
        with warehouse().connect(DatabaseRole.WRITER, self.tenant) as connection:
            state = run_state(connection, self.tenant, int(self.campaign_run_id))
        if state is RunState.PLANNED:
            return None
        return {"tenant": self.tenant, "campaign_run_id": self.campaign_run_id, "state": str(state)}

    def sheet(self, context: Context) -> Sheet:
        """The waterfall and the message, rendered for an invented person."""
        found = review_run(warehouse(), self.tenant, int(self.campaign_run_id), sending_guard())
        return Sheet(subject=found.subject, body=found.body, requested_by=found.requested_by, hash=found.hash)

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown."""
        state = decide_run(
            warehouse(),
            self.tenant,
            int(self.campaign_run_id),
            decision=Decision(answer.option.lower()),
            decided_by=answer.decided_by,
            decided_at=answer.decided_at,
            hash=answer.hash or "",
        )
        return {"tenant": self.tenant, "campaign_run_id": self.campaign_run_id, "state": str(state)}
