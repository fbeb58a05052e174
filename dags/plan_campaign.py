"""
### Plan the campaigns that are due

**Reads** `activation.campaign`, `segment.membership`, consent, suppression, addresses, `activation.tenant_policy`.
**Writes** `activation.run` (one for each moment of a campaign's schedule), `activation.audience_step` (the waterfall)
and one `activation.delivery` row for every person of the audience: planned, or skipped with the reason.
Before that, drafts and rows that somebody inserted are looked at: `activation.campaign`, `activation.campaign_version`.
**Starts** one `run_campaign` for each, named `campaign-<tenant>-<run>`.

Campaigns are planned one after the other, the most urgent first, so that each sees what those before it took of a
person's caps. Nothing is sent here. A campaign whose draft lacks something (a template, a sender) is not due; a paused
one neither.

**Why a rerun is safe**: a campaign has one run for each moment of its schedule, planned in one transaction.

**When it fails**: no run was planned for that campaign, and the others go on. Clear the task. *Stale data* means that
the sync has not finished for longer than the tenant's policy allows: mend the sync first.
"""

from datetime import datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import AssetOrTimeSchedule, DeltaTriggerTimetable, dag, task, task_group

from leo_activation import activation, sync
from leo_activation.orchestration.assets import CAMPAIGN_RUNS, MEMBERSHIP, TEMPLATES
from leo_activation.orchestration.connections import sending_guard, warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.tenants import synced_tenants_of_run


@dag(
    # Not hourly: whoever submits a campaign waits for this before anybody is asked.
    schedule=AssetOrTimeSchedule(timetable=DeltaTriggerTimetable(timedelta(minutes=10)), assets=MEMBERSHIP),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={"tenants": TENANTS_PARAM},
    tags=["activation"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def plan_campaign() -> None:
    @task
    def list_due(**context: Any) -> list[dict[str, str]]:
        """Check drafts and rows that somebody inserted, then list what is due, the most urgent first."""
        tenants = synced_tenants_of_run(context, warehouse())
        for tenant in tenants:
            activation.draft_campaigns(warehouse(), tenant)
        return [
            {"tenant": tenant, "campaign_id": due.campaign_id, "due_at": due.due_at.isoformat()}
            for tenant in tenants
            for due in activation.due_campaigns(warehouse(), tenant)
        ]

    # One at a time, in the order of the list: a later campaign has to see what an earlier one took.
    @task(
        inlets=[TEMPLATES],
        outlets=[CAMPAIGN_RUNS],
        max_active_tis_per_dagrun=1,
        map_index_template=f"{OF_TENANT} {{{{ task.op_kwargs['campaign_id'] }}}}",
    )
    def plan(tenant: str, campaign_id: str, due_at: str, run_id: str, outlet_events: Any) -> dict[str, Any]:
        """Who is in the audience, who is not and why; nothing is sent."""
        run = activation.plan_run(
            warehouse(),
            tenant,
            campaign_id,
            run_id,
            sync.data_as_of(warehouse(), tenant),
            guard=sending_guard(),
            due_at=datetime.fromisoformat(due_at),
        )
        outlet_events[CAMPAIGN_RUNS].extra = {"tenant": tenant}
        return {
            "trigger_run_id": f"campaign-{tenant}-{run.campaign_run_id}",
            "conf": {"tenant": tenant, "campaign_run_id": run.campaign_run_id},
        }

    @task_group
    def one_campaign(tenant: str, campaign_id: str, due_at: str) -> None:
        planned = plan(tenant=tenant, campaign_id=campaign_id, due_at=due_at)
        TriggerDagRunOperator(
            task_id="start_run",
            trigger_dag_id="run_campaign",
            trigger_run_id=planned["trigger_run_id"],  # type: ignore[index]  # what a task gives can be
            conf=planned["conf"],  # type: ignore[index]
            skip_when_already_exists=True,
            map_index_template="{{ task.trigger_run_id }}",
        )

    one_campaign.expand_kwargs(list_due())


plan_campaign()
