"""How tests write the rows below the views, and read the views."""

from typing import Any, LiteralString

import psycopg

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.tenants import Tenant

Row = dict[str, Any]


def write(owner: Connection, tenant: Tenant, *scripts: LiteralString) -> None:
    """All statements, each by itself: several cannot have parameters. They name the tenant as `%(tenant)s`."""
    for script in scripts:
        for statement in script.split(";\n"):
            if statement.strip():
                owner.execute(statement, {"tenant": tenant.tenant_id})


def rows(reporter: psycopg.Connection[Row], tenant: Tenant, query: str) -> list[tuple[Any, ...]]:
    """What a query gives, whose condition names the tenant as `%(tenant)s`."""
    found = reporter.execute(query.encode(), {"tenant": tenant.tenant_id}).fetchall()
    return [tuple(row.values()) for row in found]
