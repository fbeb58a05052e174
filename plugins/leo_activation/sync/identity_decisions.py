"""What people decide about identities: undo a merge, settle a case, block a value.

A decision is only written down here. The next sync acts on it, because whoever moves a customer must bring the graph
along, and that is one place.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

MOST_APPROVED = 50
"""No person has more records than this: a case of more can be refused only."""

MOST_LISTED = 200
_E164 = re.compile(r"\+[1-9]\d{7,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class CaseState(StrEnum):
    """Where a case stands; `lapsed` needs no decision any more."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    LAPSED = "lapsed"


class Kind(StrEnum):
    """The kinds of identity of which a person can block a value."""

    CRM = "crm"
    EMAIL = "email"
    PHONE = "phone"
    LOYALTY = "loyalty"
    FINTECH = "fintech"
    ZALO = "zalo"
    FACEBOOK = "facebook"


@dataclass(frozen=True)
class Merge:
    """One row of `core.customer_merge`; `profiles` came with the absorbed customer, joined by identities of `kinds`."""

    merge_id: int
    survivor_id: str
    absorbed_id: str
    profiles: int
    kinds: list[str]
    merged_at: datetime
    undo_asked_by: str | None
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True)
class Case:
    """One row of `core.identity_case`: how many profiles it is about and what they share, never a value."""

    case_id: int
    reason: str
    state: str
    profiles: int
    kinds: list[str]
    opened_at: datetime
    decided_by: str | None
    decided_at: datetime | None


def list_merges(warehouse: Warehouse, tenant_id: str) -> list[Merge]:
    """The latest merges, those that stand first; at most `MOST_LISTED`."""
    values = {"tenant_id": tenant_id, "most": MOST_LISTED}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Merge)) as cursor,
    ):
        return cursor.execute(statement("sync/identity/list_merges"), values).fetchall()


def undo_merge(warehouse: Warehouse, tenant_id: str, merge_id: int, *, asked_by: str) -> None:
    """Have the next sync take a merge apart, and never make it again.

    Raises:
        Permanent: there is no such merge, or it was undone already.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "merge_id": merge_id, "asked_by": asked_by}
        if connection.execute(statement("sync/identity/ask_undo"), values).fetchone() is None:
            raise Permanent(f"The tenant {tenant_id} has no merge {merge_id} that stands.")


def list_cases(warehouse: Warehouse, tenant_id: str, state: CaseState = CaseState.WAITING) -> list[Case]:
    """The cases of a state, the oldest first; at most `MOST_LISTED`."""
    values = {"tenant_id": tenant_id, "state": state, "most": MOST_LISTED}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Case)) as cursor,
    ):
        return cursor.execute(statement("sync/identity/list_cases"), values).fetchall()


def case_profiles(warehouse: Warehouse, tenant_id: str, case_id: int) -> list[str]:
    """The ids of the profiles that a case is about, at most `MOST_LISTED`: to be looked up in the CDP."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _profiles_of(connection, tenant_id, case_id, MOST_LISTED)


def decide_case(warehouse: Warehouse, tenant_id: str, case_id: int, state: CaseState, *, decided_by: str) -> None:
    """Approve: the profiles are one person. Refuse: they stay apart; a value that the case is about is blocked.

    Raises:
        Permanent: there is no such case, it lapsed, or it is about more profiles than a person can have.
    """
    if state not in {CaseState.APPROVED, CaseState.REFUSED}:
        raise Permanent(f"A case is approved or refused, not {state}.")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "case_id": case_id, "state": state, "decided_by": decided_by}
        row = connection.execute(statement("sync/identity/decide_case"), values).fetchone()
        if row is None:
            raise Permanent(f"The tenant {tenant_id} has no case {case_id} to be decided.")
        profiles = _profiles_of(connection, tenant_id, case_id, MOST_APPROVED + 1)
        if len(profiles) > MOST_APPROVED:
            if state is CaseState.APPROVED:
                raise Permanent(f"Case {case_id} is about {row[0]} profiles; more than {MOST_APPROVED} are no person.")
            return
        about = {"tenant_id": tenant_id, "profiles": profiles}
        if state is CaseState.APPROVED:
            connection.execute(statement("sync/identity/forget_splits"), about)
        connection.execute(statement("sync/identity/mark_due"), about)


def block_value(
    warehouse: Warehouse, tenant_id: str, kind: Kind, value: str, *, reason: str, blocked_by: str, pseudonym_key: bytes
) -> int:
    """Let a value join nobody any more, such as the telephone of a shop; only its keyed hash is kept.

    Returns:
        How many profiles have it, at most `MOST_APPROVED` + 1.

    Raises:
        Permanent: a telephone number is not in international form, or an e-mail address is none.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        named = {"tenant_id": tenant_id, "kind": kind, "value": _normal(kind, value), "pseudonym_key": pseudonym_key}
        connection.execute(
            statement("sync/identity/block_value"), {**named, "reason": reason, "blocked_by": blocked_by}
        )
        return _mark_holders(connection, named)


def unblock_value(warehouse: Warehouse, tenant_id: str, kind: Kind, value: str, *, pseudonym_key: bytes) -> int:
    """Take a block back. Returns and raises as `block_value`, and Permanent where the value is not blocked."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        named = {"tenant_id": tenant_id, "kind": kind, "value": _normal(kind, value), "pseudonym_key": pseudonym_key}
        if not connection.execute(statement("sync/identity/unblock_value"), named).rowcount:
            raise Permanent(f"The tenant {tenant_id} has not blocked this {kind}.")
        return _mark_holders(connection, named)


def _mark_holders(connection: Connection, named: Mapping[str, object]) -> int:
    # More profiles than can have been joined by the value: nothing changes for them.
    rows = connection.execute(statement("sync/identity/list_holders"), {**named, "most": MOST_APPROVED + 1}).fetchall()
    if len(rows) <= MOST_APPROVED:
        values = {"tenant_id": named["tenant_id"], "profiles": [row[0] for row in rows]}
        connection.execute(statement("sync/identity/mark_due"), values)
    return len(rows)


def _profiles_of(connection: Connection, tenant_id: str, case_id: int, most: int) -> list[str]:
    values = {"tenant_id": tenant_id, "case_id": case_id, "most": most}
    rows: Sequence[tuple[str]] = connection.execute(statement("sync/identity/list_case_profiles"), values).fetchall()
    return [row[0] for row in rows]


def _normal(kind: Kind, value: str) -> str:
    """The value as the sources' own are normalised."""
    text = value.strip()
    if kind is Kind.PHONE:
        text = "+" + re.sub(r"\D", "", text) if text.startswith("+") else text
        if not _E164.fullmatch(text):
            raise Permanent("Give the telephone number in international form, such as +84 24 1234 5678.")
    elif kind is Kind.EMAIL:
        text = text.lower()
        if not _EMAIL.fullmatch(text):
            raise Permanent("This is no e-mail address.")
    elif not text:
        raise Permanent(f"An empty {kind} cannot be blocked.")
    return text
