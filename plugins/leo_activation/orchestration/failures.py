"""Tell whoever opens a failed task what helps: waiting, mending the data, or mending the set-up."""

import logging

from airflow.sdk import Context

from leo_activation.errors import Configuration, Permanent, Transient

logger = logging.getLogger(__name__)


def advice(error: BaseException | str | None) -> str:
    """One sentence on what to do about an error, by its kind."""
    match error:
        case Transient():
            return "Nothing has to be changed: run the task again, or let its retries do so."
        case Permanent():
            return "A retry would fail the same way: mend the data or the request that the message names first."
        case Configuration():
            return "A retry would fail the same way: an administrator has to change the setting that the message names."
        case _:
            return "This error was not foreseen: a retry is safe (every step can be repeated), and worth reporting."


def say_what_helps(context: Context) -> None:
    """Airflow's failure callback: log what failed, for whom, and whether a retry helps."""
    task_instance = context["task_instance"]
    error = context.get("exception")
    logger.error(
        "%s.%s failed in run %s: %s %s",
        task_instance.dag_id,
        task_instance.task_id,
        task_instance.run_id,
        error,
        advice(error),
    )
