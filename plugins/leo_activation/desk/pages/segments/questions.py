"""What may be asked about a segment: why a customer is in, how large it was, whom of it a message reaches."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from psycopg import errors
from psycopg.rows import class_row

from leo_activation.desk.app import Visit
from leo_activation.desk.counting import Count, Reach
from leo_activation.desk.reading import Row
from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.as_of import PastSize, size_then
from leo_activation.segments.request import Language
from leo_activation.segments.why import PastWhy, Why, why, why_then
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import data_as_of
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

LONGEST_ID = 200
REACH_TIMEOUT_MS = 8_000
Ask = Callable[[Warehouse, Visit, Row], object]
"""A question about a segment, as the address asks it."""


@dataclass(frozen=True)
class WhyAnswer:
    """What was asked, and the answer: of now, or of a moment; or why there is none."""

    customer_id: str = ""
    moment: str = ""
    now: Why | None = None
    then: PastWhy | None = None
    problem: str = ""


@dataclass(frozen=True)
class SizeAnswer:
    """The moment that was asked for, and the answer or why there is none."""

    moment: str
    size: PastSize | None = None
    problem: str = ""


@dataclass(frozen=True)
class Questions:
    """What a question costs is bounded by the features' own time limits."""

    encoder: Encoder

    def why(self, warehouse: Warehouse, visit: Visit, one: Row) -> WhyAnswer:
        """Why the customer of the address is in or not: now, or at the moment of the address."""
        asked = visit.request.query_params
        customer_id, moment = asked.get("customer", "").strip()[:LONGEST_ID], asked.get("at", "").strip()
        if not customer_id:
            return WhyAnswer(moment=moment)
        tenant_id, language = visit.tenant_id, Language(visit.tongue)
        try:
            version = None if one["state"] == "active" else one["version"]
            if moment:
                then = why_then(
                    warehouse, tenant_id, customer_id, one["segment_id"], _moment(moment), version=version,
                    language=language,
                )  # fmt: skip
                return WhyAnswer(customer_id, moment, then=then)
            now = why(
                warehouse, tenant_id, customer_id, one["segment_id"], data_as_of(warehouse, tenant_id),
                encoder=self.encoder, version=version, language=language,
            )  # fmt: skip
        except Permanent as error:
            return WhyAnswer(customer_id, moment, problem=error.sentence)
        return WhyAnswer(customer_id, now=now)

    def size_then(self, warehouse: Warehouse, visit: Visit, one: Row) -> SizeAnswer | None:
        """The size at the moment of the address; None where none was chosen."""
        moment = visit.request.query_params.get("at", "").strip()
        if not moment:
            return None
        try:
            size = size_then(
                warehouse, visit.tenant_id, one["segment_id"], _moment(moment),
                version=None if one["state"] == "active" else one["version"], language=Language(visit.tongue),
            )  # fmt: skip
        except Permanent as error:
            return SizeAnswer(moment, problem=error.sentence)
        return SizeAnswer(moment, size)

    def reach(self, warehouse: Warehouse, visit: Visit, one: Row) -> Count:
        """On which channels a marketing message would reach the members now.

        Raises:
            Permanent: the count took too long.
        """
        tenant_id = visit.tenant_id
        values = {"tenant_id": tenant_id, "segment_id": one["segment_id"]}
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(REACH_TIMEOUT_MS)])
            try:
                ids = [row[0] for row in connection.execute(statement("segments/list_members"), values)]
                with connection.cursor(row_factory=class_row(Reach)) as cursor:
                    reach = tuple(cursor.execute(statement("desk/count_reach"), {**values, "customer_ids": ids}))
            except errors.QueryCanceled as error:
                raise Permanent(
                    Told.of(
                        "Counting who can be reached took longer than {seconds:g} s and was stopped.",
                        seconds=REACH_TIMEOUT_MS / 1000,
                    )
                ) from error
        return Count(len(ids), len(ids), reach=reach)


def _moment(text: str) -> datetime:
    """A moment as a form sends it, in UTC.

    Raises:
        Permanent: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Permanent(Told.of("“{written}” is not a date and time.", written=text[:40])) from error
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
