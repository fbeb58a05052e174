"""The reviews of a campaign's run: to how many it goes, why not to the others, and what it says.

There are two of them, one after the other, because a task of Airflow keeps one answer. The tables decide: the second
has nothing to ask where the first decided, and asks whoever has not approved yet where the run needs two.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Context

from leo_activation.activation.runs.approval import (
    ApprovalRefused,
    Decision,
    StaleApproval,
    Standing,
    decide_run,
    pass_within_limits,
    run_standing,
)
from leo_activation.activation.runs.run_review import review_run
from leo_activation.activation.states import RunState
from leo_activation.errors import Configuration
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.reviews import Answer, NotCounted, Option, Review, Sheet
from leo_activation.settings import read_settings


class CampaignReview(Review):
    """Wait for a decision on a planned run of a campaign; `is_second`: of one more person, where one is not enough."""

    def __init__(self, *, tenant: str, campaign_run_id: str, is_second: bool = False, **kwargs: Any) -> None:
        super().__init__(options=(Option.APPROVE, Option.REJECT), **kwargs)
        self.tenant = tenant
        self.campaign_run_id = campaign_run_id
        self.is_second = is_second

    template_fields = ("tenant", "campaign_run_id")

    def execute(self, context: Context) -> Any:
        """Ask people, unless the campaign changed since the run was planned or approved once: then stop the run."""
        if self._standing().state is RunState.PLANNED:
            pass_within_limits(warehouse(), self.tenant, int(self.campaign_run_id), at=datetime.now(UTC))
        return super().execute(context)

    def recorded(self) -> dict[str, str] | None:
        """The run's state, where somebody has decided, or one has approved and this is the first review."""
        found = self._standing()
        if found.state is RunState.PLANNED and (self.is_second or not found.approved_by):
            return None
        return self._told(found.state)

    def sheet(self, context: Context) -> Sheet:
        """The numbers and the message, rendered for invented people; nobody is asked twice.

        Raises:
            Configuration: more people have to approve than there are who may.
        """
        found = review_run(warehouse(), self.tenant, int(self.campaign_run_id), sending_guard())
        able = {one for one in read_settings().approvers if one != found.requested_by}
        if found.approvals_needed > len(able | set(found.approved_by)):
            raise Configuration(
                f"A run of this size needs {found.approvals_needed} approvers besides {found.requested_by}, who asked "
                f"for it, and LEO_APPROVERS names {len(able)}."
            )
        return Sheet(
            subject=found.subject,
            body=found.body,
            requested_by=found.requested_by,
            authors=found.approved_by,
            hash=found.hash,
            name=found.name,
            count=found.to_send,
        )

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown; a run whose campaign changed meanwhile is stopped."""
        try:
            state = decide_run(
                warehouse(),
                self.tenant,
                int(self.campaign_run_id),
                decision=Decision(answer.option.lower()),
                decided_by=answer.decided_by,
                decided_at=answer.decided_at,
                hash=answer.hash or "",
                note=answer.note,
            )
        except StaleApproval:
            state = pass_within_limits(warehouse(), self.tenant, int(self.campaign_run_id), at=answer.decided_at)
        except ApprovalRefused as refusal:
            raise NotCounted(str(refusal)) from refusal
        if state is RunState.PLANNED and self.is_second:
            raise NotCounted(f"{answer.decided_by} has approved it before, and it needs somebody else too.")
        return self._told(state)

    def _standing(self) -> Standing:
        return run_standing(warehouse(), self.tenant, int(self.campaign_run_id))

    def _told(self, state: RunState) -> dict[str, str]:
        return {"tenant": self.tenant, "campaign_run_id": self.campaign_run_id, "state": str(state)}
