"""LEO CDP's live ArangoDB: the database of one tenant, read page by page over HTTP.

Three ways of reading: a collection whole, what is new since a moment, and all keys with their revisions, after which
single documents are fetched (docs/decisions/live-source.md). Nothing is ever written there.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from arango.database import StandardDatabase

from leo_activation.errors import Configuration, Permanent
from leo_activation.sources import aql
from leo_activation.sources.arangodb_client import AnswerTooLarge, ArangodbClient
from leo_activation.sources.arangodb_http import Broken
from leo_activation.sources.arangodb_pages import (
    Document,
    PagesByKey,
    PagesSince,
    document_of_key_reader,
    document_reader,
    key_and_revision,
)
from leo_activation.sources.arangodb_settings import ArangodbSettings
from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.leo_documents import COLLECTIONS, JOURNEYS, NEVER_COPIED_FIELDS
from leo_activation.sources.source import Collection, RawRow, SourceKey, SourceKind


class Arangodb:
    """A LiveSource: see the Protocol for what each method promises."""

    def __init__(self, settings: ArangodbSettings) -> None:
        """Connect, and check that every collection that is read is there.

        Raises:
            Configuration: one is not, or server, database or user are not what they should be.
            Transient: the server does not answer.
        """
        self._client = ArangodbClient(settings)
        self._there = self._client.collection_names()
        self._collections = tuple(each for each in COLLECTIONS.values() if each.name in self._there)
        lacking = [each.name for each in COLLECTIONS.values() if not each.optional and each.name not in self._there]
        if lacking:
            raise Configuration(
                f"The {settings.name} has no collection {', '.join(lacking)}, or the user may not read it."
            )

    @property
    def kind(self) -> SourceKind:
        """Decides which statements shape the rows."""
        return SourceKind.ARANGODB

    def collections(self) -> Sequence[Collection]:
        """What is read of LEO, less the optional collections that this database lacks."""
        return self._collections

    def count(self, collection: str) -> int:
        """The server's count of the collection."""
        return self._client.count(collection)

    def read(self, collection: str) -> Iterator[RawRow]:
        """Every document, in the order of the keys; ends only where at least as many came as the server counts."""
        pages = PagesByKey(
            self._client,
            collection,
            "page_by_key",
            document_reader(None),
            {"never_copied": NEVER_COPIED_FIELDS},
            self._client.settings.page_documents,
        )
        return _rows(collection, pages)

    def partitions(self, collection: str, known: Sequence[str | None]) -> Sequence[str | None]:
        """For events the journeys: none (''), lacking (None), those of `cdp_journeymap`, and those known before."""
        if COLLECTIONS[collection].partition is None:
            return ("",)
        journeys = [found.key for found in self.keys(JOURNEYS)] if JOURNEYS in self._there else []
        return tuple(dict.fromkeys(("", None, *journeys, *known)))

    def read_since(self, collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        """What has a moment of `since` or later, as LEO writes moments; compared as texts, by the server."""
        described = COLLECTIONS[collection]
        if described.moment is None:
            raise Permanent(f"{collection} has no moment by which a part of it could be read.")
        variables: dict[str, object] = {"never_copied": NEVER_COPIED_FIELDS}
        statement = "page_since"
        if described.partition is not None:
            statement = "page_of_journey"
            variables["journey"] = partition
        pages = PagesSince(self._client, collection, statement, described.moment, variables)
        return _rows(collection, pages.since(leo_moment(since)))

    def keys(self, collection: str) -> Iterator[SourceKey]:
        """Every key with its revision, in the order of the keys; complete as `read` is."""
        pages = PagesByKey(
            self._client, collection, "page_of_keys", key_and_revision, {}, self._client.settings.page_keys
        )
        for page in pages:
            yield from page

    def read_keys(self, collection: str, keys: Sequence[str]) -> Iterator[RawRow]:
        """The documents of these keys, in their order, less those that the server says are gone."""
        return _rows(collection, self._documents(collection, list(dict.fromkeys(keys))))

    def _documents(self, collection: str, keys: Sequence[str]) -> Iterator[list[Document]]:
        take = document_of_key_reader()
        statement = aql.statement("documents_by_key")
        size = self._client.settings.page_documents
        at = 0
        number = 0
        while at < len(keys):
            wanted = keys[at : at + size]
            number += 1

            def question(database: StandardDatabase, wanted: Sequence[str] = wanted) -> list[Document]:
                variables = {"@collection": collection, "keys": wanted, "never_copied": NEVER_COPIED_FIELDS}
                found = [take(raw) for raw in self._client.query(database, statement, variables, len(wanted))]
                # One answer a key, also for what is gone: a key that was passed over would count as deleted.
                if [key for key, _ in found] != list(wanted):
                    raise Broken("it does not answer for each key")
                return [document for _, document in found if document is not None]

            try:
                page = self._client.ask(f"Page {number} of documents by key of {collection}", question)
            except AnswerTooLarge:
                if len(wanted) == 1:
                    raise
                size = len(wanted) // 2
                continue
            at += len(wanted)
            yield page


def leo_moment(moment: datetime) -> str:
    """A moment as LEO writes it, in UTC to the millisecond below: `2022-02-23T11:30:10.000Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _rows(collection: str, pages: Iterator[list[Document]] | PagesByKey[Document]) -> Iterator[RawRow]:
    row = DocumentRows(COLLECTIONS[collection].columns).row
    line = 0
    for page in pages:
        for document in page:
            line += 1
            yield row(line, document.raw)
