"""
### One planned run of a campaign: people approve, then the ledger is drained

**Reads** `activation.run`, `activation.delivery`, consent and suppression (again, at the moment of sending).
**Writes** `activation.approval`, the states of `activation.delivery`, one `activation.attempt` before the first byte
of each message, and mails to the people who ask and approve.

weigh (a run to nobody ends here, one within the limits of what was approved before passes) → review → second review
(each waits for a person under *Required Actions*, and has nothing to ask where the tables say that it is decided; the
second asks somebody else, where the run is above the size that one person may approve) → tell whoever asked → send, by
`LEO_SENDING_WORKERS` tasks side by side → done.

What is deferred (quiet hours, a local time, a later attempt) is no failure: the run of this DAG ends, *done* says how
many wait, and `reconcile_deliveries` sends them when they are due.

**Why a rerun is safe**: the tables decide, not these tasks. A decision is on record once for each person, bound to the
hash of what was shown. What was accepted is never sent again; an answer that was lost is *unknown* and waits for
evidence; a retry, a double run or a kill at any line changes nothing in the result.

**When it fails**: what is left stays *ready* and is sent when the task is cleared, or by `reconcile_deliveries`.
Nothing is sent while the kill switch is engaged (`./leo kill-switch`) or the campaign is paused. A review that fails
with a configuration error has too few people who may answer: name more approvers in `LEO_APPROVERS`, clear the task.
"""

from datetime import UTC, datetime
from typing import Any

from airflow.sdk import Param, dag, task

from leo_activation import activation
from leo_activation.orchestration.assets import CAMPAIGN_RUNS, DELIVERIES
from leo_activation.orchestration.campaign_notices import tell_about_run
from leo_activation.orchestration.campaign_review import CampaignReview
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.defaults import RUNS_WAITING_FOR_PEOPLE, Owner, heading_of, owned_by
from leo_activation.orchestration.draining import drain, what_is_left
from leo_activation.orchestration.pools import SENDING
from leo_activation.settings import read_settings


@dag(
    schedule=None,
    max_active_runs=RUNS_WAITING_FOR_PEOPLE,
    default_args=owned_by(Owner.MARKETING_OPERATIONS),
    params={"tenant": Param("", type="string"), "campaign_run_id": Param(0, type="integer")},
    tags=["activation", "review"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def run_campaign() -> None:
    asked = {"tenant": "{{ params.tenant }}", "campaign_run_id": "{{ params.campaign_run_id }}"}

    @task
    def weigh(params: dict[str, Any]) -> str:
        """A run to nobody ends here; one within the limits of what was approved before asks nobody."""
        at = datetime.now(UTC)
        return str(activation.pass_within_limits(warehouse(), params["tenant"], params["campaign_run_id"], at=at))

    review = CampaignReview(task_id="review", **asked)
    second_review = CampaignReview(task_id="second_review", is_second=True, **asked)

    @task
    def tell(params: dict[str, Any], **context: Any) -> None:
        """A mail to whoever asked: what was decided, or why the run was stopped."""
        tell_about_run(context, params["tenant"], params["campaign_run_id"])

    @task.short_circuit
    def approved(params: dict[str, Any]) -> bool:
        """Nothing is sent where the tables do not say that the run is approved."""
        standing = activation.run_standing(warehouse(), params["tenant"], params["campaign_run_id"])
        return standing.state in (activation.RunState.APPROVED, activation.RunState.SENDING)

    @task
    def list_workers() -> list[int]:
        return list(range(1, read_settings().sending_workers() + 1))

    @task(
        doc_md="One of the tasks that drain the run side by side; the log counts the deliveries done.",
        pool=SENDING,
        inlets=[CAMPAIGN_RUNS],
        map_index_template="worker {{ task.op_kwargs['number'] }}",
    )
    def send(number: int, params: dict[str, Any], run_id: str, **context: Any) -> dict[str, Any]:
        return drain(context, params["tenant"], params["campaign_run_id"], f"{run_id}/{number}")

    @task(outlets=[DELIVERIES])
    def done(params: dict[str, Any], outlet_events: Any) -> dict[str, Any]:
        """How the run stands; what waits for a later moment is sent by reconcile_deliveries."""
        outlet_events[DELIVERIES].extra = {"tenant": params["tenant"]}
        return what_is_left(params["tenant"], params["campaign_run_id"])

    gate, workers = approved(), list_workers()
    weigh() >> review >> second_review >> [tell(), gate]
    gate >> workers
    send.expand(number=workers) >> done()


run_campaign()
