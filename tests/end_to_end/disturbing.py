"""What the tests with kills share: how processes of the instance are killed, and how long is waited for what."""

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

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


def at_work(pids: Iterable[int]) -> Iterator[int]:
    """Those of Airflow's workers that run a task.

    An idle one waits for work with the lock of the queue in its hand: killed so, it lets no other worker take a task
    until the scheduler is started anew (Airflow 3.3.2, LocalExecutor).
    """
    for pid in pids:
        try:
            title = Path(f"/proc/{pid}/cmdline").read_bytes()
        except FileNotFoundError:
            continue
        if b"airflow worker" in title and b"<idle>" not in title:
            yield pid


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
