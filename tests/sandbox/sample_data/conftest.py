"""One small world in each form, made once for all tests of a file."""

import csv
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from sandbox.sample_data.write_csv import CUSTOMERS, EVENTS, CsvSettings, write_csv

AS_OF = parse_as_of("2026-02-20T00:00:00Z")
PROFILES = 400
FAULT_SHARE = 0.0005

Json = dict[str, Any]


@dataclass(frozen=True)
class Dump:
    folder: Path
    manifest: Json

    def documents(self, collection: str) -> Iterator[Json]:
        (path,) = self.folder.glob(f"{collection}_*.data.json")
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)

    def spoiled(self, collection: str) -> set[str]:
        return {key for fault in self.manifest["faults"].get(collection, {}).values() for key in fault["keys"]}

    def sound(self, collection: str) -> list[Json]:
        spoiled = self.spoiled(collection)
        return [document for document in self.documents(collection) if document["_key"] not in spoiled]


@dataclass(frozen=True)
class Csv:
    folder: Path
    manifest: Json

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / name).open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines))

    def sound(self, name: str) -> list[dict[str, str]]:
        spoiled = {key for fault in self.manifest["faults"].get(name, {}).values() for key in fault["keys"]}
        column = {CUSTOMERS: "email", EVENTS: "event_id"}[name]
        return [row for row in self.rows(name) if row[column] not in spoiled]


MakeDump = Callable[..., Dump]
MakeCsv = Callable[..., Csv]


@pytest.fixture(scope="session")
def make_dump(tmp_path_factory: pytest.TempPathFactory) -> MakeDump:
    def make(
        profiles: int = PROFILES, *, seed: int = 7, fault_share: float = FAULT_SHARE, compress: bool = False
    ) -> Dump:
        folder = tmp_path_factory.mktemp("dump")
        write_arangodump(DumpSettings(profiles, seed, AS_OF, fault_share, compress, workers=1), folder)
        return Dump(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))

    return make


@pytest.fixture(scope="session")
def make_csv(tmp_path_factory: pytest.TempPathFactory) -> MakeCsv:
    def make(profiles: int = PROFILES, *, seed: int = 7, fault_share: float = FAULT_SHARE, workers: int = 1) -> Csv:
        folder = tmp_path_factory.mktemp("csv")
        write_csv(CsvSettings(profiles, seed, AS_OF, fault_share, workers), folder)
        return Csv(folder, json.loads((folder / "manifest.json").read_text(encoding="utf-8")))

    return make


@pytest.fixture(scope="session")
def dump(make_dump: MakeDump) -> Dump:
    return make_dump()


@pytest.fixture(scope="session")
def csv_files(make_csv: MakeCsv) -> Csv:
    return make_csv()
