"""Replaying: a definition at one past moment after another, each stored as soon as it is known."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from leo_activation.errors import Permanent
from leo_activation.segments.as_of.kept_history import require_history, what_is_of_today
from leo_activation.segments.as_of.past_tables import PastMoment, opened, past_moment
from leo_activation.segments.as_of.points import Bought, Followed, Point, jaccard
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.cut import Cut
from leo_activation.segments.definition import Readings
from leo_activation.segments.meaning import topics_of
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.sql import compile_sql
from leo_activation.segments.sql.reading import READ_TIMEOUT_MS
from leo_activation.segments.versions import read_version
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

MOST_MOMENTS = 400
MOST_DAYS = 3650


@dataclass(frozen=True)
class Replay:
    """A definition at past moments. `segment_id` and `version` are None of a plan that is no segment's.

    `currency` has `minor_units` decimals; `notes` say what the answers rest on that no history is kept of.
    """

    replay_id: int
    segment_id: str | None
    version: int | None
    definition_hash: str
    as_known_now: bool
    known_as_of: datetime
    currency: str
    minor_units: int
    notes: tuple[str, ...]
    points: tuple[Point, ...]


@dataclass(frozen=True)
class _Asked:
    """What is replayed."""

    catalogue: Catalogue
    plan: SegmentPlan
    readings: Readings
    segment_id: str | None
    version: int | None
    hash: str
    moments: tuple[datetime, ...]
    within_days: int | None
    as_known_now: bool
    timeout_ms: int

    @property
    def request_hash(self) -> str:
        moments = [moment.isoformat() for moment in self.moments]
        asked = [self.hash, self.segment_id, self.version, moments, self.within_days, self.as_known_now]
        return hashlib.sha256(json.dumps(asked).encode()).hexdigest()


@dataclass(frozen=True)
class Knowledge:
    """Until when the tables know: the as-of of the last sync and its end, and the as-of of the first."""

    as_of: datetime
    ended_at: datetime
    first_as_of: datetime


def replay(
    warehouse: Warehouse,
    tenant_id: str,
    asked: str | SegmentPlan,
    moments: Sequence[datetime],
    *,
    version: int | None = None,
    within_days: int | None = None,
    as_known_now: bool = False,
    timeout_ms: int = READ_TIMEOUT_MS,
) -> Replay:
    """Run a segment's version (the active one, or `version`, retired or not), or a plan, as of past moments.

    `moments` are aware datetimes, each after the one before. With `within_days`, what members and all others bought and
    kept in the days after each moment, by all that is known now. `as_known_now`: each moment by all that is known now,
    instead of by what was known then. The same request by the same state of knowledge writes the same rows.

    Raises:
        NotKept: a condition asks of the past what no history is kept of.
        Permanent: no such segment or version, no or too many moments, one that lies ahead of the data, a plan that does
            not fit the tenant, or a moment that took longer than `timeout_ms`.
        Configuration: there is no such tenant.
    """
    _require_moments(moments)
    if within_days is not None and not 1 <= within_days <= MOST_DAYS:
        raise Permanent(
            Told.of(
                "What followed is asked within 1 to {most_days} days, not {within_days}.",
                most_days=MOST_DAYS,
                within_days=within_days,
            )
        )
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        catalogue = load_catalogue(connection, tenant_id)
        knowledge = read_knowledge(connection, tenant_id)
        if isinstance(asked, str):
            stored = read_version(connection, tenant_id, asked, version)
            plan, readings = stored.plan, stored.readings
            segment_id, version, plan_hash = stored.segment_id, stored.version, stored.hash
        else:
            plan, readings = asked, ()
            segment_id, version, plan_hash = None, None, _hash(asked, catalogue)
        connection.commit()
        whole = _Asked(
            catalogue,
            plan,
            readings,
            segment_id,
            version,
            plan_hash,
            tuple(moments),
            within_days,
            as_known_now,
            timeout_ms,
        )
        require_history(plan, catalogue)
        if moments[-1] > knowledge.as_of:
            raise Permanent(
                Told.of(
                    "{moment} lies ahead of what is known of '{tenant_id}': its last sync tells of "
                    "the time until {as_of}.",
                    moment=moments[-1].isoformat(),
                    tenant_id=tenant_id,
                    as_of=knowledge.as_of.isoformat(),
                )
            )
        notes = what_is_of_today(plan, catalogue)
        if not as_known_now and moments[0] < knowledge.first_as_of:
            notes.append(
                f"Before {knowledge.first_as_of.isoformat()}, the as-of of the first sync, what that sync brought "
                "counts as known when it happened."
            )
        replay_id = _enter(connection, whole, knowledge, notes)
        points = _points(connection, whole, knowledge, replay_id)
    return Replay(
        replay_id=replay_id,
        segment_id=segment_id,
        version=version,
        definition_hash=plan_hash,
        as_known_now=as_known_now,
        known_as_of=knowledge.ended_at,
        currency=catalogue.currency,
        minor_units=catalogue.minor_units,
        notes=tuple(notes),
        points=points,
    )


def _require_moments(moments: Sequence[datetime]) -> None:
    if not 1 <= len(moments) <= MOST_MOMENTS:
        raise Permanent(
            Told.of(
                "A replay has 1 to {most_moments} moments, not {count}.", most_moments=MOST_MOMENTS, count=len(moments)
            )
        )
    if any(moment.tzinfo is None for moment in moments):
        raise Permanent(Told.of("The moments of a replay need a time zone."))
    if any(later <= earlier for earlier, later in pairwise(moments)):
        raise Permanent(Told.of("The moments of a replay follow each other."))


def read_knowledge(connection: Connection, tenant_id: str) -> Knowledge:
    """Until when the tenant's tables know (writer, bound).

    Raises:
        Permanent: no sync was complete yet.
    """
    row = connection.execute(statement("segments/as_of/read_knowledge"), {"tenant_id": tenant_id}).fetchone()
    if row is None or row[0] is None:
        raise Permanent(
            Told.of("No sync of '{tenant_id}' was complete yet, so nothing is known of its past.", tenant_id=tenant_id)
        )
    return Knowledge(*row)


def _hash(plan: SegmentPlan, catalogue: Catalogue) -> str:
    bound = [plan.model_dump(mode="json"), catalogue.currency, catalogue.minor_units, catalogue.time_zone]
    content = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(content.encode()).hexdigest()


def _enter(connection: Connection, asked: _Asked, knowledge: Knowledge, notes: Sequence[str]) -> int:
    values = {
        "tenant_id": asked.catalogue.tenant_id,
        "segment_id": asked.segment_id,
        "version": asked.version,
        "definition_hash": asked.hash,
        "request_hash": asked.request_hash,
        "first_moment": asked.moments[0],
        "last_moment": asked.moments[-1],
        "moments": len(asked.moments),
        "within_days": asked.within_days,
        "as_known_now": asked.as_known_now,
        "known_as_of": knowledge.ended_at,
        "notes": list(notes),
    }
    [(replay_id,)] = connection.execute(statement("segments/as_of/upsert_replay_run"), values)
    connection.commit()
    return int(replay_id)


def _points(connection: Connection, asked: _Asked, knowledge: Knowledge, replay_id: int) -> tuple[Point, ...]:
    tenant_id = asked.catalogue.tenant_id
    if asked.within_days is not None:
        period = {
            "tenant_id": tenant_id,
            "since": asked.moments[0],
            "until": asked.moments[-1] + timedelta(days=asked.within_days),
        }
        connection.execute(statement("segments/as_of/drop_kept_item"))
        connection.execute(statement("segments/as_of/create_kept_item"), period)
        connection.execute("ANALYZE kept_item")
        connection.commit()
    points: list[Point] = []
    before: frozenset[str] | None = None
    for number, moment in enumerate(asked.moments, start=1):
        past = past_moment(connection, tenant_id, moment, as_known_now=asked.as_known_now)
        connection.rollback()
        members, customers, followed = _at(connection, asked, past, knowledge)
        point = Point(
            moment=moment,
            known_until=past.known_until,
            members=len(members),
            customers=customers,
            entered=None if before is None else len(members - before),
            exited=None if before is None else len(before - members),
            stayed=None if before is None else len(members & before),
            jaccard=None if before is None else jaccard(members, before),
            followed=followed,
        )
        connection.execute(statement("segments/as_of/upsert_replay_point"), _row(tenant_id, replay_id, point))
        connection.commit()
        logger.info(
            "%d of %d: %s, %s members%s.", number, len(asked.moments), moment.isoformat(), f"{point.members:,}",
            "" if point.jaccard is None else f", {point.stayed:,} stayed, {point.entered:,} entered, "
            f"{point.exited:,} exited",
        )  # fmt: skip
        points.append(point)
        before = members
    return tuple(points)


def _at(
    connection: Connection, asked: _Asked, past: PastMoment, knowledge: Knowledge
) -> tuple[frozenset[str], int, Followed | None]:
    """The members at a moment, how many customers there were, and what followed."""
    catalogue = asked.catalogue
    compiled = compile_sql(
        asked.plan, catalogue, as_of=past.moment, topics=topics_of(asked.readings), tables=past.tables
    )
    with opened(
        connection,
        catalogue.tenant_id,
        catalogue.currency,
        past,
        compiled,
        timeout_ms=asked.timeout_ms,
    ):
        rows = connection.execute(compiled.query, dict(compiled.parameters)).fetchall()
        found = (compiled.cut or Cut()).of([str(customer_id) for (customer_id,) in rows])
        [(customers,)] = connection.execute(statement("segments/as_of/count_then_customers"))
        followed = None
        if asked.within_days is not None:
            followed = _followed(connection, found, past.moment, asked.within_days, knowledge)
    return frozenset(found), int(customers), followed


def _followed(
    connection: Connection, found: Sequence[str], moment: datetime, within_days: int, knowledge: Knowledge
) -> Followed:
    with connection.cursor().copy("COPY then_member (customer_id) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["text"])
        for customer_id in found:
            copy.write_row((customer_id,))
    until = moment + timedelta(days=within_days)
    rows = connection.execute(statement("segments/as_of/sum_what_followed"), {"then": moment, "until": until})
    bought = {bool(is_member): Bought(*(int(number) for number in numbers)) for is_member, *numbers in rows}
    nobody = Bought(0, 0, 0, 0)
    return Followed(within_days, bought.get(True, nobody), bought.get(False, nobody), is_over=until <= knowledge.as_of)


def _row(tenant_id: str, replay_id: int, point: Point) -> dict[str, object]:
    followed = point.followed
    members = None if followed is None else followed.members
    others = None if followed is None else followed.others
    return {
        **{name: value for name, value in asdict(point).items() if name != "followed"},
        "tenant_id": tenant_id,
        "replay_id": replay_id,
        "buyers": members and members.buyers,
        "orders": members and members.orders,
        "revenue_minor": members and members.revenue_minor,
        "other_buyers": others and others.buyers,
        "other_orders": others and others.orders,
        "other_revenue_minor": others and others.revenue_minor,
        "is_over": followed and followed.is_over,
    }
