"""A worker of the fault test: dispatches until nothing of the run is open; started and killed by test_sending."""

import json
import sys
import time
from datetime import timedelta

from leo_activation import activation
from leo_activation.activation.channels.smtp import SmtpChannel, SmtpSettings
from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Warehouse

# A stalled server is given up after this long, far beyond what a busy machine needs for an answer; the lease outlasts a
# time-out in each phase of the protocol.
TIMEOUT_S = 4.0
LEASE = timedelta(seconds=30)
LIMITS = activation.DispatchLimits(
    batch=4,
    time_limit=timedelta(minutes=5),
    lease=LEASE,
    retry=activation.RetryPolicy(max_attempts=4, first_delay=timedelta(milliseconds=100), factor=2),
)
ROUNDS = 5_000
PAUSE_S = 0.2


def work(url: str, tenant_id: str, campaign_run_id: int, port: int, name: str, key: str) -> None:
    """Dispatch again and again, as a task that is retried would; others' leases may have to end first."""
    for _ in range(ROUNDS):
        try:
            counts = activation.dispatch(
                Warehouse({DatabaseRole.WRITER: url}),
                tenant_id,
                campaign_run_id,
                {"email": SmtpChannel(SmtpSettings("127.0.0.1", port, timeout_s=TIMEOUT_S))},
                worker=name,
                guard=activation.SendingGuard(Environment.SANDBOX),
                links=activation.UnsubscribeLinks("https://shop.example/", bytes.fromhex(key)),
                limits=LIMITS,
            )
        except Transient:
            counts = None
        if counts is not None and counts.open == 0:
            return
        time.sleep(PAUSE_S)
    raise SystemExit(f"run {campaign_run_id} never came to its end")


if __name__ == "__main__":
    work(**json.loads(sys.stdin.readline()))
