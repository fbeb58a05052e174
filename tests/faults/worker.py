"""A worker of the fault test: dispatches until nothing of the runs is open; started and killed by `fleet`.

It reads one line of JSON (`Orders`) from its standard input.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from leo_activation import activation
from leo_activation.activation.channels import Answer, Channel, Session
from leo_activation.activation.states import RunState
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Warehouse
from tests.faults.carriers import CARRIERS, Reached

ROUNDS = 20_000
PAUSE_S = 0.2
A_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Orders:
    """What a worker is told.

    `runs` are ids of runs with the provider that carries each. A provider that stalls is given up after the time limit
    of `reached`, far beyond what a busy machine needs for an answer; the lease outlasts two attempts that stall.
    `die_at` is a Point at whose `passing`-th passing the worker kills itself.
    """

    reached: Reached
    runs: list[tuple[int, str]]
    name: str
    lease_s: float
    die_at: str | None = None
    passing: int = 1


def work(orders: Orders) -> None:
    """Dispatch again and again, as a task that is retried would; others' leases may have to end first."""
    at = _die_at(activation.Point(orders.die_at), orders.passing) if orders.die_at else _go_on
    # Each begins with another run, so that every provider is at work at any time.
    first = int(orders.name[1:]) % len(orders.runs)
    open_runs = dict([*orders.runs[first:], *orders.runs[:first]])
    for _ in range(ROUNDS):
        for run, provider in list(open_runs.items()):
            if _drained(orders, run, provider, at):
                del open_runs[run]
        if not open_runs:
            return
        time.sleep(PAUSE_S)
    raise SystemExit(f"the runs {sorted(open_runs)} never came to their end")


def _drained(orders: Orders, run: int, provider: str, at: Callable[[activation.Point], None]) -> bool:
    """Whether nothing of the run is left, after one call of the dispatcher."""
    to, carrier = orders.reached, CARRIERS[provider]
    warehouse = Warehouse({DatabaseRole.WRITER: to.url})
    try:
        counts = activation.dispatch(
            warehouse,
            to.tenant_id,
            run,
            {carrier.channel: Hurried(carrier.make(to))},
            worker=orders.name,
            guard=activation.SendingGuard(Environment.SANDBOX),
            links=activation.UnsubscribeLinks("https://shop.example/", bytes.fromhex(to.key)),
            limits=activation.DispatchLimits(
                batch=8,
                in_flight=2,
                send_within=timedelta(seconds=orders.lease_s / 3),
                time_limit=timedelta(seconds=10),
                lease=timedelta(seconds=orders.lease_s),
                retry=activation.RetryPolicy(max_attempts=4, first_delay=timedelta(milliseconds=100), factor=2),
            ),
            at=at,
        )
    except Transient:
        return False
    except Permanent:
        # A run that was stopped takes no more work; any other refusal is a failure of this worker.
        if _state(warehouse, to.tenant_id, run) == RunState.STOPPED:
            return True
        raise
    return counts.open == 0


class Hurried:
    """A provider's channel, whose answers ask for a second's patience at most: minutes of it are not what is tested."""

    def __init__(self, channel: Channel) -> None:
        """Hurry this one."""
        self._channel = channel
        self.provider = channel.provider
        self.build = channel.build

    @contextmanager
    def open(self) -> Iterator["Hurried.Session"]:
        """A session of the channel's."""
        with self._channel.open() as session:
            yield Hurried.Session(session)

    class Session:
        """The channel's own, but for the waits."""

        def __init__(self, session: Session[Any]) -> None:
            """Hurry this one."""
            self.ready = session.ready
            self._send = session.send

        def send(self, payload: object) -> Answer:
            """The answer, soon to be tried again where it may be."""
            answer = self._send(payload)
            limits = answer.limits
            return replace(
                answer,
                retry_after=min(answer.retry_after, A_SECOND) if answer.retry_after is not None else None,
                limits=replace(limits, resets_in=min(limits.resets_in, A_SECOND)) if limits is not None else None,
            )


def _state(warehouse: Warehouse, tenant_id: str, run: int) -> str:
    query = b"SELECT state FROM activation.run WHERE tenant_id = %s AND campaign_run_id = %s"
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(query, [tenant_id, run]).fetchone()
    return str(row[0]) if row else ""


def _go_on(point: activation.Point) -> None:
    """Nothing is ordered at any point."""


def _die_at(fatal: activation.Point, passing: int) -> Callable[[activation.Point], None]:
    left = passing

    def at(point: activation.Point) -> None:
        nonlocal left
        if point is fatal:
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    return at


if __name__ == "__main__":
    given: dict[str, Any] = json.loads(sys.stdin.readline())
    runs = [(int(run), str(provider)) for run, provider in given.pop("runs")]
    work(Orders(reached=Reached(**given.pop("reached")), runs=runs, **given))
