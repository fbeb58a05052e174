"""What a definition would find: how many, what each condition keeps, who can be reached, some ids."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from leo_activation.embedding import Encoder
from leo_activation.segments.agreement import require_agreement
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import Definition, Readings, define, find_customers
from leo_activation.segments.meaning import CloseCall
from leo_activation.segments.plan import SegmentPlan, conjuncts, prefixes
from leo_activation.segments.request import Language
from leo_activation.segments.sentences import explain_condition
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

SAMPLE = 10
EVERYBODY = {Language.ENGLISH: "all customers", Language.VIETNAMESE: "tất cả khách hàng"}
THE_FIRST = {Language.ENGLISH: "the first", Language.VIETNAMESE: "đầu danh sách:"}


@dataclass(frozen=True)
class FunnelStep:
    """How many customers are left after a condition, together with all before it."""

    condition: str
    kept: int


@dataclass(frozen=True)
class Preview:
    """What an approver is shown; ids only, no contact data.

    `took_ms` is the time of the segment's own query. `agreed_count` is how many customers graph and tables both gave,
    before phrases of profiles were judged.
    """

    as_of: datetime
    member_count: int
    funnel: tuple[FunnelStep, ...]
    reachable: Mapping[str, int]
    sample: tuple[str, ...]
    close_calls: tuple[CloseCall, ...]
    took_ms: float
    agreed_count: int


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
) -> Preview:
    """Run the definition, and its conditions one after another, as the read-only role; nothing is written.

    `language` is the one in which the funnel names the conditions.

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
    funnel = [FunnelStep(EVERYBODY[language], int(everybody))]
    for condition, prefix in zip(conjuncts(plan.where), prefixes(plan), strict=True):
        if prefix == plan:
            kept = len(found.customer_ids)
        else:
            kept = len(find_customers(warehouse, define(prefix, catalogue, readings, as_of), encoder).customer_ids)
        funnel.append(FunnelStep(explain_condition(condition, catalogue, language), kept))
    if plan.limit is not None:
        funnel.append(FunnelStep(f"{THE_FIRST[language]} {plan.limit:,}", len(found.customer_ids)))
    if plan.percent is not None:
        funnel.append(FunnelStep(f"{THE_FIRST[language]} {plan.percent} %", len(found.customer_ids)))
    return Preview(
        as_of=as_of,
        member_count=len(found.customer_ids),
        funnel=tuple(funnel),
        reachable=reachable,
        sample=_sample(found.customer_ids),
        close_calls=found.close_calls,
        took_ms=took_ms,
        agreed_count=agreement.graph_count,
    )


def count_reachable(connection: Connection, tenant_id: str, customer_ids: Sequence[str]) -> dict[str, int]:
    """On which channels a marketing message would reach how many: address, consent and no suppression."""
    values = {"tenant_id": tenant_id, "customer_ids": list(customer_ids)}
    return {str(channel): int(people) for channel, people in connection.execute(
        statement("segments/count_reachable"), values
    )}  # fmt: skip


def _sample(customer_ids: Sequence[str]) -> tuple[str, ...]:
    """Some ids from all over the segment, the same ones each time: the first by the hash of the id."""
    return tuple(sorted(customer_ids, key=lambda one: hashlib.sha256(one.encode()).digest())[:SAMPLE])
