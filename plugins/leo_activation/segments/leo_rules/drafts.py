"""An imported plan becomes a draft as any request does: read, gated, previewed, and approved by a person."""

from dataclasses import dataclass
from datetime import datetime

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.drafting import Draft, draft_request
from leo_activation.segments.naming import segment_id_for
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.requests import MAX_TEXT, RequestState
from leo_activation.segments.sentences import describe
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

NAME = "import"
"""`segment.request.planner` of requests that came with their plan."""


@dataclass(frozen=True)
class GivenPlan:
    """The planner of a request whose plan is known already."""

    request: PlannedRequest
    name: str = NAME

    def plan(self, text: str, catalogue: Catalogue, as_of: datetime) -> PlannedRequest | NeedsClarification:
        """The plan that was given."""
        return self.request


def draft_import(
    warehouse: Warehouse,
    catalogue: Catalogue,
    request: PlannedRequest,
    *,
    requested_by: str,
    as_of: datetime,
    encoder: Encoder,
) -> Draft | None:
    """Submit a plan under its name and draft it; None where the newest version of the segment has this very plan.

    The request's text is the plan's own sentence. It waits for review like any other, from the next collection on.

    Raises:
        Permanent: nobody is named, the plan has no name, or its sentence is longer than a request may be.
        Transient: the warehouse cannot be reached.
    """
    if not requested_by.strip():
        raise Permanent("An import names who asks for it.")
    if request.segment_name is None:
        raise Permanent("The segment has no name.")
    text = describe(request, catalogue)
    if len(text) > MAX_TEXT:
        raise Permanent(f"The sentence of the segment has {len(text)} characters, more than {MAX_TEXT}.")
    tenant_id = catalogue.tenant_id
    values = {"tenant_id": tenant_id, "segment_id": segment_id_for(request.segment_name, text, 0)}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        newest = connection.execute(statement("segments/read_newest_definition"), values).fetchone()
        if newest is not None and SegmentPlan.model_validate(newest[2]) == request.plan:
            return None
        [(request_id,)] = connection.execute(
            statement("segments/insert_import"), {**values, "text": text, "requested_by": requested_by, "as_of": as_of}
        )
    draft = draft_request(
        warehouse, tenant_id, int(request_id), as_of=as_of, encoder=encoder, planners=[GivenPlan(request)]
    )
    if draft.state is RequestState.DRAFTED:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            connection.execute(
                statement("segments/release_import"), {"tenant_id": tenant_id, "request_id": int(request_id)}
            )
    return draft
