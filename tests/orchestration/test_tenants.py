"""A run works for the tenants it was asked for, else for all that have data."""

from typing import Any

import pytest

from leo_activation.errors import Permanent
from leo_activation.orchestration.tenants import synced_tenants_of_run, tenants_of_run
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant


def asked_for(*tenants: str) -> dict[str, Any]:
    return {"params": {"tenants": list(tenants)}}


def complete_a_sync(warehouse: Warehouse, tenant: Tenant) -> None:
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, source_kind, state, as_of) "
            "VALUES (%s, 'test', 'csv', 'projected', '2026-02-20Z')",
            [tenant.tenant_id],
        )


def test_a_run_works_for_whom_it_was_asked(warehouse: Warehouse, tenant: Tenant) -> None:
    assert tenants_of_run(asked_for(tenant.tenant_id), warehouse) == [tenant.tenant_id]


def test_a_run_that_was_asked_for_nobody_works_for_all(warehouse: Warehouse, tenant: Tenant) -> None:
    assert tenant.tenant_id in tenants_of_run(asked_for(), warehouse)


def test_a_tenant_that_is_not_registered_is_named(warehouse: Warehouse) -> None:
    with pytest.raises(Permanent, match="no tenant 'nobody'"):
        tenants_of_run(asked_for("nobody"), warehouse)


def test_a_tenant_without_data_is_passed_over_until_its_first_sync(warehouse: Warehouse, tenant: Tenant) -> None:
    assert tenant.tenant_id not in synced_tenants_of_run(asked_for(), warehouse)
    complete_a_sync(warehouse, tenant)
    assert tenant.tenant_id in synced_tenants_of_run(asked_for(), warehouse)


def test_a_tenant_without_data_that_was_asked_for_is_not_passed_over(warehouse: Warehouse, tenant: Tenant) -> None:
    assert synced_tenants_of_run(asked_for(tenant.tenant_id), warehouse) == [tenant.tenant_id]
