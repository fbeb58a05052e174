"""Close the runs in which nothing is left to do.

In two statements: the second sees what was added to a run while the first waited for it. A run that got deliveries at
this very moment, because somebody is tried on the next channel, goes on; closed, nobody would look at them again.
"""

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


def finish_runs(connection: Connection, tenant_id: str) -> None:
    """Close the tenant's runs that are done, and the campaigns that run once; holds them until the transaction ends."""
    idle = [row[0] for row in connection.execute(statement("activation/hold_idle_runs"), {"tenant_id": tenant_id})]
    if idle:
        connection.execute(statement("activation/finish_runs"), {"tenant_id": tenant_id, "campaign_run_ids": idle})
