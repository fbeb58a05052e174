"""Everything that is held of a person, as JSON for the person: articles 15 and 20 of the GDPR ask for no less.

The form has a version of its own (`SCHEMA`). Rows in which staff named the person in words are counted and not shown:
they speak of others too (article 15(4)).
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.progress import Progress
from leo_activation.rights.erasing import found_by, keys_of
from leo_activation.rights.person import find_person
from leo_activation.rights.registry import HELD, Held, Key
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

SCHEMA = "leo.person/1"


def export_person(warehouse: Warehouse, tenant_id: str, named: str, *, pseudonym_key: bytes) -> dict[str, Any]:
    """What the tenant holds of whom a customer id, a profile id or an address names.

    Returns:
        schema; tenant; exported_at; customers and profiles (ids); held: by table, what it is and its rows;
        named_in: by table, how many rows name the person in words.

    Raises:
        Permanent: no such person is known, or several are.
    """
    # One snapshot, so that the parts belong together. The loader's, because only it sees what was set aside.
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        person = find_person(connection, tenant_id, named, pseudonym_key=pseudonym_key)
        if not person.is_known:
            raise Permanent(f"No such person is known in tenant {tenant_id}.")
        # Who else is in a household that is named after the person is not theirs to see.
        values = {"tenant_id": tenant_id, **keys_of(person), Key.HOUSEHOLD.value: []}
        aside = connection.execute(statement("rights/find_quarantined"), values).fetchall()
        values["quarantined"] = [row[0] for row in aside if row[3]]
        held, named_in = {}, {}
        progress = Progress(logger, f"Reading what is held of a person of {tenant_id}", len(HELD), "tables")
        for number, each in enumerate(HELD, start=1):
            if rows := _rows(connection, each, values):
                held[each.table] = _shown(each, rows)
            if count := _count_named(connection, each, values):
                named_in[each.table] = count
            progress.done(number)
    return {
        "schema": SCHEMA,
        "tenant": tenant_id,
        "exported_at": datetime.now(UTC).isoformat(),
        "customers": list(person.customers),
        "profiles": list(person.profiles),
        "held": held,
        "named_in": named_in,
    }


def note_export(warehouse: Warehouse, tenant_id: str, customer_id: str, *, asked_by: str) -> None:
    """Put on record in the audit log that somebody is handed what is held of a customer."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute(statement("rights/note_export"), {"customer": customer_id, "asked_by": asked_by})


def _shown(held: Held, rows: list[Any]) -> dict[str, Any]:
    return {"what": held.why, "rows": rows}


def _rows(connection: Connection, held: Held, values: Mapping[str, object]) -> list[Any]:
    if held.table == "ops.quarantine":
        return [row[0] for row in connection.execute(statement("rights/read_quarantined"), values)]
    if not held.export or not held.found:
        return []
    query = sql.SQL(statement("rights/read_rows")).format(
        table=sql.Identifier(*held.table.split(".")), found=found_by(held)
    )
    return [row[0] for row in connection.execute(query, {**values, "hidden": ["tenant_id", *held.hidden]})]


def _count_named(connection: Connection, held: Held, values: Mapping[str, object]) -> int:
    if not held.words:
        return 0
    named = sql.SQL(" OR ").join(
        sql.SQL("held.{column}::text ~* {pattern}").format(
            column=sql.Identifier(column), pattern=sql.Placeholder("pattern")
        )
        for column in held.words
    )
    query = sql.SQL(statement("rights/count_named")).format(table=sql.Identifier(*held.table.split(".")), named=named)
    row = connection.execute(query, values).fetchone()
    return int(row[0]) if row else 0
