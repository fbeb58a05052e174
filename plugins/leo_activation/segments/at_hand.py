"""The plan that a follow-up changes: of the request before it, or of the nearest one before that has a plan."""

from dataclasses import dataclass

from leo_activation.errors import Transient
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.naming import segment_id_for
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.request import ActivationDraft
from leo_activation.segments.requests import RequestState, SegmentRequest, read_request
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Revised:
    """What a follow-up is about; `kept_name` is what its segment is called on lists, None where there is none yet."""

    at_hand: PlanAtHand
    kept_name: str | None


def read_revised(connection: Connection, tenant_id: str, request: SegmentRequest) -> Revised | None:
    """What a request changes or answers, None for a request of its own; the connection is bound to the tenant.

    Raises:
        Transient: the request before it waits to be drafted itself.
    """
    if request.revises_request_id is None:
        return None
    return read_at_hand(connection, tenant_id, request.revises_request_id)


def read_at_hand(connection: Connection, tenant_id: str, request_id: int) -> Revised:
    """What a change to a request would be about; the connection is bound to the tenant.

    Raises:
        Permanent: there is no such request.
        Transient: it waits to be drafted itself.
    """
    before = read_request(connection, tenant_id, request_id)
    if before.state is RequestState.SUBMITTED:
        raise Transient(
            Told.of(
                "Request {request_id} of '{tenant_id}', which is to be changed, is not drafted yet.",
                request_id=request_id,
                tenant_id=tenant_id,
            )
        )
    values = {"tenant_id": tenant_id, "request_id": before.request_id}
    row = connection.execute(statement("segments/read_plan_at_hand"), values).fetchone()
    if row is None:
        at_hand = PlanAtHand(before.text, before.language, unplaced=before.unplaced, questions=before.questions)
        return Revised(at_hand, None)
    segment_id, name, plan, sentence, activation = row
    at_hand = PlanAtHand(
        text=before.text,
        language=before.language,
        segment_id=segment_id,
        segment_name=_given_name(name, segment_id),
        plan=SegmentPlan.model_validate(plan),
        sentence=sentence,
        unplaced=before.unplaced,
        questions=before.questions,
        activation=None if activation is None else ActivationDraft.model_validate(activation),
        is_undone=before.state in {RequestState.NEEDS_CLARIFICATION, RequestState.FAILED},
    )
    return Revised(at_hand, name)


def _given_name(name: str, segment_id: str) -> str | None:
    """The name that somebody gave; a segment without one goes by its request's words and number."""
    number = segment_id.rpartition("_")[2]
    return None if number.isdigit() and segment_id_for(None, name, int(number)) == segment_id else name
