"""Databases and collections in memory, with the rules that ArangoDB keeps on every write."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import RLock
from typing import Any

from sandbox.arangodb import errors
from sandbox.arangodb.aql.values import NULL_RANK
from sandbox.arangodb.documents import Stored, pack
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.orders import Order, Path
from sandbox.arangodb.revisions import Revisions

SYSTEM = "_system"
DOCUMENTS, EDGES = 2, 3
_KEY = re.compile(r"[a-zA-Z0-9_\-:.@()+,=;$!*'%]{1,254}")
_COLLECTION_NAME = re.compile(r"_?[a-zA-Z][a-zA-Z0-9_-]{0,254}")
_DATABASE_NAME = re.compile(r"[a-zA-Z][a-zA-Z0-9_-]{0,63}")
_MANY = 1000


class OnDuplicate(StrEnum):
    """What an insert does where the key exists; the names of `overwriteMode`."""

    CONFLICT = "conflict"
    IGNORE = "ignore"
    REPLACE = "replace"
    UPDATE = "update"


@dataclass(frozen=True)
class Index:
    """An index as it is answered. A persistent one also finds documents and, where unique, refuses them."""

    number: int
    kind: str
    fields: tuple[str, ...]
    name: str
    unique: bool = False
    sparse: bool = False
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def paths(self) -> tuple[Path, ...]:
        """The fields as paths of attributes."""
        return tuple(tuple(each.split(".")) for each in self.fields)

    def answer(self, collection: str) -> dict[str, Any]:
        """The index in ArangoDB's JSON."""
        return {
            "id": f"{collection}/{self.number}",
            "type": self.kind,
            "name": self.name,
            "fields": list(self.fields),
            "unique": self.unique,
            "sparse": self.sparse,
            **self.details,
        }


@dataclass(frozen=True)
class Written:
    """What one write did: the state before and after, None where there was or is none."""

    old: Stored | None
    new: Stored | None


class Collection:
    """The documents of one collection by key, in the order in which they came."""

    def __init__(self, name: str, number: int, kind: int, revisions: Revisions) -> None:
        """An empty collection with the indexes that ArangoDB gives it itself."""
        self.name = name
        self.number = number
        self.kind = kind
        self.key_options: dict[str, Any] = {"allowUserKeys": True, "type": "traditional", "lastValue": 0}
        self.wait_for_sync = False
        self.schema: Any = None
        self._revisions = revisions
        self._documents: dict[str, Stored] = {}
        self._orders: dict[tuple[Path, ...], Order] = {}
        self.indexes = [Index(0, "primary", ("_key",), "primary", unique=True)]
        if kind == EDGES:
            self.indexes.append(Index(1, "edge", ("_from", "_to"), "edge"))

    def __len__(self) -> int:
        """How many documents there are."""
        return len(self._documents)

    def __iter__(self) -> Iterator[Stored]:
        """The documents as they are now; writes meanwhile are not seen."""
        return iter(list(self._documents.values()))

    def find(self, key: object) -> Stored | None:
        """The document with a key."""
        return self._documents.get(key) if isinstance(key, str) else None

    def get(self, key: str, rev: str | None = None) -> Stored:
        """The document with a key.

        Raises:
            ArangoError: 1202 where there is none, 1200 where its revision is not `rev`.
        """
        found = self._documents.get(key)
        if found is None:
            raise ArangoError(errors.DOCUMENT_NOT_FOUND)
        if rev is not None and found.rev != rev:
            raise ArangoError(errors.CONFLICT)
        return found

    def insert(
        self,
        document: Any,
        on_duplicate: OnDuplicate = OnDuplicate.CONFLICT,
        *,
        keep_null: bool = True,
        merge: bool = True,
    ) -> Written:
        """Write a new document.

        Raises:
            ArangoError: no object, a key or edge that may not be, or one that exists (1210).
        """
        self._check(document)
        if "_key" in document and not self.key_options["allowUserKeys"]:
            raise ArangoError(errors.DOCUMENT_KEY_UNEXPECTED)
        key = self._key_of(document)
        old = self._documents.get(key)
        if old is not None:
            if on_duplicate is OnDuplicate.CONFLICT:
                raise _conflict("primary", "primary", "_key", key)
            if on_duplicate is OnDuplicate.IGNORE:
                return Written(old, old)
            if on_duplicate is OnDuplicate.UPDATE:
                return self.update(key, document, keep_null=keep_null, merge=merge)
        return self._write(old, key, document)

    def restore(self, document: Any, raw: bytes) -> None:
        """Write a document with the revision that it brings along, as arangorestore does; `raw` are its bytes.

        Raises:
            ArangoError: as `insert`.
        """
        self._check(document)
        key, rev = self._key_of(document), document.get("_rev")
        if key in self._documents:
            raise _conflict("primary", "primary", "_key", key)
        kept = rev if isinstance(rev, str) and rev else self._revisions.revision()
        self._put(None, Stored(self.name, key, kept, raw))

    def replace(self, key: str, document: Any, rev: str | None = None) -> Written:
        """Put another document in the place of one. Raises as `get` and `insert`."""
        self._check(document)
        old = self.get(key, rev)
        return self._write(old, key, document)

    def update(
        self, key: str, changes: Any, rev: str | None = None, *, keep_null: bool = True, merge: bool = True
    ) -> Written:
        """Change attributes of a document; `merge` goes into objects. Raises as `get` and `insert`."""
        if not isinstance(changes, dict):
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
        old = self.get(key, rev)
        document = _merged(old.whole(), changes, keep_null=keep_null, deep=merge)
        self._check(document)
        return self._write(old, key, document)

    def remove(self, key: str, rev: str | None = None) -> Written:
        """Take out a document. Raises as `get`."""
        old = self.get(key, rev)
        self._reorder(old, None)
        del self._documents[key]
        return Written(old, None)

    def truncate(self) -> None:
        """Take out all documents."""
        self._documents.clear()
        self._orders.clear()

    @contextmanager
    def all_or_nothing(self) -> Iterator[None]:
        """Within the block: an error undoes every write."""
        before = dict(self._documents)
        try:
            yield
        except ArangoError:
            self._documents = before
            self._orders.clear()
            raise

    def expect_many(self, count: int) -> None:
        """Before many writes: sorting anew when next asked costs less than keeping sorted through all of them."""
        if count >= _MANY:
            self._orders.clear()

    def order(self, paths: Sequence[Path]) -> Order:
        """The documents sorted by the values at the paths: sorted once, then kept."""
        wanted = tuple(paths)
        if wanted not in self._orders:
            self._orders[wanted] = Order(wanted, self._documents.values())
        return self._orders[wanted]

    def add_index(self, index: Index) -> tuple[Index, bool]:
        """The index of that kind and fields, and whether it is new.

        Raises:
            ArangoError: 1210, documents that are there already break its uniqueness.
        """
        for each in self.indexes:
            if (each.kind, each.fields, each.unique, each.sparse) == (
                index.kind, index.fields, index.unique, index.sparse,
            ):  # fmt: skip
                return each, False
        self.indexes.append(index)
        try:
            for document in self._documents.values() if index.unique else ():
                self._check_unique(document)
        except ArangoError:
            self.indexes.remove(index)
            raise
        return index, True

    def _check(self, document: Any) -> None:
        if not isinstance(document, dict):
            raise ArangoError(errors.DOCUMENT_TYPE_INVALID)
        if self.kind == EDGES and not all(_is_id(document.get(end)) for end in ("_from", "_to")):
            raise ArangoError(errors.INVALID_EDGE_ATTRIBUTE)

    def _key_of(self, document: Mapping[str, Any]) -> str:
        key = document.get("_key")
        if key is None:
            return str(self._revisions.tick())
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise ArangoError(errors.DOCUMENT_KEY_BAD)
        return key

    def _write(self, old: Stored | None, key: str, document: Mapping[str, Any]) -> Written:
        return self._put(old, Stored(self.name, key, self._revisions.revision(), pack(document)))

    def _put(self, old: Stored | None, new: Stored) -> Written:
        if any(each.unique and each.kind == "persistent" for each in self.indexes):
            self._check_unique(new)
        self._reorder(old, new)
        self._documents[new.key] = new
        return Written(old, new)

    def _reorder(self, old: Stored | None, new: Stored | None) -> None:
        if not self._orders:
            return
        for order in self._orders.values():
            if old is not None:
                order.remove(old)
            if new is not None:
                order.add(new)

    def _check_unique(self, document: Stored) -> None:
        for index in self.indexes:
            if not index.unique or index.kind != "persistent":
                continue
            order = self.order(index.paths)
            mine = order.values_of(document)
            if index.sparse and any(rank == NULL_RANK for rank, _ in mine):
                continue
            other = next((key for key in order.having(mine) if key != document.key), None)
            if other is not None:
                raise _conflict(index.name, index.kind, ", ".join(index.fields), other)


class Database:
    """The collections of one database by name."""

    def __init__(self, name: str, number: int, revisions: Revisions) -> None:
        """An empty database."""
        self.name = name
        self.number = number
        self._revisions = revisions
        self._collections: dict[str, Collection] = {}

    def collections(self) -> Iterable[Collection]:
        """All of them, by name."""
        return [self._collections[name] for name in sorted(self._collections)]

    def collection(self, name: str) -> Collection:
        """The collection with a name.

        Raises:
            ArangoError: 1203.
        """
        found = self._collections.get(name)
        if found is None:
            raise ArangoError(errors.COLLECTION_NOT_FOUND)
        return found

    def has(self, name: str) -> bool:
        """Whether there is a collection with that name."""
        return name in self._collections

    def create(self, name: Any, kind: int = DOCUMENTS) -> Collection:
        """A new collection.

        Raises:
            ArangoError: 1208 or 1207, the name may not be or is there already.
        """
        if not isinstance(name, str) or not _COLLECTION_NAME.fullmatch(name):
            raise ArangoError(errors.ILLEGAL_NAME)
        if name in self._collections:
            raise ArangoError(errors.DUPLICATE_NAME)
        if kind not in (DOCUMENTS, EDGES):
            raise ArangoError(errors.COLLECTION_TYPE_INVALID)
        self._collections[name] = Collection(name, self._revisions.tick(), kind, self._revisions)
        return self._collections[name]

    def drop(self, name: str) -> Collection:
        """Take out a collection. Raises as `collection`."""
        found = self.collection(name)
        del self._collections[name]
        return found


class Store:
    """All databases. `lock` is held for the length of a request: a query sees one state."""

    def __init__(self) -> None:
        """The system database, which is always there."""
        self.lock = RLock()
        self.revisions = Revisions()
        self._databases: dict[str, Database] = {}
        self._databases[SYSTEM] = Database(SYSTEM, 1, self.revisions)

    def names(self) -> list[str]:
        """The databases' names."""
        return sorted(self._databases)

    def database(self, name: str) -> Database:
        """The database with a name.

        Raises:
            ArangoError: 1228.
        """
        found = self._databases.get(name)
        if found is None:
            raise ArangoError(errors.DATABASE_NOT_FOUND)
        return found

    def create(self, name: Any) -> Database:
        """A new database.

        Raises:
            ArangoError: 1229 or 1207, the name may not be or is there already.
        """
        if not isinstance(name, str) or not _DATABASE_NAME.fullmatch(name):
            raise ArangoError(errors.DATABASE_NAME_INVALID)
        if name in self._databases:
            raise ArangoError(errors.DUPLICATE_NAME, "database already exists")
        self._databases[name] = Database(name, self.revisions.tick(), self.revisions)
        return self._databases[name]

    def drop(self, name: str) -> None:
        """Take out a database. Raises as `database`; the system database stays (403)."""
        self.database(name)
        if name == SYSTEM:
            raise ArangoError(errors.FORBIDDEN)
        del self._databases[name]


def _is_id(value: object) -> bool:
    return isinstance(value, str) and 0 < value.find("/") < len(value) - 1


def _conflict(index: str, kind: str, fields: str, key: str) -> ArangoError:
    message = f"unique constraint violated - in index {index} of type {kind} over '{fields}'; conflicting key: {key}"
    return ArangoError(errors.UNIQUE_CONSTRAINT_VIOLATED, message)


def _merged(old: Mapping[str, Any], changes: Mapping[str, Any], *, keep_null: bool, deep: bool) -> dict[str, Any]:
    merged = dict(old)
    for name, value in changes.items():
        before = merged.get(name)
        if value is None and not keep_null:
            merged.pop(name, None)
        elif deep and isinstance(value, dict) and isinstance(before, dict):
            merged[name] = _merged(before, value, keep_null=keep_null, deep=True)
        else:
            merged[name] = value
    return merged
