"""One client of `bench dispatch` in a process of its own: it gets ready, waits for the word, sends, and says how long.

python -m bench.dispatch_worker    arguments as one line of JSON on stdin, "ready" on stdout; then a line "go" on stdin,
and the report as one line on stdout
"""

import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from leo_activation import activation
from leo_activation.activation.campaigns.composing import Recipient, compose
from leo_activation.activation.campaigns.content import read_content
from leo_activation.activation.channels import Channel
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.states import Outcome
from leo_activation.settings import DatabaseRole, Environment
from leo_activation.warehouse.connections import Connection, Warehouse

PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)
KEY = b"k" * 32
TIMEOUT_S = 30.0
PEOPLE = """
    SELECT delivery_id, address FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s LIMIT %s
"""


@dataclass(frozen=True)
class Order:
    """What one client does.

    With a ledger it works off the run; without one it sends to the addresses of the run's people one after the other,
    with the same content over the same channel. `where` is a port, a URL or a folder, as the provider wants it.
    """

    with_ledger: bool
    url: str
    tenant_id: str
    campaign_id: str
    campaign_run_id: int
    people: int
    provider: str
    where: str
    in_flight: int


@dataclass(frozen=True)
class Report:
    """Messages that were accepted; the moments of the first and the last by the machine's own clock; memory in KiB."""

    accepted: int
    started: float
    ended: float
    processor_s: float
    peak_kib: int


def channel_of(order: Order) -> Channel:
    """The channel over which an order is carried out."""
    match order.provider:
        case "smtp":
            return SmtpChannel(SmtpSettings("127.0.0.1", int(order.where), timeout_s=TIMEOUT_S))
        case "sendgrid":
            settings = SendGridSettings("SG.bench", order.tenant_id, base_url=order.where, timeout_s=TIMEOUT_S)
            return SendGridChannel(settings)
        case _:
            return FileChannel(FileSettings(Path(order.where)))


def main() -> None:
    """Carry out one order."""
    order = Order(**json.loads(sys.stdin.readline()))
    warehouse = Warehouse({DatabaseRole.WRITER: order.url})
    links = activation.UnsubscribeLinks("https://shop.example/", KEY)
    with warehouse.connect(DatabaseRole.WRITER, order.tenant_id) as connection:
        content = read_content(connection, order.tenant_id, order.campaign_id)
        people = [] if order.with_ledger else _people(connection, order)
    recipients = [Recipient(each, order.tenant_id, "email", address, first_name="Lan") for each, address in people]
    channel = channel_of(order)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    started, processor = time.time(), time.process_time()
    if order.with_ledger:
        accepted = activation.dispatch(
            warehouse,
            order.tenant_id,
            order.campaign_run_id,
            {"email": channel},
            worker="bench",
            guard=activation.SendingGuard(Environment.SANDBOX),
            links=links,
            limits=activation.DispatchLimits(in_flight=order.in_flight, time_limit=timedelta(minutes=20)),
        ).accepted
    else:
        accepted = 0
        with channel.open() as session:
            for recipient in recipients:
                payload = channel.build(compose(content, recipient, links))
                session.ready()
                accepted += session.send(payload).outcome is Outcome.ACCEPTED
    peak = PEAK.search(Path("/proc/self/status").read_text())
    report = Report(
        accepted, started, time.time(), time.process_time() - processor, int(peak[1]) if peak is not None else 0
    )
    sys.stdout.write(json.dumps(asdict(report)) + "\n")


def _people(connection: Connection, order: Order) -> list[tuple[UUID, str]]:
    rows = connection.execute(PEOPLE, [order.tenant_id, order.campaign_run_id, order.people]).fetchall()
    return [(delivery_id, address) for delivery_id, address in rows]


if __name__ == "__main__":
    main()
