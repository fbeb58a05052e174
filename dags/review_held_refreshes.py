"""
### Decide about a refresh that would change a segment beyond its limits

**Reads** one row of `segment.held_refresh`, the limits of the version.
**Writes** the decision to `segment.held_refresh`, `ops.review_round`; mails to the approvers.
**Then**, when released, `refresh_segments` starts by itself: it finds anew, and publishes where it finds exactly the
numbers that were let pass.

review (waits for a person under *Required Actions*; whoever asked for the segment cannot answer) → release. Started by
`refresh_segments`, one run a hold, named `hold-<tenant>-<id>`. Until somebody decides the members stay as they are, and
whatever builds on the segment goes on with them. No answer by the deadline is a rejection.

**Why a rerun is safe**: a hold is decided once, and what was let pass is used up by the refresh that publishes it.

**When it fails**: the members stay as they are. A *review* that fails with a configuration error has nobody left who
may answer: name more approvers in `LEO_APPROVERS`, then clear the task.
"""

from typing import Any

from airflow.sdk import Param, dag, task

from leo_activation import segments
from leo_activation.orchestration.assets import DEFINITIONS
from leo_activation.orchestration.defaults import RUNS_WAITING_FOR_PEOPLE, TASK_DEFAULTS, heading_of
from leo_activation.orchestration.hold_review import HoldReview


@dag(
    schedule=None,
    max_active_runs=RUNS_WAITING_FOR_PEOPLE,
    default_args=TASK_DEFAULTS,
    params={"tenant": Param("", type="string"), "hold_id": Param(0, type="integer")},
    tags=["segments", "review"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def review_held_refreshes() -> None:
    review = HoldReview(task_id="review", tenant="{{ params.tenant }}", hold_id="{{ params.hold_id }}")

    @task.short_circuit
    def released(decision: dict[str, str]) -> bool:
        """Ends the run quietly where the refresh was not let pass."""
        return decision["state"] == segments.HoldState.RELEASED

    @task(outlets=[DEFINITIONS])
    def release(params: dict[str, Any], outlet_events: Any) -> None:
        """Says that a definition may be refreshed again, so that refresh_segments publishes it."""
        outlet_events[DEFINITIONS].extra = {"tenant": params["tenant"]}

    released(review.output) >> release()


review_held_refreshes()
