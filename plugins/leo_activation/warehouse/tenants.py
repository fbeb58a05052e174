"""The registry of tenants: who they are, in which currency and zone they count, and where their data is read from."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import create_graph
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Tenant:
    """One row of `ops.tenant`; money thresholds are in minor units of `currency`."""

    tenant_id: str
    name: str
    currency: str
    interest_model: str
    time_zone: str = "UTC"
    minor_units: int = 2
    language: str = "en"
    interest_half_life_days: Decimal | None = None
    luxury_threshold_minor: int | None = None
    consent_basis: str | None = None
    armed_at: datetime | None = None

    @property
    def graph_name(self) -> str:
        """The AGE graph of the tenant, also the schema of its label tables."""
        return f"graph_{self.tenant_id}"


@dataclass(frozen=True)
class SourceLocation:
    """Where a tenant's data is read from: `kind` is arangodb, arangodump or csv.

    `stands_still_at` is what "now" means for a source that does not go on, such as a backup; None: it follows from the
    data of each sync.
    """

    kind: str
    location: str
    stands_still_at: datetime | None = None


def register_tenant(warehouse: Warehouse, tenant: Tenant, source: SourceLocation | None = None) -> None:
    """Create or change a tenant, its source and its graph; safe to run again. Arming is not changed here."""
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        connection.execute(statement("warehouse/register_tenant"), vars(tenant))
        if source is not None:
            values = {"tenant_id": tenant.tenant_id, **vars(source)}
            connection.execute(statement("warehouse/register_source"), values)
        create_graph(connection, tenant.graph_name)


@dataclass(frozen=True)
class KnownTenant:
    """A tenant as a list shows it; the source's parts are None where it has none."""

    tenant_id: str
    name: str
    currency: str
    time_zone: str
    language: str
    armed_at: datetime | None
    armed_by: str | None
    source_kind: str | None
    source_location: str | None
    stands_still_at: datetime | None


def list_tenants(warehouse: Warehouse) -> list[KnownTenant]:
    """Every tenant, in alphabetical order."""
    with (
        warehouse.connect(DatabaseRole.OWNER) as connection,
        connection.cursor(row_factory=class_row(KnownTenant)) as cursor,
    ):
        return cursor.execute(statement("warehouse/list_tenants")).fetchall()


def set_armed(warehouse: Warehouse, tenant_id: str, *, armed: bool, changed_by: str) -> bool:
    """Let a tenant's messages leave the allow-list in production, or keep them on it again; says whether it changed.

    Raises:
        Permanent: there is no such tenant.
    """
    with warehouse.connect(DatabaseRole.OWNER, tenant_id) as connection:
        read_tenant(connection, tenant_id)
        values = {"tenant_id": tenant_id, "armed": armed, "changed_by": changed_by}
        return connection.execute(statement("warehouse/set_armed"), values).rowcount == 1


def minor_units_of(warehouse: Warehouse, currency: str) -> int:
    """How many decimal places a currency has (ISO 4217)."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        row = connection.execute(statement("warehouse/minor_units"), {"currency": currency}).fetchone()
    return 2 if row is None else int(row[0])


def refresh_graphs(warehouse: Warehouse) -> list[str]:
    """Give every registered tenant's graph the labels, indexes and rights that it lacks; gives the tenants' ids.

    After a migration, because a newer program's graph schema can have labels that a graph made earlier has not.
    """
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        tenants = tenant_ids(connection)
        for tenant_id in tenants:
            create_graph(connection, read_tenant(connection, tenant_id).graph_name)
            connection.commit()
    return tenants


def read_tenant(connection: Connection, tenant_id: str) -> Tenant:
    """One tenant.

    Raises:
        Permanent: there is no such tenant.
    """
    with connection.cursor(row_factory=class_row(Tenant)) as cursor:
        found = cursor.execute(statement("warehouse/read_tenant"), {"tenant_id": tenant_id}).fetchone()
    if found is None:
        raise Permanent(f"There is no tenant '{tenant_id}'.")
    return found


def tenant_ids(connection: Connection) -> list[str]:
    """Every tenant's id, in alphabetical order."""
    return [str(row[0]) for row in connection.execute("SELECT tenant_id FROM ops.tenant ORDER BY 1")]


def read_source(connection: Connection, tenant_id: str) -> SourceLocation:
    """Where the tenant's data is read from; the connection is bound to the tenant.

    Raises:
        Permanent: the tenant has no source.
    """
    row = connection.execute(statement("warehouse/read_source"), {"tenant_id": tenant_id}).fetchone()
    if row is None:
        raise Permanent(f"The tenant '{tenant_id}' has no source in ops.source.")
    return SourceLocation(kind=row[0], location=row[1], stands_still_at=row[2])
