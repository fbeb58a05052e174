"""For whom a request waits."""

from collections.abc import Mapping

from leo_activation.segments.requests import RequestState

_WAITS_FOR: Mapping[RequestState, str] = {
    RequestState.SUBMITTED: "draft_segment",
    RequestState.DRAFTED: "approver",
    RequestState.IN_REVIEW: "approver",
    RequestState.NEEDS_CLARIFICATION: "requester",
    RequestState.SENT_BACK: "requester",
}


def waits_for(state: RequestState) -> str | None:
    """The DAG or the person whose turn it is, None where nobody's is."""
    return _WAITS_FOR.get(state)
