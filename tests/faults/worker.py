"""A worker of the fault test: dispatches until nothing of the runs is open; started and killed by `fleet`.

It reads one line of JSON (`Orders`) from its standard input.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from leo_activation import activation
from leo_activation.activation.channels import Channel
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.sendgrid import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp import SmtpChannel, SmtpSettings
from leo_activation.activation.states import RunState
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Warehouse

ROUNDS = 20_000
PAUSE_S = 0.2
SENDGRID_KEY = "SG.of.the-fault-test"


@dataclass(frozen=True)
class Orders:
    """What a worker is told.

    `runs` are ids of runs with the provider that carries each. A provider that stalls is given up after `timeout_s`,
    far beyond what a busy machine needs for an answer; the lease outlasts two attempts that stall. `die_at` is a Point
    at whose `passing`-th passing the worker kills itself.
    """

    url: str
    tenant_id: str
    runs: list[tuple[int, str]]
    smtp_port: int
    sendgrid_url: str
    folder: str
    name: str
    key: str
    lease_s: float
    timeout_s: float
    die_at: str | None = None
    passing: int = 1


def work(orders: Orders) -> None:
    """Dispatch again and again, as a task that is retried would; others' leases may have to end first."""
    at = _die_at(activation.Point(orders.die_at), orders.passing) if orders.die_at else _go_on
    open_runs = dict(orders.runs)
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
    warehouse = Warehouse({DatabaseRole.WRITER: orders.url})
    try:
        counts = activation.dispatch(
            warehouse,
            orders.tenant_id,
            run,
            {"email": _channel(orders, provider)},
            worker=orders.name,
            guard=activation.SendingGuard(Environment.SANDBOX),
            links=activation.UnsubscribeLinks("https://shop.example/", bytes.fromhex(orders.key)),
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
        if _state(warehouse, orders.tenant_id, run) == RunState.STOPPED:
            return True
        raise
    return counts.open == 0


def _channel(orders: Orders, provider: str) -> Channel:
    if provider == "smtp":
        return SmtpChannel(SmtpSettings("127.0.0.1", orders.smtp_port, timeout_s=orders.timeout_s))
    if provider == "sendgrid":
        return SendGridChannel(
            SendGridSettings(SENDGRID_KEY, orders.tenant_id, base_url=orders.sendgrid_url, timeout_s=orders.timeout_s)
        )
    return FileChannel(FileSettings(Path(orders.folder)))


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
    given = json.loads(sys.stdin.readline())
    work(Orders(**{**given, "runs": [(int(run), str(provider)) for run, provider in given["runs"]]}))
