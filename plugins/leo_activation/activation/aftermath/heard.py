"""What one post of a provider's webhook says, kept in one transaction.

Three kinds of things: events of messages that we sent, how people stand with the provider, and people who want nothing
more. What they mean is said in `events` and `standing`; here they are kept together, so that a post is either answered
and kept, or neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from leo_activation.activation.aftermath.events import EventCounts, ProviderEvent, keep_events, note_counts
from leo_activation.activation.aftermath.standing import Standing, keep_standing
from leo_activation.activation.states import EventKind
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.transactions import in_transaction


@dataclass(frozen=True)
class MessageEvent:
    """An event that names its message by the id that the provider gave it when it took it; see `ProviderEvent`."""

    provider_message_id: str
    provider_event_id: str
    kind: EventKind
    occurred_at: datetime
    permanent: bool | None = None
    detail: str | None = None


@dataclass(frozen=True)
class OptOut:
    """Somebody who wants nothing more at this address, told outside of any message (STOP, blocked the account).

    `address` in the form in which `core.channel_address` has it; `evidence` says by what, without the person's words.
    """

    address: str = field(repr=False)
    evidence: str


@dataclass(frozen=True)
class Heard:
    """What a post says of one tenant.

    `look_up` finds events whose delivery only the warehouse knows, in the same transaction (a "read" that names a
    person and a time). `elsewhere` and `ignored` count entries that were another's, and unreadable or of no concern.
    """

    events: Sequence[ProviderEvent] = ()
    by_message: Sequence[MessageEvent] = ()
    look_up: Callable[[Connection], Sequence[ProviderEvent]] | None = None
    standings: Sequence[Standing] = ()
    opt_outs: Sequence[OptOut] = ()
    elsewhere: int = 0
    ignored: int = 0


def record_heard(
    warehouse: Warehouse, tenant_id: str, provider: str, channel: str, heard: Heard, key: bytes
) -> EventCounts:
    """Keep everything that a post says, in one transaction; again changes nothing.

    Args:
        channel: of the standings and opt-outs.
        key: the pseudonym key, by which addresses are hashed.

    Raises:
        Transient: the warehouse cannot be reached; nothing was kept, and the post can be told again.
    """

    def keep(connection: Connection) -> EventCounts:
        _name_messages(connection, tenant_id, provider, heard.events)
        looked_up = heard.look_up(connection) if heard.look_up is not None else ()
        named = _named(connection, tenant_id, provider, heard.by_message)
        counts = keep_events(connection, tenant_id, provider, [*heard.events, *looked_up, *named])
        _lock_people(connection, tenant_id, channel, heard, key)
        keep_standing(connection, tenant_id, channel, heard.standings, key)
        _opt_out(connection, tenant_id, provider, channel, heard.opt_outs, key)
        return counts

    if not (heard.events or heard.by_message or heard.look_up or heard.standings or heard.opt_outs):
        return EventCounts()
    counts = in_transaction(warehouse, DatabaseRole.WRITER, tenant_id, keep)
    note_counts(tenant_id, provider, counts)
    return counts


def _name_messages(connection: Connection, tenant_id: str, provider: str, told: Sequence[ProviderEvent]) -> None:
    """Note the provider's names of messages that are told before their answer is written down, or in its place."""
    names = {event.delivery_id: event.provider_message_id for event in told if event.provider_message_id is not None}
    if names:
        connection.execute(
            statement("activation/aftermath/name_messages"),
            {
                "tenant_id": tenant_id,
                "provider": provider,
                "delivery_ids": list(names),
                "message_ids": list(names.values()),
            },
        )


def _lock_people(connection: Connection, tenant_id: str, channel: str, heard: Heard, key: bytes) -> None:
    """Hold the people who take something back, so that no attempt begins after we answered that we heard it."""
    addresses = [opt_out.address for opt_out in heard.opt_outs]
    addresses += [standing.address for standing in heard.standings if standing.takes_back]
    if addresses:
        connection.execute(
            statement("activation/aftermath/lock_people_at_addresses"),
            {"tenant_id": tenant_id, "channel": channel, "key": key, "addresses": addresses},
        )


def _named(connection: Connection, tenant_id: str, provider: str, told: Sequence[MessageEvent]) -> list[ProviderEvent]:
    """The events of messages that were given this id."""
    if not told:
        return []
    found: dict[str, UUID] = dict(
        connection.execute(
            statement("activation/aftermath/find_by_message"),
            {
                "tenant_id": tenant_id,
                "provider": provider,
                "message_ids": list({event.provider_message_id for event in told}),
            },
        ).fetchall()
    )
    return [
        ProviderEvent(
            provider_event_id=event.provider_event_id,
            delivery_id=found[event.provider_message_id],
            kind=event.kind,
            occurred_at=event.occurred_at,
            permanent=event.permanent,
            detail=event.detail,
        )
        for event in told
        if event.provider_message_id in found
    ]


def _opt_out(
    connection: Connection, tenant_id: str, provider: str, channel: str, opt_outs: Sequence[OptOut], key: bytes
) -> None:
    """Suppress the addresses and withdraw their consent to marketing; the people are locked (see `_lock_people`)."""
    if not opt_outs:
        return
    values = {
        "tenant_id": tenant_id,
        "channel": channel,
        "key": key,
        "addresses": [opt_out.address for opt_out in opt_outs],
        "evidence": [opt_out.evidence for opt_out in opt_outs],
        "source": f"webhook of {provider}",
    }
    connection.execute(statement("activation/aftermath/suppress_addresses"), values)
    connection.execute(statement("activation/aftermath/withdraw_consent_of_addresses"), values)
