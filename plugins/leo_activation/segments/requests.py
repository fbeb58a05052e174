"""The inbox: what people asked for in words, and how far each request has come."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.segments.request import Language
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

MAX_TEXT = 4000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
COLLECT_LEASE = timedelta(minutes=15)
RE_EVALUATION = "re-evaluation"
"""The planner and requester of a request that asks for an active version's own plan under another encoder."""


class RequestState(StrEnum):
    """Where a request stands (drawn in `docs/concepts/requests.md`)."""

    SUBMITTED = "submitted"
    DRAFTED = "drafted"
    NEEDS_CLARIFICATION = "needs_clarification"
    ANSWERED = "answered"
    IN_REVIEW = "in_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    EXPIRED = "expired"
    VOIDED = "voided"
    FAILED = "failed"


@dataclass(frozen=True)
class SegmentRequest:
    """One row of `segment.request`; `as_of` None means the data's own moment at drafting.

    `revises_request_id` is the request that this one changes or answers; `edited_by` the approver whose edit it is.
    `language` is the one in which the requester is answered.
    """

    request_id: int
    text: str
    requested_by: str
    as_of: datetime | None
    state: RequestState
    planner: str | None
    sentence: str | None
    unplaced: tuple[str, ...]
    questions: tuple[str, ...]
    problem: str | None
    revises_request_id: int | None = None
    edited_by: str | None = None
    language: Language = Language.ENGLISH
    explanation: str | None = None

    def __post_init__(self) -> None:
        """Turn what the database gives into the types promised."""
        object.__setattr__(self, "state", RequestState(self.state))
        object.__setattr__(self, "unplaced", tuple(self.unplaced))
        object.__setattr__(self, "questions", tuple(self.questions))
        object.__setattr__(self, "language", Language(self.language))


def submit_request(
    warehouse: Warehouse,
    tenant_id: str,
    text: str,
    requested_by: str,
    as_of: datetime | None = None,
    *,
    revises_request_id: int | None = None,
    edited_by: str | None = None,
) -> int:
    """Put a request into the inbox and return its id; it is drafted by `draft_request`.

    Raises:
        Permanent: the text is empty or longer than 4000 characters, nobody is named, or there is no request
            `revises_request_id`.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return insert_request(
            connection,
            tenant_id,
            text,
            requested_by,
            as_of,
            revises_request_id=revises_request_id,
            edited_by=edited_by,
        )


def insert_request(
    connection: Connection,
    tenant_id: str,
    text: str,
    requested_by: str,
    as_of: datetime | None = None,
    *,
    revises_request_id: int | None = None,
    edited_by: str | None = None,
) -> int:
    """`submit_request` within the transaction of `connection`, which is bound to the tenant; raises the same."""
    if not text.strip() or len(text) > MAX_TEXT:
        raise Permanent(
            Told.of("A request has 1 to {max_text} characters, not {size}.", max_text=MAX_TEXT, size=len(text.strip()))
        )
    if _UNSTORABLE.search(text):
        raise Permanent(Told.of("A request is a text: it holds neither U+0000 nor half of a character."))
    if not requested_by.strip():
        raise Permanent(Told.of("A request names who asks."))
    if revises_request_id is not None:
        read_request(connection, tenant_id, revises_request_id)
    values = {
        "tenant_id": tenant_id,
        "text": text.strip(),
        # The same person with a blank beside the name would be another one, who could approve their own request.
        "requested_by": requested_by.strip(),
        "as_of": as_of,
        "revises_request_id": revises_request_id,
        "edited_by": edited_by.strip() if edited_by is not None else None,
    }
    [(request_id,)] = connection.execute(statement("segments/insert_request"), values)
    return int(request_id)


def collect_requests(warehouse: Warehouse, tenant_id: str, lease: timedelta = COLLECT_LEASE) -> list[int]:
    """Take the requests that wait to be drafted, oldest first; whoever takes them starts their runs.

    A request is not taken again within the lease, so that a draft that is queued or at work is not started every
    minute; after it, a request whose run was never started is not lost.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("segments/collect_requests"), {"tenant_id": tenant_id, "lease": lease})
        return [int(request_id) for (request_id,) in rows]


def read_request(connection: Connection, tenant_id: str, request_id: int) -> SegmentRequest:
    """One request; the connection is bound to the tenant.

    Raises:
        Permanent: there is no such request.
    """
    with connection.cursor(row_factory=class_row(SegmentRequest)) as cursor:
        values = {"tenant_id": tenant_id, "request_id": request_id}
        found = cursor.execute(statement("segments/read_request"), values).fetchone()
    if found is None:
        raise Permanent(
            Told.of("The tenant '{tenant_id}' has no request {request_id}.", tenant_id=tenant_id, request_id=request_id)
        )
    return found


def lock_request(connection: Connection, tenant_id: str, request_id: int) -> SegmentRequest:
    """One request, held against others until the transaction ends; raises as `read_request`."""
    connection.execute(statement("segments/lock_request"), {"tenant_id": tenant_id, "request_id": request_id})
    return read_request(connection, tenant_id, request_id)


def set_state(
    connection: Connection, tenant_id: str, request_id: int, state: RequestState, problem: str | None = None
) -> None:
    """Move a request on; `problem` is the reason, in words for the requester."""
    connection.execute(
        statement("segments/set_request_state"),
        {"tenant_id": tenant_id, "request_id": request_id, "state": state, "problem": problem},
    )
