"""
### Compare the whole customer data platform with the warehouse

**Starts** `sync_cdp` in the mode *comparison* and waits for its end: every key and revision of the source is read, then
the rows that differ. This finds what no watermark shows: changes that did not touch `updatedAt` (segment membership,
batch status changes, events that moved to another profile in a merge) and records that were deleted.
**Writes** what `sync_cdp` writes; the whole graph is compared with the tables too, so it also heals a graph that
somebody touched.

One DAG does all syncing, one run at a time: a comparison that falls into the time of another sync waits for its turn.

**Why a rerun is safe**: a comparison that finds no difference writes nothing.

**When it fails**: the reason stands in the log of the run of `sync_cdp` that it started. A share of deleted rows beyond
the limit stops that run before anything is merged; look at the source first, then start `sync_cdp` with
`mode = comparison` and `limits = {"largest_gone_share": 0.5}`.
"""

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag

from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of

POLL_S = 30


@dag(
    schedule="30 3 * * *",
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    render_template_as_native_obj=True,
    tags=["sync", "customers"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def reconcile_cdp() -> None:
    TriggerDagRunOperator(
        task_id="compare",
        trigger_dag_id="sync_cdp",
        conf={"mode": "comparison", "tenants": "{{ params.tenants }}"},
        wait_for_completion=True,
        deferrable=True,
        poke_interval=POLL_S,
        execution_timeout=RUN_TIMEOUT,
    )


reconcile_cdp()
