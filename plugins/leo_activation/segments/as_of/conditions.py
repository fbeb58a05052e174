"""What each condition of a segment kept as of one past moment; those of which no history is kept are named instead."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.as_of.kept_history import Lack, OfToday, lack_of, of_today
from leo_activation.segments.as_of.past_tables import PastMoment, opened, past_moment
from leo_activation.segments.as_of.replaying import read_knowledge
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.cut import Cut
from leo_activation.segments.meaning import topics_of
from leo_activation.segments.plan import Condition, SegmentPlan, all_of, conjuncts, plan_of
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain_condition
from leo_activation.segments.sql import CompiledSql, compile_sql
from leo_activation.segments.versions import Version, read_version
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

TIMEOUT_MS = 10_000


@dataclass(frozen=True)
class PastCondition:
    """A condition as of the moment: how many were left after it and all before it that could be asked.

    `lack`: why it cannot be asked of the past; then `kept` is None, and those after it go on without it.
    """

    condition: str
    kept: int | None
    lack: Lack | None = None


@dataclass(frozen=True)
class Kept:
    """What the refreshes until the moment had kept: members, by which version, as of when."""

    members: int
    version: int
    as_of: datetime


@dataclass(frozen=True)
class PastSize:
    """A segment's version as of a moment, by what was known then.

    `members` is None where not every condition could be asked: there were `at_most` as many. `customers` are all there
    were. `kept` is what the refreshes said then, None where there was none.
    """

    moment: datetime
    version: int
    customers: int
    members: int | None
    at_most: int
    conditions: tuple[PastCondition, ...]
    notes: tuple[OfToday, ...]
    kept: Kept | None


@dataclass(frozen=True)
class Past:
    """A version at a moment: what both questions of the past, of everybody and of one customer, begin with."""

    catalogue: Catalogue
    stored: Version
    moment: PastMoment

    def compiled(self, plan: SegmentPlan) -> CompiledSql:
        """A part of the plan over the tables of the moment; within `opened` alone."""
        topics = topics_of(self.stored.readings)
        return compile_sql(plan, self.catalogue, as_of=self.moment.moment, topics=topics, tables=self.moment.tables)

    def part(self, conditions: Sequence[Condition]) -> SegmentPlan:
        """The plan of some conditions, without order and cut."""
        return plan_of(all_of(tuple(conditions)), currency=self.catalogue.currency)

    @property
    def asked(self) -> list[tuple[Condition, Lack | None]]:
        """The conditions that all have to hold, with why they cannot be asked."""
        return [(condition, lack_of(condition)) for condition in conjuncts(self.stored.plan.where)]


def open_past(connection: Connection, tenant_id: str, segment_id: str, moment: datetime, version: int | None) -> Past:
    """What stands at the beginning of a question about the past (writer, bound to the tenant).

    Raises:
        Permanent: no such segment or version, or a moment that lies ahead of the data.
    """
    catalogue = load_catalogue(connection, tenant_id)
    knowledge = read_knowledge(connection, tenant_id)
    stored = read_version(connection, tenant_id, segment_id, version)
    if moment > knowledge.as_of:
        raise Permanent(
            Told.of(
                "{moment} lies ahead of what is known of '{tenant_id}': its last sync tells of the time until {as_of}.",
                moment=moment.isoformat(),
                tenant_id=tenant_id,
                as_of=knowledge.as_of.isoformat(),
            )
        )
    past = past_moment(connection, tenant_id, moment, as_known_now=False)
    connection.rollback()
    return Past(catalogue, stored, past)


def size_then(
    warehouse: Warehouse,
    tenant_id: str,
    segment_id: str,
    moment: datetime,
    *,
    version: int | None = None,
    language: Language = Language.ENGLISH,
    timeout_ms: int = TIMEOUT_MS,
) -> PastSize:
    """The size of a segment's version (the active one, or `version`) as of a moment, condition by condition.

    `moment` is an aware datetime; each statement takes at most `timeout_ms`. Nothing is written.

    Raises:
        Permanent: no such segment or version, a moment that lies ahead of the data, or a count that took too long.
        Configuration: there is no such tenant.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        past = open_past(connection, tenant_id, segment_id, moment, version)
        askable = [condition for condition, lack in past.asked if lack is None]
        is_whole = len(askable) == len(past.asked)
        plan = past.stored.plan if is_whole else past.part(askable)
        whole = past.compiled(plan)
        told: list[PastCondition] = []
        with opened(connection, tenant_id, past.catalogue.currency, past.moment, whole, timeout_ms=timeout_ms):
            before: list[Condition] = []
            for condition, lack in past.asked:
                kept = None
                if lack is None:
                    before.append(condition)
                    kept = _count(connection, past.compiled(past.part(before)))
                told.append(PastCondition(explain_condition(condition, past.catalogue, language), kept, lack))
            rows = connection.execute(whole.query, dict(whole.parameters)).fetchall()
            found = len((whole.cut or Cut()).of([str(customer_id) for (customer_id,) in rows]))
            [(customers,)] = connection.execute(statement("segments/as_of/count_then_customers"))
        values = {"tenant_id": tenant_id, "segment_id": segment_id, "then": moment}
        row = connection.execute(statement("segments/as_of/read_kept"), values).fetchone()
    return PastSize(
        moment=moment,
        version=past.stored.version,
        customers=int(customers),
        members=found if is_whole else None,
        at_most=found,
        conditions=tuple(told),
        notes=tuple(of_today(plan)),
        kept=None if row is None else Kept(*row),
    )


def _count(connection: Connection, compiled: CompiledSql) -> int:
    query = sql.SQL("SELECT count(*) FROM ({}) AS found").format(compiled.query)
    [(count,)] = connection.execute(query, dict(compiled.parameters))
    return int(count)
