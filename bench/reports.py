"""How long the report views take behind a dashboard, for a large tenant beside a tenth of it.

`python -m bench reports [--customers 100000]` makes a database of its own with two busy tenants, one ten times the
other: customers with fifteen events each, segments, requests and a campaign that writes to everybody. Every view of
`report` is read whole for each of the two, as Superset's login and by the tenant's name, as the Tenant filter asks. A
view whose ratio is below ten grows slower than the business does; where it is about 1 the small tenant waits for the
large one. Views with days are read for the large tenant's last 90 days too, as the Period filter asks: what that
costs stands beside all of history.
"""

import secrets
import sys
import time
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

import psycopg
import yaml
from psycopg import sql

from bench.busy_tenant import CUSTOMERS, fill, name_of
from bench.measure import verdict
from bench.planner import fresh_warehouse
from bench.sync_data import CHANGED_ON
from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse

DATASETS = REPOSITORY / "superset" / "assets" / "datasets"
TIMESTAMP_FORMAT = sql.Literal("YYYY-MM-DD HH24:MI:SS")
SMALLER = 10
EVENTS = 15
"""Of each customer, in a year."""
PERIOD = timedelta(days=90)
ROUNDS = 3
FLOOR_MS, GOAL_MS = 3_000.0, 300.0
LIMIT_MS = 120_000


def run(customers: int = CUSTOMERS) -> None:
    """Print each view's time for both tenants."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, administrator):
        small = customers // SMALLER
        for size in (customers, small):
            tenant_id = f"b{secrets.token_hex(6)}"
            fill(warehouse, tenant_id, size, encoder)
            _add_events(warehouse, tenant_id, size)
        sys.stdout.write(f"{customers:,} customers with {customers * EVENTS:,} events beside a tenth of it\n")
        with psycopg.connect(administrator, autocommit=True) as connection:
            # Statistics, and the visibility map that autovacuum would have written by the next day.
            connection.execute("VACUUM ANALYZE")
            connection.execute("SET ROLE leo_reporter")
            connection.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(LIMIT_MS)))
            for file in sorted(DATASETS.glob("*.yaml")):
                time_column = yaml.safe_load(file.read_text("utf-8")).get("time")
                _compare(connection, file.stem, time_column, name_of(customers), name_of(small))


def _compare(
    connection: psycopg.Connection[tuple[object, ...]], view: str, time_column: str | None, large: str, small: str
) -> None:
    read = sql.SQL("SELECT count(t) FROM {} AS t WHERE tenant IN (%s)").format(sql.Identifier("report", view))
    asked: dict[str, tuple[sql.Composed, list[object]]] = {"large": (read, [large]), "small": (read, [small])}
    if time_column is not None:
        column, of_view = sql.Identifier(time_column), sql.Identifier("report", view)
        newest = sql.SQL("SELECT max({}) FROM {} WHERE tenant IN (%s)").format(column, of_view)
        [(last,)] = connection.execute(newest, [large]).fetchall()
        if isinstance(last, datetime):
            within = sql.SQL("{} AND {} > to_timestamp(%s, {}) AND {} <= to_timestamp(%s, {})").format(
                read, column, TIMESTAMP_FORMAT, column, TIMESTAMP_FORMAT
            )
            asked["period"] = (within, [large, str(last - PERIOD), str(last)])
    times: dict[str, list[float]] = {name: [] for name in asked}
    for turn in range(ROUNDS + 1):
        for name, (query, values) in asked.items():
            began = time.perf_counter()
            connection.execute(query, values).fetchone()
            if turn:  # the first one reads from disk
                times[name].append((time.perf_counter() - began) * 1000)
    took = {name: median(each) for name, each in times.items()}
    period = f"; 90 days {took['period']:8.1f} ms = {took['period'] / took['large']:4.2f}" if "period" in took else ""
    sys.stdout.write(
        f"  {view:20} {took['large']:8.1f} ms ÷ a tenth {took['small']:7.1f} ms = {took['large'] / took['small']:5.1f}"
        f"{period}; {verdict(took.get('period', took['large']), floor=FLOOR_MS, goal=GOAL_MS)}\n"
    )


def _add_events(warehouse: Warehouse, tenant_id: str, customers: int) -> None:
    as_of = datetime.fromisoformat(CHANGED_ON)
    values = {"tenant": tenant_id, "customers": customers, "events": EVENTS, "as_of": as_of}
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        connection.execute("SELECT core.ensure_event_partitions(%(as_of)s - INTERVAL '13 months', %(as_of)s)", values)
        for part in Path(__file__).with_suffix(".sql").read_text().split(";\n"):
            connection.execute(part.encode(), values)
