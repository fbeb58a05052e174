"""Forms of campaigns that somebody is still filling in: kept as they were typed, right or wrong.

They are no campaigns: nothing looks at them but the person who writes on. So a form can be put aside at any time, also
one that changes a campaign which runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.errors import ForeignKeyViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

MOST_LISTED = 100


@dataclass(frozen=True)
class Unfinished:
    """A form as it was saved last; `campaign_id` is the campaign that it would change, None of a new one."""

    unfinished_id: int
    campaign_id: str | None
    typed: Mapping[str, str]
    saved_by: str
    saved_at: datetime


def save_unfinished(
    warehouse: Warehouse,
    tenant_id: str,
    typed: Mapping[str, str],
    *,
    saved_by: str,
    campaign_id: str | None = None,
    unfinished_id: int | None = None,
) -> int:
    """Keep a form, in place of the one of that number where a number is given.

    Raises:
        Permanent: there is no such campaign, or the form of that number is gone: it was submitted or thrown away.
    """
    values = {
        "tenant_id": tenant_id,
        "unfinished_id": unfinished_id,
        "campaign_id": campaign_id,
        "typed": Jsonb(dict(typed)),
        "saved_by": saved_by,
    }
    try:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            saved = connection.execute(statement("activation/campaigns/save_unfinished"), values).fetchone()
    except ForeignKeyViolation as error:
        raise Permanent(
            Told.of("There is no campaign '{campaign_id}' that a form could change.", campaign_id=campaign_id)
        ) from error
    if saved is None:
        raise Permanent(
            Told.of(
                "The form {unfinished_id} is gone: it was submitted or thrown away meanwhile.",
                unfinished_id=unfinished_id,
            )
        )
    return int(saved[0])


def list_unfinished(warehouse: Warehouse, tenant_id: str) -> list[Unfinished]:
    """The forms that are not submitted yet, the one saved last first; at most `MOST_LISTED`."""
    return _read(warehouse, tenant_id, None)


def read_unfinished(warehouse: Warehouse, tenant_id: str, unfinished_id: int) -> Unfinished | None:
    """One of them, None where it is gone."""
    return next(iter(_read(warehouse, tenant_id, unfinished_id)), None)


def discard_unfinished(warehouse: Warehouse, tenant_id: str, unfinished_id: int) -> None:
    """Throw a form away; one that is gone already stays so."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("activation/campaigns/discard_unfinished"),
            {"tenant_id": tenant_id, "unfinished_id": unfinished_id},
        )


def _read(warehouse: Warehouse, tenant_id: str, unfinished_id: int | None) -> list[Unfinished]:
    values = {"tenant_id": tenant_id, "unfinished_id": unfinished_id, "most": MOST_LISTED}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Unfinished)) as cursor,
    ):
        return cursor.execute(statement("activation/campaigns/read_unfinished"), values).fetchall()
