"""
### What each customer is interested in

**Reads** `core.event`, `core.profile`, `core.consent`.
**Writes** `profile.interest`, `profile.topic`, and the `INTERESTED_IN` edges of the graph.
**Then** `embed_profiles` starts by itself.

A customer's interest in a topic is the weighted sum of their events (by the tenant's model: purchase 3, add to cart 2,
view 1, or the scores of LEO's event metrics), halved with every half-life if the tenant sets one. Customers who refused
profiling have none.

**Why a rerun is safe**: the interests follow from the events up to the run's as-of; only rows that differ are written.

**When it fails**: nothing was written (one transaction a tenant). Clear the task.
"""

from typing import Any

from airflow.sdk import dag, task

from leo_activation import profiles, sync
from leo_activation.orchestration.assets import CUSTOMERS, INTERESTS
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of
from leo_activation.orchestration.pools import WAREHOUSE
from leo_activation.orchestration.tenants import synced_tenants_of_run


@dag(
    schedule=CUSTOMERS,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["profiles", "graph"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def compute_interests() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return synced_tenants_of_run(context, warehouse())

    @task(
        doc_md="The interests of the customers whose events changed; the log says how many of how many.",
        outlets=[INTERESTS],
        map_index_template=OF_TENANT,
        pool=WAREHOUSE,
    )
    def compute(tenant: str, outlet_events: Any) -> dict[str, Any]:
        as_of = sync.data_as_of(warehouse(), tenant)
        counts = profiles.compute_interests(warehouse(), tenant, as_of)
        outlet_events[INTERESTS].extra = {"tenant": tenant}
        return vars(counts)

    compute.expand(tenant=list_tenants())


compute_interests()
