"""By which key LEO knows a segment that was imported; its agents name segments so."""

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


def keep_key(warehouse: Warehouse, tenant_id: str, leo_key: str, segment_id: str) -> None:
    """Note which segment a key of LEO's names here; the last import of a key counts."""
    values = {"tenant_id": tenant_id, "leo_key": leo_key, "segment_id": segment_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("segments/keep_leo_key"), values)


def segment_of_key(connection: Connection, tenant_id: str, leo_key: str) -> str | None:
    """The id of the segment that a key names, None where none was imported; the connection is bound to the tenant."""
    values = {"tenant_id": tenant_id, "leo_key": leo_key}
    row = connection.execute(statement("segments/read_leo_key"), values).fetchone()
    return None if row is None else str(row[0])
