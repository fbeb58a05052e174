"""Asking about one customer: each condition by both compilers, what the last refresh kept, and what the next does."""

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from psycopg import Error, errors

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue, load_catalogue
from leo_activation.segments.cut import Cut, decides_each_by_itself
from leo_activation.segments.definition import Found, define, find_customers
from leo_activation.segments.meaning import ProfileReading, refine, topics_of
from leo_activation.segments.plan import And, Condition, Not, Or, ProfilePhrase, SegmentPlan, conjuncts, plan_of
from leo_activation.segments.plan.tree import MAX_LIMIT
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain, explain_condition
from leo_activation.segments.sql import compile_sql, read_tables
from leo_activation.segments.versions import Version, read_version
from leo_activation.segments.why.evidence import Evidence
from leo_activation.segments.why.facts import Fact, PhraseFact
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.statements import statement

READ_TIMEOUT_MS = 30_000


class NextRefresh(StrEnum):
    """What the next refresh would do with the customer, if nothing changed until then."""

    ENTERS = "enters"
    EXITS = "exits"
    STAYS_IN = "stays in"
    STAYS_OUT = "stays out"


@dataclass(frozen=True)
class WhyCondition:
    """A condition of the tree, for one customer.

    `kind` is that of the plan: `and`, `or`, `not`, or a leaf's. `holds` is what the graph says, `holds_in_tables` what
    the tables say; of `and`, `or` and `not` both follow from the `parts`. Leaves have `evidence` and no parts.
    """

    kind: str
    condition: str
    holds: bool
    holds_in_tables: bool
    evidence: tuple[Fact, ...] = ()
    parts: tuple["WhyCondition", ...] = ()


@dataclass(frozen=True)
class Rank:
    """Where the customer stands in a segment that takes the first of an order; `position` None: not in it at all.

    `taken` is how many are taken of the `found` ones.
    """

    position: int | None
    taken: int
    found: int


@dataclass(frozen=True)
class Change:
    """An entry or exit that a refresh kept; `evidence` is what it noted of the cause."""

    change: str
    changed_at: datetime
    run_id: int
    version: int
    cause: str
    evidence: Mapping[str, Any]


@dataclass(frozen=True)
class Why:
    """Why a customer is in a segment's version or not, as of a moment.

    `is_member` is what the last refresh kept (`since`), `found_now` what the version finds; `agrees`: graph and tables
    say the same of the customer, in the whole and in each condition. `next_refresh` is None where the version is not
    the active one, or they do not agree: then nothing is published. `conditions` all have to hold.
    """

    tenant_id: str
    customer_id: str
    segment_id: str
    version: int
    state: str
    sentence: str
    as_of: datetime
    is_member: bool
    since: datetime | None
    found_now: bool
    agrees: bool
    conditions: tuple[WhyCondition, ...]
    rank: Rank | None
    changes: tuple[Change, ...]
    next_refresh: NextRefresh | None


def why(
    warehouse: Warehouse,
    tenant_id: str,
    customer_id: str,
    segment_id: str,
    as_of: datetime,
    *,
    encoder: Encoder,
    version: int | None = None,
    language: Language = Language.ENGLISH,
) -> Why:
    """Why the customer is in the segment or not: of its active version, or of `version`, retired or not.

    `as_of` is what "now" means, an aware datetime. Sentences are in `language`. Nothing is written.

    Raises:
        Permanent: no such customer, segment or version; a query took too long; or the encoder is not the one that a
            phrase was approved for.
        Transient: profile texts still wait for their vectors.
        Configuration: there is no such tenant.
    """
    with ExitStack() as stack:
        # Many small questions: connections are opened once.
        is_kept = isinstance(warehouse, KeptConnections)
        kept = warehouse if is_kept else stack.enter_context(KeptConnections(warehouse))
        with kept.connect(DatabaseRole.WRITER, tenant_id) as connection:
            catalogue = load_catalogue(connection, tenant_id)
            _require_customer(connection, tenant_id, customer_id)
            stored = read_version(connection, tenant_id, segment_id, version)
            values = {"tenant_id": tenant_id, "segment_id": segment_id, "customer_id": customer_id}
            membership = connection.execute(statement("segments/why/read_membership"), values).fetchone()
            changes = connection.execute(statement("segments/why/list_changes"), values).fetchall()
        asked = _Asked(kept, catalogue, stored, customer_id, as_of, encoder, language)
        conditions = tuple(asked.told(part) for part in conjuncts(stored.plan.where))
        found_now, agrees, rank = asked.whole()
    is_member = membership is not None
    agrees = agrees and all(_agrees(each) for each in conditions)
    return Why(
        tenant_id=tenant_id,
        customer_id=customer_id,
        segment_id=segment_id,
        version=stored.version,
        state=stored.state,
        sentence=explain(stored.plan, catalogue, language=language),
        as_of=as_of,
        is_member=is_member,
        since=None if membership is None else membership[0],
        found_now=found_now,
        agrees=agrees,
        conditions=conditions,
        rank=rank,
        changes=tuple(Change(*row) for row in changes),
        next_refresh=_next(is_member, found_now) if stored.state == "active" and agrees else None,
    )


def _require_customer(connection: Connection, tenant_id: str, customer_id: str) -> None:
    values = {"tenant_id": tenant_id, "customer_id": customer_id}
    row = connection.execute(statement("segments/why/read_customer"), values).fetchone()
    if row is None:
        raise Permanent(
            Told.of(
                "There is no customer '{customer_id}' of '{tenant_id}'.", customer_id=customer_id, tenant_id=tenant_id
            )
        )
    is_live, survivor_id = row
    if is_live:
        return
    if survivor_id is not None:
        raise Permanent(
            Told.of(
                "The customer '{customer_id}' of '{tenant_id}' was absorbed by '{survivor_id}': ask for that one.",
                customer_id=customer_id,
                tenant_id=tenant_id,
                survivor_id=survivor_id,
            )
        )
    raise Permanent(
        Told.of(
            "The customer '{customer_id}' of '{tenant_id}' has no active profile, so is in no segment.",
            customer_id=customer_id,
            tenant_id=tenant_id,
        )
    )


def _next(is_member: bool, found_now: bool) -> NextRefresh:
    if found_now:
        return NextRefresh.STAYS_IN if is_member else NextRefresh.ENTERS
    return NextRefresh.EXITS if is_member else NextRefresh.STAYS_OUT


def _agrees(told: WhyCondition) -> bool:
    return told.holds == told.holds_in_tables and all(_agrees(part) for part in told.parts)


@dataclass(frozen=True)
class _Asked:
    """A version asked about one customer."""

    warehouse: Warehouse
    catalogue: Catalogue
    stored: Version
    customer_id: str
    as_of: datetime
    encoder: Encoder
    language: Language
    known: dict[Condition, WhyCondition] = field(default_factory=dict)

    def told(self, condition: Condition) -> WhyCondition:
        """The truth of a condition and what it rests on; one that stands twice is asked once."""
        match condition:
            case And() | Or():
                parts = tuple(self.told(part) for part in condition.conditions)
                joined = all if isinstance(condition, And) else any
                holds = joined(part.holds for part in parts)
                in_tables = joined(part.holds_in_tables for part in parts)
            case Not():
                parts = (self.told(condition.condition),)
                holds, in_tables = not parts[0].holds, not parts[0].holds_in_tables
            case _:
                if condition not in self.known:
                    self.known[condition] = self._leaf(condition)
                return self.known[condition]
        return WhyCondition(condition.kind, self._sentence(condition), holds, in_tables, parts=parts)

    def whole(self) -> tuple[bool, bool, Rank | None]:
        """Whether the version finds the customer, whether graph and tables agree on that, and the customer's place."""
        plan = self.stored.plan
        if decides_each_by_itself(plan):
            found = self._in_graph(plan)
            agrees = (self.customer_id in found.queried) == self._in_tables(plan)
            return self.customer_id in found.customer_ids, agrees, None
        everybody = plan_of(plan.where, currency=self.catalogue.currency)
        found = self._in_graph(everybody)
        agrees = (self.customer_id in found.queried) == self._in_tables(everybody)
        rank = self._rank()
        return rank.position is not None and rank.position <= rank.taken, agrees, rank

    def _rank(self) -> Rank:
        plan = self.stored.plan
        uncut = plan if plan.limit is None else plan.model_copy(update={"limit": MAX_LIMIT})
        definition = replace(define(uncut, self.catalogue, self.stored.readings, self.as_of), cut=None)
        found = find_customers(self.warehouse, definition, self.encoder, timeout_ms=READ_TIMEOUT_MS).customer_ids
        taken = len(Cut(plan.limit, plan.percent).of(found))
        position = found.index(self.customer_id) + 1 if self.customer_id in found else None
        return Rank(position, taken, len(found))

    def _leaf(self, leaf: Condition) -> WhyCondition:
        plan = plan_of(leaf, currency=self.catalogue.currency)
        in_tables = self._in_tables(plan)
        if isinstance(leaf, ProfilePhrase):
            phrase = self._phrase(leaf)
            near = phrase.similarity is not None and phrase.similarity >= phrase.threshold
            return WhyCondition(leaf.kind, self._sentence(leaf), near, near and in_tables, (phrase,))
        holds = self.customer_id in self._in_graph(plan).customer_ids
        return WhyCondition(leaf.kind, self._sentence(leaf), holds, in_tables, self._evidence(leaf))

    def _in_graph(self, plan: SegmentPlan) -> Found:
        definition = define(plan, self.catalogue, self.stored.readings, self.as_of, among=[self.customer_id])
        return find_customers(self.warehouse, definition, self.encoder, timeout_ms=READ_TIMEOUT_MS)

    def _in_tables(self, plan: SegmentPlan) -> bool:
        """What the tables say, before phrases of profiles are judged."""
        compiled = compile_sql(
            plan, self.catalogue, as_of=self.as_of, topics=topics_of(self.stored.readings), among=[self.customer_id]
        )
        with self.warehouse.connect(DatabaseRole.WRITER, self.catalogue.tenant_id) as connection:
            return self.customer_id in read_tables(connection, compiled, timeout_ms=READ_TIMEOUT_MS)

    def _phrase(self, leaf: ProfilePhrase) -> PhraseFact:
        [reading] = [
            each for each in self.stored.readings if isinstance(each, ProfileReading) and each.phrase == leaf.phrase
        ]
        with self.warehouse.connect(DatabaseRole.READER, self.catalogue.tenant_id) as connection:
            found = refine(connection, self.catalogue.tenant_id, [self.customer_id], reading, self.encoder)
        near = [call.similarity for call in found.close_calls if call.customer_id == self.customer_id]
        return PhraseFact(leaf.phrase, near[0] if near else None, reading.threshold)

    def _evidence(self, leaf: Any) -> tuple[Fact, ...]:
        with self.warehouse.connect(DatabaseRole.WRITER, self.catalogue.tenant_id) as connection:
            try:
                connection.execute("SET TRANSACTION READ ONLY")
                connection.execute("SET LOCAL jit = off")
                connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(READ_TIMEOUT_MS)])
                evidence = Evidence(connection, self.catalogue, self.stored.readings, self.as_of, self.customer_id).of(
                    leaf
                )
            except Error as error:
                # Not a ROLLBACK: see `Warehouse.connect`.
                connection.close()
                if isinstance(error, errors.QueryCanceled):
                    raise Permanent(
                        Told.of(
                            "What “{condition}” rests on took longer than {seconds:g} s to find.",
                            condition=self._sentence(leaf),
                            seconds=READ_TIMEOUT_MS / 1000,
                        )
                    ) from error
                raise
            connection.rollback()
            return evidence

    def _sentence(self, condition: Condition) -> str:
        return explain_condition(condition, self.catalogue, self.language)
