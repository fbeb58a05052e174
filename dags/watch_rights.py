"""
### Watch the rights of people

**Reads** `rights.request` and `rights.provider_erasure`.
**Writes** who was warned, corrections that the source shows by now, what providers answered; mails to the approvers.

For each tenant: ask the providers that can be asked for the erasures that wait; close the corrections that a sync has
brought; warn of every open request whose legal clock ends soon or has ended, once a day until it is answered.

**Why a rerun is safe**: a provider that took an erasure is not asked again, and asking again erases nothing twice; who
was warned within the day is not warned again.

**When it fails**: the sentence names the provider or connection; what waits is asked for an hour later.
`./leo rights list` shows the clocks at any time.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import dag, task, task_group

from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.rights_tasks import close_corrections, erase_at_providers, warn_of_clocks
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule=timedelta(hours=1),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.PRIVACY),
    params={"tenants": TENANTS_PARAM},
    tags=["rights"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def watch_rights() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task(map_index_template=OF_TENANT)
    def ask_providers(tenant: str) -> dict[str, Any]:
        """Erase at the providers that can be asked."""
        return erase_at_providers(tenant)

    @task(map_index_template=OF_TENANT)
    def settle_corrections(tenant: str) -> list[int]:
        """Close the corrections that a sync has brought."""
        return close_corrections(tenant)

    @task(map_index_template=OF_TENANT)
    def warn(tenant: str, **context: Any) -> list[int]:
        """Tell the approvers of clocks that end soon, once a day."""
        return warn_of_clocks(context, tenant)

    @task_group
    def one_tenant(tenant: str) -> None:
        ask_providers(tenant)
        settle_corrections(tenant) >> warn(tenant)

    one_tenant.expand(tenant=list_tenants())


watch_rights()
