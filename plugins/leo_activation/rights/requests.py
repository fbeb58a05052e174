"""What people ask for by right: opened with a legal clock, extended with a reason, done or refused.

    open → done | refused        open → open (extended, once)

What stops the processing holds from the moment of opening: a restriction for every purpose, an objection for marketing
and profiling, a withdrawal as a statement of consent. A refusal lifts a restriction again. A correction is made at the
source and is done when a sync shows it. Rows name the customer until an erasure, contact data never.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.errors import Permanent
from leo_activation.rights.clocks import Clocks, RequestKind
from leo_activation.rights.person import CHANNELS, Person, find_person
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

PURPOSES = ("marketing", "profiling", "transactional")
CORRECTABLE = (
    "first_name", "last_name", "email", "phone", "gender", "date_of_birth", "language", "country", "city",
)  # fmt: skip
"""Columns of core.profile that a person can have corrected at the source."""


@dataclass(frozen=True)
class RightsRequest:
    """One request; `customer_id` is None once the person was erased. `due_at` is the end of its clock."""

    request_id: int
    kind: str
    law: str
    customer_id: str | None
    received_at: datetime
    due_at: datetime
    state: str
    extended_at: datetime | None
    extension_reason: str | None
    opened_by: str
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Ask:
    """What is asked for: `received_at` None is now, `law` None the strictest.

    field and wanted: of a correction, what the source is to say. channel and purpose: of a withdrawal; no channel means
    all of them.
    """

    kind: RequestKind
    opened_by: str
    received_at: datetime | None = None
    law: str | None = None
    field: str | None = None
    wanted: str | None = None
    channel: str | None = None
    purpose: str = "marketing"


def open_request(
    warehouse: Warehouse, tenant_id: str, named: str, ask: Ask, clocks: Clocks, *, pseudonym_key: bytes
) -> RightsRequest:
    """Enter a request of whom a customer id, a profile id or an address names, and stop at once what it stops.

    Raises:
        Permanent: no such person is known, several are, the request lacks what its kind needs, or its receipt lies in
            the future.
    """
    details = _details(ask)
    if ask.received_at is not None and ask.received_at > datetime.now(UTC):
        raise Permanent(
            Told.of(
                "A request is not received in the future: {received_at:%Y-%m-%d %H:%M} UTC has not been yet.",
                received_at=ask.received_at,
            )
        )
    law = ask.law or clocks.strictest(ask.kind)
    clock = clocks.clock(law, ask.kind)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        person = find_person(connection, tenant_id, named, pseudonym_key=pseudonym_key)
        if not person.is_known:
            raise Permanent(Told.of("No such person is known in tenant {tenant_id}.", tenant_id=tenant_id))
        values = {
            "tenant_id": tenant_id,
            "kind": ask.kind,
            "law": law,
            "clocks_version": clocks.version,
            "customer": person.customers[0],
            "customers": list(person.customers),
            "profiles": list(person.profiles),
            "key": pseudonym_key,
            "received_at": ask.received_at,
            "opened_by": ask.opened_by,
            "details": Jsonb(details),
            "months": clock.months,
            "days": clock.days,
            "extension_months": clock.extension_months,
            "extension_days": clock.extension_days,
        }
        row = connection.execute(statement("rights/insert_request"), values).fetchone()
        if row is None:
            raise Permanent(Told.of("The request could not be entered."))
        request_id = int(row[0])
        _stop_at_once(connection, person, ask, {**values, "request_id": request_id})
        return _read(connection, tenant_id, request_id)


def _details(ask: Ask) -> Mapping[str, str]:
    if ask.kind is RequestKind.CORRECTION:
        if ask.field not in CORRECTABLE or not ask.wanted:
            raise Permanent(
                Told.of(
                    "A correction names what is to be corrected ({fields}) and how it is right.",
                    fields=", ".join(CORRECTABLE),
                )
            )
        return {"field": ask.field, "wanted": ask.wanted}
    if ask.kind is RequestKind.WITHDRAWAL:
        if ask.purpose not in PURPOSES or (ask.channel is not None and ask.channel not in CHANNELS):
            raise Permanent(
                Told.of(
                    "A withdrawal is for one of {purposes}, on one of {channels} or on all.",
                    purposes=", ".join(PURPOSES),
                    channels=", ".join(CHANNELS),
                )
            )
        return {"purpose": ask.purpose, "channel": ask.channel or "any"}
    return {}


def _stop_at_once(connection: Connection, person: Person, ask: Ask, values: Mapping[str, object]) -> None:
    """Under the lock that an attempt takes first: every attempt has begun before this, or will not begin."""
    connection.execute(statement("rights/lock_people"), values)
    evidence = {"evidence": f"rights request {values['request_id']}"}
    if ask.kind is RequestKind.RESTRICTION:
        connection.execute(statement("rights/restrict"), {**values, "purpose": "any"})
    elif ask.kind is RequestKind.OBJECTION:
        connection.execute(statement("rights/restrict"), {**values, "purpose": "marketing"})
        for purpose in ("marketing", "profiling"):
            told = {**values, **evidence, "channel": "any", "purpose": purpose}
            connection.execute(statement("rights/withdraw_consent"), told)
    elif ask.kind is RequestKind.WITHDRAWAL:
        told = {**values, **evidence, "channel": ask.channel or "any", "purpose": ask.purpose}
        connection.execute(statement("rights/withdraw_consent"), told)


def list_requests(warehouse: Warehouse, tenant_id: str, *, only_open: bool = True) -> Sequence[RightsRequest]:
    """The tenant's requests, the one whose clock ends first at the top."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _list(connection, {"tenant_id": tenant_id, "only_open": only_open, "request_id": None})


def close_request(
    warehouse: Warehouse, tenant_id: str, request_id: int, *, decided_by: str, refused_because: str | None = None
) -> RightsRequest:
    """Note that a request is done, or refused with its reason; a refused restriction or objection is lifted.

    A restriction that was granted stays until `lift`.

    Raises:
        Permanent: there is no such open request, or the refusal has no reason.
    """
    if refused_because is not None and not refused_because.strip():
        raise Permanent(Told.of("A refusal needs its reason: the person is told it, and may complain of it."))
    state = "done" if refused_because is None else "refused"
    values = {
        "tenant_id": tenant_id,
        "request_id": request_id,
        "state": state,
        "decided_by": decided_by,
        "reason": refused_because,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        if connection.execute(statement("rights/close_request"), values).rowcount == 0:
            raise Permanent(
                Told.of(
                    "Tenant {tenant_id} has no open request {request_id}.", tenant_id=tenant_id, request_id=request_id
                )
            )
        if refused_because is not None:
            connection.execute(statement("rights/lift_restriction"), values)
        return _read(connection, tenant_id, request_id)


def extend_request(warehouse: Warehouse, tenant_id: str, request_id: int, *, reason: str) -> RightsRequest:
    """Extend the clock as far as the law allows; once, before it has run out, and with a reason.

    Raises:
        Permanent: the request is not open, was extended before, has run out, or its law knows no extension.
    """
    if not reason.strip():
        raise Permanent(Told.of("An extension needs its reason: the person is told it within the first period."))
    values = {"tenant_id": tenant_id, "request_id": request_id, "reason": reason}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        if connection.execute(statement("rights/extend_request"), values).rowcount == 0:
            raise Permanent(
                Told.of(
                    "Request {request_id} cannot be extended: it is not open, its clock has run out "
                    "or was extended before, or its law knows no extension.",
                    request_id=request_id,
                )
            )
        return _read(connection, tenant_id, request_id)


def lift(warehouse: Warehouse, tenant_id: str, request_id: int) -> int:
    """End the restriction that a request brought; gives how many profiles it held for."""
    values = {"tenant_id": tenant_id, "request_id": request_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("rights/lift_restriction"), values).rowcount


def settle_corrections(warehouse: Warehouse, tenant_id: str) -> list[int]:
    """Close the corrections that the source shows by now; gives their requests."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("rights/settle_corrections"), {"tenant_id": tenant_id}).fetchall()
    return [int(row[0]) for row in rows]


def take_due_warnings(warehouse: Warehouse, tenant_id: str, within: timedelta) -> Sequence[RightsRequest]:
    """The open requests whose clock ends within so long, or has ended, and of which nobody was warned for a day.

    They are noted as warned of: a repetition within the day gives none.
    """
    values = {"tenant_id": tenant_id, "within": within, "only_open": True, "request_id": None}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        warned = {int(row[0]) for row in connection.execute(statement("rights/note_warned"), values)}
        return [request for request in _list(connection, values) if request.request_id in warned]


@dataclass(frozen=True)
class ConsentStatement:
    """One statement of consent, with where it came from."""

    profile_id: str
    channel: str
    purpose: str
    state: str
    legal_basis: str
    evidence: str
    source: str
    since: datetime
    recorded_at: datetime


def consent_history(
    warehouse: Warehouse, tenant_id: str, named: str, *, pseudonym_key: bytes
) -> Sequence[ConsentStatement]:
    """What a person agreed to and when, oldest first.

    Raises:
        Permanent: no such person is known, or several are.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        person = find_person(connection, tenant_id, named, pseudonym_key=pseudonym_key)
        if not person.is_known:
            raise Permanent(Told.of("No such person is known in tenant {tenant_id}.", tenant_id=tenant_id))
        values = {"tenant_id": tenant_id, "profiles": list(person.profiles)}
        with connection.cursor(row_factory=class_row(ConsentStatement)) as cursor:
            return cursor.execute(statement("rights/list_consents"), values).fetchall()


def _read(connection: Connection, tenant_id: str, request_id: int) -> RightsRequest:
    found = _list(connection, {"tenant_id": tenant_id, "only_open": False, "request_id": request_id})
    if not found:
        raise Permanent(
            Told.of("Tenant {tenant_id} has no request {request_id}.", tenant_id=tenant_id, request_id=request_id)
        )
    return found[0]


def _list(connection: Connection, values: Mapping[str, object]) -> Sequence[RightsRequest]:
    with connection.cursor(row_factory=class_row(RightsRequest)) as cursor:
        return cursor.execute(statement("rights/list_requests"), values).fetchall()
