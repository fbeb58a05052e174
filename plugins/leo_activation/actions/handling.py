"""A request of the inbox, handled: it is read for what it asks, the action is called, and the answer is kept.

Handling reads first and writes last. A question ends in `answered` in the transaction that keeps its answer; a segment
is drafted by its own transaction and its answer kept by the next, and whoever handles the request again after a kill
finds it drafted and only keeps the answer.
"""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from leo_activation.actions.answers import keep_answer, read_answer
from leo_activation.actions.catalogue import ACTIONS, ACTIVATE_ON_CHANNEL, CREATE_SEGMENT, UPDATE_SEGMENT
from leo_activation.actions.drafts import answer_of, facts_of
from leo_activation.actions.intents import Intent, read_intent
from leo_activation.actions.names import list_names
from leo_activation.actions.permissions import REQUESTER, Permission
from leo_activation.actions.registry import Caller, Outcome, Registry, Result, Tools
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.drafting import OPEN, Draft, read_draft
from leo_activation.segments.drafting import give_up as give_up_draft
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.request import Language
from leo_activation.segments.requests import RequestState, SegmentRequest, lock_request, read_request
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

PLANNER = "question"
"""What `segment.request.planner` says of a request that was a question."""
_DRAFTING = frozenset({CREATE_SEGMENT, UPDATE_SEGMENT})
_STATE_AFTER = {
    Outcome.DONE: RequestState.ANSWERED,
    Outcome.ASKED_BACK: RequestState.NEEDS_CLARIFICATION,
    Outcome.FAILED: RequestState.FAILED,
}


def handle_request(
    warehouse: Warehouse,
    tenant_id: str,
    request_id: int,
    *,
    as_of: datetime,
    encoder: Encoder,
    tasks: LanguageTasks,
    permissions: frozenset[Permission] = REQUESTER,
) -> Draft:
    """Do what a request asks, as of its own moment, else as of `as_of`; one that was handled is only read.

    Raises:
        Permanent: there is no such request. Transient and Configuration: as `draft_request`; it may be handled again.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = read_request(connection, tenant_id, request_id)
        was_handled = request.state not in OPEN and read_answer(connection, tenant_id, request_id) is not None
        intent = None if was_handled else intent_of(connection, tenant_id, request)
    tools = Tools(warehouse, tenant_id, request.as_of or as_of, encoder, tasks)
    if intent is not None:
        _handle(tools, request, intent, permissions)
    return read_draft(warehouse, tenant_id, request_id)


def activate_requested(
    warehouse: Warehouse,
    tenant_id: str,
    request_id: int,
    *,
    as_of: datetime,
    encoder: Encoder,
) -> str | None:
    """Draft the campaign that an approved request asks for; None where it asks for none. Returns the campaign's id.

    Nothing is read in words here, so no language model is needed.

    Raises:
        Permanent: the campaign was planned already.
    """
    values = {"tenant_id": tenant_id, "request_id": request_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(statement("actions/read_requested_activation"), values).fetchone()
        already = connection.execute(statement("actions/read_campaign_of_request"), values).fetchone()
    if already is not None:
        return str(already[0])
    if row is None:
        return None
    segment_id, activation, requested_by, language = row
    caller = Caller(requested_by, frozenset({Permission.DRAFT_CAMPAIGN}), request_id, Language(language))
    nobody = LanguageTasks(planners=())
    registry = Registry(Tools(warehouse, tenant_id, as_of, encoder, nobody), ACTIONS)
    result = registry.call(ACTIVATE_ON_CHANNEL, {"segment": segment_id, **activation}, caller)
    return str(result.data["campaign_id"]) if result.outcome is Outcome.DONE else None


def give_up(warehouse: Warehouse, tenant_id: str, request_id: int, problem: str) -> RequestState:
    """Tell the requester that a request failed for the last time; one that was handled meanwhile stays as it is."""
    state = give_up_draft(warehouse, tenant_id, request_id, problem)
    if state is RequestState.FAILED:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            request = lock_request(connection, tenant_id, request_id)
            keep_answer(
                connection, tenant_id, request_id, answer_of(request), facts_of(Draft(request_id, request.state))
            )
    return state


def intent_of(connection: Connection, tenant_id: str, request: SegmentRequest) -> Intent:
    """What a request asks for; one that a planner has read or is to re-evaluate is for a segment, whatever it says."""
    revises = request.revises_request_id
    if request.planner not in (None, PLANNER):
        if revises is None:
            return Intent(CREATE_SEGMENT, {"text": request.text}, request.language)
        return Intent(UPDATE_SEGMENT, {"text": request.text, "revises_request_id": revises}, request.language)
    row = None
    if revises is not None:
        values = {"tenant_id": tenant_id, "request_id": revises}
        row = connection.execute(statement("segments/read_draft"), values).fetchone()
    return read_intent(
        request.text,
        list_names(connection, tenant_id),
        revises_request_id=revises,
        revised_segment=None if row is None else str(row[0]),
    )


def _handle(tools: Tools, request: SegmentRequest, intent: Intent, permissions: frozenset[Permission]) -> None:
    caller = Caller(request.requested_by, permissions, request.request_id, intent.language)
    try:
        result = Registry(tools, ACTIONS).call(intent.action, intent.arguments, caller)
    except Permanent as problem:
        if intent.action in _DRAFTING:
            raise
        result = Result(str(problem), {}, Outcome.FAILED, problem=str(problem))
    with tools.warehouse.connect(DatabaseRole.WRITER, tools.tenant_id) as connection:
        current = lock_request(connection, tools.tenant_id, request.request_id)
        data: Mapping[str, Any] = result.data
        answer = result.answer
        if intent.action not in _DRAFTING:
            if current.state in OPEN:
                _end_question(connection, tools.tenant_id, current, intent, result)
                current = read_request(connection, tools.tenant_id, request.request_id)
            elif current.explanation:
                # Somebody else answered meanwhile: theirs is the answer.
                answer = current.explanation
            data = {**facts_of(Draft(current.request_id, current.state)), **data}
        keep_answer(connection, tools.tenant_id, current.request_id, answer, data)
    logger.info("Request %d of %s: %s is %s.", request.request_id, tools.tenant_id, intent.action, result.outcome)


def _end_question(
    connection: Connection,
    tenant_id: str,
    request: SegmentRequest,
    intent: Intent,
    result: Result,
) -> None:
    values = {
        "tenant_id": tenant_id,
        "request_id": request.request_id,
        "state": _STATE_AFTER[result.outcome],
        "planner": PLANNER,
        "sentence": None,
        "unplaced": [],
        "questions": list(result.questions),
        "activation": None,
        "problem": result.problem,
        "language": intent.language,
        "explanation": result.answer,
    }
    connection.execute(statement("segments/set_request_drafted"), values)
