"""What a sync leaves behind, in a form that is equal for equal data in two tenants."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

from psycopg import sql

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph_schema import EDGES
from leo_activation.warehouse.tenants import Tenant
from tests.sync.stored import contents


@dataclass(frozen=True)
class Digest:
    """How many rows, and SHA-256 over them in their own order."""

    rows: int
    sha256: str


def end_state(warehouse: Warehouse, tenant: Tenant, run_id: str) -> dict[str, Digest]:
    """Digests of the core tables, the graph's labels, its edges with both ends, and what the run set aside."""
    state = {name: _digest(said) for name, said in contents(warehouse, tenant).items()}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        aside = connection.execute(
            "SELECT collection, line, source_key, rule, encode(raw, 'hex') FROM ops.quarantine "
            "JOIN ops.sync_run USING (tenant_id, sync_run_id) WHERE orchestrator_run_id = %s",
            [run_id],
        )
        state["quarantine"] = _digest(str(row) for row in aside)
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        for edge in EDGES.values():
            ends = connection.execute(
                sql.SQL(
                    "SELECT a.properties::text, e.properties::text, b.properties::text "
                    "FROM {edge} AS e "
                    "LEFT JOIN {start} AS a ON a.id = e.start_id LEFT JOIN {end} AS b ON b.id = e.end_id"
                ).format(
                    edge=sql.Identifier(tenant.graph_name, edge.label),
                    start=sql.Identifier(tenant.graph_name, edge.start),
                    end=sql.Identifier(tenant.graph_name, edge.end),
                )
            )
            state[f"{edge.label} with its ends"] = _digest(str(row) for row in ends)
    return state


def stages(warehouse: Warehouse, tenant: Tenant) -> list[str]:
    """Stage schemas that the tenant's runs have left."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        found = connection.execute(
            "SELECT nspname FROM ops.sync_run JOIN pg_namespace ON nspname = 'stage_' || sync_run_id"
        )
        return [str(row[0]) for row in found]


def _digest(said: Iterable[str]) -> Digest:
    ordered = sorted(said)
    return Digest(len(ordered), hashlib.sha256("\n".join(ordered).encode("utf-8", "surrogatepass")).hexdigest())
