"""What every DAG and task shares: owner, retries by the kind of error, time-outs, and the failure callback."""

from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from airflow.sdk import Context, ExceptionRetryPolicy, Param, RetryAction, RetryRule
from airflow.sdk.definitions.retry_policy import RetryDecision

from leo_activation.orchestration.failures import say_what_helps

LONGEST_WAIT_S = 3600.0


class ByKindOfError(ExceptionRetryPolicy):
    """Retries by the rules, and not before a provider that named a time wants to be asked again.

    Airflow evaluates it in the task's own process, so the error itself is at hand. `retry_after_s` is an attribute of
    errors such as `llm.failures.ModelBusy`; it is looked at by name, because importing that module loads pydantic-ai in
    every DAG file.
    """

    def evaluate(
        self, exception: BaseException, try_number: int, max_tries: int, context: Context | None = None
    ) -> RetryDecision:
        """The decision of the rules, its delay at least as long as the provider asked for, and at most an hour."""
        decision = super().evaluate(exception, try_number, max_tries, context)
        asked = getattr(exception, "retry_after_s", None)
        if decision.action is not RetryAction.RETRY or asked is None:
            return decision
        wait = max(decision.retry_delay or timedelta(0), timedelta(seconds=min(asked, LONGEST_WAIT_S)))
        return RetryDecision.retry(wait, f"{decision.reason} The provider asked to wait {asked:.0f} s.")


RETRY_POLICY = ByKindOfError(
    rules=[
        RetryRule(
            exception="leo_activation.errors.Transient",
            action=RetryAction.RETRY,
            retry_delay=timedelta(seconds=30),
            reason="The same call may succeed later.",
        ),
        RetryRule(
            exception=["leo_activation.errors.Permanent", "leo_activation.errors.Configuration"],
            action=RetryAction.FAIL,
            reason="The same call would fail again until somebody changes the data or the settings.",
        ),
    ]
)


class Owner(StrEnum):
    """Who is asked about a DAG, as Airflow's list of DAGs names and filters by."""

    DATA_ENGINEERING = "data-engineering"
    MARKETING_OPERATIONS = "marketing-operations"
    PRIVACY = "privacy"


def owned_by(owner: Owner) -> dict[str, Any]:
    """What the tasks of a DAG share, with its owner."""
    return {
        "owner": owner.value,
        # After how long is Airflow's own setting, default_task_retry_delay; by the kind of error the policy says it.
        "retries": 2,
        "retry_policy": RETRY_POLICY,
        "execution_timeout": timedelta(hours=1),
        "on_failure_callback": say_what_helps,
    }


TASK_DEFAULTS = owned_by(Owner.DATA_ENGINEERING)


def heading_of(doc: str | None) -> str:
    """The heading of a DAG's documentation: what Airflow shows below the DAG's name."""
    return (doc or "").strip().partition("\n")[0].lstrip("# ")


OF_TENANT: Final = "{{ task.op_kwargs.get('tenant', task.op_args[0]) }}"
"""What a mapped task is called in the lists of Airflow, instead of its number: its tenant comes by name or first."""

RUN_TIMEOUT = timedelta(hours=3)
"""For runs that wait for nobody; runs that wait for people end by the review's own deadline."""

REVIEW_DEADLINE = timedelta(days=3)

RUNS_WAITING_FOR_PEOPLE = 1000
"""A run that waits for an answer stays active, and Airflow's default of 16 would hold up the seventeenth request."""

TENANTS_PARAM = Param(
    [],
    type="array",
    items={"type": "string"},
    title="Tenants",
    description="For which tenants; none named: all.",
)
