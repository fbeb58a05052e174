"""
### Plan the campaigns that are due

**Reads** `activation.campaign` rows in state *ready*, `segment.membership`, consent, suppression, addresses.
**Writes** `activation.run`, `activation.audience_step` (the waterfall) and one `activation.delivery` row for every
person of the segment: planned, or skipped with the reason.
**Starts** one `run_campaign` for each, named `campaign-<tenant>-<run>`.

Nothing is sent here. A campaign whose draft lacks something (a template, a sender) is not due.

**Why a rerun is safe**: a campaign has one run for each run of this DAG, planned in one transaction.

**When it fails**: no run was planned for that campaign. Clear the task.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import AssetOrTimeSchedule, DeltaTriggerTimetable, dag, task

from leo_activation import activation, sync
from leo_activation.orchestration.assets import CAMPAIGN_RUNS, MEMBERSHIP
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM
from leo_activation.orchestration.tenants import synced_tenants_of_run


@dag(
    schedule=AssetOrTimeSchedule(timetable=DeltaTriggerTimetable(timedelta(hours=1)), assets=MEMBERSHIP),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["activation"],
    doc_md=__doc__,
)
def plan_campaign() -> None:
    @task
    def list_due(**context: Any) -> list[dict[str, str]]:
        return [
            {"tenant": tenant, "campaign_id": campaign_id}
            for tenant in synced_tenants_of_run(context, warehouse())
            for campaign_id in activation.due_campaigns(warehouse(), tenant)
        ]

    @task(outlets=[CAMPAIGN_RUNS])
    def plan(tenant: str, campaign_id: str, run_id: str, outlet_events: Any) -> dict[str, Any]:
        as_of = sync.data_as_of(warehouse(), tenant)
        run = activation.plan_run(warehouse(), tenant, campaign_id, run_id, as_of, guard=sending_guard())
        outlet_events[CAMPAIGN_RUNS].extra = {"tenant": tenant}
        return {
            "trigger_run_id": f"campaign-{tenant}-{run.campaign_run_id}",
            "conf": {"tenant": tenant, "campaign_run_id": run.campaign_run_id},
        }

    TriggerDagRunOperator.partial(
        task_id="start_run",
        trigger_dag_id="run_campaign",
        skip_when_already_exists=True,
    ).expand_kwargs(plan.expand_kwargs(list_due()))


plan_campaign()
