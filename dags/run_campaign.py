"""
### One planned run of a campaign: a person approves, then the ledger is drained

**Reads** `activation.run`, `activation.delivery`, consent and suppression (again, at the moment of sending).
**Writes** the states of `activation.delivery` and one `activation.attempt` before the first byte of each message.

review (waits for a person under *Required Actions*: the waterfall, and the message for an invented person) → send.

**Why a rerun is safe**: the ledger decides, not this task. What was accepted is never sent again; an answer that was
lost is *unknown* and waits for evidence; a retry, a double run or a kill at any line changes nothing in the result.

**When it fails**: what is left stays *ready* and is sent when the task is cleared. Nothing is sent while the kill
switch is engaged (`./leo kill-switch`).
"""

from typing import Any

from airflow.sdk import Param, dag, task

from leo_activation import activation
from leo_activation.errors import Transient
from leo_activation.orchestration.assets import DELIVERIES
from leo_activation.orchestration.campaign_review import CampaignReview
from leo_activation.orchestration.connections import channels, sending_guard, unsubscribe_links, warehouse
from leo_activation.orchestration.defaults import RUNS_WAITING_FOR_PEOPLE, TASK_DEFAULTS

DRAINS = 20
"""How often the ledger is drained again while retries wait; what is left then is shown as open, not lost."""


@dag(
    schedule=None,
    max_active_runs=RUNS_WAITING_FOR_PEOPLE,
    default_args=TASK_DEFAULTS,
    params={"tenant": Param("", type="string"), "campaign_run_id": Param(0, type="integer")},
    tags=["activation", "review"],
    doc_md=__doc__,
)
def run_campaign() -> None:
    review = CampaignReview(
        task_id="review", tenant="{{ params.tenant }}", campaign_run_id="{{ params.campaign_run_id }}"
    )

    @task.short_circuit
    def approved(decision: dict[str, str]) -> bool:
        return decision["state"] == activation.RunState.APPROVED

    @task(outlets=[DELIVERIES], retries=DRAINS)
    def send(params: dict[str, Any], run_id: str, outlet_events: Any) -> dict[str, Any]:
        counts = activation.dispatch(
            warehouse(),
            params["tenant"],
            params["campaign_run_id"],
            channels(params["tenant"]),
            worker=run_id,
            guard=sending_guard(),
            links=unsubscribe_links(),
        )
        if counts.open:
            raise Transient(f"{counts.open} deliveries wait for their next attempt or for another worker.")
        outlet_events[DELIVERIES].extra = {"tenant": params["tenant"]}
        return vars(counts)

    approved(review.output) >> send()


run_campaign()
