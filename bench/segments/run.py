"""`python -m bench segments [--customers N --edges N]`: twenty segments, compiled Cypher ÷ the best SQL by hand.

A database of its own is made and dropped. Both sides run interleaved on the same warm server, as the read-only role,
and must return the same customers. The verdict goes by the fewest seconds on the clock of each side, which is what a
busy machine disturbs least. Segments of more than two hops stand below the line.

The hybrid query: Cypher that finds 500 customers, the exact comparison of their vectors with a phrase's, and their
properties for the best hundred.
"""

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from statistics import geometric_mean

import psycopg
from psycopg import sql

from bench.measure import compare, verdict
from bench.segments.references import AS_OF, REFERENCES, Reference, both
from bench.segments.shop import DIMENSIONS, MODEL, PRECISION, make_shop
from embedded.prepare_database import create_warehouse
from embedded.urls import with_database
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import GatedCypher, gate
from leo_activation.segments.plan import SegmentPlan
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import read_graph
from leo_activation.warehouse.migrations import migrate
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, register_tenant

CUSTOMERS, EDGES = 100_000, 1_000_000
REPEATS = 5
SECONDS_ALLOWED = 120
TENANT = Tenant(tenant_id="bench", name="Bench", currency="EUR", interest_model="event_weight")
CATALOGUE = Catalogue(tenant_id="bench", currency="EUR", minor_units=2)
IN_TRIAL = {"kind": "segment", "segment_id": "trial"}
KNOWN_AGE = {"kind": "attribute", "property": "age", "operator": "gt", "values": ["17"]}


def run(customers: int = CUSTOMERS, edges: int = EDGES) -> None:
    """Measure and print."""
    with _database() as warehouse:
        started = time.perf_counter()
        made = make_shop(warehouse, TENANT, customers, edges)
        print(f"{customers:,} customers, {made:,} edges, made in {time.perf_counter() - started:.0f} s; milliseconds")
        with warehouse.connect(DatabaseRole.READER, TENANT.tenant_id) as connection:
            connection.rollback()
            print(f"{'segment':44} {'members':>8} {'Cypher':>8} {'SQL':>8} {'ratio':>6}")
            near = [_measure(connection, each) for each in REFERENCES if not each.far]
            _judge(near)
            print("more than two hops:")
            for each in REFERENCES:
                if each.far:
                    _measure(connection, each)
        with warehouse.connect(DatabaseRole.WRITER, TENANT.tenant_id) as connection:
            connection.rollback()
            _measure_hybrid(connection)


@contextmanager
def _database() -> Iterator[Warehouse]:
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"]
    name = f"leo_bench_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    try:
        warehouse = Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole})
        migrate(warehouse)
        register_tenant(warehouse, TENANT)
        yield warehouse
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _measure(connection: Connection, reference: Reference) -> float:
    gated = _compiled(reference.where, reference)
    by_cypher = _read_graph(connection, gated)
    by_sql = _read_tables(connection, reference.sql)
    if sorted(by_cypher) != sorted(by_sql) or (reference.limit is not None and by_cypher != by_sql):
        raise SystemExit(f"'{reference.name}': {len(by_cypher)} by Cypher, {len(by_sql)} by SQL, or others")
    compared = compare(
        {
            "cypher": lambda: _read_graph(connection, gated),
            "sql": lambda: _read_tables(connection, reference.sql),
        },
        repeats=REPEATS,
    )
    cypher, tables = (min(compared.timings[side].wall_samples) for side in ("cypher", "sql"))
    ratio = cypher / tables
    print(
        f"{reference.name:44} {len(by_cypher):>8,} {cypher * 1e3:>8.1f} {tables * 1e3:>8.1f} {ratio:>6.2f}", flush=True
    )
    return ratio


def _judge(ratios: list[float]) -> None:
    mean, worst = geometric_mean(ratios), max(ratios)
    print(f"{len(ratios)} segments of up to two hops: geometric mean {mean:.2f}; {verdict(mean, floor=3, goal=1.5)}")
    print(
        f"{sum(ratio <= 3 for ratio in ratios)} at or below 3, worst {worst:.2f}; {verdict(worst, floor=3, goal=1.5)}"
    )


def _measure_hybrid(connection: Connection) -> None:
    gated = _compiled(both(IN_TRIAL, KNOWN_AGE), None)
    phrase = "[" + ",".join(str(1 / (n + 1)) for n in range(DIMENSIONS)) + "]"
    found: list[int] = []

    def hybrid() -> None:
        ids = _read_graph(connection, gated)
        values = {"tenant_id": TENANT.tenant_id, "model": MODEL, "precision": PRECISION, "phrase": phrase}
        near = connection.execute(statement("segments/compare_profiles"), {**values, "customer_ids": ids}).fetchall()
        best = [str(row[0]) for row in near[:100]]
        enriched = connection.execute(
            "SELECT customer_id, country, city, age, total_spent FROM bench.customer WHERE customer_id = ANY (%s)",
            [best],
        ).fetchall()
        connection.rollback()
        found[:] = [len(ids), len(near), len(enriched)]

    milliseconds = min(compare({"hybrid": hybrid}, repeats=3 * REPEATS).timings["hybrid"].wall_samples) * 1e3
    print(f"hybrid: {found[0]} ids by Cypher, {found[1]} compared, {found[2]} enriched: {milliseconds:.1f} ms")
    print(verdict(milliseconds, floor=50, goal=20))


def _compiled(where: object, reference: Reference | None) -> GatedCypher:
    plan: dict[str, object] = {"where": where}
    if reference is not None and reference.limit is not None:
        plan |= {"order": reference.order, "limit": reference.limit}
    text = str(where)
    if any(f"'{name}'" in text for name in ("total_spent", "value", "price")):
        plan["currency"] = CATALOGUE.currency
    compiled = compile_plan(SegmentPlan.model_validate(plan), CATALOGUE, as_of=AS_OF)
    return gate(compiled.text, compiled.parameters)


def _read_graph(connection: Connection, gated: GatedCypher) -> list[str]:
    return read_graph(connection, TENANT.graph_name, gated.text, gated.parameters, timeout_ms=SECONDS_ALLOWED * 1_000)


def _read_tables(connection: Connection, query: str) -> list[str]:
    try:
        connection.execute("SET TRANSACTION READ ONLY")
        return [str(row[0]) for row in connection.execute(sql.SQL(query))]
    finally:
        connection.rollback()
