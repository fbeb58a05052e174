"""
### Decide about a post on a tenant's Facebook Page

**Reads** one row of `activation.page_post`.
**Writes** the decision to `activation.page_post_decision`, `ops.review_round`; mails to the approvers.
**Then** `publish_page_posts` publishes what was approved, at its time.

review (waits for a person under *Required Actions*; whoever asked for the post cannot approve it). Started by
`publish_page_posts`, one run a version of a post, named `post-<tenant>-<id>-<version>`. No answer by the deadline is a
rejection.

**Why a rerun is safe**: a version is decided once, and the decision is bound to the hash of what was shown.

**When it fails**: nothing is published. A *review* that fails with a configuration error has nobody left who may
answer: name more approvers in `LEO_APPROVERS`, then clear the task.
"""

from airflow.sdk import Param, dag

from leo_activation.orchestration.defaults import RUNS_WAITING_FOR_PEOPLE, Owner, heading_of, owned_by
from leo_activation.orchestration.page_post_review import PagePostReview


@dag(
    schedule=None,
    max_active_runs=RUNS_WAITING_FOR_PEOPLE,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={
        "tenant": Param("", type="string"),
        "post_id": Param(0, type="integer"),
        "version": Param(1, type="integer"),
    },
    tags=["activation", "review"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def review_page_posts() -> None:
    PagePostReview(
        task_id="review",
        tenant="{{ params.tenant }}",
        post_id="{{ params.post_id }}",
        version="{{ params.version }}",
    )


review_page_posts()
