"""What the tests with kills share: how processes of the instance are killed, and how long is waited for what."""

import os
import signal
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx
import psycopg
import pytest

from embedded.demo.airflow_api import polls
from embedded.processes import Service
from leo_activation.errors import Transient
from tests.end_to_end.conftest import Instance

UP_LIMIT_S = 300
WORK_LIMIT_S = 60


def await_that(holds: Callable[[], bool], limit_s: float, what: str) -> None:
    for elapsed in polls(limit_s):
        try:
            if holds():
                print(f"{elapsed:5.0f} s until {what}")
                return
        except (Transient, psycopg.Error, httpx.HTTPError):
            # The database is what was killed, and Airflow's API asks it.
            continue
    pytest.fail(f"Waited {limit_s:.0f} s in vain until {what}.")


def while_up(instance: Instance, scheduler: Service, holds: Callable[[], bool]) -> Callable[[], bool]:
    """The condition, asked for while the scheduler runs: one that lost its database may end long after."""

    def asked() -> bool:
        if not scheduler.is_running():
            instance.embedded("up", limit_s=UP_LIMIT_S)
        return holds()

    return asked


def kill_workers_at_work(scheduler: Service) -> None:
    """SIGKILL for those of Airflow's workers that run a task, and for the task.

    An idle one waits for work with the lock of the queue in its hand: killed so, it lets no other worker take a task
    until the scheduler is started anew (Airflow 3.3.2, LocalExecutor). So all stand still while each is looked at.
    """

    def killed() -> bool:
        leader = scheduler.running_pid()
        stopped = [
            stat.pid for stat in scheduler.members() if stat.pid != leader and _signalled(stat.pid, signal.SIGSTOP)
        ]
        at_work = {pid for pid in stopped if _is_at_work(pid)}
        for pid in stopped:
            _signalled(pid, signal.SIGKILL if pid in at_work else signal.SIGCONT)
        return bool(at_work)

    await_that(killed, WORK_LIMIT_S, "a worker was at work and is killed")


def kill(pids: Iterable[int]) -> int:
    """SIGKILL; how many processes there were."""
    return sum(_signalled(pid, signal.SIGKILL) for pid in list(pids))


def _is_at_work(pid: int) -> bool:
    try:
        title = Path(f"/proc/{pid}/cmdline").read_bytes()
    except FileNotFoundError:
        return False
    return b"airflow worker" in title and b"<idle>" not in title


def _signalled(pid: int, one: signal.Signals) -> bool:
    try:
        os.kill(pid, one)
    except ProcessLookupError:
        return False
    return True
