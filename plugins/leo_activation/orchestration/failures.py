"""Tell whoever opens a failed task what helps: waiting, mending the data, or mending the set-up.

It is the last line of the task's log, and goes by mail to the engineers (`LEO_ENGINEERS`). Airflow's notes would be a
third place, but only its public API writes them, and a task has no rights there.
"""

import logging

from airflow.sdk import Context

from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, link_to_run
from leo_activation.segments.planners.llm_masking import masked
from leo_activation.settings import read_settings

logger = logging.getLogger(__name__)

MOST_MAILS = 3
"""Of one task in one run: of forty mapped ones that fail alike the first say all."""


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
    """Airflow's failure callback: log what failed, for whom, and whether a retry helps; and tell the engineers."""
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
    if _is_news(context):
        _tell_engineers(context, error)


def _tell_engineers(context: Context, error: BaseException | str | None) -> None:
    task_instance = context["task_instance"]
    # What an error that was not foreseen says may hold anything.
    told = masked(str(error)) if isinstance(error, LeoError) else f"{type(error).__name__}: its log says more."
    notice = Notice(
        Event.TASK_FAILED,
        f"{task_instance.dag_id}.{task_instance.task_id}, {task_instance.run_id}",
        link=link_to_run(context),
        reason=f"{told} {advice(error)}",
    )
    TellStaff(sorted(read_settings().engineers), notice)(context)


def _is_news(context: Context) -> bool:
    """Not where the run before failed too, so that what runs every minute mails once, nor for the fortieth like it."""
    task_instance = context["task_instance"]
    before = task_instance.get_previous_dagrun()
    if before is not None and before.state == "failed":
        return False
    failed = task_instance.get_ti_count(
        dag_id=task_instance.dag_id,
        task_ids=[task_instance.task_id],
        run_ids=[task_instance.run_id],
        states=["failed"],
    )
    return int(failed) <= MOST_MAILS
