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
from leo_activation.orchestration import deadlines
from leo_activation.orchestration.assets import DELIVERIES
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.draining import drain_due
from leo_activation.orchestration.evidence import settle_unknown, stop_harmful_runs, take_in_reports
from leo_activation.orchestration.pools import SENDING
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule=timedelta(minutes=10),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={"tenants": TENANTS_PARAM},
    deadline=deadlines.SENDING,
    tags=["activation"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def reconcile_deliveries() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task(map_index_template=OF_TENANT)
    def reap(tenant: str) -> dict[str, Any]:
        """Take back what a task that died had claimed: to ready before sending began, else to unknown."""
        return vars(activation.reap(warehouse(), tenant))

    @task(map_index_template=OF_TENANT)
    def stop_harmful(tenant: str, **context: Any) -> list[int]:
        """Stop runs that bounce or are complained of too often, and tell who asked."""
        return stop_harmful_runs(context, tenant)

    @task(map_index_template=OF_TENANT)
    def settle(tenant: str) -> dict[str, int]:
        """Ask the providers' logs for the end of what is unknown."""
        return settle_unknown(tenant)

    @task
    def read_reports(tenants: list[str]) -> dict[str, Any]:
        """Reports of mail that came back, for all tenants."""
        return take_in_reports(tenants)

    @task(map_index_template=OF_TENANT)
    def fall_back(tenant: str) -> int:
        """Whom one channel proved not to reach is tried on the next."""
        return activation.fall_back(warehouse(), tenant, guard=sending_guard())

    @task(map_index_template=OF_TENANT, pool=SENDING, inlets=[DELIVERIES])
    def drain(tenant: str, run_id: str, **context: Any) -> dict[str, int]:
        """Send what became due; the log counts the deliveries done."""
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
