"""Who may see which tenant on the Segment desk, by Airflow's user id; nobody where nobody was let in."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

EVERYBODY = "*"
"""In place of a user id: everybody who may see the desk at all."""


@dataclass(frozen=True)
class Access:
    """Somebody who may see a tenant, and who let them in."""

    user_id: str
    allowed_by: str
    allowed_at: datetime


def allow_users(warehouse: Warehouse, tenant_id: str, user_ids: Collection[str], *, allowed_by: str) -> int:
    """Let users see a tenant (as the owner); how many could not before.

    Raises:
        Permanent: there is no such tenant, or a user id is empty.
    """
    if not all(user_id.strip() for user_id in user_ids):
        raise Permanent("Somebody who is let in has a user id of Airflow; this one is empty.")
    with warehouse.connect(DatabaseRole.OWNER, tenant_id) as connection:
        read_tenant(connection, tenant_id)
        values = {"tenant_id": tenant_id, "user_ids": list(user_ids), "allowed_by": allowed_by}
        return connection.execute(statement("warehouse/allow_users"), values).rowcount


def disallow_users(warehouse: Warehouse, tenant_id: str, user_ids: Collection[str]) -> int:
    """Users see a tenant no more, from their next request on (as the owner); how many could before.

    Raises:
        Permanent: there is no such tenant.
    """
    with warehouse.connect(DatabaseRole.OWNER, tenant_id) as connection:
        read_tenant(connection, tenant_id)
        values = {"tenant_id": tenant_id, "user_ids": list(user_ids)}
        return connection.execute(statement("warehouse/disallow_users"), values).rowcount


def list_access(warehouse: Warehouse, tenant_id: str) -> list[Access]:
    """Who may see a tenant, by user id (as the owner).

    Raises:
        Permanent: there is no such tenant.
    """
    with (
        warehouse.connect(DatabaseRole.OWNER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Access)) as cursor,
    ):
        read_tenant(connection, tenant_id)
        return cursor.execute(statement("warehouse/list_tenant_access"), {"tenant_id": tenant_id}).fetchall()


def tenants_of(warehouse: Warehouse, user_id: str) -> dict[str, str]:
    """The names of the tenants that a user may see, by id, in the order of their names."""
    with warehouse.connect(DatabaseRole.WRITER) as connection:
        rows = connection.execute(statement("warehouse/tenants_of_user"), {"user_id": user_id}).fetchall()
    return {str(tenant_id): str(name) for tenant_id, name in rows}
