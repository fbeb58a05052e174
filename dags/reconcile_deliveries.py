"""
### Bring every delivery to an end that is proved

**Reads** the states of `activation.delivery`, `activation.provider_event`, the providers' logs and mail reports.
**Writes** `activation.delivery`: a lease that ended before sending began goes back to *ready*; one that ended while
sending becomes *unknown*, never *ready*, because the message may have left.

For each tenant: reap → drain, which sends what became due: deferred, retried, resumed, tests, and what a task that died
had left.

**Why a rerun is safe**: each delivery moves once, and only by evidence; a second run finds nothing.

**When it fails**: nothing was moved; the next run does it, ten minutes later. One tenant's failure keeps back no other.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task, task_group

from leo_activation import activation
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM
from leo_activation.orchestration.draining import drain_due
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule=timedelta(minutes=10),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["activation"],
    doc_md=__doc__,
)
def reconcile_deliveries() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task
    def reap(tenant: str) -> dict[str, Any]:
        return vars(activation.reap(warehouse(), tenant))

    @task
    def drain(tenant: str, run_id: str, **context: Any) -> dict[str, int]:
        return drain_due(context, tenant, run_id)

    @task_group
    def one_tenant(tenant: str) -> None:
        reap(tenant) >> drain(tenant)

    one_tenant.expand(tenant=list_tenants())


reconcile_deliveries()
