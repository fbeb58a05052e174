"""What every DAG and task shares: owner, retries by the kind of error, time-outs, and the failure callback."""

from datetime import timedelta

from airflow.sdk import ExceptionRetryPolicy, Param, RetryAction, RetryRule

from leo_activation.orchestration.failures import say_what_helps

RETRY_POLICY = ExceptionRetryPolicy(
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

TASK_DEFAULTS = {
    "owner": "data-engineering",
    "retries": 2,
    "retry_delay": timedelta(minutes=1),
    "retry_policy": RETRY_POLICY,
    "execution_timeout": timedelta(hours=1),
    "on_failure_callback": say_what_helps,
}

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
