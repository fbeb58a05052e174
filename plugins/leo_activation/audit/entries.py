"""Read the log: what is recorded about a request, a run, a delivery or a customer."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Entry:
    """One entry; `actor` and `person` are pseudonyms in hexadecimal, or None."""

    position: int
    batch: int
    happened_at: datetime
    action: str
    reference: str
    actor: str | None
    person: str | None
    facts: dict[str, Any]


def pseudonym(tenant_id: str, kind: str, name: str, key: bytes) -> bytes:
    """The pseudonym of a user (`kind` user) or customer (`kind` customer): HMAC-SHA-256, RFC 2104."""
    return hmac.new(key, f"{tenant_id}:{kind}:{name}".encode(), hashlib.sha256).digest()


def entries_about(
    warehouse: Warehouse,
    tenant_id: str,
    *,
    reference: str | None = None,
    person: bytes | None = None,
    limit: int = 200,
) -> list[Entry]:
    """The latest entries about a reference, a person, or anything, in their order; at most `limit`."""
    values = {"tenant_id": tenant_id, "reference": reference, "person": person, "limit": limit}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Entry)) as cursor,
    ):
        return cursor.execute(statement("audit/entries_about"), values).fetchall()
