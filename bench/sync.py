"""The sync against a bare binary COPY of the same rows, against itself with little to do, and at two sizes.

`python -m bench sync [--profiles 10000,100000]` makes a database of its own for each size and drops it. Each sync is a
process of its own (`bench.sync_worker`). Processor seconds are those of that process and of its PostgreSQL sessions;
the verdicts go by them, because they are what a busy machine disturbs least.

What is compared:

* Full sync ÷ COPY: everything from the source's bytes to the merged tables (extract, check, merge) against a binary
  COPY with set types of the rows that stand in `core` afterwards, from tuples that are ready in memory, into plain
  logged tables of the same columns without indexes, constraints or row security. COPY neither reads JSON nor judges,
  joins or indexes anything: it is the least that putting these rows into PostgreSQL can cost. Beside it: a COPY of
  the rows as staged, with the documents' bytes, which is what the sync has to bring over before it can judge them.
  Tuples are made in batches for which the clock stands still while the server may still be at work: by the clock,
  COPY looks a little faster than it is.
* Ready graph ÷ COPY: the projection into an empty graph (rows, indexes, statistics, the counts compared) against a COPY
  in text of the rows of the sync's labels into plain tables of the same columns. AGE has no binary form for clients.
* Run with 1 % changed ÷ full run, both from end to end: one profile in a hundred with another revision, and one new
  event for each of its events. From a live source the run reads what is new; a dump can only be read whole.
* Run with nothing new: rows read and written. The rows written are counted by PostgreSQL's statistics, not by the sync.
* Peak memory of the worker: at the larger size ÷ at the smaller, until the source is read and in all (the gate loads
  Great Expectations and pandas, which are larger than all else).

The live source is the dump behind an index, read by the worker itself: no HTTP, no server (`bench.sync_data.LiveDump`).
"""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from statistics import median

import psycopg
from psycopg import sql

from bench.measure import Spent, processor_seconds, verdict
from bench.sync_data import FIRST_DAY, LATER_DAY, Dumps, make_dumps
from bench.sync_worker import Report
from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.sources import Collection, open_source
from leo_activation.sync.projected import LABELS
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph_schema import EDGES
from leo_activation.warehouse.migrations import migrate
from leo_activation.warehouse.tenants import Tenant, register_tenant

PROFILES = (10_000, 100_000)
REPEATS = 3
ROWS_A_BATCH = 20_000
SECONDS_TO_END = 3_600
GRAPH_LABELS = tuple(label.label for label in LABELS)
STEPS = ("extract", "check", "merge", "project")

Row = tuple[object, ...]
Connection = psycopg.Connection[Row]


@dataclass(frozen=True)
class Ran:
    """One sync: what its process reported, and the rows that PostgreSQL counted as written meanwhile."""

    report: Report
    written: int

    def spent(self, steps: Sequence[str] = STEPS) -> Spent:
        total = Spent(0, 0, 0)
        for step in steps:
            total += self.report.steps[step]
        return total


@dataclass(frozen=True)
class Bench:
    """A database of its own, with an administrator's URL to look into it."""

    administrator: str
    warehouse: Warehouse

    def tenant(self) -> Tenant:
        fresh = Tenant(
            tenant_id=f"b{secrets.token_hex(6)}",
            name="Bench",
            currency="VND",
            minor_units=0,
            interest_model="leo_event_metric",
        )
        register_tenant(self.warehouse, fresh)
        return fresh

    def sync(self, tenant: Tenant, kind: str, folder: Path, *, as_of: str, mode: str = "incremental") -> Ran:
        before = self._rows_written()
        arguments = {
            "url": self.warehouse.urls[DatabaseRole.LOADER],
            "tenant_id": tenant.tenant_id,
            "run_id": secrets.token_hex(4),
            "kind": kind,
            "folder": str(folder),
            "as_of": as_of,
            "mode": mode,
        }
        done = subprocess.run(
            [sys.executable, "-m", "bench.sync_worker"],
            cwd=REPOSITORY,
            input=json.dumps(arguments) + "\n",
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS_TO_END,
            check=True,
        )
        said = json.loads(done.stdout)
        steps = {name: Spent(**spent) for name, spent in said.pop("steps").items()}
        return Ran(Report(steps=steps, **said), self._rows_written() - before)

    def _rows_written(self) -> int:
        # Sessions hand their counts over when they end.
        with psycopg.connect(self.administrator) as connection:
            row = connection.execute(
                "SELECT coalesce(sum(n_tup_ins + n_tup_upd + n_tup_del), 0) FROM pg_stat_user_tables "
                "WHERE schemaname IN ('core', 'profile', 'segment', 'activation') OR schemaname LIKE 'graph\\_%'"
            ).fetchone()
        return int(str(row[0])) if row else 0


@contextmanager
def _bench() -> Iterator[Bench]:
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"]
    name = f"leo_bench_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    try:
        warehouse = Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole})
        migrate(warehouse)
        yield Bench(with_database(administrator, name), warehouse)
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def run(profiles: Sequence[int] = PROFILES) -> None:
    """Print every ratio for each size, then the memory of the largest ÷ the smallest."""
    peaks: dict[int, Mapping[str, Report]] = {}
    for size in profiles:
        started = time.perf_counter()
        dumps = make_dumps(size)
        print(f"{size} profiles; the dumps were ready after {time.perf_counter() - started:.0f} s", flush=True)
        with _bench() as bench:
            peaks[size] = _measure(bench, dumps)
    _print_memory(peaks)


def _measure(bench: Bench, dumps: Dumps) -> Mapping[str, Report]:
    tenant = bench.tenant()
    full = bench.sync(tenant, "arangodump", dumps.first, as_of=FIRST_DAY)
    print(f"  full sync of a dump: {full.report.rows_read} rows read, {full.written} written")
    _print_steps(full)
    _print_copies(bench, tenant, dumps, full)
    again = bench.sync(tenant, "arangodump", dumps.first, as_of=FIRST_DAY)
    _print_nothing_new("from a dump, read whole", again)
    later = bench.sync(tenant, "arangodump", dumps.later, as_of=LATER_DAY)
    _print_changed("from a dump, read whole", later, full, judged=False)

    alive = bench.tenant()
    first = bench.sync(alive, "live", dumps.first, as_of=FIRST_DAY)
    print(f"  full sync of a live source: {first.report.rows_read} rows read, {first.written} written")
    _print_steps(first)
    idle = bench.sync(alive, "live", dumps.first, as_of=FIRST_DAY)
    _print_nothing_new("from a live source, incremental", idle)
    compared = bench.sync(alive, "live", dumps.first, as_of=FIRST_DAY, mode="comparison")
    _print_nothing_new("from a live source, full comparison", compared)
    changed = bench.sync(alive, "live", dumps.later, as_of=LATER_DAY)
    _print_changed("from a live source, incremental", changed, first, judged=True)
    return {"full": full.report, "live": first.report, "comparison": compared.report, "1 % changed": changed.report}


def _print_steps(ran: Ran) -> None:
    total = ran.spent()
    for step in STEPS:
        spent = ran.report.steps[step]
        share = spent.cpu / total.cpu
        print(f"    {step:8}{_seconds(spent)}, {share:4.0%} of the processor time", flush=True)
    print(f"    in all  {_seconds(total)}; {ran.report.libraries:.1f} s before to load Great Expectations")


def _print_copies(bench: Bench, tenant: Tenant, dumps: Dumps, full: Ran) -> None:
    relational = full.spent(("extract", "check", "merge"))
    core = _median([_copy_core(bench, tenant) for _ in range(REPEATS)])
    staged = _copy_staged(bench, dumps.first)
    graph = _median([_copy_graph(bench, tenant) for _ in range(REPEATS)])
    print(f"  COPY of the rows in core   {_seconds(core)}")
    print(f"  COPY of the rows as staged {_seconds(staged)}")
    print(f"  COPY of the graph's rows   {_seconds(graph)}")
    _print_ratio("full sync to merged tables ÷ COPY of the same rows", relational, core, floor=15, goal=6)
    print(f"    ÷ COPY of the rows as staged: {_both(relational, staged)}")
    _print_ratio("ready graph ÷ COPY of the same rows", full.report.steps["project"], graph, floor=10, goal=6)


def _print_ratio(name: str, one: Spent, other: Spent, *, floor: float, goal: float) -> None:
    print(f"  {name}: {_both(one, other)}; {verdict(one.cpu / other.cpu, floor=floor, goal=goal)}", flush=True)


def _print_changed(how: str, changed: Ran, full: Ran, *, judged: bool) -> None:
    one, other = changed.spent(), full.spent()
    stands = f"; {verdict(one.cpu / other.cpu, floor=0.05, goal=0.02)}" if judged else ""
    print(
        f"  1 % changed, {how}: {changed.report.rows_read} rows read, {changed.written} written, {_seconds(one)}; "
        f"÷ full run {one.wall / other.wall:.1%} by the clock, {one.cpu / other.cpu:.1%} by CPU{stands}"
    )
    if judged:
        _print_steps(changed)


def _print_nothing_new(how: str, ran: Ran) -> None:
    print(
        f"  nothing new, {how}: {ran.report.rows_read} rows read, {ran.written} written "
        f"({ran.report.rows_written} by its own count), {_seconds(ran.spent())}",
        flush=True,
    )


def _print_memory(peaks: Mapping[int, Mapping[str, Report]]) -> None:
    sizes = list(peaks)
    for name in peaks[sizes[0]]:
        for part in ("reading_kib", "peak_kib"):
            taken = [getattr(peaks[size][name], part) for size in sizes]
            said = ", ".join(f"{size} profiles {kib / 1024:.0f} MiB" for size, kib in zip(sizes, taken, strict=True))
            where = "until the source is read" if part == "reading_kib" else "in all"
            growth = taken[-1] / taken[0]
            print(
                f"peak memory of the worker, {name}, {where}: {said}; "
                f"ratio {growth:.2f}; {verdict(growth, floor=1.2, goal=1.05)}"
            )


def _copy_core(bench: Bench, tenant: Tenant) -> Spent:
    """All tables of core that hold rows of the tenant, each from tuples into a plain table."""
    total = Spent(0, 0, 0)
    with psycopg.connect(bench.administrator) as reader:
        names = reader.execute(
            "SELECT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid AND attname = 'tenant_id' "
            "WHERE relnamespace = 'core'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"
        ).fetchall()
    for (name,) in names:
        table = sql.Identifier("core", str(name))
        with psycopg.connect(bench.administrator) as reader, psycopg.connect(bench.administrator) as writer:
            writer.execute(sql.SQL("CREATE TABLE bench_copy (LIKE {})").format(table))
            writer.commit()
            with reader.cursor("rows") as cursor:
                cursor.execute(
                    sql.SQL("SELECT * FROM {} WHERE tenant_id = {}").format(table, sql.Literal(tenant.tenant_id))
                )
                # A fixed-length text is sent as any other.
                types = [25 if each.type_code == 1042 else each.type_code for each in cursor.description or ()]
                total += _copy(writer, "COPY bench_copy FROM STDIN (FORMAT binary)", types, cursor)
            writer.execute("DROP TABLE bench_copy")
    return total


def _copy_staged(bench: Bench, dump: Path) -> Spent:
    """All documents of the dump as the stage takes them: unlogged, with their bytes and every column as text."""
    total = Spent(0, 0, 0)
    source = open_source("arangodump", str(dump))
    for each in source.collections():
        with psycopg.connect(bench.administrator) as writer:
            writer.execute(_stage_like(each))
            writer.commit()
            types = [20, 17, 25, *[25] * len(each.columns)]
            rows = ((row.line, row.raw, row.problem, *row.values) for row in source.read(each.name))
            total += _copy(writer, "COPY bench_copy FROM STDIN (FORMAT binary)", types, rows)
            writer.execute("DROP TABLE bench_copy")
    return total


def _stage_like(collection: Collection) -> sql.Composed:
    columns = sql.SQL(", ").join(sql.SQL("{} text").format(sql.Identifier(name)) for name in collection.columns)
    return sql.SQL(
        "CREATE UNLOGGED TABLE bench_copy (line bigint, raw bytea, problem text, {}) WITH (toast_tuple_target = 8160)"
    ).format(columns)


def _copy_graph(bench: Bench, tenant: Tenant) -> Spent:
    """Every label that the sync projects, each from tuples of texts into a plain table."""
    total = Spent(0, 0, 0)
    for label in GRAPH_LABELS:
        table = sql.Identifier(tenant.graph_name, label)
        columns = sql.SQL("id, start_id, end_id, properties" if label in EDGES else "id, properties")
        with psycopg.connect(bench.administrator) as reader, psycopg.connect(bench.administrator) as writer:
            for connection in (reader, writer):
                connection.execute("SET search_path = ag_catalog, public")
            writer.execute(
                sql.SQL("CREATE TABLE public.bench_copy AS SELECT {} FROM {} LIMIT 0").format(columns, table)
            )
            writer.commit()
            writer.execute("SET search_path = ag_catalog, public")
            with reader.cursor("rows") as cursor:
                cursor.execute(sql.SQL("SELECT {} FROM {}").format(columns, table))
                total += _copy(writer, "COPY public.bench_copy FROM STDIN", None, cursor)
            writer.execute("DROP TABLE public.bench_copy")
    return total


def _copy(connection: Connection, query: str, types: Sequence[int] | None, rows: Iterator[Row]) -> Spent:
    """One COPY to its commit; the time in which rows are fetched or made for it does not count."""
    total = Spent(0, 0, 0)
    process = connection.info.backend_pid
    server = processor_seconds(process)
    started, cpu = time.perf_counter(), time.process_time()
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        if types is not None:
            copy.set_types(types)
        while True:
            total += Spent(time.perf_counter() - started, time.process_time() - cpu, 0)
            batch = list(islice(rows, ROWS_A_BATCH))
            started, cpu = time.perf_counter(), time.process_time()
            if not batch:
                break
            for row in batch:
                copy.write_row(row)
    connection.commit()
    total += Spent(time.perf_counter() - started, time.process_time() - cpu, 0)
    return replace(total, server=processor_seconds(process) - server)


def _median(samples: Sequence[Spent]) -> Spent:
    return Spent(
        median(each.wall for each in samples),
        median(each.client for each in samples),
        median(each.server for each in samples),
    )


def _seconds(spent: Spent) -> str:
    return f"{spent.wall:8.2f} s, CPU {spent.cpu:.2f} s (client {spent.client:.2f}, server {spent.server:.2f})"


def _both(one: Spent, other: Spent) -> str:
    return f"{one.wall / other.wall:.1f} by the clock, {one.cpu / other.cpu:.1f} by CPU"
