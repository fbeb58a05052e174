"""Task logs without a stack trace where an error was foreseen: its one sentence says all that helps.

Airflow logs whatever ends a task by `log.exception`, so the sentence of a refusal would stand below forty lines of
Airflow's own code. What else an error decides (the task's state, its retries, the failure callback) it decides
itself, which is raised as ever: only its line in the log is another (`docs/decisions/plain-refusals.md`).

An error that nobody foresaw keeps its trace, and with `AIRFLOW__LOGGING__LOGGING_LEVEL=DEBUG` every error does.
"""

import sys
from collections.abc import MutableMapping
from typing import Any

import structlog
from airflow.listeners import hookimpl
from airflow.providers.common.compat.sdk import conf

from leo_activation.errors import LeoError

DEBUG = "DEBUG"


@hookimpl
def on_starting(component: object) -> None:
    """Airflow calls it as a task's process starts, once its logging is set up."""
    if conf.get("logging", "logging_level", fallback="INFO").upper() != DEBUG:
        install()


def install() -> None:
    """Put `without_trace` before what structlog does with every event of this process, once.

    structlog has no call for it. The list is the one that its loggers hold, those that were made before too; where it
    is none any more, traces stay in the log.
    """
    processors = structlog.get_config()["processors"]
    if isinstance(processors, list) and without_trace not in processors:
        processors.insert(0, without_trace)


def without_trace(logger: object, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The event of a log; of one that tells of a foreseen error the sentence in the place of the trace."""
    error = _error_of(event.get("exc_info"))
    if isinstance(error, LeoError):
        del event["exc_info"]
        event["event"] = f"{event.get('event', '')}: {error}"
    return event


def _error_of(told: object) -> BaseException | None:
    """What `exc_info` is about: it may be an error, what sys.exc_info() gives, or true for the error at hand."""
    if isinstance(told, BaseException):
        return told
    if isinstance(told, tuple):
        return told[1] if len(told) > 1 and isinstance(told[1], BaseException) else None
    return sys.exc_info()[1] if told else None
