"""One sync from its start to its end, each step announced on stdout; started and killed by test_sync."""

import json
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from leo_activation import sync
from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Warehouse

STEPS = ("open", "extract", "check", "merge", "project")
TRIES = 1_200
PAUSE_S = 0.05
Done = TypeVar("Done")


def synchronise(url: str, tenant_id: str, run_id: str, folder: str, key: str, as_of: str) -> None:
    """All steps; one that another process still holds up is tried again, as a task would be."""
    warehouse = Warehouse({DatabaseRole.LOADER: url})
    source = open_source("arangodump", folder)
    moment = datetime.fromisoformat(as_of)
    run = _take("open", lambda: sync.open_run(warehouse, tenant_id, run_id, as_of=moment))
    _take("extract", lambda: sync.extract(warehouse, tenant_id, run, source))
    _take("check", lambda: sync.check(warehouse, tenant_id, run))
    _take("merge", lambda: sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes.fromhex(key)))
    _take("project", lambda: sync.project(warehouse, tenant_id, run))


def _take(step: str, work: Callable[[], Done]) -> Done:
    sys.stdout.write(f"{step}\n")
    sys.stdout.flush()
    for _ in range(TRIES):
        try:
            return work()
        except Transient:
            # A killed predecessor's session lives on at the server until its statement ends.
            time.sleep(PAUSE_S)
    raise SystemExit(f"the step {step} was held up for too long")


if __name__ == "__main__":
    synchronise(**json.loads(sys.stdin.readline()))
