"""The source that the sync is measured on: a generated dump, the same two months later, and both as a live source.

A dump is made once for each size and kept below .leo/bench/. Two months later, one profile in a hundred has another
revision and a new event for each of its events, which is about one event in a hundred: the customers who came back.
"""

import json
import os
import shutil
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from leo_activation.settings import REPOSITORY
from leo_activation.sources import Collection, RawRow, SourceKey, SourceKind
from leo_activation.sources.arangodump import Arangodump
from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.leo_documents import COLLECTIONS, EVENT, PROFILE
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump

SEED = 7
FIRST_DAY = "2026-02-20T00:00:00Z"
# After the moments of the dump's spoiled rows, some of which lie forty days ahead: a watermark follows whatever is not
# later than the run itself.
CHANGED_ON = "2026-04-20T00:00:00Z"
LATER_DAY = "2026-04-21T00:00:00Z"
ONE_IN = 100
_MOMENT = "%Y-%m-%dT%H:%M:%S.%f"
_TAG = "n"


@dataclass(frozen=True)
class Dumps:
    """Folders of arangodump: the first day and two months later."""

    first: Path
    later: Path


def make_dumps(profiles: int) -> Dumps:
    """The dumps of so many profiles (and about 11.6 events each), made where they are not there yet."""
    folder = Path(os.environ.get("LEO_HOME") or REPOSITORY / ".leo") / "bench"
    dumps = Dumps(folder / f"dump-{profiles}-{SEED}", folder / f"dump-{profiles}-{SEED}-later")
    if not dumps.first.is_dir():
        settings = DumpSettings(profiles, SEED, parse_as_of(FIRST_DAY), 0.0005, compress=False, workers=1)
        making = _fresh(dumps.first)
        write_arangodump(settings, making)
        making.rename(dumps.first)
    if not dumps.later.is_dir():
        making = _fresh(dumps.later)
        making.mkdir()
        _write_later(dumps.first, making)
        making.rename(dumps.later)
    return dumps


def _fresh(folder: Path) -> Path:
    making = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(making, ignore_errors=True)
    making.parent.mkdir(parents=True, exist_ok=True)
    return making


def _write_later(first: Path, later: Path) -> None:
    [profiles] = first.glob(f"{PROFILE.name}_*.data.json")
    [events] = first.glob(f"{EVENT.name}_*.data.json")
    for path in first.iterdir():
        if path not in (profiles, events) and not path.name.startswith("index"):
            shutil.copy(path, later / path.name)
    changed: set[str] = set()
    with profiles.open("rb") as old, (later / profiles.name).open("wb") as new:
        for place, line in enumerate(old):
            new.write(_changed_profile(line, changed) if place % ONE_IN == ONE_IN // 2 else line)
    with events.open("rb") as old, (later / events.name).open("wb") as new:
        for line in old:
            new.write(line)
            new.write(_new_event(line, changed))


def _changed_profile(line: bytes, changed: set[str]) -> bytes:
    profile = json.loads(line)
    changed.add(profile["_key"])
    profile["_rev"] += _TAG
    profile["updatedAt"] = _changed_on(profile["createdAt"])
    profile["totalLeadScore"] += 1
    return _line(profile)


def _new_event(line: bytes, changed: set[str]) -> bytes:
    event = json.loads(line)
    if event["refProfileId"] not in changed:
        return b""
    event["_key"] += _TAG
    event["_rev"] += _TAG
    event["createdAt"] = event["updatedAt"] = _changed_on(event["createdAt"])
    return _line(event)


def _changed_on(moment: str) -> str:
    # The time of day is kept, so that the new rows lie all over the day. A spoiled moment stays as it is.
    return moment if len(moment) != len("2026-02-20T00:00:00.000Z") else f"{CHANGED_ON[:10]}{moment[10:]}"


def _line(document: dict[str, object]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


class LiveDump:
    """A dump as a live source, without the network: pages come from an index beside the dump, in bounded memory.

    What a server would do (find and order the documents) is SQLite's work and counts as the worker's.
    """

    kind = SourceKind.ARANGODB

    def __init__(self, folder: Path) -> None:
        """Index the dump where that was not done yet."""
        self._dump = Arangodump(folder)
        self._folder = folder
        names = zlib.crc32(repr(tuple(COLLECTIONS.values())).encode())
        index = folder / f"index-{names:08x}.sqlite"
        if not index.is_file():
            making = folder / "index.part"
            making.unlink(missing_ok=True)
            with closing(sqlite3.connect(making)) as fresh, fresh:
                self._fill(fresh)
            making.rename(index)
        self._index = sqlite3.connect(index)

    def collections(self) -> Sequence[Collection]:
        return tuple(COLLECTIONS.values())

    def count(self, collection: str) -> int:
        [number] = self._index.execute("SELECT count(*) FROM document WHERE collection = ?", [collection]).fetchone()
        return int(number)

    def read(self, collection: str) -> Iterator[RawRow]:
        return self._dump.read(collection)

    def partitions(self, collection: str, known: Sequence[str | None]) -> Sequence[str | None]:
        if COLLECTIONS[collection].partition is None:
            return ("",)
        found = self._index.execute("SELECT DISTINCT partition FROM document WHERE collection = ?", [collection])
        return tuple(dict.fromkeys([*known, *(row[0] for row in found)]))

    def read_since(self, collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        places = self._index.execute(
            "SELECT place, size FROM document WHERE collection = ? AND partition IS ? AND moment >= ? "
            "ORDER BY moment, key",
            [collection, partition, f"{since.strftime(_MOMENT)[:-3]}Z"],
        )
        return self._rows(collection, places)

    def keys(self, collection: str) -> Iterator[SourceKey]:
        query = "SELECT key, rev FROM document WHERE collection = ? AND key IS NOT NULL ORDER BY key"
        return (SourceKey(key, rev) for key, rev in self._index.execute(query, [collection]))

    def read_keys(self, collection: str, keys: Sequence[str]) -> Iterator[RawRow]:
        places = self._index.execute(
            "SELECT place, size FROM document WHERE collection = ? AND key IN (SELECT value FROM json_each(?))",
            [collection, json.dumps(list(keys))],
        )
        return self._rows(collection, places)

    def _rows(self, collection: str, places: sqlite3.Cursor) -> Iterator[RawRow]:
        row = DocumentRows(COLLECTIONS[collection].columns).row
        with self._open(collection) as file:
            for line, (place, size) in enumerate(places, start=1):
                file.seek(place)
                yield row(line, file.read(size))

    def _open(self, collection: str) -> BinaryIO:
        [path] = self._folder.glob(f"{collection}_*.data.json")
        return path.open("rb")

    def _fill(self, fresh: sqlite3.Connection) -> None:
        fresh.execute("CREATE TABLE document (collection, key, rev, partition, moment, place, size)")
        for each in COLLECTIONS.values():
            fresh.executemany("INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?)", self._documents(each))
        fresh.execute("CREATE INDEX by_moment ON document (collection, partition, moment, key)")
        fresh.execute("CREATE INDEX by_key ON document (collection, key, rev)")

    def _documents(self, collection: Collection) -> Iterator[tuple[object, ...]]:
        with self._open(collection.name) as file:
            place = 0
            for line in file:
                document = json.loads(line)
                yield (
                    collection.name,
                    document.get(collection.key),
                    document.get(collection.rev or ""),
                    document.get(collection.partition) if collection.partition else "",
                    document.get(collection.moment or ""),
                    place,
                    len(line.rstrip()),
                )
                place += len(line)
