"""One sync in a process of its own, as a task of Airflow would run it: what each step took, and the process's memory.

python -m bench.sync_worker    arguments as one line of JSON on stdin, the report as one on stdout
"""

import importlib
import json
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from bench.measure import Spent, processor_seconds
from bench.sync_data import LiveDump
from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Source, open_source
from leo_activation.warehouse.connections import Connection, Warehouse

Done = TypeVar("Done")


@dataclass(frozen=True)
class Report:
    """steps: what each took. libraries: the seconds that loading Great Expectations took, once a process.

    rows_written counts the rows that merge and projection say they changed. The peaks are in KiB: until the source was
    read, and in all.
    """

    mode: str
    rows_read: int
    rows_written: int
    steps: dict[str, Spent]
    libraries: float
    reading_kib: int
    peak_kib: int


class WatchedWarehouse(Warehouse):
    """A warehouse that notes the processor time of its server processes. Parallel workers are not among them."""

    def __init__(self, urls: Mapping[DatabaseRole, str]) -> None:
        super().__init__(urls)
        object.__setattr__(self, "served", [])

    served: list[float]

    @contextmanager
    def connect(self, role: DatabaseRole, tenant_id: str | None = None) -> Iterator[Connection]:
        with super().connect(role, tenant_id) as connection:
            process = connection.info.backend_pid
            before = processor_seconds(process)
            try:
                yield connection
            finally:
                self.served.append(processor_seconds(process) - before)


@dataclass
class Watch:
    """Notes what each step takes."""

    warehouse: WatchedWarehouse
    steps: dict[str, Spent] = field(default_factory=dict)

    def take(self, name: str, work: Callable[[], Done]) -> Done:
        self.warehouse.served.clear()
        wall, cpu = time.perf_counter(), time.process_time()
        done = work()
        self.steps[name] = Spent(time.perf_counter() - wall, time.process_time() - cpu, sum(self.warehouse.served))
        return done


def synchronise(url: str, tenant_id: str, run_id: str, kind: str, folder: str, as_of: str, mode: str) -> Report:
    """All steps of one sync; kind 'live' is the dump as a live source."""
    warehouse = WatchedWarehouse({DatabaseRole.LOADER: url})
    source: Source = LiveDump(Path(folder)) if kind == "live" else open_source(kind, folder)
    watch = Watch(warehouse)
    run = sync.open_run(warehouse, tenant_id, run_id, as_of=datetime.fromisoformat(as_of), mode=sync.SyncMode(mode))
    staged = watch.take("extract", lambda: sync.extract(warehouse, tenant_id, run, source))
    reading_kib = peak_kib()
    libraries = _load_libraries()
    watch.take("check", lambda: sync.check(warehouse, tenant_id, run))
    merged = watch.take("merge", lambda: sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes(32)))
    graph = watch.take("project", lambda: sync.project(warehouse, tenant_id, run))
    return Report(
        mode=mode,
        rows_read=staged.rows_read,
        rows_written=sum(number for number in asdict(merged).values() if isinstance(number, int)) + graph.changed,
        steps=watch.steps,
        libraries=libraries,
        reading_kib=reading_kib,
        peak_kib=peak_kib(),
    )


def _load_libraries() -> float:
    # What the gate imports where it is used, loaded before so that it is not counted as the gate's work.
    started = time.perf_counter()
    for name in ("great_expectations", "great_expectations.expectations", "pandas"):
        importlib.import_module(name)
    return time.perf_counter() - started


def peak_kib() -> int:
    """The most resident memory of this process so far.

    Not getrusage: its peak survives exec, so a child begins with that of the process that started it.
    """
    [kibibytes] = re.findall(r"^VmHWM:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(kibibytes)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(asdict(synchronise(**json.loads(sys.stdin.readline())))) + "\n")
