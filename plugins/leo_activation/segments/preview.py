"""What a definition would find: how many, what each condition keeps, who can be reached, what stands around it.

All of it is computed once, when a request is drafted, and stored: the approver is shown what was previewed.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from psycopg.types.json import Jsonb

from leo_activation.embedding import Encoder
from leo_activation.errors import Permanent
from leo_activation.segments.agreement import require_agreement
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import Definition, Readings, define, find_customers, query_graph
from leo_activation.segments.meaning import CloseCall
from leo_activation.segments.plan import Condition, ProfilePhrase, SegmentPlan, conjuncts, leaves, plan_of, prefixes
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain_condition
from leo_activation.segments.surroundings import Comparison, Overlap, compare_with_members, list_overlaps
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

SAMPLE = 10
EVERYBODY = {Language.ENGLISH: "all customers", Language.VIETNAMESE: "tất cả khách hàng"}
THE_FIRST = {Language.ENGLISH: "the first", Language.VIETNAMESE: "đầu danh sách:"}
ALONE_TIMEOUT_MS = 2_000
ALONE_BUDGET_S = 6.0
"""What counting conditions by themselves may cost: it helps to judge them, and is left out where it is dear."""


@dataclass(frozen=True)
class FunnelStep:
    """How many customers are left after a condition, together with all before it.

    `alone` is how many meet it by itself; None where that was not counted.
    """

    condition: str
    kept: int
    alone: int | None = None


@dataclass(frozen=True)
class Preview:
    """What an approver is shown; ids only, no contact data.

    `took_ms` is the time of the segment's own query. `agreed_count` is how many customers graph and tables both gave,
    before phrases of profiles were judged. `comparison` is None where no version of the segment is active.
    """

    as_of: datetime
    member_count: int
    funnel: tuple[FunnelStep, ...]
    reachable: Mapping[str, int]
    sample: tuple[str, ...]
    close_calls: tuple[CloseCall, ...]
    took_ms: float
    agreed_count: int
    comparison: Comparison | None = None
    overlaps: tuple[Overlap, ...] = ()

    def columns(self) -> dict[str, object]:
        """The values of `segment.preview` beside the key of its definition."""
        compared = self.comparison
        return {
            "as_of": self.as_of,
            "member_count": self.member_count,
            "funnel": Jsonb([asdict(step) for step in self.funnel]),
            "reachable": Jsonb(dict(self.reachable)),
            "sample": list(self.sample),
            "close_calls": Jsonb([call.model_dump(mode="json") for call in self.close_calls]),
            "took_ms": self.took_ms,
            "agreed_count": self.agreed_count,
            "compared_version": compared.version if compared is not None else None,
            "compared_members": compared.members if compared is not None else None,
            "would_enter": compared.would_enter if compared is not None else None,
            "would_exit": compared.would_exit if compared is not None else None,
            "overlapping": Jsonb([asdict(one) for one in self.overlaps]),
        }


def conditions_of(plan: SegmentPlan, catalogue: Catalogue, language: Language) -> tuple[str, ...]:
    """What the steps of a funnel are called: everybody, each condition, and the first of an order where it is cut."""
    names = [
        EVERYBODY[language],
        *(explain_condition(condition, catalogue, language) for condition in conjuncts(plan.where)),
    ]
    if plan.limit is not None:
        names.append(f"{THE_FIRST[language]} {plan.limit:,}")
    if plan.percent is not None:
        names.append(f"{THE_FIRST[language]} {plan.percent} %")
    return tuple(names)


def preview_definition(
    warehouse: Warehouse,
    definition: Definition,
    plan: SegmentPlan,
    catalogue: Catalogue,
    readings: Readings,
    as_of: datetime,
    encoder: Encoder,
    *,
    language: Language = Language.ENGLISH,
    segment_id: str | None = None,
) -> Preview:
    """Run the definition, and its conditions one after another, as the read-only role; nothing is written.

    `language` is the one in which the funnel names the conditions; `segment_id` the segment that the definition is a
    version of, with whose members it is compared.

    Raises:
        Disagreement: the tables hold other customers for the plan than the graph.
        Permanent: a query took too long.
        Transient: profile texts still wait for their vectors, or customers' data is being changed.
    """
    began = time.perf_counter()
    found = find_customers(warehouse, definition, encoder)
    took_ms = (time.perf_counter() - began) * 1000
    agreement = require_agreement(warehouse, definition, plan, catalogue, readings, as_of, found.queried)
    tenant_id = catalogue.tenant_id
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        [(everybody,)] = connection.execute(statement("segments/count_customers"), {"tenant_id": tenant_id})
        reachable = count_reachable(connection, tenant_id, found.customer_ids)
        comparison = (
            None if segment_id is None else compare_with_members(connection, tenant_id, segment_id, found.customer_ids)
        )
        overlaps = list_overlaps(connection, tenant_id, segment_id, found.customer_ids)
    alone = _count_alone(warehouse, plan, catalogue, readings, as_of)
    names = conditions_of(plan, catalogue, language)
    funnel = [FunnelStep(names[0], int(everybody))]
    for name, prefix, by_itself in zip(names[1:], prefixes(plan), alone, strict=False):
        if prefix == plan:
            kept = len(found.customer_ids)
        else:
            kept = len(find_customers(warehouse, define(prefix, catalogue, readings, as_of), encoder).customer_ids)
        is_first = len(funnel) == 1
        funnel.append(FunnelStep(name, kept, kept if is_first else by_itself))
    funnel += [FunnelStep(name, len(found.customer_ids)) for name in names[len(funnel) :]]
    return Preview(
        as_of=as_of,
        member_count=len(found.customer_ids),
        funnel=tuple(funnel),
        reachable=reachable,
        sample=_sample(found.customer_ids),
        close_calls=found.close_calls,
        took_ms=took_ms,
        agreed_count=agreement.graph_count,
        comparison=comparison,
        overlaps=overlaps,
    )


def _count_alone(
    warehouse: Warehouse, plan: SegmentPlan, catalogue: Catalogue, readings: Readings, as_of: datetime
) -> list[int | None]:
    """How many customers meet each condition by itself, None for the first, for what profiles say, and what is dear."""
    until = time.monotonic() + ALONE_BUDGET_S
    counts: list[int | None] = []
    for number, condition in enumerate(conjuncts(plan.where)):
        is_counted = number > 0 and time.monotonic() < until and not _is_judged(condition)
        counts.append(_count_one(warehouse, condition, plan, catalogue, readings, as_of) if is_counted else None)
    return counts


def _is_judged(condition: Condition) -> bool:
    return any(isinstance(leaf, ProfilePhrase) for leaf in leaves(condition))


def _count_one(
    warehouse: Warehouse,
    condition: Condition,
    plan: SegmentPlan,
    catalogue: Catalogue,
    readings: Readings,
    as_of: datetime,
) -> int | None:
    try:
        definition = define(plan_of(condition, currency=plan.currency), catalogue, readings, as_of)
        return len(query_graph(warehouse, definition, timeout_ms=ALONE_TIMEOUT_MS))
    except Permanent:
        return None


def count_reachable(connection: Connection, tenant_id: str, customer_ids: Sequence[str]) -> dict[str, int]:
    """On which channels a marketing message would reach how many: address, consent and no suppression."""
    values = {"tenant_id": tenant_id, "customer_ids": list(customer_ids)}
    return {str(channel): int(people) for channel, people in connection.execute(
        statement("segments/count_reachable"), values
    )}  # fmt: skip


def _sample(customer_ids: Sequence[str]) -> tuple[str, ...]:
    """Some ids from all over the segment, the same ones each time: the first by the hash of the id."""
    return tuple(sorted(customer_ids, key=lambda one: hashlib.sha256(one.encode()).digest())[:SAMPLE])
