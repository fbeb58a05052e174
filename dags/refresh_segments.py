"""
### Who belongs to each active segment now

**Reads** the active rows of `segment.definition`, the graph (as the read-only role), the tables, `profile.embedding`,
and from `ops.graph_touch` who changed since the last refresh: only they are asked, where the plan allows it.
**Writes** `segment.run`, `segment.membership`, `segment.membership_change`, `segment.refreshed`, `segment.agreement`,
`segment.held_refresh`, `segment.overlap`, and the `IN_SEGMENT` edges of the graph; before that `core.reachability`
and the `REACHABLE_BY` edges, where consents or suppressions changed after the sync, and `core.campaign_touch` with the
edges of what became of messages.
**Then** `plan_campaign` starts by itself. **Starts** one `review_held_refreshes` for each refresh that is beyond the
limits of its version, named `hold-<tenant>-<id>`.

Starts when customers' data is new or a definition was approved. A segment comes after those that it builds on. Each
definition is compiled again for the run's as-of and must still have the hash that was approved. Graph and tables must
find the same customers: where they do not, the segment is stopped, and `segment.agreement` says since when. Where the
phrases of a version were read by another embedding model, its members stay and a request asks for it anew.

**Why a rerun is safe**: entries and exits are the difference to the membership stored; the same as-of twice changes
nothing.

**When it fails**: the segments that the log names keep their members; all others are refreshed. The message says which
check did not hold. *Graph and tables do not agree*: look at one of the customers named; `reconcile_cdp` brings a
graph in line that lost something, and the segment goes on with the next run at which both agree. With *whole* set all
customers are asked, and not only those who changed.
"""

from typing import Any

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import Param, TriggerRule, dag, task

from leo_activation import segments, sync
from leo_activation.orchestration import deadlines
from leo_activation.orchestration.assets import DEFINITIONS, EMBEDDINGS, MEMBERSHIP
from leo_activation.orchestration.connections import encoder, warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of
from leo_activation.orchestration.pools import WAREHOUSE
from leo_activation.orchestration.tenants import synced_tenants_of_run

WHOLE_PARAM = Param(False, type="boolean", title="Whole", description="Ask all customers of every segment.")

ALL_REFRESHED = "Succeeds where every tenant was refreshed: a failure of one would not show in the run without it."


@dag(
    schedule=EMBEDDINGS | DEFINITIONS,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM, "whole": WHOLE_PARAM},
    deadline=deadlines.REFRESH,
    tags=["segments", "graph"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def refresh_segments() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return synced_tenants_of_run(context, warehouse())

    @task(
        doc_md="Members of every active segment of the tenant; the log says what became of each.",
        outlets=[MEMBERSHIP],
        map_index_template=OF_TENANT,
        pool=WAREHOUSE,
    )
    def refresh(tenant: str, params: dict[str, Any], outlet_events: Any) -> dict[str, Any]:
        segments.prove_reader_cannot_write(warehouse(), tenant)
        sync.refresh_reachability(warehouse(), tenant)
        sync.refresh_exposure(warehouse(), tenant)
        segments.re_evaluate(warehouse(), tenant, encoder())
        as_of = sync.data_as_of(warehouse(), tenant)
        counts = segments.refresh_segments(warehouse(), tenant, as_of, encoder=encoder(), whole=params["whole"])
        outlet_events[MEMBERSHIP].extra = {"tenant": tenant}
        return vars(counts)

    # Also where a segment could not be refreshed: what others found is not held up by it.
    @task(trigger_rule=TriggerRule.ALL_DONE)
    def list_held(tenants: list[str]) -> list[dict[str, Any]]:
        """Refreshes beyond the limits of their version: each gets a run of review_held_refreshes."""
        return [
            {"trigger_run_id": f"hold-{tenant}-{hold_id}", "conf": {"tenant": tenant, "hold_id": hold_id}}
            for tenant in tenants
            for hold_id in segments.open_holds(warehouse(), tenant)
        ]

    tenants = list_tenants()
    held = list_held(tenants)
    # Airflow judges a run by its last tasks: without one of its own, the reviews would hide that a refresh failed.
    refresh.expand(tenant=tenants) >> [held, EmptyOperator(task_id="all_refreshed", doc_md=ALL_REFRESHED)]
    TriggerDagRunOperator.partial(
        task_id="start_review",
        trigger_dag_id="review_held_refreshes",
        skip_when_already_exists=True,
        map_index_template="{{ task.trigger_run_id }}",
    ).expand_kwargs(held)


refresh_segments()
