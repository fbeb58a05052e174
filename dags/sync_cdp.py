"""
### Bring the customer data platform into the warehouse

**Reads** each tenant's source (`ops.source`): a live ArangoDB, an `arangodump` folder, or CSV files.
**Writes** `core.*`, the tenant's graph, `ops.sync_run` with its proof, and what is set aside to `ops.quarantine`.
**Then** `compute_interests` starts by itself.

Each tenant goes through five steps of its own: open → extract (COPY into a stage of this run) → check (row rules and
Great Expectations) → merge (one transaction) → project (the graph follows).

**How much it reads** is its `mode`. *incremental*: from a live source only what is new since the last run, and a little
before; dumps and files are always read whole. *whole*: everything. *comparison*: every key and revision, then the rows
that differ; this finds silent changes and hard deletes, and `reconcile_cdp` asks for it every night.

**The proof**: the log of *merge* has a line a collection with the rows at the source and here and whether their digests
are equal. A whole read or comparison with unequal digests is not merged.

**Why a rerun is safe**: every step looks at what is there and writes only what differs; the same run twice changes
nothing, and a run that was killed goes on from its last committed step.

**When it fails**: *check* stops before anything is merged and says which expectation failed; the rows set aside stand
in `ops.quarantine` with their rule, and [Data quality](/data-docs/) shows what each check expected and found. If many
customers really were deleted at the source, start it once with `limits = {"largest_gone_share": 0.5}`. *extract* names
the file, collection or page that it could not read. Clear the failed task to go on from there.
"""

from dataclasses import fields
from datetime import datetime
from typing import Any

from airflow.sdk import Param, dag, task, task_group

from leo_activation import sync
from leo_activation.orchestration import deadlines
from leo_activation.orchestration.assets import CUSTOMERS, SOURCE
from leo_activation.orchestration.connections import source_of, warehouse
from leo_activation.orchestration.data_docs import docs_folder
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TASK_DEFAULTS, TENANTS_PARAM, heading_of
from leo_activation.orchestration.pools import WAREHOUSE
from leo_activation.orchestration.tenants import tenants_of_run
from leo_activation.settings import read_settings

MODE = Param(
    "incremental",
    enum=[mode.value for mode in sync.SyncMode if mode is not sync.SyncMode.REPLAY],
    title="Mode",
    description="How much of a live source is read.",
)
LIMITS = Param(
    {},
    type="object",
    properties={each.name: {"type": "number", "minimum": 0} for each in fields(sync.QualityLimits)},
    additionalProperties=False,
    title="Limits of the quality gate, this once",
    description='For example {"largest_gone_share": 0.5} after a large clean-up at the source.',
)
AS_OF = Param(None, type=["null", "string"], format="date-time", title="As of", description='What "now" means.')


@dag(
    schedule="0 2 * * *",
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=TASK_DEFAULTS,
    params={"tenants": TENANTS_PARAM, "mode": MODE, "as_of": AS_OF, "limits": LIMITS},
    deadline=deadlines.SYNC,
    tags=["sync", "customers"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def sync_cdp() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task_group
    def sync_tenant(tenant: str) -> None:
        @task(map_index_template=OF_TENANT)
        def open_run(tenant: str, params: dict[str, Any], run_id: str) -> int:
            """The row of ops.sync_run that the other steps go on from."""
            as_of = datetime.fromisoformat(params["as_of"]) if params["as_of"] else None
            return sync.open_run(warehouse(), tenant, run_id, as_of=as_of, mode=sync.SyncMode(params["mode"]))

        @task(map_index_template=OF_TENANT, pool=WAREHOUSE, inlets=[SOURCE])
        def extract(tenant: str, sync_run_id: int) -> dict[str, Any]:
            """Copy the source into a stage of this run; the log counts the rows done."""
            key = read_settings().pseudonym_key()
            return vars(sync.extract(warehouse(), tenant, sync_run_id, source_of(tenant), pseudonym_key=key))

        @task(map_index_template=OF_TENANT)
        def check(tenant: str, sync_run_id: int, params: dict[str, Any]) -> dict[str, Any]:
            """Rules of rows, then Great Expectations; a failure says which expectation did not hold."""
            limits = sync.QualityLimits(**params["limits"])
            return vars(sync.check(warehouse(), tenant, sync_run_id, limits=limits, docs=docs_folder()))

        @task(map_index_template=OF_TENANT, pool=WAREHOUSE)
        def merge(tenant: str, sync_run_id: int) -> dict[str, Any]:
            """One transaction: only rows that differ are written, and the proof stands in the log."""
            return vars(sync.merge(warehouse(), tenant, sync_run_id, pseudonym_key=read_settings().pseudonym_key()))

        @task(outlets=[CUSTOMERS], map_index_template=OF_TENANT, pool=WAREHOUSE)
        def project(tenant: str, sync_run_id: int, outlet_events: Any) -> dict[str, Any]:
            """The graph follows the tables."""
            counts = sync.project(warehouse(), tenant, sync_run_id)
            outlet_events[CUSTOMERS].extra = {"tenant": tenant, "sync_run_id": sync_run_id}
            return vars(counts)

        run = open_run(tenant)
        extract(tenant, run) >> check(tenant, run) >> merge(tenant, run) >> project(tenant, run)

    sync_tenant.expand(tenant=list_tenants())


sync_cdp()
