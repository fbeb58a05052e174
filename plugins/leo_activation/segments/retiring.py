"""The end of a segment: its members leave, its history and its versions stay."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime

from leo_activation.errors import Permanent
from leo_activation.segments.building import hold_building, segments_built_on
from leo_activation.segments.membership import project_members
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

LONGEST_REASON = 500


@dataclass(frozen=True)
class Retired:
    """What was retired: the version that was active, and how many members left."""

    segment_id: str
    version: int
    exited: int


def retire(warehouse: Warehouse, tenant_id: str, segment_id: str, by: str, *, because: str = "") -> Retired:
    """End a segment: its active version is retired, every member exits by the definition, and its edges go.

    `because` is kept beside it, without contact data.

    Raises:
        Permanent: nobody is named, the reason is too long, the segment has no active version, or other active segments
            build on it.
    """
    if not by.strip():
        raise Permanent(Told.of("Retiring a segment names who does it."))
    reason = masked(" ".join(because.split()))
    if len(reason) > LONGEST_REASON:
        raise Permanent(
            Told.of(
                "The reason for retiring a segment has at most {longest_reason} characters.",
                longest_reason=LONGEST_REASON,
            )
        )
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "segment_id": segment_id,
        "by": by,
        "because": reason or None,
        "asks_all": True,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        hold_building(connection, tenant_id)
        connection.execute(statement("segments/lock_segment"), values)
        row = connection.execute(statement("segments/read_active_definition"), values).fetchone()
        if row is None:
            raise Permanent(
                Told.of(
                    "The segment '{segment_id}' of '{tenant_id}' has no active version.",
                    segment_id=segment_id,
                    tenant_id=tenant_id,
                )
            )
        others = segments_built_on(connection, tenant_id, segment_id)
        if others:
            raise Permanent(
                Told.of(
                    "The segment '{segment_id}' of '{tenant_id}' cannot be retired while others build on it: {others}.",
                    segment_id=segment_id,
                    tenant_id=tenant_id,
                    others=", ".join(others),
                )
            )
        values |= {"version": int(row[0]), "now": datetime.now(UTC)}
        connection.execute(statement("segments/end_definition"), values)
        exited = connection.execute(statement("segments/end_membership"), values).rowcount
        connection.execute(statement("segments/create_asked_customer"))
        project_members(connection, values)
        connection.execute(statement("segments/end_holds"), values)
        connection.execute(statement("segments/forget_refreshed"), values)
    logger.info("Segment %s of %s was retired by %s: %d members left.", segment_id, tenant_id, by, exited)
    return Retired(segment_id, int(row[0]), exited)
