"""Why a request has no segment yet: what it waits for, or what ended it, in one sentence for whoever runs the pipeline.

The sentences stand in task logs. So they hold no words of a request but those that were not placed, and of these and of
what people wrote about it no contact data.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.segments.planners.llm_masking import masked, quoting_whole_contacts, whole_contacts
from leo_activation.segments.requests import RequestState
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

MOST_LISTED = 100
LONGEST_REASON = 400


@dataclass(frozen=True)
class Standing:
    """Where one request stands; what is None has not happened.

    `in_all` is how many were found with it. `text` is only there to find contact data by, and is never told.
    """

    request_id: int
    state: RequestState
    state_changed_at: datetime
    collected_at: datetime | None
    problem: str | None
    unplaced: list[str]
    questions: list[str]
    text: str
    segment_id: str | None
    version: int | None
    version_state: str | None
    decided_by: str | None
    note: str | None
    refreshed_at: datetime | None
    member_count: int | None
    hold_id: int | None
    stopped_since: datetime | None
    in_all: int

    def __post_init__(self) -> None:
        """Turn what the database gives into the types promised."""
        object.__setattr__(self, "state", RequestState(self.state))


def read_standing(warehouse: Warehouse, tenant_id: str, request_id: int) -> Standing:
    """Where one request stands.

    Raises:
        Permanent: there is no such request.
        Transient: the warehouse cannot be reached.
    """
    found = _read(warehouse, tenant_id, request_id, 1)
    if not found:
        raise Permanent(f"The tenant '{tenant_id}' has no request {request_id}.")
    return found[0]


def open_standings(warehouse: Warehouse, tenant_id: str, most: int = MOST_LISTED) -> list[Standing]:
    """The requests that wait for somebody or something before they have members, the newest first."""
    return _read(warehouse, tenant_id, None, most)


def in_words(tenant_id: str, standing: Standing) -> str:
    """Where the request stands and what it waits for, in one sentence; the names are those of Airflow's DAGs."""
    return f"Request {standing.request_id} of {tenant_id} {_told(tenant_id, standing)}"


def _read(warehouse: Warehouse, tenant_id: str, request_id: int | None, most: int) -> list[Standing]:
    values = {"tenant_id": tenant_id, "request_id": request_id, "most": most}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Standing)) as cursor,
    ):
        return cursor.execute(statement("segments/list_standings"), values).fetchall()


def _told(tenant_id: str, found: Standing) -> str:
    run = f"request-{tenant_id}-{found.request_id}"
    match found.state:
        case RequestState.SUBMITTED if found.collected_at is None:
            return "is not collected yet: the next run of collect_segment_requests starts its draft."
        case RequestState.SUBMITTED:
            return (
                f"was collected at {_at(found.collected_at)} and is not drafted yet: look at the task draft of "
                f"draft_segment, run {run}; where there is no such run it is collected again after fifteen minutes."
            )
        case RequestState.NEEDS_CLARIFICATION:
            return f"needs clarification: {_unclear(found)}. Its requester has to answer by a follow-up."
        case RequestState.DRAFTED | RequestState.IN_REVIEW:
            return (
                f"is drafted and waits for an approver: the task review of draft_segment, run {run}, under Required "
                "Actions."
            )
        case RequestState.REJECTED:
            return f"was rejected by {found.decided_by or 'the deadline'}{_because(found.note)}"
        case RequestState.SENT_BACK:
            return f"was sent back to its requester by {found.decided_by or 'an approver'}{_because(found.note)}"
        case RequestState.EXPIRED:
            return "was not decided in time, which counts as a rejection; whoever still wants it asks again."
        case RequestState.VOIDED:
            return f"is void{_because(found.problem)}"
        case RequestState.FAILED:
            return f"failed{_because(found.problem)}"
        case RequestState.ANSWERED:
            return "was a question, and has its answer; a question makes no segment."
        case RequestState.APPROVED:
            return _told_of_approved(tenant_id, found)


def _told_of_approved(tenant_id: str, found: Standing) -> str:
    version = f"version {found.version} of the segment {found.segment_id}"
    if found.version_state != "active":
        return f"was approved; {version} is retired, or a later version took its place."
    if found.hold_id is not None:
        return (
            f"was approved, but a refresh of {version} is held: the task review of review_held_refreshes, run "
            f"hold-{tenant_id}-{found.hold_id}, waits for an approver under Required Actions."
        )
    if found.stopped_since is not None:
        return (
            f"was approved, but graph and tables do not agree about {version} since {_at(found.stopped_since)}: the "
            f"log of the task refresh of refresh_segments for {tenant_id} names customers to look at."
        )
    if found.refreshed_at is None:
        return (
            f"was approved, but {version} has no members yet: they come with the next run of refresh_segments; where "
            f"one has failed since, the log of its task refresh for {tenant_id} says why."
        )
    return f"was approved and has its segment: {version} has {found.member_count or 0:,} members."


def _unclear(found: Standing) -> str:
    if found.unplaced:
        quoted = ", ".join(f"«{masked(whole_contacts(words, found.text))}»" for words in found.unplaced)
        return f"these words were not placed: {quoted}"[:LONGEST_REASON]
    asked = " ".join(masked(quoting_whole_contacts(question, found.text)) for question in found.questions)
    return f"it was asked back: {asked}".rstrip(".")[:LONGEST_REASON]


def _because(reason: str | None) -> str:
    if not reason:
        return "."
    words = " ".join(masked(reason).split())
    return f": {words if len(words) <= LONGEST_REASON else words[:LONGEST_REASON] + '…'}"


def _at(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M} UTC"
