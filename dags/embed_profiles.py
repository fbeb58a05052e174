"""
### A text and a vector for each customer

**Reads** `core.profile`, `profile.interest`, `core.consent`, `segment.*`, `activation.*`.
**Writes** `profile.text` (no name, address or number in it), `profile.embedding`, `profile.topic_embedding`,
`segment.memory` (what is recalled: segments, requests and campaigns).
**Then** `refresh_segments` starts by itself.

Only texts whose hash has no vector yet are embedded, equal texts once; the model runs in this task, offline.

**Why a rerun is safe**: a text that has its vector of the model is never embedded again. A run that was killed keeps
the vectors it had stored.

**When it fails**: the message names the model or the runtime that could not be loaded (`LEO_EMBEDDING_MODEL`,
`LEO_EMBEDDING_RUNTIME`). Clear the task after the change.
"""

from typing import Any

from airflow.sdk import dag, task

from leo_activation import profiles, sync
from leo_activation.orchestration.assets import EMBEDDINGS, INTERESTS
from leo_activation.orchestration.connections import encoder, warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of
from leo_activation.orchestration.pools import WAREHOUSE
from leo_activation.orchestration.tenants import synced_tenants_of_run
from leo_activation.segments import recall


@dag(
    schedule=INTERESTS,
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM},
    tags=["profiles", "embedding"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def embed_profiles() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return synced_tenants_of_run(context, warehouse())

    @task(
        doc_md="What each customer is like, in words without name, address or number.",
        map_index_template=OF_TENANT,
        pool=WAREHOUSE,
    )
    def write_texts(tenant: str) -> dict[str, Any]:
        return vars(profiles.write_texts(warehouse(), tenant, sync.data_as_of(warehouse(), tenant)))

    # One process with all threads is faster than several that share the cores.
    @task(
        doc_md="A vector for each text that has none; the log counts them.",
        outlets=[EMBEDDINGS],
        max_active_tis_per_dagrun=1,
        map_index_template=OF_TENANT,
        pool=WAREHOUSE,
    )
    def embed(tenant: str, outlet_events: Any) -> dict[str, Any]:
        counts = profiles.embed_due(warehouse(), tenant, encoder())
        outlet_events[EMBEDDINGS].extra = {"tenant": tenant}
        return vars(counts)

    @task(
        doc_md="Vectors of what is recalled: segments, requests and campaigns.",
        max_active_tis_per_dagrun=1,
        map_index_template=OF_TENANT,
    )
    def remember(tenant: str) -> dict[str, Any]:
        return vars(recall.remember(warehouse(), tenant, encoder()))

    tenants = list_tenants()
    write_texts.expand(tenant=tenants) >> embed.expand(tenant=tenants) >> remember.expand(tenant=tenants)


embed_profiles()
