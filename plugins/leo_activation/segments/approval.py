"""The decision of a person about a drafted definition: what they are shown, and what their answer does.

An approval names the hash of what was shown. It counts only when it came from somebody who wrote no part of the
request, the definition still has that hash and was not overtaken, and graph and tables still find the same customers.
An answer of somebody who may not give it, or whose limits cannot hold, counts for nothing: the request stays in review
and is asked about again. Where the definition itself no longer stands, the request is voided with the reason.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.markdown import on_one_line
from leo_activation.segments.agreement import Disagreement, require_agreement
from leo_activation.segments.building import building_fault
from leo_activation.segments.catalogue import load_catalogue
from leo_activation.segments.definition import define, query_graph
from leo_activation.segments.in_review import StoredDefinition, read_authors, read_definition, read_sheet
from leo_activation.segments.limits import Limits, default_limits
from leo_activation.segments.requests import (
    RequestState,
    SegmentRequest,
    insert_request,
    lock_request,
    set_state,
)
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

if TYPE_CHECKING:
    from leo_activation.segments.recall import SimilarRequest

logger = logging.getLogger(__name__)

DEADLINE = "deadline"
"""Who decided where nobody did in time."""
IN_REVIEW = frozenset({RequestState.DRAFTED, RequestState.IN_REVIEW})
WITHOUT_WORDS = {"ask": "a question was asked without words", "edit": "an edit was chosen without words"}


class AnswerRefused(Permanent):
    """An answer that counts for nothing: nothing was written, and the request waits for another one."""


class Decision(StrEnum):
    """What a reviewer may answer; `ask` and `edit` send the request back with the note."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"
    EDIT = "edit"


@dataclass(frozen=True)
class Review:
    """What the approver is shown; `body` is Markdown without contact data, `hash` is what an answer binds.

    `authors` may not decide: who asked, whose edit it is, and the same of what the request changes. `limits` are those
    proposed.
    """

    name: str
    subject: str
    body: str
    requested_by: str
    authors: tuple[str, ...]
    hash: str
    member_count: int
    limits: Limits


def review(warehouse: Warehouse, tenant_id: str, request_id: int, *, encoder: Encoder | None = None) -> Review:
    """What the approver of a drafted request is shown; the request is in review from now on.

    With an `encoder` the sheet names the requests that ask for nearly the same, as of now.

    Raises:
        Permanent: there is no such request, or it is neither drafted nor in review.
        Transient: the warehouse cannot be reached.
    """
    alike: tuple[SimilarRequest, ...] = ()
    if encoder is not None:
        from leo_activation.segments.recall import similar_requests

        alike = similar_requests(warehouse, tenant_id, request_id, encoder=encoder)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state not in IN_REVIEW:
            raise Permanent(
                Told.of(
                    "Request {request_id} of '{tenant_id}' is {state}; there is nothing to review.",
                    request_id=request_id,
                    tenant_id=tenant_id,
                    state=request.state,
                )
            )
        definition = read_definition(connection, tenant_id, request_id)
        sheet = read_sheet(connection, tenant_id, request, definition, alike)
        authors = read_authors(connection, tenant_id, request_id)
        if request.state is RequestState.DRAFTED:
            set_state(connection, tenant_id, request_id, RequestState.IN_REVIEW)
    return Review(
        name=definition.name,
        subject=f"Segment “{on_one_line(definition.name)}”: {sheet.member_count:,} customers",
        body=sheet.markdown(),
        requested_by=request.requested_by,
        authors=authors,
        hash=definition.hash,
        member_count=sheet.member_count,
        limits=sheet.limits,
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
    limits: Limits | None = None,
) -> RequestState:
    """Record an answer to what `review` showed (`hash`) and return where the request stands now.

    Approved: the definition becomes the active version of its segment, within `limits` (None: those proposed), and the
    one before is retired. Edited: the note becomes a request of its own that changes this one and goes through
    everything again. Rejected by `deadline`: expired. Voided: nobody approved in person, the definition is not what was
    shown, a follow-up or a newer version has overtaken it, or graph and tables do not agree (any more). The same answer
    again changes nothing.

    Raises:
        AnswerRefused: whoever decided wrote a part of the request, the limits cannot hold, or a follow-up is not read
            yet; nothing was written.
        Permanent: an unknown decision, no such request, one that is not in review, or a query that took too long.
        Transient: customers' data is being changed, so that graph and tables cannot be compared.
    """
    try:
        chosen = Decision(decision)
    except ValueError:
        raise Permanent(
            Told.of(
                "'{decision}' is no decision; it must be one of {known}.", decision=decision, known=", ".join(Decision)
            )
        ) from None
    words = (note or "").strip() or None
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        definition = read_definition(connection, tenant_id, request_id)
        key = {"tenant_id": tenant_id, "segment_id": definition.segment_id, "version": definition.version}
        before = connection.execute(statement("segments/read_approval"), key).fetchone()
        if before is not None and before == (chosen, hash or definition.hash, decided_by):
            return request.state
        if request.state is not RequestState.IN_REVIEW:
            raise Permanent(
                Told.of(
                    "Request {request_id} of '{tenant_id}' is {state}; it cannot be decided.",
                    request_id=request_id,
                    tenant_id=tenant_id,
                    state=request.state,
                )
            )
        if decided_by in read_authors(connection, tenant_id, request_id):
            raise AnswerRefused(_written_by(decided_by, request))
        if chosen is Decision.APPROVE:
            [(shown_as_of, previewed, *_)] = connection.execute(statement("segments/read_preview"), key)
            limits = limits or default_limits(previewed)
            if (nonsense := limits.fault(previewed)) is not None:
                raise AnswerRefused(nonsense)
            fault = _fault(warehouse, connection, tenant_id, request, definition, decided_by, hash, shown_as_of)
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
            "note": words,
        }
        connection.execute(statement("segments/insert_approval"), answer)
        if limits is not None and chosen is Decision.APPROVE:
            _activate(connection, key, answer, limits)
        if chosen is Decision.EDIT and words is not None:
            insert_request(
                connection,
                tenant_id,
                words,
                request.requested_by,
                request.as_of,
                revises_request_id=request_id,
                edited_by=decided_by,
            )
        state = _state_after(chosen, decided_by)
        problem = None if chosen is Decision.APPROVE else words or WITHOUT_WORDS.get(chosen)
        set_state(connection, tenant_id, request_id, state, problem)
    logger.info("Request %d of %s is %s.", request_id, tenant_id, state)
    return state


def void_review(warehouse: Warehouse, tenant_id: str, request_id: int, reason: str) -> RequestState:
    """End a review in which no answer counted; a request that is not in review any more stays as it is.

    Raises:
        Permanent: there is no such request.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = lock_request(connection, tenant_id, request_id)
        if request.state not in IN_REVIEW:
            return request.state
        set_state(connection, tenant_id, request_id, RequestState.VOIDED, reason)
    logger.warning("Request %d of %s was voided: %s", request_id, tenant_id, reason)
    return RequestState.VOIDED


def _activate(connection: Connection, key: dict[str, object], answer: dict[str, object], limits: Limits) -> None:
    connection.execute(statement("segments/lock_segment"), key)
    connection.execute(statement("segments/retire_definition"), key)
    connection.execute(statement("segments/activate_definition"), answer)
    bounds = {"max_members": limits.largest_size, "max_change_percent": limits.largest_change_percent}
    connection.execute(statement("segments/insert_version_limit"), {**answer, **bounds})


def _written_by(author: str, request: SegmentRequest) -> str:
    if author == request.requested_by:
        return Told.of("{author} asked for the segment and cannot decide about it.", author=author)
    return Told.of("{author} wrote a part of the request and cannot decide about it.", author=author)


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
    definition: StoredDefinition,
    decided_by: str,
    shown_hash: str | None,
    shown_as_of: datetime,
) -> str | None:
    """Why an approval voids the request, or None; raises AnswerRefused while that cannot be told."""
    if not decided_by.strip() or decided_by == DEADLINE:
        return Told.of("Nobody approved in person.")
    if shown_hash != definition.hash:
        return Told.of("The definition is not the one that was shown to the approver.")
    if (overtaken := _overtaken(connection, tenant_id, request, definition)) is not None:
        return overtaken
    if (unsound := building_fault(connection, tenant_id, definition.segment_id, definition.plan)) is not None:
        return unsound
    catalogue = load_catalogue(connection, tenant_id)
    current = define(definition.plan, catalogue, definition.readings, shown_as_of)
    if current.hash != definition.hash:
        return Told.of(
            "The segment would not run as it was shown: the compiler, the units or the graph's schema changed."
        )
    in_graph = query_graph(warehouse, current)
    try:
        require_agreement(warehouse, current, definition.plan, catalogue, definition.readings, shown_as_of, in_graph)
    except Disagreement as problem:
        return str(problem)
    return None


def _overtaken(
    connection: Connection, tenant_id: str, request: SegmentRequest, definition: StoredDefinition
) -> str | None:
    values = {
        "tenant_id": tenant_id,
        "request_id": request.request_id,
        "segment_id": definition.segment_id,
        "version": definition.version,
    }
    [(follow_up, state, newer_version)] = connection.execute(statement("segments/find_overtaking"), values)
    if state == RequestState.SUBMITTED:
        # It may be a question about the segment, which overtakes nothing.
        raise AnswerRefused(
            Told.of(
                "Request {follow_up} may change this one and is not read yet; decide when it is.", follow_up=follow_up
            )
        )
    if follow_up is not None:
        return Told.of("Request {follow_up} changes this one and has overtaken it.", follow_up=follow_up)
    if newer_version is not None:
        return Told.of(
            "Version {newer_version} of the segment is active already, which is newer than this one.",
            newer_version=newer_version,
        )
    return None
