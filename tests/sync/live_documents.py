"""A live source whose database is a dictionary: documents are written and deleted while syncs come and go."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from leo_activation.sources import Collection, RawRow, SourceKey, SourceKind
from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.leo_documents import COLLECTIONS
from leo_activation.sync import QualityLimits
from leo_activation.warehouse.tenants import Tenant
from tests.sync.conftest import Sync, Synced
from tests.sync.small_sources import METRIC, PRODUCT, PROFILE, TRACKING_EVENT

Document = Mapping[str, object]


class LiveDocuments:
    """The collections of LEO CDP by `_key`; a LiveSource that counts what it was asked for.

    given: how many rows each collection gave since `forget`, keys included under `<collection> keys`.
    """

    kind = SourceKind.ARANGODB

    def __init__(self) -> None:
        """Begin with the metric, the product, the profile and the event of the small sources."""
        self._documents: dict[str, dict[str, Document]] = {name: {} for name in COLLECTIONS}
        self._revisions = 0
        self.given: dict[str, int] = {}
        self.put("cdp_eventmetric", METRIC)
        self.put("cdp_productitem", PRODUCT)
        self.put("cdp_profile", PROFILE)
        self.put("cdp_trackingevent", TRACKING_EVENT)

    def put(self, collection: str, document: Document, **fields: object) -> None:
        """Write a document whole, as ArangoDB does: with a revision of its own. `fields` stand over its own."""
        self._revisions += 1
        whole = {**document, **fields, "_rev": f"_{self._revisions:06d}"}
        self._documents[collection][str(whole["_key"])] = whole

    def change(self, collection: str, key: str, **fields: object) -> None:
        """Write some fields of a document; its moment stays unless it is among them."""
        self.put(collection, self._documents[collection][key], **fields)

    def delete(self, collection: str, key: str) -> None:
        """Remove a document, without a trace."""
        del self._documents[collection][key]

    def documents(self, collection: str) -> Mapping[str, Document]:
        """What there is now, by key."""
        return self._documents[collection]

    def forget(self) -> None:
        """Begin to count anew."""
        self.given = {}

    def collections(self) -> Sequence[Collection]:
        return tuple(COLLECTIONS.values())

    def count(self, collection: str) -> int:
        return len(self._documents[collection])

    def read(self, collection: str) -> Iterator[RawRow]:
        return self._rows(collection, sorted(self._documents[collection]))

    def partitions(self, collection: str, known: Sequence[str | None]) -> Sequence[str | None]:
        column = COLLECTIONS[collection].partition
        if column is None:
            return ("",)
        there = {document.get(column) for document in self._documents[collection].values()}
        return sorted({*there, *known}, key=str)  # type: ignore[arg-type]

    def read_since(self, collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        described = COLLECTIONS[collection]
        begin = written_at(since)
        found = [
            (str(document[described.moment or ""]), key)
            for key, document in self._documents[collection].items()
            if (described.partition is None or document.get(described.partition) == partition)
            and str(document.get(described.moment or "", "")) >= begin
        ]
        return self._rows(collection, [key for _, key in sorted(found)])

    def keys(self, collection: str) -> Iterator[SourceKey]:
        for key, document in sorted(self._documents[collection].items()):
            self._count(f"{collection} keys")
            yield SourceKey(key, str(document["_rev"]))

    def read_keys(self, collection: str, keys: Sequence[str]) -> Iterator[RawRow]:
        return self._rows(collection, [key for key in keys if key in self._documents[collection]])

    def _rows(self, collection: str, keys: Sequence[str]) -> Iterator[RawRow]:
        rows = DocumentRows(COLLECTIONS[collection].columns)
        for line, key in enumerate(keys, start=1):
            document = self._documents[collection].get(key)
            if document is not None:
                self._count(collection)
                yield rows.row(line, json.dumps(document, ensure_ascii=False).encode())

    def _count(self, what: str) -> None:
        self.given[what] = self.given.get(what, 0) + 1


def written_at(moment: datetime) -> str:
    """A moment as LEO writes it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def minutes_ago(minutes: float) -> str:
    """A moment before now, as LEO writes it."""
    return written_at(datetime.now(UTC) - timedelta(minutes=minutes))


class LiveShop:
    """A tenant that is synchronised from documents, step by step; its as-of follows from the data."""

    def __init__(
        self, tenant: Tenant, source: LiveDocuments, run_sync: Sync, *, limits: QualityLimits | None = None
    ) -> None:
        """Nothing is read yet; `limits` are those of every run."""
        self.tenant, self.source, self._run_sync, self._limits = tenant, source, run_sync, limits

    def sync(self, mode: str = "incremental") -> Synced:
        """All steps of one run of this mode."""
        self.source.forget()
        return self._run_sync(self.tenant, self.source, as_of=None, mode=mode, limits=self._limits)
