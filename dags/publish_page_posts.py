"""
### Posts on the tenants' Facebook Pages: decided about, published, brought to an end

**Reads** `activation.page_post`, the feed of each tenant's Page (connection `leo_messenger`).
**Writes** the states of `activation.page_post`, one `activation.page_post_attempt` before the first byte of each post.
**Starts** one `review_page_posts` for each version of a post that nobody has decided about.

For each tenant: end what nobody works on any more → look for posts whose end is not known in the Page's feed → publish
what is approved and due.

**Why a rerun is safe**: an attempt is committed before its first byte; one without an answer becomes *unknown*, is
never posted again, and only the feed settles it. A review has one run by its name.

**When it fails**: with a configuration error Facebook takes nothing of this Page: what was not published waits until
the connection is put right, and expires at its `publish_by`. Nothing is published while the kill switch is engaged.
"""

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import dag, task

from leo_activation.activation.page_posts.approval import posts_to_review
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import OF_TENANT, RUN_TIMEOUT, TENANTS_PARAM, Owner, heading_of, owned_by
from leo_activation.orchestration.page_posts import bring_posts_on
from leo_activation.orchestration.pools import SENDING
from leo_activation.orchestration.tenants import tenants_of_run


@dag(
    schedule=timedelta(minutes=10),
    max_active_runs=1,
    dagrun_timeout=RUN_TIMEOUT,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={"tenants": TENANTS_PARAM},
    tags=["activation"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def publish_page_posts() -> None:
    @task
    def list_tenants(**context: Any) -> list[str]:
        return tenants_of_run(context, warehouse())

    @task
    def list_undecided(tenants: list[str]) -> list[dict[str, Any]]:
        """Versions of posts that nobody has decided about: each gets a run of review_page_posts."""
        return [
            {
                "trigger_run_id": f"post-{tenant}-{post_id}-{version}",
                "conf": {"tenant": tenant, "post_id": post_id, "version": version},
            }
            for tenant in tenants
            for post_id, version in posts_to_review(warehouse(), tenant)
        ]

    @task(
        doc_md="Settle what is unknown by the feed, then publish what is approved and due.",
        map_index_template=OF_TENANT,
        pool=SENDING,
    )
    def bring_on(tenant: str, run_id: str) -> dict[str, int]:
        return bring_posts_on(tenant, run_id)

    tenants = list_tenants()
    bring_on.expand(tenant=tenants)
    TriggerDagRunOperator.partial(
        task_id="start_review",
        trigger_dag_id="review_page_posts",
        skip_when_already_exists=True,
        map_index_template="{{ task.trigger_run_id }}",
    ).expand_kwargs(list_undecided(tenants))


publish_page_posts()
