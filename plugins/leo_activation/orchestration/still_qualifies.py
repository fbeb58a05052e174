"""Ask the segments' own conditions again, of the people of a batch, just before it is sent.

The tables are asked, and not the graph: a sync merges into the tables first and brings the graph in line some time
later, and in between a person may have bought what a reminder is about. So "now" is the as-of of the last sync that
merged. Membership itself, as the last refresh kept it, is asked in the transaction that begins an attempt.

A segment that orders or cuts its customers is asked for its condition without the cut: who is in the first thousand
depends on everybody, and is left to the refreshes. A phrase about profiles ("like weekend hikers") is left to them too,
because it needs the embedding model; the other conditions beside it are asked. A segment whose plan cannot be asked of
the tables any more is left to membership.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from leo_activation.activation.audience.conditions import StillQualifies
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.meaning import topics_of
from leo_activation.segments.sql.compiler import compile_sql
from leo_activation.segments.sql.reading import read_tables
from leo_activation.segments.stored import ActiveSegment, read_active
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

TIMEOUT_MS = 60_000
"""A batch is a few people: what takes longer would hold up the whole run."""

ANY_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""Whether a plan can be asked of the tables does not depend on when."""


@dataclass(frozen=True)
class AskedSegment:
    """A segment with its plan, without order and cut; None where only its membership can be asked."""

    segment_id: str
    active: ActiveSegment | None


@dataclass(frozen=True)
class TablesStillQualify:
    """`StillQualifies` over the tables of one tenant; plans and catalogue are read once, for a whole run."""

    warehouse: Warehouse
    tenant_id: str
    catalogue: Catalogue
    for_members_of: tuple[AskedSegment, ...]
    without: tuple[AskedSegment, ...]

    def __call__(self, customer_ids: Sequence[str]) -> frozenset[str]:
        """Those who meet the conditions of a segment of the campaign and of none that it leaves out.

        One query a segment, for all of them at once.

        Raises:
            Permanent: a query took too long.
            Transient: the warehouse cannot be reached.
        """
        asked = frozenset(customer_ids)
        if not asked:
            return asked
        meets: frozenset[str] = frozenset()
        for segment in self.for_members_of:
            if segment.active is None:
                meets = asked
            if meets >= asked:
                break
            meets |= self._meet(segment, asked - meets)
        for segment in self.without:
            if segment.active is not None and meets:
                meets -= self._meet(segment, meets)
        return meets

    def _meet(self, segment: AskedSegment, customer_ids: frozenset[str]) -> frozenset[str]:
        if segment.active is None:
            return customer_ids
        with self.warehouse.connect(DatabaseRole.WRITER, self.tenant_id) as connection:
            row = connection.execute(
                statement("orchestration/read_merged_as_of"), {"tenant_id": self.tenant_id}
            ).fetchone()
            connection.rollback()
            if row is None:
                return customer_ids
            compiled = compile_sql(
                segment.active.plan,
                self.catalogue,
                as_of=row[0],
                topics=topics_of(segment.active.readings),
                among=sorted(customer_ids),
            )
            return frozenset(read_tables(connection, compiled, timeout_ms=TIMEOUT_MS))


def still_qualifies(warehouse: Warehouse, tenant_id: str, campaign_run_id: int) -> StillQualifies:
    """What asks the segments of a run's campaign again.

    Raises:
        Permanent: there is no such run.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(
            statement("orchestration/read_segments_of_run"),
            {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id},
        ).fetchone()
        if row is None:
            raise Permanent(f"There is no campaign run {campaign_run_id}.")
        catalogue = load_catalogue(connection, tenant_id)
        for_members_of, without = (
            tuple(_asked(read_active(connection, tenant_id, segment_id), catalogue) for segment_id in segment_ids)
            for segment_ids in row
        )
    return TablesStillQualify(warehouse, tenant_id, catalogue, for_members_of, without)


def _asked(active: ActiveSegment, catalogue: Catalogue) -> AskedSegment:
    uncut = active.plan.model_copy(update={"order": None, "limit": None, "percent": None})
    try:
        compile_sql(uncut, catalogue, as_of=ANY_MOMENT, topics=topics_of(active.readings), among=["nobody"])
    except Permanent as problem:
        logger.warning("Of the segment %s only the membership is asked before sending: %s", active.segment_id, problem)
        return AskedSegment(active.segment_id, None)
    return AskedSegment(active.segment_id, replace(active, plan=uncut))
