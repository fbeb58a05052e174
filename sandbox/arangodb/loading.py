"""A database filled from a folder of arangodump, as arangorestore would fill it."""

import gzip
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import DOCUMENTS, Collection, Database, Index, Store

_STRUCTURE = ".structure.json"
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Loaded:
    """What a collection got of a dump: documents, and lines that no database could hold."""

    collection: str
    documents: int
    left_out: int


def load_dump(store: Store, folder: Path, name: str) -> list[Loaded]:
    """Fill the database `name`, made where it does not exist; its collections must not exist.

    A line that is no JSON object in UTF-8, has a key that may not be, or repeats a key is left out: a live database
    holds only well-formed documents. One without `_key` gets one; `_rev` stays as it is in the dump.

    Raises:
        ValueError: the folder is no dump.
        ArangoError: a collection exists already.
    """
    if not (folder / "dump.json").is_file():
        raise ValueError(f"{folder} is no folder of arangodump: it has no dump.json")
    database = store.database(name) if name in store.names() else store.create(name)
    found = []
    for structure in sorted(folder.glob(f"*{_STRUCTURE}")):
        found.append(_load(store, database, structure))
        _LOG.info("%s/%s: %d documents, %d left out", name, *found[-1].__dict__.values())
    return found


def _load(store: Store, database: Database, structure: Path) -> Loaded:
    described = msgspec.json.decode(structure.read_bytes())
    parameters = described["parameters"]
    collection = database.create(parameters["name"], parameters.get("type") or DOCUMENTS)
    left_out = 0
    for raw in _lines(structure):
        try:
            collection.restore(*_document(raw))
        except (ArangoError, ValueError, RecursionError):
            left_out += 1
    for index in described.get("indexes") or parameters.get("indexes") or []:
        _create_index(store, collection, index)
    return Loaded(collection.name, len(collection), left_out)


def _create_index(store: Store, collection: Collection, described: dict[str, Any]) -> None:
    kind = {"hash": "persistent", "skiplist": "persistent"}.get(described["type"], described["type"])
    if kind not in ("persistent", "ttl"):
        return
    number = store.revisions.tick()
    collection.add_index(
        Index(
            number,
            kind,
            tuple(described["fields"]),
            str(described.get("name") or f"idx_{number}"),
            unique=bool(described.get("unique", False)),
            sparse=bool(described.get("sparse", False)),
            details={"deduplicate": bool(described.get("deduplicate", True)), "estimates": True},
        )
    )


def _document(raw: bytes) -> tuple[Any, bytes]:
    """The document of a line, and its bytes."""
    document = msgspec.json.decode(raw)
    if isinstance(document, dict) and "_key" not in document and isinstance(document.get("data"), dict):
        document = document["data"]  # the form of arangodump --envelope true
        raw = msgspec.json.encode(document)
    return document, raw


def _lines(structure: Path) -> Iterator[bytes]:
    plain = structure.with_name(structure.name.removesuffix(_STRUCTURE) + ".data.json")
    packed = plain.with_name(plain.name + ".gz")
    if packed.is_file():
        with gzip.open(packed, "rb") as unpacked:
            yield from _filled(cast(BinaryIO, unpacked))
    elif plain.is_file():
        with plain.open("rb") as file:
            yield from _filled(file)


def _filled(file: BinaryIO) -> Iterator[bytes]:
    return (line.strip() for line in file if line.strip())
