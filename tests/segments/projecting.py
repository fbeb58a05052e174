"""Bringing a tenant's graph in line with core by the sync's own step, where no source was read."""

import secrets
from datetime import datetime

from psycopg import sql

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sync.runs import SyncState
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant


def project(warehouse: Warehouse, tenant: Tenant, as_of: datetime) -> None:
    """Project whatever core holds, as after a merge; `as_of` is what ages count to."""
    run_id = sync.open_run(warehouse, tenant.tenant_id, f"by hand {secrets.token_hex(4)}", as_of=as_of)
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "UPDATE ops.sync_run SET state = %s, compare_graph = true WHERE sync_run_id = %s",
            [SyncState.MERGED, run_id],
        )
        connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(f"stage_{run_id}")))
    sync.project(warehouse, tenant.tenant_id, run_id)
