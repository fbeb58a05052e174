"""
### Bring in the templates that providers approved, and keep their tokens alive

**Reads** what Zalo lists of each tenant's templates, their prices, parameters and quotas.
**Writes** `activation.provider_template`, `activation.provider_quota`, and a new pair of tokens in
`activation.provider_token` where the present one ends within five hours.

A campaign is compared with what was brought in last before it is planned. `./leo template list` shows it.

**Why a rerun is safe**: the same list leads to the same rows. A token is renewed by one task at a time and kept before
it is used.

**When it fails**: the last list stays, and sending goes on with it. Where Zalo needs a person the approvers are told by
mail; what to do is in the guide to Zalo.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task

from leo_activation.orchestration.assets import TEMPLATES
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.provider_templates import sync_or_tell
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule=timedelta(hours=4),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={"tenants": TENANTS_PARAM},
    tags=["activation"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def sync_provider_templates() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task(
        doc_md="What the provider lists now; a token that ends soon is renewed.",
        outlets=[TEMPLATES],
        map_index_template=OF_TENANT,
    )
    def sync(tenant: str, outlet_events: Any, **context: Any) -> dict[str, Any]:
        outlet_events[TEMPLATES].extra = {"tenant": tenant}
        return sync_or_tell(context, tenant)

    sync.expand(tenant=list_tenants())


sync_provider_templates()
