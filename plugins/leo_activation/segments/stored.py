"""Segments as they are stored: which there are, and what the active version of one says."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.segments.definition import Readings
from leo_activation.segments.meaning import READINGS
from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class SegmentSummary:
    """A segment with its newest version; `members` are kept of the active one, as of `refreshed_as_of`."""

    segment_id: str
    name: str
    version: int
    state: str
    active_version: int | None
    members: int
    refreshed_as_of: datetime | None


@dataclass(frozen=True)
class ActiveSegment:
    """The active version of a segment; `approved_hash` is None where nobody approved it."""

    segment_id: str
    version: int
    plan: SegmentPlan
    readings: Readings
    hash: str
    approved_hash: str | None


def list_segments(connection: Connection, tenant_id: str) -> list[SegmentSummary]:
    """Every segment of the tenant by its id; the connection is bound to the tenant (writer)."""
    with connection.cursor(row_factory=class_row(SegmentSummary)) as cursor:
        return cursor.execute(statement("segments/list_segments"), {"tenant_id": tenant_id}).fetchall()


def count_requests(connection: Connection, tenant_id: str) -> dict[str, int]:
    """How many requests are in which state; the connection is bound to the tenant (writer)."""
    rows = connection.execute(statement("segments/count_requests"), {"tenant_id": tenant_id})
    return {str(state): int(requests) for state, requests in rows}


def read_active(connection: Connection, tenant_id: str, segment_id: str) -> ActiveSegment:
    """What the active version of a segment says; the connection is bound to the tenant (writer).

    Raises:
        Permanent: the segment has no active version.
    """
    values = {"tenant_id": tenant_id, "segment_id": segment_id}
    row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
    if row is None:
        raise Permanent(
            Told.of(
                "The segment '{segment_id}' of '{tenant_id}' has no active version.",
                segment_id=segment_id,
                tenant_id=tenant_id,
            )
        )
    version, plan, meaning, kept_hash, approved_hash = row
    return ActiveSegment(
        segment_id=segment_id,
        version=int(version),
        plan=SegmentPlan.model_validate(plan),
        readings=READINGS.validate_python(meaning),
        hash=kept_hash,
        approved_hash=approved_hash,
    )


def read_members(warehouse: Warehouse, tenant_id: str, segment_id: str) -> list[str]:
    """The ids of the members that the last refresh kept, in their order.

    Raises:
        Permanent: the segment has no active version.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        read_active(connection, tenant_id, segment_id)
        values = {"tenant_id": tenant_id, "segment_id": segment_id}
        return [str(customer_id) for (customer_id,) in connection.execute(statement("segments/list_members"), values)]
