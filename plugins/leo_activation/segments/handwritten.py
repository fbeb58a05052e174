"""Cypher that an engineer wrote: for administrators, through the gate, explained and run as the reader, never kept.

Who may: a process that holds the owner's database login. It can change the schema and every right anyway, so the login
is the administrator's role; a list of names in the environment of that same process would say nothing more. Nothing but
migrating and registering a tenant needs the login.
"""

import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from psycopg import Error, errors, sql

from leo_activation.errors import Permanent
from leo_activation.segments.gate import GatedCypher, gate
from leo_activation.segments.preview import SAMPLE
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import READ_TIMEOUT_MS, Scalar, cypher_call, read_graph
from leo_activation.warehouse.tenants import read_tenant


@dataclass(frozen=True)
class Estimate:
    """What PostgreSQL expects of a query: cost in its own units, rows."""

    cost: float
    rows: int


@dataclass(frozen=True)
class CypherPreview:
    """What a hand-written query would find.

    `customer_ids` are each named once, in the query's order; `sample` is the first of them; `took_ms` is the time of
    the query itself.
    """

    gated: GatedCypher
    estimate: Estimate
    customer_ids: tuple[str, ...]
    took_ms: float

    @property
    def count(self) -> int:
        """How many customers."""
        return len(self.customer_ids)

    @property
    def sample(self) -> tuple[str, ...]:
        """The first few ids."""
        return self.customer_ids[:SAMPLE]


def is_administrator(warehouse: Warehouse) -> bool:
    """Whether this process holds the owner's login."""
    return DatabaseRole.OWNER in warehouse.urls


def preview_cypher(
    warehouse: Warehouse,
    tenant_id: str,
    cypher: str,
    parameters: Mapping[str, Scalar | Sequence[Scalar]] | None = None,
    *,
    is_admin: bool,
    timeout_ms: int = READ_TIMEOUT_MS,
) -> CypherPreview:
    """Judge, explain and run a query as the read-only role, in transactions that are read-only and rolled back.

    `is_admin` says whether the caller may run what nobody reviewed (`is_administrator` for a command line). Parameters
    that are not given are missing: every `$name` of the text needs its value.

    Raises:
        Refused: the query is outside the accepted subset.
        Permanent: the caller is no administrator, there is no such tenant, or the query took longer than `timeout_ms`.
        Transient: the warehouse cannot be reached.
    """
    if not is_admin:
        raise Permanent("Only an administrator may run Cypher that was written by hand; ask for a segment in words.")
    gated = gate(cypher, parameters or {})
    with warehouse.connect(DatabaseRole.READER, tenant_id) as connection:
        graph_name = read_tenant(connection, tenant_id).graph_name
        connection.rollback()
        try:
            estimate = explain_graph(connection, graph_name, gated, timeout_ms=timeout_ms)
            began = time.perf_counter()
            found = read_graph(connection, graph_name, gated.text, gated.parameters, timeout_ms=timeout_ms)
            took_ms = (time.perf_counter() - began) * 1000
        except errors.QueryCanceled as error:
            raise Permanent(
                f"The query took longer than {timeout_ms / 1000:g} s and was stopped; narrow it down."
            ) from error
    return CypherPreview(gated, estimate, tuple(dict.fromkeys(found)), took_ms)


def explain_graph(connection: Connection, graph_name: str, gated: GatedCypher, *, timeout_ms: int) -> Estimate:
    """What PostgreSQL expects of a gated query, which is planned and not run.

    Only for the reader: to explain an unreviewed query as a role that may write can create labels.

    Raises:
        psycopg.errors.QueryCanceled: planning took longer than `timeout_ms`.
    """
    try:
        connection.execute("SET TRANSACTION READ ONLY")
        connection.execute("SET LOCAL search_path = ag_catalog")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(timeout_ms)])
        query = sql.SQL("EXPLAIN (FORMAT JSON) ") + cypher_call(graph_name, gated.text)
        [(plans,)] = connection.execute(query, [json.dumps(gated.parameters)]).fetchall()
    except Error:
        # Not a ROLLBACK: see `Warehouse.connect`.
        connection.close()
        raise
    connection.rollback()
    plan = plans[0]["Plan"]
    return Estimate(float(plan["Total Cost"]), int(plan["Plan Rows"]))
