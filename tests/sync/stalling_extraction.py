"""A process that extracts half a source, says so and waits to be killed; run by test_steps."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Collection, RawRow, SourceKind
from leo_activation.sources.csv_files import CsvFiles
from leo_activation.warehouse.connections import Warehouse


class StallingSource:
    """Gives the first ten rows of a CSV source's first collection, and then none until its input ends."""

    kind = SourceKind.CSV

    def __init__(self, source: CsvFiles) -> None:
        self._source = source

    def collections(self) -> Sequence[Collection]:
        return self._source.collections()

    def count(self, collection: str) -> int:
        return self._source.count(collection)

    def read(self, collection: str) -> Iterator[RawRow]:
        for place, row in enumerate(self._source.read(collection)):
            if place == 10:
                sys.stdout.write("half-way\n")
                sys.stdout.flush()
                sys.stdin.read()
            yield row


if __name__ == "__main__":
    tenant_id, sync_run_id, folder = sys.argv[1:]
    sync.extract(
        Warehouse({DatabaseRole.LOADER: os.environ["LOADER_URL"]}),
        tenant_id,
        int(sync_run_id),
        StallingSource(CsvFiles(Path(folder))),
    )
