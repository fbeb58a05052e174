"""How many customers a request means while it is written, and on which channels they could be reached.

Each query has a time limit of its own, far below what a reviewer's preview may take: an answer that comes late is not
given, and "unknown" is one.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from psycopg.rows import class_row

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import Readings, define, find_customers
from leo_activation.segments.meaning import PhraseNotUnderstood, read_phrases
from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan, leaves, prefixes
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

TIME_LIMIT_MS = 3_000
WHOLE_LIMIT_S = 5.0
KEPT = 256
KEPT_S = 60.0


@dataclass(frozen=True)
class Reach:
    """One channel, None for any of them: whom a marketing message would reach, and what the others lack."""

    channel: str | None
    reachable: int
    no_address: int
    no_consent: int
    suppressed: int


@dataclass(frozen=True)
class Count:
    """What was counted. `kept` are the customers left after each condition, None where that was not counted in time.

    `members` None: the count did not finish. `asks` is why a phrase could not be read, with its readings.
    """

    everybody: int
    members: int | None = None
    kept: tuple[int | None, ...] = ()
    reach: tuple[Reach, ...] = ()
    took_s: float = 0.0
    asks: str | None = None
    readings: tuple[str, ...] = ()
    phrase: str = ""

    @property
    def at_most(self) -> int:
        """What is known for certain where the count did not finish."""
        return min([self.everybody, *(each for each in self.kept if each is not None)])

    @property
    def any_channel(self) -> Reach | None:
        """Those who can be reached somehow."""
        return next((each for each in self.reach if each.channel is None), None)

    @property
    def channels(self) -> tuple[Reach, ...]:
        """The channels, those that reach most first."""
        named = (each for each in self.reach if each.channel is not None)
        return tuple(sorted(named, key=lambda each: (-each.reachable, each.channel or "")))


@dataclass
class Counter:
    """Counts plans over one warehouse, and remembers the last counts for a minute: people type on and come back."""

    warehouse: Warehouse
    encoder: Encoder
    clock: Callable[[], float] = time.monotonic
    _kept: OrderedDict[tuple[str, str], tuple[float, Count]] = field(default_factory=OrderedDict, repr=False)
    _sizes: OrderedDict[tuple[str, str], tuple[float, int]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def count(self, plan: SegmentPlan, catalogue: Catalogue, as_of: datetime) -> Count:
        """Count a plan within the time limits.

        Raises:
            Transient: the warehouse cannot be reached, or profile texts still wait for their vectors.
        """
        key = _key(plan, catalogue, as_of)
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and self.clock() - kept[0] < KEPT_S:
            return kept[1]
        counted = self._count(plan, catalogue, as_of)
        if counted.members is not None:
            with self._lock:
                self._kept[key] = (self.clock(), counted)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return counted

    def size(self, plan: SegmentPlan, catalogue: Catalogue, as_of: datetime) -> int | None:
        """How many customers a plan means, None where that was not found in time or a phrase cannot be read.

        Raises:
            Transient: as `count`.
        """
        key = _key(plan, catalogue, as_of)
        with self._lock:
            counted, kept = self._kept.get(key), self._sizes.get(key)
        if counted is not None and self.clock() - counted[0] < KEPT_S:
            return counted[1].members
        if kept is not None and self.clock() - kept[0] < KEPT_S:
            return kept[1]
        try:
            readings = self._readings(plan, catalogue.tenant_id)
        except PhraseNotUnderstood:
            return None
        members = self._members(plan, catalogue, readings, as_of)
        if members is None:
            return None
        with self._lock:
            self._sizes[key] = (self.clock(), len(members))
            while len(self._sizes) > KEPT:
                self._sizes.popitem(last=False)
        return len(members)

    def _count(self, plan: SegmentPlan, catalogue: Catalogue, as_of: datetime) -> Count:
        began = self.clock()
        tenant_id = catalogue.tenant_id
        with self.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            [(everybody,)] = connection.execute(statement("segments/count_customers"), {"tenant_id": tenant_id})
        try:
            readings = self._readings(plan, tenant_id)
        except PhraseNotUnderstood as problem:
            return Count(int(everybody), asks=problem.question, readings=tuple(problem.readings), phrase=problem.phrase)
        kept: list[int | None] = []
        members: Sequence[str] | None = None
        steps = prefixes(plan)
        for step in (*steps[:-1], plan):
            in_time = self.clock() - began < WHOLE_LIMIT_S
            members = self._members(step, catalogue, readings, as_of) if in_time else None
            kept.append(None if members is None else len(members))
        reach = () if members is None else self._reach(tenant_id, members)
        count = None if members is None else len(members)
        return Count(int(everybody), count, tuple(kept), reach, self.clock() - began)

    def _readings(self, plan: SegmentPlan, tenant_id: str) -> Readings:
        if not any(isinstance(leaf, InterestPhrase | ProfilePhrase) for leaf in leaves(plan.where)):
            return ()
        with self.warehouse.connect(DatabaseRole.READER, tenant_id) as connection:
            return read_phrases(connection, tenant_id, plan, self.encoder)

    def _members(
        self, plan: SegmentPlan, catalogue: Catalogue, readings: Readings, as_of: datetime
    ) -> Sequence[str] | None:
        try:
            definition = define(plan, catalogue, readings, as_of)
            return find_customers(self.warehouse, definition, self.encoder, timeout_ms=TIME_LIMIT_MS).customer_ids
        except Permanent:
            return None

    def _reach(self, tenant_id: str, members: Sequence[str]) -> tuple[Reach, ...]:
        with (
            self.warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
            connection.cursor(row_factory=class_row(Reach)) as cursor,
        ):
            values = {"tenant_id": tenant_id, "customer_ids": list(members)}
            return tuple(cursor.execute(statement("desk/count_reach"), values))


def _key(plan: SegmentPlan, catalogue: Catalogue, as_of: datetime) -> tuple[str, str]:
    return catalogue.tenant_id, f"{as_of.isoformat()} {plan.model_dump_json()}"
