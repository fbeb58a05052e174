"""What keeps a message from reaching a customer by accident.

Outside production only the addresses of an allow-list are sent to, and it is empty until somebody names addresses. In
production the same holds until an administrator armed the tenant. The kill switch stops every tenant at once, a stop of
sending one of them: both are read when deliveries are claimed and again in the transaction that begins each attempt.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


class SendingStopped(Configuration):
    """The sending of all, or of the tenant, is stopped; what was not sent waits unchanged in the ledger."""


@dataclass(frozen=True)
class SendingGuard:
    """Where this installation stands; whether the tenant is armed is read in the database at every send."""

    environment: Environment

    @property
    def in_production(self) -> bool:
        """True where an armed tenant may be sent to beyond the allow-list."""
        return self.environment is Environment.PRODUCTION

    def describe(self) -> str:
        """One sentence for the person who approves."""
        if self.in_production:
            return Told.of("This is production: an armed tenant is sent to, an unarmed one only on its allow-list.")
        return Told.of(
            "This is {environment}: only addresses of the allow-list are sent to.", environment=str(self.environment)
        )


def allow_addresses(
    warehouse: Warehouse, tenant_id: str, channel: str, addresses: Iterable[str], note: str, key: bytes
) -> int:
    """Put addresses on the allow-list, by their keyed hash; `note` says why, `key` is the pseudonym key.

    Returns:
        How many were not on it before.
    """
    values = {
        "tenant_id": tenant_id,
        "channel": channel,
        "addresses": list(addresses),
        "note": note,
        "key": key,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("activation/safety/allow_addresses"), values).rowcount


def disallow_addresses(warehouse: Warehouse, tenant_id: str, channel: str, addresses: Iterable[str], key: bytes) -> int:
    """Take addresses off the allow-list; says how many were on it."""
    values = {"tenant_id": tenant_id, "channel": channel, "addresses": list(addresses), "key": key}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("activation/safety/disallow_addresses"), values).rowcount


@dataclass(frozen=True)
class AllowedAddresses:
    """So many addresses of a channel are on the allow-list, for what `note` says."""

    channel: str
    note: str
    addresses: int


def list_allowed(warehouse: Warehouse, tenant_id: str) -> list[AllowedAddresses]:
    """How long the allow-list is, by channel and note."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(AllowedAddresses)) as cursor,
    ):
        return cursor.execute(statement("activation/safety/list_allowed"), {"tenant_id": tenant_id}).fetchall()


def engage_kill_switch(warehouse: Warehouse, *, reason: str, changed_by: str) -> None:
    """Stop all sending of all tenants, from the next attempt on."""
    _set_kill_switch(warehouse, engaged=True, reason=reason, changed_by=changed_by)


def release_kill_switch(warehouse: Warehouse, *, changed_by: str, seen_at: datetime | None = None) -> bool:
    """Let sending go on; runs continue when their task runs again.

    Args:
        seen_at: when the change was made (`KillSwitch.changed_at`) that is taken back; None: whichever it is.

    Returns:
        Whether it was: False where somebody changed the switch since.
    """
    return _set_kill_switch(warehouse, engaged=False, reason=None, changed_by=changed_by, seen_at=seen_at)


def kill_switch_reason(warehouse: Warehouse) -> str | None:
    """Why the kill switch is engaged, or None while it is released."""
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        return _engaged_reason(connection)


@dataclass(frozen=True)
class SendingStop:
    """One time that the sending of a tenant was stopped; `released_at` None: it still is."""

    reason: str
    stopped_by: str
    stopped_at: datetime
    released_by: str | None
    released_at: datetime | None


@dataclass(frozen=True)
class KillSwitch:
    """The switch of the whole installation, and who changed it last; `changed_by` None: nobody ever did."""

    engaged: bool
    reason: str | None
    changed_by: str | None
    changed_at: datetime


def stop_tenant(warehouse: Warehouse, tenant_id: str, *, reason: str, stopped_by: str) -> None:
    """Stop all sending of one tenant, from the next attempt on; nothing that waits is lost.

    Raises:
        Permanent: there is no reason, or the tenant's sending is stopped already.
    """
    if not reason.strip():
        raise Permanent(Told.of("A stop needs its reason: whoever wonders why nothing leaves is shown it."))
    values = {"tenant_id": tenant_id, "reason": reason.strip(), "stopped_by": stopped_by}
    try:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            connection.execute(statement("activation/safety/stop_tenant"), values)
    except UniqueViolation:
        raise Permanent(Told.of("The sending of {tenant_id} is stopped already.", tenant_id=tenant_id)) from None


def release_tenant(
    warehouse: Warehouse, tenant_id: str, *, released_by: str, stopped_at: datetime | None = None
) -> bool:
    """Let the sending of one tenant go on; runs continue at the next look for due ones.

    Args:
        stopped_at: when the stop began that is meant; None: whichever holds.

    Returns:
        Whether it was stopped, by the stop that is meant.
    """
    values = {"tenant_id": tenant_id, "released_by": released_by, "stopped_at": stopped_at}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("activation/safety/release_tenant"), values).rowcount == 1


def list_stops(warehouse: Warehouse, tenant_id: str) -> list[SendingStop]:
    """The latest times that the sending of the tenant was stopped, the newest first, at most twenty."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(SendingStop)) as cursor,
    ):
        return cursor.execute(statement("activation/safety/list_stops"), {"tenant_id": tenant_id}).fetchall()


def read_kill_switch(warehouse: Warehouse) -> KillSwitch:
    """How the switch stands, and who changed it last.

    Raises:
        Configuration: its row is gone.
    """
    with (
        warehouse.connect(DatabaseRole.WRITER) as connection,
        connection.cursor(row_factory=class_row(KillSwitch)) as cursor,
    ):
        found = cursor.execute(statement("activation/safety/read_kill_switch")).fetchone()
    if found is None:
        raise Configuration("ops.kill_switch has lost its row; the migrations put it there.")
    return found


def refuse_when_stopped(connection: Connection, tenant_id: str) -> None:
    """Pass only while neither the sending of all nor that of the tenant is stopped; the connection is bound to it.

    Raises:
        SendingStopped: one of them is.
    """
    reason = _engaged_reason(connection)
    if reason is not None:
        raise SendingStopped(f"The kill switch is engaged ({reason}): nothing is sent until it is released.")
    stop = connection.execute(statement("activation/safety/open_stop"), {"tenant_id": tenant_id}).fetchone()
    if stop is not None:
        raise SendingStopped(
            f"The sending of {tenant_id} is stopped ({stop[0]}): nothing is sent until it is released."
        )


def _engaged_reason(connection: Connection) -> str | None:
    row = connection.execute("SELECT engaged, reason FROM ops.kill_switch").fetchone()
    if row is None:
        raise Configuration("ops.kill_switch has lost its row; the migrations put it there.")
    return (row[1] or "no reason given") if row[0] else None


def _set_kill_switch(
    warehouse: Warehouse, *, engaged: bool, reason: str | None, changed_by: str, seen_at: datetime | None = None
) -> bool:
    values = {"engaged": engaged, "reason": reason, "changed_by": changed_by, "seen_at": seen_at}
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        return connection.execute(statement("activation/safety/set_kill_switch"), values).rowcount == 1
