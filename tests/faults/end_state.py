"""What a sync leaves behind, in a form that is equal for equal data in two tenants."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from psycopg import sql

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from leo_activation.warehouse.tenants import Tenant

# What the merge writes in one transaction, each with the columns that say when and under which number it was written.
_WHEN = ("tenant_id", "ingested_at", "recorded_at", "created_at", "sync_run_id")
# Of these only whether they are set: where the source names no moment, it is that of the run.
_WHETHER = ("deleted_at", "gone_at", "undone_at")
MERGED: Mapping[str, tuple[str, ...]] = {
    "core.customer": ("graph_key",),
    "core.profile": (),
    "core.profile_history": ("valid_from", "valid_to"),
    "core.product": ("graph_key",),
    "core.event": ("graph_key",),
    "core.event_metric": (),
    "core.consent": ("consent_id",),
    "core.channel_address": (),
    "core.identity": (),
    "core.profile_relation": (),
    "core.customer_merge": ("merge_id", "merged_at"),
    "core.household_member": ("graph_key",),
    "ops.sync_watermark": (),
}
# What the check writes.
_SET_ASIDE = {"ops.open_quarantine": ("quarantine_id", "line")}


@dataclass(frozen=True)
class Digest:
    """How many rows, and SHA-256 over them in their own order."""

    rows: int
    sha256: str


State = Mapping[str, Digest]


def merged_state(warehouse: Warehouse, tenant: Tenant) -> State:
    """Digests of what the merge writes, which is all there or not at all."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        return _tables(connection, MERGED)


def end_state(warehouse: Warehouse, tenant: Tenant) -> State:
    """Digests of what the merge writes, of what is set aside, of the graph's vertices, of its edges with both ends."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        state = dict(_tables(connection, {**MERGED, **_SET_ASIDE}))
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        for label in VERTICES:
            vertices = connection.execute(
                # The order of samples is another one in each tenant.
                sql.SQL("""SELECT (properties - '"shuffle"'::agtype)::text FROM {}""").format(
                    sql.Identifier(tenant.graph_name, label)
                )
            )
            state[label] = _digest(str(row) for row in vertices)
        for edge in EDGES.values():
            ends = connection.execute(
                sql.SQL(
                    "SELECT (a.properties - {without})::text, e.properties::text, (b.properties - {without})::text "
                    "FROM {edge} AS e "
                    "LEFT JOIN {start} AS a ON a.id = e.start_id LEFT JOIN {end} AS b ON b.id = e.end_id"
                ).format(
                    without=sql.SQL("""'"shuffle"'::agtype"""),
                    edge=sql.Identifier(tenant.graph_name, edge.label),
                    start=sql.Identifier(tenant.graph_name, edge.start),
                    end=sql.Identifier(tenant.graph_name, edge.end),
                )
            )
            state[f"{edge.label} with its ends"] = _digest(str(row) for row in ends)
    return state


def differences(found: State, wanted: State) -> list[str]:
    """The names of `found` under which two states are not the same, with the rows of both."""
    return [
        f"{name}: {digest.rows} rows, wanted {wanted[name].rows}"
        for name, digest in found.items()
        if digest != wanted[name]
    ]


def stages(warehouse: Warehouse, tenant: Tenant) -> list[str]:
    """Stage schemas that the tenant's runs have left."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        found = connection.execute(
            "SELECT nspname FROM ops.sync_run JOIN pg_namespace ON nspname = 'stage_' || sync_run_id"
        )
        return [str(row[0]) for row in found]


def _tables(connection: Connection, tables: Mapping[str, tuple[str, ...]]) -> State:
    state = {}
    for name, incidental in tables.items():
        query = sql.SQL(
            "SELECT (said - {incidental}::text[])::text, "
            "(SELECT array_agg(key ORDER BY key) FROM jsonb_each(said) WHERE key = ANY({whether}) AND value <> 'null') "
            "FROM (SELECT to_jsonb(t) AS said FROM {table} AS t) AS each"
        ).format(
            incidental=sql.Literal([*_WHEN, *_WHETHER, *incidental]),
            whether=sql.Literal(list(_WHETHER)),
            table=sql.Identifier(*name.split(".")),
        )
        state[name] = _digest(str(row) for row in connection.execute(query))
    return state


def _digest(said: Iterable[str]) -> Digest:
    ordered = sorted(said)
    return Digest(len(ordered), hashlib.sha256("\n".join(ordered).encode("utf-8", "surrogatepass")).hexdigest())
