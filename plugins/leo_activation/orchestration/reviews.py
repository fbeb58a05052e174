"""Tasks that wait for a person's decision, shown under Required Actions in Airflow.

A review is a human-in-the-loop task whose question is made when it runs: the sheet (subject, body) and who may
answer, which is the approvers less the requester. Airflow lets *anyone* answer a task that is assigned to nobody, so
an empty list is refused here; and because an administrator may always answer, the decision is checked a second time
when the task resumes. No answer by the deadline counts as a rejection.
"""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.execution_time.hitl import HITLUser

from leo_activation.errors import Configuration
from leo_activation.orchestration.defaults import REVIEW_DEADLINE
from leo_activation.settings import read_settings

NOBODY = "deadline"
"""Who decided where nobody did in time."""


class Option(StrEnum):
    """What a reviewer may answer."""

    APPROVE = "Approve"
    REJECT = "Reject"
    ASK = "Ask"
    EDIT = "Edit"


@dataclass(frozen=True)
class Sheet:
    """What the reviewer is shown; `body` is Markdown and holds no contact data."""

    subject: str
    body: str
    requested_by: str


@dataclass(frozen=True)
class Answer:
    """What the reviewer said; `decided_by` is Airflow's user id, or `deadline`."""

    option: Option
    decided_by: str
    decided_at: datetime
    note: str | None


class Review(HITLOperator):
    """Ask a person; subclasses say what is asked (`sheet`) and what an answer does (`decide`)."""

    def __init__(self, *, options: tuple[Option, ...], **kwargs: Any) -> None:
        asked = {
            "subject": "A decision is needed",
            "options": [str(option) for option in options],
            "defaults": str(Option.REJECT),
            "params": {"note": Param(None, type=["null", "string"], maxLength=2000, title="Note for the requester")},
            "response_timeout": REVIEW_DEADLINE,
            # Airflow would read it as the deadline of the answer.
            "execution_timeout": None,
        }
        # What Airflow merged into kwargs (the DAG's params, the default time-out) gives way to the review's own.
        super().__init__(**{**kwargs, **asked})

    @abstractmethod
    def recorded(self) -> dict[str, str] | None:
        """What `decide` returned, where a decision is on record already, else None.

        A task that was killed after it recorded the answer starts over: it must not ask again.
        """

    @abstractmethod
    def sheet(self, context: Context) -> Sheet:
        """What the reviewer is shown; called when the task starts to wait."""

    @abstractmethod
    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the answer; what it returns (ids and states) goes to XCom."""

    def execute(self, context: Context) -> Any:
        """Show the sheet to the approvers less the requester, and wait; or return what was decided already."""
        if (decided := self.recorded()) is not None:
            return decided
        sheet = self.sheet(context)
        self.subject = sheet.subject
        self.body = sheet.body
        self.assigned_users = respondents(read_settings().approvers, sheet.requested_by)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> dict[str, str]:
        """Record the answer that came, or the rejection that the deadline means."""
        response = super().execute_complete(context, event)
        user = response["responded_by_user"]
        note = response["params_input"].get("note")
        return self.decide(
            context,
            Answer(
                option=Option(response["chosen_options"][0]),
                decided_by=str(user["id"]) if user else NOBODY,
                decided_at=response["responded_at"] or datetime.now(UTC),
                note=str(note) if note else None,
            ),
        )


def respondents(approvers: tuple[str, ...], requested_by: str) -> list[HITLUser]:
    """The users who may answer: the approvers less whoever asked.

    Raises:
        Configuration: nobody is left, which Airflow would read as "anyone may answer".
    """
    allowed = [approver for approver in approvers if approver != requested_by]
    if not allowed:
        raise Configuration(f"LEO_APPROVERS names nobody besides {requested_by}, who cannot approve their own request.")
    return [HITLUser(id=approver, name=approver) for approver in allowed]
