"""Rows for a page: one statement, bound to the tenant, as the writer."""

from collections.abc import Mapping
from typing import Any

from psycopg.rows import dict_row

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

Row = dict[str, Any]


def read_rows(warehouse: Warehouse, tenant_id: str, name: str, values: Mapping[str, Any]) -> list[Row]:
    """The rows of a named statement."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=dict_row) as cursor,
    ):
        return cursor.execute(statement(name), {"tenant_id": tenant_id, **values}).fetchall()


def page_number(text: str) -> int | None:
    """A whole number of an address, None for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else None
