"""Refreshes that would change a segment beyond the limits of its version: held until a person decides.

Nothing of a held refresh is published: the members stay as they are, and whoever builds on the segment goes on with
them. A person lets the numbers pass that they were shown, or does not; the next refresh finds anew, and publishes where
it finds about the same (each at most a tenth more or less: on a busy day no two refreshes find the very same).
`docs/concepts/members.md` draws the states.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

DEADLINE = "deadline"
"""Who decided where nobody did in time."""


class HoldState(StrEnum):
    """Where a held refresh stands."""

    OPEN = "open"
    RELEASED = "released"
    USED = "used"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class HoldDecision(StrEnum):
    """What a person may answer."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class Numbers:
    """What a refresh would do: from `members` to `found`, by those who enter and who exit."""

    members: int
    found: int
    entered: int
    exited: int


@dataclass(frozen=True)
class Hold:
    """One row of `segment.held_refresh`, with the name of its segment and the limits that it is beyond."""

    hold_id: int
    segment_id: str
    version: int
    name: str
    as_of: datetime
    members: int
    found: int
    entered: int
    exited: int
    state: HoldState
    max_members: int | None
    max_change_percent: Decimal | None
    requested_by: str
    request_id: int | None

    def __post_init__(self) -> None:
        """Turn what the database gives into the types promised."""
        object.__setattr__(self, "state", HoldState(self.state))


@dataclass(frozen=True)
class HoldReview:
    """What the approver is shown; `body` is Markdown without contact data. `authors` may not decide."""

    subject: str
    body: str
    requested_by: str
    authors: tuple[str, ...] = ()


class HoldAnswerRefused(Permanent):
    """An answer that counts for nothing, because of who gave it; nothing was written."""


def hold_beyond_limits(
    connection: Connection,
    tenant_id: str,
    segment_id: str,
    version: int,
    as_of: datetime,
    numbers: Numbers,
    *,
    is_first: bool,
) -> int | None:
    """The hold in the way of a refresh, or None where it may be published; in the transaction that would publish it.

    A hold that a person let pass is used up where the numbers are about the same. `is_first`: of its version. Then only
    the size binds, because it enters everybody; so it does where there were no members, of whom a share would be
    nothing.
    """
    values: dict[str, object] = {
        "tenant_id": tenant_id,
        "segment_id": segment_id,
        "version": version,
        "as_of": as_of,
        "members": numbers.members,
        "found": numbers.found,
        "entered": numbers.entered,
        "exited": numbers.exited,
    }
    limits = connection.execute(statement("segments/read_version_limit"), values).fetchone()
    if limits is None or not _is_beyond(numbers, limits[0], limits[1], is_first=is_first):
        connection.execute(statement("segments/lapse_holds"), {**values, "kept": None})
        return None
    same = connection.execute(statement("segments/find_same_hold"), values).fetchone()
    connection.execute(statement("segments/lapse_holds"), {**values, "kept": same[0] if same is not None else None})
    if same is not None and HoldState(same[1]) is HoldState.RELEASED:
        connection.execute(statement("segments/set_hold_used"), {**values, "hold_id": same[0]})
        return None
    if same is not None:
        return int(same[0])
    [(hold_id,)] = connection.execute(statement("segments/insert_hold"), values)
    logger.warning(
        "Segment %s of %s would change from %d to %d members (%d enter, %d exit), which is beyond its limits: held.",
        segment_id, tenant_id, numbers.members, numbers.found, numbers.entered, numbers.exited,
    )  # fmt: skip
    return int(hold_id)


def open_holds(warehouse: Warehouse, tenant_id: str) -> list[int]:
    """The holds that wait for a person, in the order of their ids."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return [
            int(hold_id) for (hold_id,) in connection.execute(statement("segments/list_open_holds"), _of(tenant_id))
        ]


def read_hold(connection: Connection, tenant_id: str, hold_id: int) -> Hold:
    """One hold; the connection is bound to the tenant (writer).

    Raises:
        Permanent: there is no such hold.
    """
    with connection.cursor(row_factory=class_row(Hold)) as cursor:
        found = cursor.execute(statement("segments/read_hold"), {**_of(tenant_id), "hold_id": hold_id}).fetchone()
    if found is None:
        raise Permanent(
            Told.of("The tenant '{tenant_id}' has no held refresh {hold_id}.", tenant_id=tenant_id, hold_id=hold_id)
        )
    return found


def read_hold_with_authors(warehouse: Warehouse, tenant_id: str, hold_id: int) -> tuple[Hold, tuple[str, ...]]:
    """A hold, and who may not decide about it; raises as `read_hold`."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        hold = read_hold(connection, tenant_id, hold_id)
        return hold, _authors(connection, tenant_id, hold)


def hold_state(warehouse: Warehouse, tenant_id: str, hold_id: int) -> HoldState:
    """Where a hold stands; raises as `read_hold`."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return read_hold(connection, tenant_id, hold_id).state


def review_hold(warehouse: Warehouse, tenant_id: str, hold_id: int) -> HoldReview:
    """What the approver of a held refresh is shown.

    Raises:
        Permanent: there is no such hold, or it does not wait for a decision any more.
    """
    hold, authors = read_hold_with_authors(warehouse, tenant_id, hold_id)
    if hold.state is not HoldState.OPEN:
        raise Permanent(
            Told.of(
                "The held refresh {hold_id} of '{tenant_id}' is {state}; there is nothing to decide.",
                hold_id=hold_id,
                tenant_id=tenant_id,
                state=hold.state,
            )
        )
    return HoldReview(
        subject=f"Segment “{hold.name}” would go from {hold.members:,} to {hold.found:,} members",
        body=_sheet(hold),
        requested_by=hold.requested_by,
        authors=authors,
    )


def decide_hold(
    warehouse: Warehouse,
    tenant_id: str,
    hold_id: int,
    *,
    decision: HoldDecision | str,
    decided_by: str,
    decided_at: datetime,
    note: str | None = None,
) -> HoldState:
    """Record an answer and return where the hold stands now; one that was decided before, or lapsed, stays as it is.

    Approved: released, and the next refresh that finds about the same numbers publishes. Rejected: the members stay,
    and the same is not asked about again. Decided by `deadline` or nobody: lapsed, and the next refresh asks again.

    Raises:
        HoldAnswerRefused: whoever decided asked for the segment, or edited what was asked.
        Permanent: an unknown decision, or there is no such hold.
    """
    try:
        chosen = HoldDecision(decision)
    except ValueError:
        raise Permanent(
            Told.of(
                "'{decision}' is no decision; it must be one of {known}.",
                decision=decision,
                known=", ".join(HoldDecision),
            )
        ) from None
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        key = {**_of(tenant_id), "hold_id": hold_id}
        connection.execute(statement("segments/lock_hold"), key)
        hold = read_hold(connection, tenant_id, hold_id)
        if hold.state is not HoldState.OPEN:
            return hold.state
        if decided_by in _authors(connection, tenant_id, hold):
            raise HoldAnswerRefused(
                f"{decided_by} asked for the segment or wrote a part of it, and cannot decide about its change."
            )
        if not decided_by.strip() or decided_by == DEADLINE:
            state = HoldState.LAPSED
        else:
            state = HoldState.RELEASED if chosen is HoldDecision.APPROVE else HoldState.REJECTED
        answer = {**key, "state": state, "decided_by": decided_by, "decided_at": decided_at, "note": note}
        connection.execute(statement("segments/decide_hold"), answer)
    logger.info("The held refresh %d of %s is %s.", hold_id, tenant_id, state)
    return state


def _is_beyond(numbers: Numbers, max_members: int, max_change_percent: Decimal, *, is_first: bool) -> bool:
    # A segment that is too large already and does not grow goes the right way, within its change.
    if numbers.found > max_members and (numbers.found > numbers.members or is_first):
        return True
    if is_first or numbers.members == 0:
        return False
    return Decimal(numbers.entered + numbers.exited) * 100 > max_change_percent * numbers.members


def _sheet(hold: Hold) -> str:
    changed = hold.entered + hold.exited
    share = f"{changed / hold.members:.0%} of its members" if hold.members else "it had none"
    limits = (
        "The version has no limits."
        if hold.max_members is None
        else f"Approved were at most {hold.max_members:,} members and a change of at most "
        f"{hold.max_change_percent.normalize():f} % in one refresh."
        if hold.max_change_percent is not None
        else f"Approved were at most {hold.max_members:,} members."
    )
    return "\n".join(
        (
            f"The refresh of **{hold.segment_id}** (version {hold.version}) as of {hold.as_of:%Y-%m-%d %H:%M} UTC was "
            "held before anything was published.",
            "",
            "| | customers |",
            "|---|---:|",
            f"| members now | {hold.members:,} |",
            f"| would enter | {hold.entered:,} |",
            f"| would exit | {hold.exited:,} |",
            f"| members then | {hold.found:,} |",
            "",
            f"That changes {changed:,} ({share}). {limits}",
            "",
            "*Approve* lets these numbers pass once, each up to a tenth more or less. *Reject* leaves the members as "
            "they are; other numbers are asked about again, and so are these where nobody answers in time.",
        )
    )


def _authors(connection: Connection, tenant_id: str, hold: Hold) -> tuple[str, ...]:
    """Who could not approve the version either: they do not decide about its change."""
    values = {**_of(tenant_id), "request_id": hold.request_id}
    return tuple(str(author) for (author,) in connection.execute(statement("segments/list_authors"), values))


def _of(tenant_id: str) -> dict[str, object]:
    return {"tenant_id": tenant_id}
