"""Where the people who ask and approve are reached: by Airflow's user id, for every tenant together."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

LANGUAGES = ("en", "vi")
MAX_ADDRESS = 254
_ADDRESS = re.compile(r"[^@\s\x00-\x1f\x7f,;<>]+@[^@\s\x00-\x1f\x7f,;<>]+")


@dataclass(frozen=True)
class StaffMember:
    """Somebody who can be told; `language` is the one that they are written to in."""

    user_id: str
    email: str = field(repr=False)
    language: str


def set_staff_address(warehouse: Warehouse, member: StaffMember) -> None:
    """Set or change where somebody is reached (as the owner).

    Raises:
        Permanent: no user id, no e-mail address, or a language that nobody is written to in.
    """
    if not member.user_id.strip():
        raise Permanent("An address belongs to a user id of Airflow.")
    if len(member.email) > MAX_ADDRESS or not _ADDRESS.fullmatch(member.email):
        raise Permanent(f"What was given for {member.user_id} is no e-mail address.")
    if member.language not in LANGUAGES:
        raise Permanent(
            f"'{member.language}' is not a language of the mails; it must be one of {', '.join(LANGUAGES)}."
        )
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute(statement("warehouse/set_staff_address"), vars(member))


def remove_staff_address(warehouse: Warehouse, user_id: str) -> bool:
    """Forget where somebody is reached (as the owner); whether there was an address."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        return connection.execute(statement("warehouse/remove_staff_address"), {"user_id": user_id}).rowcount > 0


def list_staff(warehouse: Warehouse) -> list[StaffMember]:
    """Everybody who can be told, by user id (as the owner)."""
    with (
        warehouse.connect(DatabaseRole.OWNER) as connection,
        connection.cursor(row_factory=class_row(StaffMember)) as cursor,
    ):
        return cursor.execute(statement("warehouse/list_staff")).fetchall()


def read_staff(warehouse: Warehouse, user_ids: Iterable[str]) -> list[StaffMember]:
    """Those of the users who can be told, by user id."""
    with (
        warehouse.connect(DatabaseRole.WRITER) as connection,
        connection.cursor(row_factory=class_row(StaffMember)) as cursor,
    ):
        return cursor.execute(statement("warehouse/read_staff"), {"user_ids": list(user_ids)}).fetchall()
