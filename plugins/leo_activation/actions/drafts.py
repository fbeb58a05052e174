"""Create and update: a request in words, drafted up to its review."""

from typing import Any

from leo_activation.actions.arguments import CreateSegment, UpdateSegment
from leo_activation.actions.registry import Caller, Outcome, Result, Tools
from leo_activation.actions.waiting import waits_for
from leo_activation.actions.wording import Say, say, state_in_words
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.planners.llm_masking import masked, quoting_whole_contacts
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request, submit_request
from leo_activation.settings import DatabaseRole


def create_segment(tools: Tools, caller: Caller, asked: CreateSegment) -> Result:
    """The handler of the action: the caller's own request is drafted, else a new one is submitted and drafted."""
    return _draft(tools, caller, asked.text, None)


def update_segment(tools: Tools, caller: Caller, asked: UpdateSegment) -> Result:
    """The same for a request that changes another."""
    return _draft(tools, caller, asked.text, asked.revises_request_id)


def _draft(tools: Tools, caller: Caller, text: str, revises: int | None) -> Result:
    request_id = caller.request_id
    if request_id is None:
        request_id = submit_request(tools.warehouse, tools.tenant_id, text, caller.user, revises_request_id=revises)
    tasks = tools.tasks
    draft = draft_request(
        tools.warehouse,
        tools.tenant_id,
        request_id,
        as_of=tools.as_of,
        encoder=tools.encoder,
        planners=tasks.planners,
        revisers=tasks.revisers,
        reviewer=tasks.reviewer,
        explainer=tasks.explainer,
    )
    with tools.warehouse.connect(DatabaseRole.WRITER, tools.tenant_id) as connection:
        request = read_request(connection, tools.tenant_id, request_id)
    return Result(
        answer=answer_of(request),
        data=facts_of(draft),
        outcome=_outcome(draft.state),
        questions=draft.questions,
        problem=draft.problem if draft.state is RequestState.FAILED else None,
    )


def answer_of(request: SegmentRequest) -> str:
    """What a request led to: its explanation, or where it stands where there is none."""
    if request.explanation:
        return request.explanation
    language = request.language
    told = [
        say(
            language,
            Say.REQUEST,
            request_id=request.request_id,
            requested_by=masked(request.requested_by),
            state=state_in_words(language, request.state),
        )
    ]
    told += [masked(quoting_whole_contacts(question, request.text)) for question in request.questions]
    told += [masked(request.problem)] if request.problem else []
    return " ".join(told)


def facts_of(draft: Draft) -> dict[str, Any]:
    """Ids, state and counts of a draft, and for whom it waits."""
    facts = {
        "request_id": draft.request_id,
        "state": str(draft.state),
        "segment_id": draft.segment_id,
        "version": draft.version,
        "member_count": draft.member_count,
        "waits_for": waits_for(draft.state),
    }
    return {name: value for name, value in facts.items() if value is not None}


def _outcome(state: RequestState) -> Outcome:
    match state:
        case RequestState.NEEDS_CLARIFICATION:
            return Outcome.ASKED_BACK
        case RequestState.FAILED:
            return Outcome.FAILED
    return Outcome.DONE
