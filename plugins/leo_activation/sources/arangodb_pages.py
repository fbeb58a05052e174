"""Pages of a collection of ArangoDB, each asked for by where the one before ended.

No cursor is held between pages, so a lost one costs one page, and the reader may take as long as it likes. Each page is
checked before it counts: a page that repeats, stands still or ends too early is asked for again, and then is an error.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import pairwise
from typing import Any, Generic, NamedTuple, Protocol, TypeGuard, TypeVar

import msgspec
from arango.database import StandardDatabase

from leo_activation.errors import Transient
from leo_activation.sources import aql
from leo_activation.sources.arangodb_client import AnswerTooLarge, ArangodbClient, Incomplete, count_documents
from leo_activation.sources.arangodb_http import Broken
from leo_activation.sources.source import SourceKey

# A read may meet documents that were written while it went on, but not several times the collection.
_MOST_TIMES_THE_COUNT = 2
_MOST_PAGES_MORE = 10
_LENGTH_OF_A_MOMENT = len("2022-02-23T11:30:10.000Z")


class Keyed(Protocol):
    """Anything known by a key."""

    @property
    def key(self) -> str:
        """What identifies it in its collection."""
        ...


class Document(NamedTuple):
    """One document as its bytes, with what is needed of it to go on after it."""

    key: str
    moment: object
    raw: bytes


Found = TypeVar("Found", bound=Keyed)
_keyed = msgspec.json.Decoder(tuple[str, str]).decode
_asked = msgspec.json.Decoder(tuple[str, msgspec.Raw]).decode


def key_and_revision(raw: msgspec.Raw) -> SourceKey:
    """A result of `page_of_keys`. Raises Broken where it is something else."""
    try:
        return SourceKey(*_keyed(raw))
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise Broken("a row is no pair of key and revision") from None


def document_reader(moment: str | None) -> Callable[[msgspec.Raw], Document]:
    """What turns a result into a Document whose moment is the field of this name."""
    fields: list[tuple[str, Any, Any]] = [
        ("key", str, msgspec.field(name="_key")),
        ("rev", str, msgspec.field(name="_rev")),
    ]
    if moment is not None:
        fields.append(("moment", Any, msgspec.field(name=moment, default=None)))
    # Made by name, so nothing is known of its fields where types are checked.
    head: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder(msgspec.defstruct("Head", fields, gc=False)).decode

    def read(raw: msgspec.Raw) -> Document:
        try:
            found = head(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Broken("a row is no document with a key and a revision") from None
        return Document(found.key, getattr(found, "moment", None), bytes(raw))

    return read


def document_of_key_reader() -> Callable[[msgspec.Raw], tuple[str, Document | None]]:
    """What turns a result of `documents_by_key` into the key and its document, None where that is gone."""
    take = document_reader(None)

    def read(raw: msgspec.Raw) -> tuple[str, Document | None]:
        try:
            key, value = _asked(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Broken("a row is no pair of key and document") from None
        document = None if bytes(value) == b"null" else take(value)
        if document is not None and document.key != key:
            raise Broken("a row is the document of another key")
        return key, document

    return read


class PagesByKey(Generic[Found]):
    """A whole collection in the order of its keys, held against the server's count before and after."""

    def __init__(
        self,
        client: ArangodbClient,
        collection: str,
        statement: str,
        take: Callable[[msgspec.Raw], Found],
        variables: Mapping[str, object],
        limit: int,
    ) -> None:
        """`statement` is page_by_key or page_of_keys; `limit` the most rows of a page."""
        self._client = client
        self._collection = collection
        self._aql = aql.statement(statement)
        self._take = take
        self._variables = variables
        self._limit = limit
        self._after = ""
        self._rows = 0
        self._counted = 0

    def __iter__(self) -> Iterator[list[Found]]:
        """The pages. Raises as `ArangodbClient.ask`."""
        self._counted = self._client.count(self._collection)
        number = 0
        ended = False
        while not ended:
            number += 1
            page, self._limit = _in_smaller_pages(partial(self._page, number), self._limit)
            ended = len(page) < self._limit
            if page:
                self._after = page[-1].key
                self._rows += len(page)
                yield page
            if not ended:
                _require_end(self._client, self._collection, self._rows, self._counted, self._limit)

    def _page(self, number: int, limit: int) -> list[Found]:
        def question(database: StandardDatabase) -> list[Found]:
            variables = {"@collection": self._collection, "after": self._after, "page": limit, **self._variables}
            page = [self._take(raw) for raw in self._client.query(database, self._aql, variables, limit)]
            last = self._after
            for each in page:
                # The primary index gives keys by their bytes. In any other order, going on after the last key would
                # repeat some documents and miss others.
                if each.key <= last:
                    raise Broken("its keys are not new and in the order of their bytes")
                last = each.key
            if len(page) < limit:
                self._require_complete(database, self._rows + len(page))
            return page

        return self._client.ask(f"Page {number} of {self._collection}", question)

    def _require_complete(self, database: StandardDatabase, rows: int) -> None:
        # Between the two counts documents may come and go; fewer than both means that some were left out. A count of
        # none proves nothing where the other, or the rows themselves, say that there are some.
        counts = [count for count in (self._counted, count_documents(database, self._collection)) if count]
        if rows < min(counts, default=0) or (rows and not counts):
            raise Incomplete(f"it ends after {rows} rows where the server counts {min(counts, default=0)}")


class PagesSince:
    """What has a moment from a given one on, in the order of (moment, key)."""

    def __init__(
        self, client: ArangodbClient, collection: str, statement: str, moment: str, variables: Mapping[str, object]
    ) -> None:
        """`statement` is page_since or page_of_journey; `moment` the field that it counts by."""
        self._client = client
        self._collection = collection
        self._aql = aql.statement(statement)
        self._take = document_reader(moment)
        self._variables = variables
        self._limit = client.settings.page_documents
        self._since = ""
        self._moment: object = None
        self._after = ""
        self._before: frozenset[tuple[str, str]] = frozenset()

    def since(self, moment: str) -> Iterator[list[Document]]:
        """The pages. Raises as `ArangodbClient.ask`."""
        self._since = self._moment = moment
        number = rows = 0
        counted: int | None = None
        ended = False
        while not ended:
            number += 1
            page, self._limit = _in_smaller_pages(partial(self._page, number), self._limit)
            ended = len(page) < self._limit
            if page:
                self._moment, self._after = page[-1].moment, page[-1].key
                self._before = frozenset(_place(each) for each in page)
                rows += len(page)
                yield page
            if not ended:
                counted = self._client.count(self._collection) if counted is None else counted
                _require_end(self._client, self._collection, rows, counted, self._limit)

    def _page(self, number: int, limit: int) -> list[Document]:
        def question(database: StandardDatabase) -> list[Document]:
            variables = {
                "@collection": self._collection,
                "moment": self._moment,
                "after": self._after,
                "page": limit,
                **self._variables,
            }
            page = [self._take(raw) for raw in self._client.query(database, self._aql, variables, limit)]
            # How the server orders texts is its own affair (by language); that none comes twice is not. A document
            # may come again only with another moment, because it was updated meanwhile.
            places = {_place(each) for each in page}
            if len(places) < len(page) or places & self._before:
                raise Broken("it repeats rows")
            # What LEO itself writes is in the same order in any language. The last moment says how far was read.
            moments = [moment for moment in (self._moment, *(each.moment for each in page)) if _is_leos(moment)]
            if any(later < earlier for earlier, later in pairwise(moments)):
                raise Broken("it is not in the order of its moments")
            return page

        return self._client.ask(f"Page {number} of {self._collection} since {self._since}", question)


def _is_leos(moment: object) -> TypeGuard[str]:
    """Whether it has the form of `2022-02-23T11:30:10.000Z`, as far as its order goes."""
    return isinstance(moment, str) and len(moment) == _LENGTH_OF_A_MOMENT and moment[-1] == "Z"


def _place(document: Document) -> tuple[str, str]:
    return str(document.moment), document.key


def _in_smaller_pages(ask: Callable[[int], list[Found]], limit: int) -> tuple[list[Found], int]:
    """A page and the limit that it kept to: half as many as long as the answer is too large.

    Raises:
        AnswerTooLarge: one document alone is.
    """
    while True:
        try:
            return ask(limit), limit
        except AnswerTooLarge:
            if limit == 1:
                raise
            limit //= 2


def _require_end(client: ArangodbClient, collection: str, rows: int, counted: int, limit: int) -> None:
    """Refuse to go on where far more rows came than there are."""
    more = _MOST_PAGES_MORE * limit
    if rows <= _MOST_TIMES_THE_COUNT * counted + more:
        return
    counted = client.count(collection)
    if rows > _MOST_TIMES_THE_COUNT * counted + more:
        raise Transient(
            f"{collection} of the {client.settings.name} does not end: {rows} rows came where the server counts "
            f"{counted}."
        )
