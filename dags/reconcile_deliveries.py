"""
### Bring every delivery to an end that is proved

**Reads** the states of `activation.delivery`, `activation.provider_event`, the providers' logs and mail reports.
**Writes** `activation.delivery`: a lease that ended before sending began goes back to *ready*; one that ended while
sending becomes *unknown*, never *ready*, because the message may have left.

For each tenant: reap → stop the runs that bounce or are complained of too often → fall back, which tries whom one
channel proved not to reach on the next → drain, which sends what became due: deferred, retried, resumed, tests, and
what a task that died had left. Beside it: settle what is unknown by events and logs, and read the reports that came
back by mail. A log or a mailbox that cannot be read keeps no message back.

**Why a rerun is safe**: each delivery moves once, and only by evidence; a second run finds nothing.

**When it fails**: what was not moved waits; the next run does it, ten minutes later. One tenant's failure keeps back no
other.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task, task_group

from leo_activation import activation
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM
from leo_activation.orchestration.draining import drain_due
from leo_activation.orchestration.evidence import settle_unknown, stop_harmful_runs, take_in_reports
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
    def stop_harmful(tenant: str, **context: Any) -> list[int]:
        return stop_harmful_runs(context, tenant)

    @task
    def settle(tenant: str) -> dict[str, int]:
        return settle_unknown(tenant)

    @task
    def read_reports(tenants: list[str]) -> dict[str, Any]:
        return take_in_reports(tenants)

    @task
    def fall_back(tenant: str) -> int:
        return activation.fall_back(warehouse(), tenant, guard=sending_guard())

    @task
    def drain(tenant: str, run_id: str, **context: Any) -> dict[str, int]:
        return drain_due(context, tenant, run_id)

    @task_group
    def one_tenant(tenant: str) -> None:
        reaped = reap(tenant)
        reaped >> settle(tenant)
        reaped >> stop_harmful(tenant) >> fall_back(tenant) >> drain(tenant)

    tenants = list_tenants()
    read_reports(tenants)
    one_tenant.expand(tenant=tenants)


reconcile_deliveries()
