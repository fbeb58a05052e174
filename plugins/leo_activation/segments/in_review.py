"""What is read of a request that waits for a decision: its definition, and all that its sheet shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.segments.drafting import BY_A_MODEL
from leo_activation.segments.limits import default_limits
from leo_activation.segments.meaning import READINGS, CloseCall, InterestReading, ProfileReading
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.preview import FunnelStep
from leo_activation.segments.requests import SegmentRequest, read_request
from leo_activation.segments.review_sheet import (
    PlanOrigin,
    RelatedSegment,
    ReviewSheet,
    SecondReading,
    VersionBefore,
)
from leo_activation.segments.surroundings import Comparison, Overlap
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

if TYPE_CHECKING:
    from leo_activation.segments.recall import SimilarRequest


@dataclass(frozen=True)
class StoredDefinition:
    """The definition that a request led to, as it was stored when it was drafted."""

    segment_id: str
    version: int
    name: str
    plan: SegmentPlan
    sentence: str
    cypher: str
    parameters: dict[str, object]
    readings: tuple[InterestReading | ProfileReading, ...]
    hash: str


def read_definition(connection: Connection, tenant_id: str, request_id: int) -> StoredDefinition:
    """The definition of a request; the connection is bound to the tenant (writer).

    Raises:
        Permanent: the request has none.
    """
    values = {"tenant_id": tenant_id, "request_id": request_id}
    row = connection.execute(statement("segments/read_definition_of_request"), values).fetchone()
    if row is None:
        raise Permanent(
            Told.of(
                "Request {request_id} of '{tenant_id}' has no definition yet.",
                request_id=request_id,
                tenant_id=tenant_id,
            )
        )
    segment_id, version, name, plan, sentence, cypher, parameters, meaning, definition_hash = row
    return StoredDefinition(
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


def read_authors(connection: Connection, tenant_id: str, request_id: int) -> tuple[str, ...]:
    """Who wrote a part of the request that nobody has approved: they may not decide about it (writer, bound)."""
    values = {"tenant_id": tenant_id, "request_id": request_id}
    return tuple(str(author) for (author,) in connection.execute(statement("segments/list_authors"), values))


def read_member_count(connection: Connection, tenant_id: str, request_id: int) -> int | None:
    """How many customers the preview of a request found, None where it has none (writer, bound)."""
    values = {"tenant_id": tenant_id, "request_id": request_id}
    row = connection.execute(statement("segments/read_draft"), values).fetchone()
    return None if row is None else int(row[3])


def read_sheet(
    connection: Connection,
    tenant_id: str,
    request: SegmentRequest,
    definition: StoredDefinition,
    alike: "tuple[SimilarRequest, ...]",
) -> ReviewSheet:
    """What the approver of a definition is shown; the connection is bound to the tenant (writer)."""
    values = {
        "tenant_id": tenant_id,
        "request_id": request.request_id,
        "segment_id": definition.segment_id,
        "version": definition.version,
        "hash": definition.hash,
    }
    [row] = connection.execute(statement("segments/read_preview"), values)
    as_of, member_count, funnel, reachable, sample, close_calls, took_ms, agreed_count, *compared, overlapping = row
    related = connection.execute(statement("segments/list_related_segments"), values).fetchall()
    return ReviewSheet(
        request_text=request.text,
        requested_by=request.requested_by,
        edited_by=request.edited_by,
        planner=request.planner or "",
        origin=_origin(connection, values) if BY_A_MODEL in (request.planner or "") else None,
        second_reading=_second_reading(connection, values),
        before=_before(connection, values),
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
        comparison=None if compared[0] is None else Comparison(*compared),
        overlaps=tuple(Overlap(**one) for one in overlapping),
        alike=alike,
        related=tuple(RelatedSegment(*row) for row in related),
        limits=default_limits(member_count),
    )


@dataclass(frozen=True)
class Reviewed:
    """A request that was drafted, and all that its approver is shown; `authors` may not decide about it."""

    request: SegmentRequest
    name: str
    sheet: ReviewSheet
    authors: tuple[str, ...]


def read_reviewed(warehouse: Warehouse, tenant_id: str, request_id: int) -> Reviewed:
    """What the approver of a request is shown, in parts, in whatever state it is; less the requests that are alike.

    Raises:
        Permanent: there is no such request, or it has no definition.
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        request = read_request(connection, tenant_id, request_id)
        definition = read_definition(connection, tenant_id, request_id)
        sheet = read_sheet(connection, tenant_id, request, definition, alike=())
        return Reviewed(request, definition.name, sheet, read_authors(connection, tenant_id, request_id))


def _origin(connection: Connection, values: dict[str, object]) -> PlanOrigin | None:
    with connection.cursor(row_factory=class_row(PlanOrigin)) as cursor:
        return cursor.execute(statement("segments/read_plan_origin"), values).fetchone()


def _second_reading(connection: Connection, values: dict[str, object]) -> SecondReading | None:
    row = connection.execute(statement("segments/read_plan_review"), values).fetchone()
    if row is None:
        return None
    agrees, differences, problem, model, prompt_version = row
    return SecondReading(agrees, tuple(differences), problem, model, prompt_version)


def _before(connection: Connection, values: dict[str, object]) -> VersionBefore | None:
    row = connection.execute(statement("segments/read_version_before"), values).fetchone()
    if row is None:
        return None
    request_id, sentence, member_count, funnel = row
    return VersionBefore(request_id, sentence, member_count, tuple(step["condition"] for step in funnel))
