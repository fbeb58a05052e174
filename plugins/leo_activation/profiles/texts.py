"""The text of each customer that is embedded: no name, no address, no id, so that equal profiles share one vector."""

import logging
from dataclasses import dataclass
from datetime import datetime

from leo_activation.progress import Steps
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextCounts:
    """Rows of `profile.text` that a run wrote or removed."""

    written: int
    removed: int


def write_texts(warehouse: Warehouse, tenant_id: str, as_of: datetime) -> TextCounts:
    """Write the texts that changed since the last run; run it after `compute_interests`.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "as_of": as_of}
        steps = Steps(logger, f"Writing texts of {tenant_id}", 2)
        connection.execute(statement("profiles/lock_tenant"), values)
        # As in `interests`: everybody is read, and a table filled a moment ago has no statistics.
        connection.execute("SET LOCAL enable_nestloop = off")
        connection.execute(statement("profiles/create_computed_text"))
        computed = connection.execute(statement("profiles/fill_computed_text"), values).rowcount
        connection.execute("ANALYZE computed_text")
        steps.done("computed", computed)
        [(written, removed)] = connection.execute(statement("profiles/merge_texts"), values)
        steps.done("written or removed", written + removed)
    logger.info("Texts of %s: %d of %d written, %d removed.", tenant_id, written, computed, removed)
    return TextCounts(written=written, removed=removed)
