"""What the ledger costs: deliveries per second with it ÷ those of a bare client loop without one, and memory.

`python -m bench dispatch` makes a database of its own and drops it. Each client is a process of its own. The bare loop
renders the same content and sends it over the same channel to the same stand-in; it asks nobody and records nothing. A
round is the loop, then the ledger with 1, 2 and 4 workers; every second round runs backwards, and the median of each
side counts.

The stand-ins: a folder, the sandbox's mail server, the sandbox's SendGrid. Each is on disk before it answers. The
sandbox is one process of Python, so with several workers it, and on a small machine the processor, is what is measured:
the ratio says how far that goes.
"""

import json
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import LiteralString

import psycopg
from psycopg import sql

from bench.dispatch_worker import KEY, Order, Report
from bench.measure import verdict
from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.process import running_sandbox
from tests.activation.shop import AS_OF, CAMPAIGN, SEGMENT, Shop

DELIVERIES = 600
ROUNDS = 3
WORKERS = (1, 2, 4)
IN_FLIGHT = (1, 8)
MEMORY_AT = (1_000, 10_000, 100_000)
SECONDS_TO_END = 1_500

_PEOPLE: tuple[LiteralString, ...] = (
    "INSERT INTO core.customer (tenant_id, customer_id) SELECT %(tenant)s, name FROM {}",
    "INSERT INTO core.profile (tenant_id, profile_id, customer_id, first_name, source_rev) "
    "SELECT %(tenant)s, 'p-' || name, name, 'Lan', '1' FROM {}",
    "INSERT INTO core.channel_address (tenant_id, profile_id, channel, address, address_hash) "
    "SELECT %(tenant)s, 'p-' || name, 'email', name || '@example.com', "
    "core.address_hash('email', name || '@example.com', %(key)s) FROM {}",
    "INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since) "
    "SELECT %(tenant)s, 'p-' || name, 'email', 'marketing', 'granted', 'consent', 'form', 'bench', %(as_of)s FROM {}",
    "INSERT INTO segment.membership (tenant_id, segment_id, customer_id, since) "
    "SELECT %(tenant)s, %(segment)s, name, %(as_of)s FROM {}",
)


@dataclass(frozen=True)
class Speed:
    """One measurement: deliveries per second from the first client's start to the last one's end."""

    per_second: float
    processor_ms: float
    peak_kib: int


@dataclass(frozen=True)
class Bench:
    """A database of its own, and where each provider is reached."""

    warehouse: Warehouse
    where: Mapping[str, str]

    def measure(self, provider: str, *, people: int, workers: int, in_flight: int) -> Speed:
        """A fresh tenant's whole run, worked off by so many clients; without a ledger where there are none."""
        tenant = self._tenant()
        with self.warehouse.connect(DatabaseRole.WRITER, tenant) as connection:
            connection.autocommit = True
            shop = Shop(self.warehouse, tenant, KEY, connection)
            _add_people(shop, people)
            run = shop.approved_run()
        with self.warehouse.connect(DatabaseRole.OWNER) as connection:
            connection.autocommit = True
            connection.execute("ANALYZE activation.delivery, core.customer, core.profile, core.channel_address")
        order = Order(
            with_ledger=workers > 0,
            url=self.warehouse.urls[DatabaseRole.WRITER],
            tenant_id=tenant,
            campaign_id=CAMPAIGN,
            campaign_run_id=run.campaign_run_id,
            people=people,
            provider=provider,
            where=self.where[provider],
            in_flight=in_flight,
        )
        reports = _carry_out(order, max(1, workers))
        accepted = sum(report.accepted for report in reports)
        if accepted != people:
            raise RuntimeError(f"{accepted} of {people} messages were accepted over {provider}")
        seconds = max(report.ended for report in reports) - min(report.started for report in reports)
        processor = sum(report.processor_s for report in reports)
        return Speed(people / seconds, 1_000 * processor / people, max(report.peak_kib for report in reports))

    def _tenant(self) -> str:
        fresh = Tenant(
            tenant_id=f"b{secrets.token_hex(6)}",
            name="Bench",
            currency="EUR",
            interest_model="event_weight",
        )
        register_tenant(self.warehouse, fresh)
        return fresh.tenant_id


def run() -> None:
    """Print the ratios of each provider, then the memory of one worker at each size."""
    with _bench() as bench:
        for provider in bench.where:
            _print_speeds(bench, provider)
        _print_memory(bench)


@contextmanager
def _bench() -> Iterator[Bench]:
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"]
    name = f"leo_bench_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    try:
        warehouse = Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole})
        migrate(warehouse)
        with tempfile.TemporaryDirectory() as folder, running_sandbox(Path(folder) / "journal") as sandbox:
            where = {"file": f"{folder}/messages", "smtp": str(sandbox.smtp_port), "sendgrid": sandbox.sendgrid_url}
            yield Bench(warehouse, where)
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _print_speeds(bench: Bench, provider: str) -> None:
    sides = [(0, 1), *((workers, in_flight) for in_flight in IN_FLIGHT for workers in WORKERS)]
    speeds: dict[tuple[int, int], list[Speed]] = {side: [] for side in sides}
    for _ in range(ROUNDS):
        for workers, in_flight in sides:
            measured = bench.measure(provider, people=DELIVERIES, workers=workers, in_flight=in_flight)
            speeds[workers, in_flight].append(measured)
        sides.reverse()
    middle = {side: median(speed.per_second for speed in taken) for side, taken in speeds.items()}
    bare = middle[0, 1]
    bare_ms = median(speed.processor_ms for speed in speeds[0, 1])
    print(f"{provider}: a bare client loop {bare:.0f}/s, {bare_ms:.2f} ms of processor a message", flush=True)
    for in_flight in IN_FLIGHT:
        one = middle[1, in_flight]
        own = median(speed.processor_ms for speed in speeds[1, in_flight])
        said = ", ".join(f"{workers}: {middle[workers, in_flight]:.0f}/s" for workers in WORKERS)
        print(f"  {in_flight} in flight, workers {said}; {own:.2f} ms of processor a message")
        print(f"    1 worker / bare loop {one / bare:.2f} ({verdict(one / bare, floor=0.5, goal=0.8)})")
        four = middle[4, in_flight] / one
        print(f"    4 workers / 1 {four:.2f} ({verdict(four, floor=1.0, goal=2.0)})", flush=True)


def _print_memory(bench: Bench) -> None:
    peaks = {}
    for people in MEMORY_AT:
        speed = bench.measure("file", people=people, workers=1, in_flight=IN_FLIGHT[-1])
        peaks[people] = speed.peak_kib
        print(f"{people} deliveries: {speed.peak_kib / 1024:.1f} MiB at most, {speed.per_second:.0f}/s", flush=True)
    growth = peaks[MEMORY_AT[-1]] / peaks[MEMORY_AT[-2]]
    print(
        f"memory, {MEMORY_AT[-1]} / {MEMORY_AT[-2]} deliveries: {growth:.2f} ({verdict(growth, floor=1.2, goal=1.05)})"
    )


def _carry_out(order: Order, clients: int) -> list[Report]:
    """Start the clients, wait until all are ready, and let them go at once."""
    command = [sys.executable, "-m", "bench.dispatch_worker"]
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"}
    running = [
        subprocess.Popen(
            command, cwd=REPOSITORY, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        for _ in range(clients)
    ]
    try:
        for client in running:
            _tell(client, json.dumps(asdict(order)))
        for client in running:
            if _hear(client) != "ready":
                raise RuntimeError("a client ended before it was ready")
        for client in running:
            _tell(client, "go")
        reports = [Report(**json.loads(_hear(client))) for client in running]
        for client in running:
            client.wait(SECONDS_TO_END)
        return reports
    finally:
        for client in running:
            client.kill()
            client.wait()


def _tell(client: "subprocess.Popen[str]", line: str) -> None:
    if client.stdin is None:
        raise RuntimeError("a client has no input")
    client.stdin.write(line + "\n")
    client.stdin.flush()


def _hear(client: "subprocess.Popen[str]") -> str:
    if client.stdout is None:
        raise RuntimeError("a client has no output")
    return client.stdout.readline().strip()


def _add_people(shop: Shop, people: int) -> None:
    values = {"tenant": shop.tenant_id, "people": people, "key": shop.key, "segment": SEGMENT, "as_of": AS_OF}
    named = sql.SQL("(SELECT 'c' || lpad(n::text, 6, '0') AS name FROM generate_series(1, %(people)s) AS n) AS named")
    for query in _PEOPLE:
        shop.connection.execute(sql.SQL(query).format(named), values)
