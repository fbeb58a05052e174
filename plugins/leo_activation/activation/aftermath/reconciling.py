"""Deliveries whose end is not known: evidence is looked for, within bounds, until a deadline.

First what was told already (an event can come before its delivery became unknown), then the providers' own logs, then
the deadline: what is unknown after it stays unknown and is reported. Nothing here makes a delivery ready again.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from leo_activation.activation.aftermath.events import settle_by_events, without_addresses
from leo_activation.activation.channels import FoundInLog, LookedFor, MessageLog
from leo_activation.activation.rows import only_row
from leo_activation.activation.states import DeliveryState
from leo_activation.errors import Configuration, Transient
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ReconcilingLimits:
    """Bounds of one call.

    A log is asked in `batch`es for at most `most` deliveries whose attempt began at least `older_than` ago: logs lag
    behind. After `deadline` nothing is waited for: SendGrid tells an event again for 24 hours, and mail servers give up
    a message after five days at most, most of them sooner.
    """

    batch: int = 200
    most: int = 2_000
    older_than: timedelta = timedelta(minutes=10)
    deadline: timedelta = timedelta(hours=72)


@dataclass(frozen=True)
class ReconcilingCounts:
    """What one call settled, by what; `asked` is of how many a log was asked, `past_deadline` how many are given up."""

    by_events: int = 0
    asked: int = 0
    accepted: int = 0
    rejected: int = 0
    past_deadline: int = 0


@dataclass(frozen=True)
class Unknowns:
    """How many deliveries of one run have no known end, since when, and how many of them are past the deadline."""

    age: str
    campaign_id: str
    campaign_run_id: int
    channel: str
    provider: str | None
    deliveries: int
    past_deadline: int
    oldest: datetime


def reconcile_unknown(
    warehouse: Warehouse, tenant_id: str, logs: Sequence[MessageLog], limits: ReconcilingLimits | None = None
) -> ReconcilingCounts:
    """Settle what evidence there is for, and give up what waited past the deadline.

    Every log is asked, also where another fails. The deadline waits for a log that cannot be read now, and not for one
    that refuses this installation.

    Raises:
        Transient, Configuration: a log could not be read; what the others said is settled.
    """
    limits = limits or ReconcilingLimits()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        by_events = len(settle_by_events(connection, tenant_id))
    asked, settled = 0, list[DeliveryState]()
    failed: dict[str, Transient | Configuration] = {}
    for log in logs:
        try:
            looked_for, moved = _ask(warehouse, tenant_id, log, limits)
        except (Transient, Configuration) as error:
            failed[log.provider] = error
        else:
            asked += looked_for
            settled += moved
    away = [provider for provider, failure in failed.items() if isinstance(failure, Transient)]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        past_deadline = connection.execute(
            statement("activation/aftermath/pass_deadline"),
            {"tenant_id": tenant_id, "deadline": limits.deadline, "except_providers": away},
        ).rowcount
    if past_deadline:
        logger.warning("%s: the end of %d messages will not be known.", tenant_id, past_deadline)
    for failure in failed.values():
        raise failure
    return ReconcilingCounts(
        by_events=by_events,
        asked=asked,
        accepted=settled.count(DeliveryState.ACCEPTED),
        rejected=settled.count(DeliveryState.REJECTED),
        past_deadline=past_deadline,
    )


def unknowns_by_age(warehouse: Warehouse, tenant_id: str) -> list[Unknowns]:
    """Every run that has deliveries without a known end, the oldest first; holds nobody's data."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/aftermath/unknowns_by_age"), {"tenant_id": tenant_id}
        ).fetchall()
    return [Unknowns(row[0][2:], *row[1:]) for row in rows]


def _ask(
    warehouse: Warehouse, tenant_id: str, log: MessageLog, limits: ReconcilingLimits
) -> tuple[int, list[DeliveryState]]:
    """Ask one log in batches; each batch is settled before the next, and no connection is held while it answers."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        counted = connection.execute(
            statement("activation/aftermath/count_unknown_of_provider"),
            {"tenant_id": tenant_id, "provider": log.provider, "older_than": limits.older_than},
        )
        unknown = int(only_row(counted)[0])
    work = f"Asking {log.provider} for unknown messages of {tenant_id}"
    progress = Progress(logger, work, min(unknown, limits.most), "messages")
    asked, settled = 0, list[DeliveryState]()
    last: LookedFor | None = None
    while asked < limits.most:
        batch = _unknown(warehouse, tenant_id, log.provider, last, min(limits.batch, limits.most - asked), limits)
        if not batch:
            break
        found = log.look_up(batch)
        settled += _settle(warehouse, tenant_id, {one.delivery_id for one in batch}, found)
        asked += len(batch)
        progress.done(asked)
        last = batch[-1]
    return asked, settled


def _unknown(
    warehouse: Warehouse,
    tenant_id: str,
    provider: str,
    after: LookedFor | None,
    batch: int,
    limits: ReconcilingLimits,
) -> list[LookedFor]:
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/aftermath/unknown_of_provider"),
            {
                "tenant_id": tenant_id,
                "provider": provider,
                "older_than": limits.older_than,
                "after_started_at": after.started_at if after else None,
                "after_delivery_id": after.delivery_id if after else None,
                "batch": batch,
            },
        ).fetchall()
    return [LookedFor(*row) for row in rows]


def _settle(warehouse: Warehouse, tenant_id: str, asked: set[UUID], found: Sequence[FoundInLog]) -> list[DeliveryState]:
    """A log settles only what it was asked about."""
    ours = [one for one in found if one.delivery_id in asked]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        moved = connection.execute(
            statement("activation/aftermath/settle_by_log"),
            {
                "tenant_id": tenant_id,
                "delivery_ids": [one.delivery_id for one in ours],
                "outcomes": [one.outcome for one in ours],
                "details": [without_addresses(one.detail) for one in ours],
                "message_ids": [one.provider_message_id for one in ours],
            },
        ).fetchall()
    return [DeliveryState(row[0]) for row in moved]
