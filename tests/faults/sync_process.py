"""One sync from its start to its end, each step announced on stdout; started and disturbed by test_sync.

Ends with REFUSED where the run was stopped or the source cannot be read, and with the reason as its last line.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import TypeVar

from leo_activation import sync
from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.sources.arangodb_settings import ArangodbSettings
from leo_activation.warehouse.connections import Warehouse

STEPS = ("open", "extract", "check", "merge", "project")
REFUSED = 3
SECONDS_TO_TRY = 120
PAUSE_S = 0.05
READ_SECONDS = 1.5
PAGE_DOCUMENTS = 400
PAGE_KEYS = 1_000
Done = TypeVar("Done")


def synchronise(
    url: str,
    tenant_id: str,
    run_id: str,
    source: Mapping[str, str],
    key: str,
    as_of: str,
    mode: str,
    announce: Callable[[str], None],
) -> None:
    """All steps; one that another process still holds up is tried again, as a task would be."""
    warehouse = Warehouse({DatabaseRole.LOADER: url})
    moment = datetime.fromisoformat(as_of)
    take = partial(_take, announce)
    run = take("open", lambda: sync.open_run(warehouse, tenant_id, run_id, as_of=moment, mode=sync.SyncMode(mode)))
    take("extract", lambda: sync.extract(warehouse, tenant_id, run, open_stated(source)))
    take("check", lambda: sync.check(warehouse, tenant_id, run))
    take("merge", lambda: sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes.fromhex(key)))
    take("project", lambda: sync.project(warehouse, tenant_id, run))


def open_stated(source: Mapping[str, str]) -> Source:
    """The source that a test's arguments speak of."""
    if source["kind"] != "arangodb":
        return open_source(source["kind"], source["location"])
    settings = ArangodbSettings(
        url=source["location"],
        database=source["database"],
        user=source["user"],
        password=source["password"],
        read_seconds=READ_SECONDS,
        first_wait_seconds=0.05,
        longest_wait_seconds=0.2,
        page_documents=PAGE_DOCUMENTS,
        page_keys=PAGE_KEYS,
    )
    return open_source("arangodb", "the stand-in", settings)


def _take(announce: Callable[[str], None], step: str, work: Callable[[], Done]) -> Done:
    announce(step)
    ends_at = time.monotonic() + SECONDS_TO_TRY
    while time.monotonic() < ends_at:
        try:
            return work()
        except Transient:
            # A killed predecessor's session lives on at the server until its statement ends.
            time.sleep(PAUSE_S)
    raise SystemExit(f"the step {step} was held up for too long")


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        synchronise(**json.loads(sys.stdin.readline()), announce=_say)
    except Permanent as error:
        _say(str(error))
        raise SystemExit(REFUSED) from None
