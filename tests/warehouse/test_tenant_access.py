"""Who may see which tenant on the desk: nobody by itself, and nobody lets themselves in."""

import psycopg
import pytest

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenant_access import EVERYBODY, allow_users, disallow_users, tenants_of
from leo_activation.warehouse.tenants import Tenant


def test_a_new_tenant_is_seen_by_nobody_until_somebody_is_let_in(warehouse: Warehouse, tenant: Tenant) -> None:
    assert tenant.tenant_id not in tenants_of(warehouse, "linh")
    allow_users(warehouse, tenant.tenant_id, ["linh"], allowed_by="anna")
    assert tenants_of(warehouse, "linh")[tenant.tenant_id] == tenant.name
    assert tenant.tenant_id not in tenants_of(warehouse, "petr")
    allow_users(warehouse, tenant.tenant_id, [EVERYBODY], allowed_by="anna")
    assert tenant.tenant_id in tenants_of(warehouse, "petr")
    disallow_users(warehouse, tenant.tenant_id, [EVERYBODY, "linh"])
    assert tenant.tenant_id not in tenants_of(warehouse, "linh")


def test_nobody_is_let_in_to_no_tenant_or_without_an_id(warehouse: Warehouse, tenant: Tenant) -> None:
    with pytest.raises(Permanent, match="There is no tenant"):
        allow_users(warehouse, "nowhere_shop", ["linh"], allowed_by="anna")
    with pytest.raises(Permanent, match="user id"):
        allow_users(warehouse, tenant.tenant_id, [" "], allowed_by="anna")


@pytest.mark.parametrize("role", [DatabaseRole.WRITER, DatabaseRole.LOADER, DatabaseRole.READER])
def test_no_login_of_the_pipeline_lets_anybody_in(warehouse: Warehouse, tenant: Tenant, role: DatabaseRole) -> None:
    with warehouse.connect(role, tenant.tenant_id) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(
            "INSERT INTO ops.tenant_access (tenant_id, user_id, allowed_by) VALUES (%s, 'mallory', 'mallory')",
            [tenant.tenant_id],
        )
