"""Move what was noted into the log, batch by batch, and anchor its head."""

import logging
from dataclasses import dataclass
from pathlib import Path

from leo_activation.audit.anchors import Anchor, AnchorFile
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

ENTRIES_A_BATCH = 10_000
BATCHES_A_CALL = 1_000


@dataclass(frozen=True)
class Sealed:
    """What one call did: batches made, entries in them, and batches whose anchor was written."""

    batches: int
    entries: int
    anchored: int


def seal(warehouse: Warehouse, tenant_id: str, folder: Path, key: bytes, *, batch: int = ENTRIES_A_BATCH) -> Sealed:
    """Seal everything that the tenant has pending.

    A call that was killed between a batch and its anchor leaves the anchor to the next one.

    Args:
        folder: where the anchors are kept, one file a tenant.
        key: the installation's pseudonym key.
        batch: how many entries a batch holds at most.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        [(_, pending)] = connection.execute(statement("audit/count_pending"), {"tenant_id": tenant_id})
    progress = Progress(logger, f"Sealing the audit log of {tenant_id}", int(pending), "entries")
    batches = entries = 0
    while batches < BATCHES_A_CALL:
        with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
            made = connection.execute(
                statement("audit/seal"), {"tenant_id": tenant_id, "key": key, "at_most": batch}
            ).fetchone()
        if made is None:
            break
        batches, entries = batches + 1, entries + int(made[0])
        progress.done(entries)
    return Sealed(batches, entries, _anchor(warehouse, tenant_id, folder))


def _anchor(warehouse: Warehouse, tenant_id: str, folder: Path) -> int:
    file = AnchorFile(folder, tenant_id)
    last = max((anchor.batch for anchor in file.read()), default=0)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("audit/batches_after"), {"tenant_id": tenant_id, "batch": last}).fetchall()
    anchors = [Anchor(batch, position, digest.hex(), at.isoformat()) for batch, position, digest, at in rows]
    file.append(anchors)
    return len(anchors)
