"""What the warehouse holds for a tenant, read without the code under test."""

from typing import LiteralString

from psycopg import sql

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from leo_activation.warehouse.tenants import Tenant

KEPT_TABLES = ("source_campaign", "reachability", "campaign", "campaign_touch", "referral")
CORE_TABLES = ("customer", "profile", "product", "event", "event_metric", "consent", "channel_address")
# What says when and under which surrogate a row was written, and not what it says.
_INCIDENTAL = ("tenant_id", "graph_key", "ingested_at", "recorded_at", "created_at", "consent_id")


def rows(warehouse: Warehouse, tenant: Tenant, query: LiteralString) -> list[tuple[object, ...]]:
    """The rows of a query as the loader, bound to the tenant."""
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        return connection.execute(query).fetchall()


def versions(warehouse: Warehouse, tenant: Tenant) -> set[tuple[object, ...]]:
    """Place and writing transaction of every row of the tenant in core and graph: any write changes it."""
    found: set[tuple[object, ...]] = set()
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        tables = [sql.Identifier("core", name) for name in (*CORE_TABLES, *KEPT_TABLES)]
        tables += [sql.Identifier(tenant.graph_name, label) for label in (*VERTICES, *EDGES)]
        for table in tables:
            query = sql.SQL("SELECT {}, tableoid, ctid::text, xmin::text, xmax::text FROM {}").format(
                sql.Literal(table.as_string()), table
            )
            found |= set(connection.execute(query).fetchall())
    return found


def contents(warehouse: Warehouse, tenant: Tenant) -> dict[str, list[str]]:
    """What core and graph say of the tenant, in an order of its own: equal for equal data in two tenants."""
    said: dict[str, list[str]] = {}
    with warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        for name in CORE_TABLES:
            query = sql.SQL("SELECT (to_jsonb(t) - {}::text[])::text FROM {} AS t").format(
                sql.Literal(list(_INCIDENTAL)), sql.Identifier("core", name)
            )
            said[name] = sorted(str(row[0]) for row in connection.execute(query))
        connection.execute("SET LOCAL search_path = ag_catalog, public")
        for label in (*VERTICES, *EDGES):
            # The order of samples is another one in each tenant.
            query = sql.SQL("""SELECT (properties - '"shuffle"'::agtype)::text FROM {}""").format(
                sql.Identifier(tenant.graph_name, label)
            )
            said[label] = sorted(str(row[0]) for row in connection.execute(query))
    return said
