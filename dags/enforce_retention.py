"""
### Keep nothing for longer than the policy says

**Reads** `include/policies/retention.yaml`: for how long each table keeps its rows.
**Writes** the tables that it names: rows beyond their time are deleted, or a column of them is emptied, in batches of a
transaction each; months of events that nobody has rows in lose their partitions. What was deleted is noted in
`rights.retention_run` and in the audit log.

`./leo retention run --dry-run` counts what would go, and `./leo retention show` lists the policy.

**Why a rerun is safe**: what is gone is not found again.

**When it fails**: the batches before stay done, and the next run goes on. It waits for a sync of the tenant to end.
"""

from typing import Any

from airflow.sdk import dag, task

from leo_activation.actions import people
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.pools import WAREHOUSE
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule="30 4 * * *",
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.PRIVACY),
    params={"tenants": TENANTS_PARAM},
    tags=["rights"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def enforce_retention() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task(
        doc_md="Delete or empty what is beyond its time, in batches.",
        map_index_template=OF_TENANT,
        pool=WAREHOUSE,
    )
    def enforce(tenant: str) -> dict[str, int]:
        return people.enforce_retention(warehouse(), tenant)

    enforce.expand(tenant=list_tenants())


enforce_retention()
