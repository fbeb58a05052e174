"""The decision of a person about a drafted definition: what they are shown, and what their answer does.

An approval names the hash of what was shown. It counts only when it came from somebody else than the requester, the
definition still has that hash, and graph and tables still find the same customers; everything else voids the round,
with the reason, and the request has to be made anew.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leo_activation.errors import Permanent
from leo_activation.segments.agreement import Disagreement, require_agreement
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define, query_graph
from leo_activation.segments.meaning import READINGS, CloseCall, InterestReading, ProfileReading
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.preview import FunnelStep
from leo_activation.segments.requests import (
    RequestState,
    SegmentRequest,
    lock_request,
    set_state,
)
from leo_activation.segments.review_sheet import RelatedSegment, ReviewSheet
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

DEADLINE = "deadline"
"""Who decided where nobody did in time."""
IN_REVIEW = frozenset({RequestState.DRAFTED, RequestState.IN_REVIEW})


class Decision(StrEnum):
    """What a reviewer may answer; `ask` and `edit` send the request back with the note."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"
    EDIT = "edit"


@dataclass(frozen=True)
class Review:
    """What the approver is shown; `body` is Markdown without contact data, `hash` is what an answer binds."""

    subject: str
    body: str
    requested_by: str
    hash: str


@dataclass(frozen=True)
class _Definition:
    segment_id: str
    version: int
    name: str
    plan: SegmentPlan
    sentence: str
    cypher: str
    parameters: dict[str, object]
    readings: tuple[InterestReading | ProfileReading, ...]
    hash: str


def review(warehouse: Warehouse, tenant_id: str, request_id: int) -> Review:
    """What the approver of a drafted request is shown; the request is in review from now on.

    Raises:
        Permanent: there is no such request, or it is neither drafted nor in review.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state not in IN_REVIEW:
            raise Permanent(f"Request {request_id} of '{tenant_id}' is {request.state}; there is nothing to review.")
        definition = _read_definition(connection, tenant_id, request_id)
        sheet = _sheet(connection, tenant_id, request, definition)
        if request.state is RequestState.DRAFTED:
            set_state(connection, tenant_id, request_id, RequestState.IN_REVIEW)
    return Review(
        subject=f"Segment “{definition.name}”: {sheet.member_count:,} customers",
        body=sheet.markdown(),
        requested_by=request.requested_by,
        hash=definition.hash,
    )


def record_decision(
    warehouse: Warehouse,
    tenant_id: str,
    request_id: int,
    *,
    decision: Decision | str,
    decided_by: str,
    decided_at: datetime,
    note: str | None = None,
    hash: str | None,  # noqa: A002 - the word that the sheet, the table and the caller use
) -> RequestState:
    """Record an answer to what `review` showed (`hash`) and return where the request stands now.

    Approved: the definition becomes the active version of its segment, and the one before is retired. Rejected by
    `deadline`: expired. Voided: the requester decided, nobody approved in person, the definition is not what was shown,
    or graph and tables do not agree (any more). The same answer again changes nothing.

    Raises:
        Permanent: an unknown decision, no such request, one that is not in review, or a query that took too long.
        Transient: customers' data is being changed, so that graph and tables cannot be compared.
    """
    try:
        chosen = Decision(decision)
    except ValueError:
        raise Permanent(f"'{decision}' is no decision; it must be one of {', '.join(Decision)}.") from None
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        definition = _read_definition(connection, tenant_id, request_id)
        key = {"tenant_id": tenant_id, "segment_id": definition.segment_id, "version": definition.version}
        before = connection.execute(statement("segments/read_approval"), key).fetchone()
        if before is not None and before == (chosen, hash or definition.hash, decided_by):
            return request.state
        if request.state is not RequestState.IN_REVIEW:
            raise Permanent(f"Request {request_id} of '{tenant_id}' is {request.state}; it cannot be decided.")
        fault = _fault(warehouse, connection, tenant_id, request, definition, chosen, decided_by, hash)
        if fault is not None:
            set_state(connection, tenant_id, request_id, RequestState.VOIDED, fault)
            logger.warning("Request %d of %s was voided: %s", request_id, tenant_id, fault)
            return RequestState.VOIDED
        answer = {
            **key,
            "decision": chosen,
            "hash": hash or definition.hash,
            "decided_by": decided_by,
            "decided_at": decided_at,
            "note": note,
        }
        connection.execute(statement("segments/insert_approval"), answer)
        if chosen is Decision.APPROVE:
            connection.execute(statement("segments/lock_segment"), key)
            connection.execute(statement("segments/retire_definition"), key)
            connection.execute(statement("segments/activate_definition"), answer)
        state = _state_after(chosen, decided_by)
        set_state(connection, tenant_id, request_id, state, None if chosen is Decision.APPROVE else note)
    logger.info("Request %d of %s is %s.", request_id, tenant_id, state)
    return state


def _state_after(decision: Decision, decided_by: str) -> RequestState:
    match decision:
        case Decision.APPROVE:
            return RequestState.APPROVED
        case Decision.REJECT:
            return RequestState.EXPIRED if decided_by == DEADLINE else RequestState.REJECTED
        case Decision.ASK | Decision.EDIT:
            return RequestState.SENT_BACK


def _fault(
    warehouse: Warehouse,
    connection: Connection,
    tenant_id: str,
    request: SegmentRequest,
    definition: _Definition,
    decision: Decision,
    decided_by: str,
    shown_hash: str | None,
) -> str | None:
    """Why an answer does not count, or None."""
    if decided_by == request.requested_by:
        return f"{decided_by} asked for the segment and cannot decide about it."
    if decision is not Decision.APPROVE:
        return None
    if not decided_by.strip() or decided_by == DEADLINE:
        return "Nobody approved in person."
    if shown_hash != definition.hash:
        return "The definition is not the one that was shown to the approver."
    catalogue = load_catalogue(connection, tenant_id)
    [(shown_as_of, *_)] = connection.execute(
        statement("segments/read_preview"),
        {"tenant_id": tenant_id, "segment_id": definition.segment_id, "version": definition.version},
    )
    current = define(definition.plan, catalogue, definition.readings, shown_as_of)
    if current.hash != definition.hash:
        return "The segment would not run as it was shown: the compiler, the units or the graph's schema changed."
    in_graph = query_graph(warehouse, current)
    try:
        require_agreement(warehouse, current, definition.plan, catalogue, definition.readings, shown_as_of, in_graph)
    except Disagreement as problem:
        return str(problem)
    return None


def _read_definition(connection: Connection, tenant_id: str, request_id: int) -> _Definition:
    values = {"tenant_id": tenant_id, "request_id": request_id}
    row = connection.execute(statement("segments/read_definition_of_request"), values).fetchone()
    if row is None:
        raise Permanent(f"Request {request_id} of '{tenant_id}' has no definition yet.")
    segment_id, version, name, plan, sentence, cypher, parameters, meaning, definition_hash = row
    return _Definition(
        segment_id=segment_id,
        version=version,
        name=name,
        plan=SegmentPlan.model_validate(plan),
        sentence=sentence,
        cypher=cypher,
        parameters=parameters,
        readings=READINGS.validate_python(meaning),
        hash=definition_hash,
    )


def _sheet(connection: Connection, tenant_id: str, request: SegmentRequest, definition: _Definition) -> ReviewSheet:
    values = {
        "tenant_id": tenant_id,
        "segment_id": definition.segment_id,
        "version": definition.version,
        "hash": definition.hash,
    }
    [(as_of, member_count, funnel, reachable, sample, close_calls, took_ms, agreed_count, *_)] = connection.execute(
        statement("segments/read_preview"), values
    )
    related = connection.execute(statement("segments/list_related_segments"), values).fetchall()
    return ReviewSheet(
        request_text=request.text,
        requested_by=request.requested_by,
        planner=request.planner or "",
        segment_id=definition.segment_id,
        version=definition.version,
        sentence=definition.sentence,
        cypher=definition.cypher,
        parameters=definition.parameters,
        readings=definition.readings,
        hash=definition.hash,
        as_of=as_of,
        member_count=member_count,
        funnel=tuple(FunnelStep(**step) for step in funnel),
        reachable=reachable,
        sample=tuple(sample),
        close_calls=tuple(CloseCall.model_validate(call) for call in close_calls),
        took_ms=took_ms,
        agreed_count=agreed_count,
        related=tuple(RelatedSegment(*row) for row in related),
    )
