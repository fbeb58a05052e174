"""What providers tell afterwards: kept once, and what follows from it in the same transaction.

    unknown -> accepted     a proof that the provider took the message: also a bounce, an open, a complaint
    unknown -> rejected     dropped or blocked before it reached anybody
    bounced for good        the address is suppressed and retired
    complained              the address is suppressed, consent is withdrawn
    unsubscribed            the same as by our own link, under the same locks

Events come twice, late and in any order. Each has a name of the provider's and is kept once; what follows is a function
of the events that are kept, so that any order leads to the same state. Nothing here makes a delivery ready again.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from leo_activation.activation.aftermath.machine_opens import by_machine
from leo_activation.activation.lines import one_line
from leo_activation.activation.states import DeliveryState, EventKind
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.transactions import in_transaction

logger = logging.getLogger(__name__)

LONGEST_DETAIL = 200
LONGEST_SEARCHED = 10 * LONGEST_DETAIL
"""Of a text that came from outside; to look for addresses in it takes time with the square of its length."""
ADDRESS = re.compile(r"[^\s<>@:;,\"'=]+@[^\s<>@:;,\"']+")
BY_PEOPLE_OR_MACHINES = frozenset({EventKind.OPENED, EventKind.CLICKED})
ABOUT_THE_PERSON = frozenset({EventKind.BOUNCED, EventKind.COMPLAINED, EventKind.UNSUBSCRIBED})


@dataclass(frozen=True)
class ProviderEvent:
    """One thing that a provider told of one message.

    `provider_event_id` is the provider's own name of the event, the same each time it is told. `permanent` is said of
    bounces: True where the address is dead. `detail` holds codes; addresses in it are removed. `machine_flag` is the
    provider's own word that a program opened; `user_agent` is looked at and not kept. `provider_message_id` is the
    provider's name of the message, where later events name the message by it alone.
    """

    provider_event_id: str
    delivery_id: UUID
    kind: EventKind
    occurred_at: datetime
    permanent: bool | None = None
    detail: str | None = None
    machine_flag: bool = False
    user_agent: str | None = field(default=None, repr=False)
    provider_message_id: str | None = None


@dataclass(frozen=True)
class EventCounts:
    """What became of a batch.

    `strangers` told of no delivery of this tenant that was attempted, and are kept nowhere; `repeated` were kept
    before.
    """

    kept: int = 0
    repeated: int = 0
    strangers: int = 0
    accepted: int = 0
    rejected: int = 0
    suppressed: int = 0
    retired: int = 0
    withdrawn: int = 0


def record_events(warehouse: Warehouse, tenant_id: str, provider: str, events: Sequence[ProviderEvent]) -> EventCounts:
    """Keep a batch of events and do what follows from the new ones, in one transaction; again changes nothing.

    Raises:
        Transient: the warehouse cannot be reached; nothing was kept, and the batch can be told again.
    """
    if not events:
        return EventCounts()
    counts = in_transaction(
        warehouse,
        DatabaseRole.WRITER,
        tenant_id,
        lambda connection: keep_events(connection, tenant_id, provider, events),
    )
    note_counts(tenant_id, provider, counts)
    return counts


def note_counts(tenant_id: str, provider: str, counts: EventCounts) -> None:
    """Say in the log what became of a batch that was committed."""
    if counts.strangers:
        logger.warning("%s told %s of %d messages that it was never given.", provider, tenant_id, counts.strangers)
    logger.info(
        "%s told %s of %d new things, %d it had told before.", provider, tenant_id, counts.kept, counts.repeated
    )


def keep_events(connection: Connection, tenant_id: str, provider: str, events: Sequence[ProviderEvent]) -> EventCounts:
    """The same within a transaction of the caller's, which may be tried again as a whole."""
    if not events:
        return EventCounts()
    attempted: dict[UUID, datetime] = dict(
        connection.execute(
            statement("activation/aftermath/find_attempted"),
            {"tenant_id": tenant_id, "delivery_ids": list({event.delivery_id for event in events})},
        ).fetchall()
    )
    ours = _each_once(event for event in events if event.delivery_id in attempted)
    strangers = sum(event.delivery_id not in attempted for event in events)
    # First the addresses, as a sync takes them, then the people, as the beginning of an attempt does.
    dead = [event.delivery_id for event in ours if event.kind is EventKind.BOUNCED and event.permanent]
    if dead:
        connection.execute(
            statement("activation/aftermath/lock_addresses_of_deliveries"),
            {"tenant_id": tenant_id, "delivery_ids": dead},
        )
    people = [event.delivery_id for event in ours if event.kind in ABOUT_THE_PERSON]
    if people:
        connection.execute(
            statement("activation/aftermath/lock_people_of_deliveries"),
            {"tenant_id": tenant_id, "delivery_ids": people},
        )
    kept = connection.execute(
        statement("activation/aftermath/keep_events"),
        {
            "tenant_id": tenant_id,
            "provider": provider,
            "event_ids": [event.provider_event_id for event in ours],
            "delivery_ids": [event.delivery_id for event in ours],
            "kinds": [event.kind for event in ours],
            "by_machine": [_by_machine(event, attempted[event.delivery_id]) for event in ours],
            "permanent": [event.permanent for event in ours],
            "details": [_detail(event.detail) for event in ours],
            "occurred_at": [event.occurred_at for event in ours],
        },
    ).fetchall()
    new = {"tenant_id": tenant_id, "provider": provider, "event_ids": [row[0] for row in kept]}
    suppressed = connection.execute(statement("activation/aftermath/suppress_by_events"), new).rowcount
    retired = connection.execute(statement("activation/aftermath/retire_by_events"), new).rowcount
    withdrawn = connection.execute(statement("activation/aftermath/withdraw_consent_by_events"), new).rowcount
    settled = settle_by_events(connection, tenant_id, [event.delivery_id for event in ours])
    return EventCounts(
        kept=len(kept),
        repeated=len(events) - strangers - len(kept),
        strangers=strangers,
        accepted=settled.count(DeliveryState.ACCEPTED),
        rejected=settled.count(DeliveryState.REJECTED),
        suppressed=suppressed,
        retired=retired,
        withdrawn=withdrawn,
    )


def settle_by_events(
    connection: Connection, tenant_id: str, delivery_ids: Sequence[UUID] | None = None
) -> list[DeliveryState]:
    """Settle what is unknown by the events that are kept: of these deliveries, or (None) of all.

    All are asked for now and then, because an event can come before its delivery became unknown.

    Returns:
        The new state of each delivery that moved.
    """
    moved = connection.execute(
        statement("activation/aftermath/settle_by_events"),
        {"tenant_id": tenant_id, "delivery_ids": None if delivery_ids is None else list(delivery_ids)},
    )
    return [DeliveryState(row[0]) for row in moved]


def without_addresses(text: str) -> str:
    """One line of the text, cut, with each e-mail address replaced."""
    return ADDRESS.sub("<address>", one_line(text[:LONGEST_SEARCHED]))[:LONGEST_DETAIL]


def _each_once(events: Iterable[ProviderEvent]) -> list[ProviderEvent]:
    return list({event.provider_event_id: event for event in events}.values())


def _by_machine(event: ProviderEvent, started_at: datetime) -> bool:
    return event.kind in BY_PEOPLE_OR_MACHINES and by_machine(
        flagged=event.machine_flag, user_agent=event.user_agent, after=event.occurred_at - started_at
    )


def _detail(detail: str | None) -> str | None:
    return None if detail is None else without_addresses(detail)
