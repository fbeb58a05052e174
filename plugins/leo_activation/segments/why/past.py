"""Why a customer was in a segment at a past moment, or what kept them out then, by what was known then.

The graph has no past, so the tables alone are asked; conditions of which no history is kept stay open.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.segments.as_of.conditions import TIMEOUT_MS, Past, open_past
from leo_activation.segments.as_of.kept_history import Lack, OfToday, of_today
from leo_activation.segments.as_of.past_tables import opened
from leo_activation.segments.plan import Condition, Relation, leaves
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain_condition
from leo_activation.segments.sql import CompiledSql
from leo_activation.segments.why.evidence import Evidence
from leo_activation.segments.why.facts import Fact
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class PastTruth:
    """A condition for one customer at the moment; `holds` None: no history is kept of what it asks (`lack`)."""

    kind: str
    condition: str
    holds: bool | None
    lack: Lack | None = None
    evidence: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class PastWhy:
    """Why a customer was in a segment's version as of a moment or not.

    `was_there`: a live profile spoke for the customer then. `found_then`: all conditions held; None where one stays
    open and all others held. A cut or order of the version is not asked: `is_cut` says that there is one.
    `was_member` is what the refreshes until then had kept, since `since`.
    """

    customer_id: str
    segment_id: str
    version: int
    moment: datetime
    was_there: bool
    found_then: bool | None
    was_member: bool
    since: datetime | None
    is_cut: bool
    conditions: tuple[PastTruth, ...]
    notes: tuple[OfToday, ...]


def why_then(
    warehouse: Warehouse,
    tenant_id: str,
    customer_id: str,
    segment_id: str,
    moment: datetime,
    *,
    version: int | None = None,
    language: Language = Language.ENGLISH,
    timeout_ms: int = TIMEOUT_MS,
) -> PastWhy:
    """Why the customer was in the segment's version (the active one, or `version`) as of a moment; nothing is written.

    `moment` is an aware datetime; each statement takes at most `timeout_ms`.

    Raises:
        Permanent: no such customer, segment or version, a moment that lies ahead of the data, or an answer that took
            too long.
        Configuration: there is no such tenant.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "segment_id": segment_id, "customer_id": customer_id, "then": moment}
        if connection.execute(statement("segments/why/read_customer"), values).fetchone() is None:
            raise Permanent(
                Told.of(
                    "There is no customer '{customer_id}' of '{tenant_id}'.",
                    customer_id=customer_id,
                    tenant_id=tenant_id,
                )
            )
        past = open_past(connection, tenant_id, segment_id, moment, version)
        askable = past.part([condition for condition, lack in past.asked if lack is None])
        whole = past.compiled(askable)
        # What is asked of others needs their rows as well.
        only = None if any(isinstance(leaf, Relation) for leaf in leaves(askable.where)) else customer_id
        currency = past.catalogue.currency
        with opened(connection, tenant_id, currency, past.moment, whole, timeout_ms=timeout_ms, customer_id=only):
            was_there = _holds(connection, past.compiled(past.part([])), customer_id)
            told = tuple(
                _truth(connection, past, condition, lack, customer_id, language, has_evidence=only is not None)
                for condition, lack in past.asked
            )
        row = connection.execute(statement("segments/as_of/read_kept_customer"), values).fetchone()
    was_member = row is not None and row[0] == "enter"
    plan = past.stored.plan
    return PastWhy(
        customer_id=customer_id,
        segment_id=segment_id,
        version=past.stored.version,
        moment=moment,
        was_there=was_there,
        found_then=was_there and _all(told),
        was_member=was_member,
        since=row[1] if was_member and row is not None else None,
        is_cut=plan.limit is not None or plan.percent is not None,
        conditions=told,
        notes=tuple(of_today(askable)),
    )


def _all(told: tuple[PastTruth, ...]) -> bool | None:
    if any(each.holds is False for each in told):
        return False
    return None if any(each.holds is None for each in told) else True


def _truth(
    connection: Connection,
    past: Past,
    condition: Condition,
    lack: Lack | None,
    customer_id: str,
    language: Language,
    *,
    has_evidence: bool,
) -> PastTruth:
    words = explain_condition(condition, past.catalogue, language)
    if lack is not None:
        return PastTruth(condition.kind, words, None, lack)
    holds = _holds(connection, past.compiled(past.part([condition])), customer_id)
    facts: tuple[Fact, ...] = ()
    if has_evidence:
        evidence = Evidence(
            connection,
            past.catalogue,
            past.stored.readings,
            past.moment.moment,
            customer_id,
            past.moment.tables,
        )
        facts = tuple(fact for leaf in leaves(condition) for fact in evidence.of_the_past(leaf))
    return PastTruth(condition.kind, words, holds, evidence=facts)


def _holds(connection: Connection, compiled: CompiledSql, customer_id: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM ({}) AS found WHERE found.customer_id = %(asked_customer)s)").format(
        compiled.query
    )
    [(holds,)] = connection.execute(query, {**compiled.parameters, "asked_customer": customer_id})
    return bool(holds)
