"""
### Seal the audit log

**Reads** `audit.pending`, where the tables' triggers note requests, decisions, sends, evidence and suppressions.
**Writes** `audit.log` and `audit.batch` (numbered, hashed in a chain), and the head of each tenant's chain to a file
below `LEO_AUDIT_FOLDER`.

`./leo audit verify` works every hash out again and compares with the file.

**Why a rerun is safe**: what is sealed is pending no more; an anchor that is there is not written again.

**When it fails**: what was noted stays pending, and the next run seals it.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from leo_activation import audit
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.tenants import tenants_of_run
from leo_activation.settings import read_settings


@dag(
    schedule=timedelta(minutes=10),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.PRIVACY),
    params={"tenants": TENANTS_PARAM},
    tags=["audit"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def seal_audit() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task(
        doc_md="Number and hash what was noted, and write the head of the chain to a file.",
        map_index_template=OF_TENANT,
    )
    def seal(tenant: str) -> dict[str, Any]:
        settings = read_settings()
        return vars(audit.seal(warehouse(), tenant, settings.audit_folder, settings.pseudonym_key()))

    seal.expand(tenant=list_tenants())


seal_audit()
