"""What the tests with kills share: how processes of the instance are killed, and how long is waited for what."""

import os
import signal
from collections.abc import Callable, Iterator

import psycopg
import pytest

from embedded.demo.airflow_api import polls
from leo_activation.errors import Transient

UP_LIMIT_S = 600


def await_that(holds: Callable[[], bool], limit_s: float, what: str) -> None:
    for _ in polls(limit_s):
        try:
            if holds():
                return
        except (Transient, psycopg.Error):
            # The database is what was killed.
            continue
    pytest.fail(f"Waited {limit_s:.0f} s in vain until {what}.")


def kill(pids: Iterator[int]) -> int:
    """SIGKILL; how many processes there were."""
    killed = 0
    for pid in list(pids):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
        killed += 1
    return killed
