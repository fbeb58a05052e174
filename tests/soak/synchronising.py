"""A process that syncs one source and says what changed and what memory it took."""

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from tests.faults.sync_process import open_stated
from tests.soak.memory import peak_kib


def synchronise(
    url: str, tenant_id: str, run_id: str, source: Mapping[str, str], key: str, as_of: str, mode: str
) -> dict[str, object]:
    """All steps of one sync."""
    warehouse = Warehouse({DatabaseRole.LOADER: url})
    run = sync.open_run(warehouse, tenant_id, run_id, as_of=datetime.fromisoformat(as_of), mode=sync.SyncMode(mode))
    staged = sync.extract(warehouse, tenant_id, run, open_stated(source))
    # The gate imports pandas, whose size would hide what the reading of the source took.
    reading = peak_kib()
    sync.check(warehouse, tenant_id, run)
    merged = sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes.fromhex(key))
    graph = sync.project(warehouse, tenant_id, run)
    return {
        "rows_read": staged.rows_read,
        "merged": asdict(merged),
        "graph_changed": graph.changed,
        "reading_kib": reading,
        "peak_kib": peak_kib(),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(synchronise(**json.loads(sys.stdin.readline()))) + "\n")
