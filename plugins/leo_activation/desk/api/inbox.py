"""`/requests`: the inbox of requests in words. A submitted one is a row of `segment.request` and nothing else."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Path, Query, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from leo_activation.actions.waiting import waits_for
from leo_activation.desk.api.admission import Caller, CallerDep
from leo_activation.desk.api.problems import Code, Problem
from leo_activation.desk.app import Desk
from leo_activation.desk.reading import Row, read_rows
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.segments.requests import MAX_TEXT, RequestState, submit_request

A_PAGE = 25
LARGEST_PAGE = 100
LARGEST_ID = 2**63 - 1
"""A bigint of PostgreSQL."""


def _storable(text: str) -> str:
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("holds U+0000 or half of a character")
    if not text.strip():
        raise ValueError("is empty")
    return text


Words = Annotated[
    str,
    Field(min_length=1, max_length=MAX_TEXT, examples=["Customers who bought red socks in the last 60 days"]),
    AfterValidator(_storable),
]
RequestId = Annotated[int, Field(ge=1, le=LARGEST_ID, examples=[12])]


class NewRequest(BaseModel):
    """A request in words; who asks is who is logged in."""

    model_config = ConfigDict(extra="forbid")

    text: Words = Field(description="Which customers, in English or Vietnamese, or a question.")
    revises_request_id: RequestId | None = Field(default=None, description="The request that this changes or answers.")


class InboxRequest(BaseModel):
    """A request, and how far it has come; contact data in words is hidden."""

    request_id: int = Field(examples=[12])
    text: str = Field(examples=["Customers who bought red socks in the last 60 days"])
    requested_by: str = Field(description="User id at Airflow.", examples=["mai"])
    requested_at: datetime
    state: RequestState
    state_changed_at: datetime
    waits_for: str | None = Field(
        description="Whose turn it is: `draft_segment` (a DAG), `approver`, `requester`, or nobody's.",
        examples=["approver"],
    )
    revises_request_id: int | None = None
    sentence: str | None = Field(default=None, description="How it was understood.")
    answer: str | None = Field(default=None, description="What the requester is told.")
    questions: list[str] = Field(default_factory=list, description="What has to be answered first.")
    problem: str | None = Field(default=None, description="Why it failed or was not taken.")
    segment_id: str | None = None
    version: int | None = None
    member_count: int | None = Field(default=None, description="Customers that the preview found.")
    page: str = Field(description="Its page on the desk.", examples=["/segment-desk/retail/requests/12"])


class RequestList(BaseModel):
    """A page of requests, the newest first."""

    requests: list[InboxRequest]
    next_before: int | None = Field(description="Give it as `before` for the next page; null on the last one.")


class Inbox:
    """The handlers; they run in threads."""

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def submit(self, caller: CallerDep, asked: NewRequest, response: Response) -> InboxRequest:
        """Put a request into the inbox.

        It is drafted within a minute by the DAG `draft_segment`, exactly as a row that was inserted by SQL. Asking
        twice makes two requests; `POST …/chat` takes a key.
        """
        request_id = submit_request(
            self._desk.warehouse,
            caller.tenant_id,
            asked.text,
            caller.person.user_id,
            revises_request_id=asked.revises_request_id,
        )
        response.headers["Location"] = f"{self._desk.root}/{caller.tenant_id}/api/requests/{request_id}"
        return self._read(caller, request_id)

    def list_page(
        self,
        caller: CallerDep,
        state: Annotated[RequestState | None, Query(description="Only those in this state.")] = None,
        mine: Annotated[bool, Query(description="Only those of who asks.")] = False,
        before: Annotated[int | None, Query(ge=1, le=LARGEST_ID, description="Only those with smaller ids.")] = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE, description="At most so many.")] = A_PAGE,
    ) -> RequestList:
        """List requests, the newest first."""
        values = {
            "request_id": None,
            "requested_by": caller.person.user_id if mine else None,
            "state": state,
            "before": before,
            "most": limit + 1,
        }
        rows = self._rows(caller, values)
        more = len(rows) > limit
        return RequestList(
            requests=[self._told(caller, row) for row in rows[:limit]],
            next_before=rows[limit - 1]["request_id"] if more else None,
        )

    def read(
        self, caller: CallerDep, request_id: Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[12])]
    ) -> InboxRequest:
        """Read one request."""
        return self._read(caller, request_id)

    def _read(self, caller: Caller, request_id: int) -> InboxRequest:
        values = {"request_id": request_id, "requested_by": None, "state": None, "before": None, "most": 1}
        rows = self._rows(caller, values)
        if not rows:
            raise Problem(HTTPStatus.NOT_FOUND, Code.NOT_FOUND, f"There is no request {request_id}.")
        return self._told(caller, rows[0])

    def _rows(self, caller: Caller, values: dict[str, Any]) -> list[Row]:
        return read_rows(self._desk.warehouse, caller.tenant_id, "desk/list_api_requests", values)

    def _told(self, caller: Caller, row: Row) -> InboxRequest:
        state = RequestState(row["state"])
        hidden = {
            name: None if row[name] is None else masked(row[name]) for name in ("text", "sentence", "answer", "problem")
        }
        told = {
            **row,
            **hidden,
            "questions": [masked(question) for question in row["questions"]],
            "waits_for": waits_for(state),
            "page": f"{self._desk.root}/{caller.tenant_id}/requests/{row['request_id']}",
        }
        return InboxRequest.model_validate(told)
