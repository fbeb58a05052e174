"""
### Pick up the segment requests that wait in the table

**Reads** `segment.request` rows in state *submitted*, whoever inserted them (the Segment desk, SQL, an API).
**Writes** `segment.request.collected_at`: when each was taken.
**Starts** one `draft_segment` run for each, named `request-<tenant>-<id>`.

**Why a rerun is safe**: a request has one run by its name; a second start of the same name is skipped, so no request is
drafted twice. A request that was taken here but whose run was not started is taken again after fifteen minutes, so
none is lost.

**Why has a request no segment yet?** The log of *say_what_is_open* of the latest run has a line for each request that
is open, with what it waits for.

**When it fails**: the requests stay *submitted* and a later run picks them up.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, task

from leo_activation import segments
from leo_activation.orchestration import request_standings
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of
from leo_activation.orchestration.tenants import synced_tenants_of_run


@dag(
    schedule=timedelta(minutes=1),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["segments"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def collect_segment_requests() -> None:
    @task
    def list_requests(**context: Any) -> list[dict[str, Any]]:
        """Take what waits to be drafted: each request becomes a run of draft_segment."""
        return [
            {
                "trigger_run_id": f"request-{tenant}-{request_id}",
                "conf": {"tenant": tenant, "request_id": request_id},
            }
            for tenant in synced_tenants_of_run(context, warehouse())
            for request_id in segments.collect_requests(warehouse(), tenant)
        ]

    TriggerDagRunOperator.partial(
        task_id="start_draft",
        trigger_dag_id="draft_segment",
        skip_when_already_exists=True,
        map_index_template="{{ task.trigger_run_id }}",
    ).expand_kwargs(list_requests())

    @task
    def say_what_is_open(**context: Any) -> None:
        """A line in the log for each request that has no segment yet, with what it waits for."""
        for tenant in synced_tenants_of_run(context, warehouse()):
            request_standings.say_what_is_open(tenant)

    say_what_is_open()


collect_segment_requests()
