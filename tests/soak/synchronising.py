"""A process that syncs one dump and says what changed and what memory it took."""

import json
import sys
from dataclasses import asdict
from datetime import datetime

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse
from tests.soak.memory import peak_kib


def synchronise(url: str, tenant_id: str, run_id: str, folder: str, key: str, as_of: str) -> dict[str, object]:
    """All steps of one sync."""
    warehouse = Warehouse({DatabaseRole.LOADER: url})
    source = open_source("arangodump", folder)
    run = sync.open_run(warehouse, tenant_id, run_id, as_of=datetime.fromisoformat(as_of))
    staged = sync.extract(warehouse, tenant_id, run, source)
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
