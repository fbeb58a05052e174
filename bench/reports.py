"""How long the report views take behind a dashboard, for a large tenant beside a tenth of it.

`python -m bench reports [--customers 100000]` makes a database of its own with two busy tenants, one ten times the
other: customers with fifteen events each, segments, requests and a campaign that writes to everybody. Every view of
`report` is read whole for each of the two, as Superset's login and by the filter that Superset puts on every chart. A
view whose ratio is below ten grows slower than the business does.
"""

import secrets
import sys
import time
from datetime import datetime
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from bench.busy_tenant import CUSTOMERS, fill
from bench.measure import verdict
from bench.planner import fresh_warehouse
from bench.sync_data import CHANGED_ON
from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse

SMALLER = 10
EVENTS = 15
"""Of each customer, in a year."""
ROUNDS = 3
FLOOR_MS, GOAL_MS = 3_000.0, 300.0
LIMIT_MS = 120_000


def run(customers: int = CUSTOMERS) -> None:
    """Print each view's time for both tenants."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, administrator):
        large, small = (f"b{secrets.token_hex(6)}" for _ in range(2))
        for tenant_id, size in ((large, customers), (small, customers // SMALLER)):
            fill(warehouse, tenant_id, size, encoder)
            _add_events(warehouse, tenant_id, size)
        sys.stdout.write(f"{customers:,} customers with {customers * EVENTS:,} events beside a tenth of it\n")
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute("ANALYZE")
            connection.execute("SET ROLE leo_reporter")
            connection.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(LIMIT_MS)))
            views = connection.execute(
                "SELECT viewname FROM pg_views WHERE schemaname = 'report' ORDER BY viewname"
            ).fetchall()
            for (view,) in views:
                _compare(connection, str(view), large, small)


def _compare(connection: psycopg.Connection[tuple[object, ...]], view: str, large: str, small: str) -> None:
    query = sql.SQL("SELECT count(t) FROM {} AS t WHERE tenant_id = %s").format(sql.Identifier("report", view))
    times: dict[str, list[float]] = {large: [], small: []}
    for turn in range(ROUNDS + 1):
        for tenant_id, kept in times.items():
            began = time.perf_counter()
            connection.execute(query, [tenant_id]).fetchone()
            if turn:  # the first one reads from disk
                kept.append((time.perf_counter() - began) * 1000)
    took, tenth = median(times[large]), median(times[small])
    sys.stdout.write(
        f"  {view:28} {took:8.1f} ms ÷ a tenth {tenth:7.1f} ms = {took / tenth:5.1f}; "
        f"{verdict(took, floor=FLOOR_MS, goal=GOAL_MS)}\n"
    )


def _add_events(warehouse: Warehouse, tenant_id: str, customers: int) -> None:
    as_of = datetime.fromisoformat(CHANGED_ON)
    values = {"tenant": tenant_id, "customers": customers, "events": EVENTS, "as_of": as_of}
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute("SELECT core.ensure_event_partitions(%(as_of)s - INTERVAL '13 months', %(as_of)s)", values)
        for part in Path(__file__).with_suffix(".sql").read_text().split(";\n"):
            connection.execute(part.encode(), values)
