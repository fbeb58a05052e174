"""The review of a segment: what was asked, what will run, and how many people it finds."""

from typing import Any

from airflow.sdk import Context

from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.reviews import Answer, Option, Review, Sheet
from leo_activation.segments.approval import Decision, record_decision, review
from leo_activation.segments.requests import RequestState, read_request
from leo_activation.settings import DatabaseRole


class SegmentReview(Review):
    """Wait for a decision on the definition that a request led to."""

    def __init__(self, *, tenant: str, request_id: str, **kwargs: Any) -> None:
        super().__init__(options=(Option.APPROVE, Option.REJECT, Option.ASK, Option.EDIT), **kwargs)
        self.tenant = tenant
        self.request_id = request_id

    template_fields = ("tenant", "request_id")

    def recorded(self) -> dict[str, str] | None:
        """The request's state, where somebody has decided."""
        with warehouse().connect(DatabaseRole.WRITER, self.tenant) as connection:
            state = read_request(connection, self.tenant, int(self.request_id)).state
        if state in (RequestState.DRAFTED, RequestState.IN_REVIEW):
            return None
        return {"tenant": self.tenant, "request_id": self.request_id, "state": str(state)}

    def sheet(self, context: Context) -> Sheet:
        """The request, the sentence read back, the Cypher, and what it finds."""
        found = review(warehouse(), self.tenant, int(self.request_id))
        context["task_instance"].xcom_push(key="hash", value=found.hash)
        return Sheet(subject=found.subject, body=found.body, requested_by=found.requested_by)

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown."""
        shown = context["task_instance"].xcom_pull(key="hash", task_ids=self.task_id)
        state = record_decision(
            warehouse(),
            self.tenant,
            int(self.request_id),
            decision=Decision(answer.option.lower()),
            decided_by=answer.decided_by,
            decided_at=answer.decided_at,
            note=answer.note,
            hash=shown,
        )
        return {"tenant": self.tenant, "request_id": self.request_id, "state": str(state)}
