"""
### Who belongs to each active segment now

**Reads** the active rows of `segment.definition`, the graph (as the read-only role), the tables, `profile.embedding`.
**Writes** `segment.run`, `segment.membership`, `segment.membership_change`, `segment.agreement`, and the `IN_SEGMENT`
edges of the graph; before that `core.reachability` and the `REACHABLE_BY` edges, where consents or suppressions changed
after the sync.
**Then** `plan_campaign` starts by itself.

Starts when customers' data is new or a definition was approved. Each definition is compiled again for the run's as-of
and must still have the hash that was approved. Graph and tables must find the same customers: where they do not, the
segment is stopped, and `segment.agreement` says since when.

**Why a rerun is safe**: entries and exits are the difference to the membership stored; the same as-of twice changes
nothing.

**When it fails**: the segments that the log names keep their members; all others are refreshed. The message says which
check did not hold. *Graph and tables do not agree*: look at one of the customers named; `reconcile_cdp` brings a
graph in line that lost something, and the segment goes on with the next run at which both agree.
"""

from typing import Any

from airflow.sdk import dag, task

from leo_activation import segments, sync
from leo_activation.orchestration.assets import DEFINITIONS, EMBEDDINGS, MEMBERSHIP
from leo_activation.orchestration.connections import encoder, warehouse
from leo_activation.orchestration.defaults import RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM
from leo_activation.orchestration.tenants import synced_tenants_of_run


@dag(
    schedule=EMBEDDINGS | DEFINITIONS,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["segments", "graph"],
    doc_md=__doc__,
)
def refresh_segments() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return synced_tenants_of_run(context, warehouse())

    @task(outlets=[MEMBERSHIP])
    def refresh(tenant: str, outlet_events: Any) -> dict[str, Any]:
        segments.prove_reader_cannot_write(warehouse(), tenant)
        sync.refresh_reachability(warehouse(), tenant)
        as_of = sync.data_as_of(warehouse(), tenant)
        counts = segments.refresh_segments(warehouse(), tenant, as_of, encoder=encoder())
        outlet_events[MEMBERSHIP].extra = {"tenant": tenant}
        return vars(counts)

    refresh.expand(tenant=list_tenants())


refresh_segments()
