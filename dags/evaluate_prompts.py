"""
### May another prompt or model plan from now on?

**Reads** the prompt files and the golden set below `include/prompts/plan_segment`, and the model's connection.
**Writes** `llm.call` (task `evaluate_prompts`, with a budget of its own), `llm.evaluation_case`, `llm.evaluation`,
`llm.activation`.

Every day the newest prompt version and the model that the serving connection names are compared with what serves, if
that was not decided before. Both are asked the golden set, and the new one serves from then on if no more of its plans
are wrong and no fewer are exact. A run by hand names another connection or prompt version (to go back to an older one,
too), or asks again.

**Why a rerun is safe**: each answered case is kept, and the next try of the run goes on after it. A part of a golden
set is no evaluation, and without two whole ones nothing is activated. What serves changes in one transaction.

**When it fails**: *activate* failed: the message names the cases in which the new one is worse; what served before goes
on. Mend the prompt as a new version, or put the old model back. *evaluate* failed: the message says whether the model,
its key or its budget is to blame; clear the task, and it goes on where it stopped.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, dag, task

from leo_activation.orchestration.defaults import TASK_DEFAULTS, heading_of
from leo_activation.orchestration.pools import LANGUAGE_MODELS
from leo_activation.orchestration.prompt_evaluation import activate_what_is_not_worse, evaluate_what_is_new


@dag(
    schedule="@daily",
    catchup=False,
    max_active_runs=1,
    dagrun_timeout=timedelta(hours=12),
    default_args=TASK_DEFAULTS,
    params={
        "connection": Param("", type="string", description="Which connection leads to the model; empty: what serves."),
        "prompt_version": Param(0, type="integer", minimum=0, description="0: the newest."),
        "tenant": Param("", type="string", description="In whose ledger the calls are booked; empty: the default one."),
        "again": Param(False, type="boolean", description="Ask the golden set although it was asked before."),
    },
    tags=["segments", "models"],
    doc_md=__doc__,
    description=heading_of(__doc__),
)
def evaluate_prompts() -> None:
    # A provider that asks to wait after every few cases is a normal day: each retry goes on where the last one stopped.
    @task.short_circuit(retries=30, execution_timeout=timedelta(hours=2), pool=LANGUAGE_MODELS)
    def evaluate(params: dict[str, Any], run_id: str) -> bool:
        """Ask the golden set; skips what follows where there is nothing to decide."""
        return evaluate_what_is_new(params, run_id)

    @task
    def activate(params: dict[str, Any]) -> bool:
        """Let the new one serve where it is not worse; a failure names the cases in which it is."""
        return activate_what_is_not_worse(params)

    evaluate() >> activate()


evaluate_prompts()
