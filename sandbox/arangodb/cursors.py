"""Open cursors: results that are fetched batch by batch, until the last batch, their end by the client, or their time.

Results are taken when the query is made, for a streaming cursor too: what is read is one state of the database.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import RLock
from typing import Any

from sandbox.arangodb.errors import CURSOR_NOT_FOUND, ArangoError
from sandbox.arangodb.revisions import Revisions

DEFAULT_TTL_S = 30.0
DEFAULT_BATCH = 1000


@dataclass
class Cursor:
    """The rows of one query that are not fetched yet, and the time at which they are forgotten.

    given: rows of the batches before `batch`. extra: the query's statistics, given with each batch.
    """

    number: str
    database: str
    collection: str
    query: str
    rows: list[Any]
    size: int
    ttl_s: float
    count: bool
    allow_retry: bool
    extra: dict[str, Any]
    batch: int = 0
    expires: float = field(default=0.0)

    def answer(self) -> dict[str, Any]:
        """The current batch in ArangoDB's JSON."""
        start = (self.batch - 1) * self.size
        more = start + self.size < len(self.rows)
        body: dict[str, Any] = {"result": self.rows[start : start + self.size], "hasMore": more}
        if more:
            body["id"] = self.number
            body["nextBatchId"] = str(self.batch + 1)
        if self.count:
            body["count"] = len(self.rows)
        return body | {"cached": False, "extra": self.extra}

    @property
    def has_more(self) -> bool:
        """Whether there is a batch after the current one."""
        return self.batch * self.size < len(self.rows)


class Cursors:
    """The open cursors of all databases."""

    def __init__(self, revisions: Revisions, now: Callable[[], float] = time.monotonic) -> None:
        """`now` gives seconds on any clock that never goes back."""
        self._revisions = revisions
        self._now = now
        self._open: dict[str, Cursor] = {}
        self._lock = RLock()

    def first(
        self,
        database: str,
        collection: str,
        query: str,
        rows: list[Any],
        *,
        size: int,
        ttl_s: float,
        count: bool,
        allow_retry: bool,
        extra: dict[str, Any],
    ) -> Cursor:
        """The cursor at its first batch; kept only where another batch may be asked for."""
        with self._lock:
            number = str(self._revisions.tick())
            cursor = Cursor(number, database, collection, query, rows, size, ttl_s, count, allow_retry, extra, batch=1)
            if cursor.has_more:
                self._forget_expired()
                cursor.expires = self._now() + ttl_s
                self._open[number] = cursor
            return cursor

    def next(self, database: str, number: str, batch: str | None = None) -> Cursor:
        """The cursor moved on to its next batch; with `allow_retry` also to the one given last, by its number.

        Raises:
            ArangoError: 1600, no such cursor or batch, or its time is over.
        """
        with self._lock:
            cursor = self.find(database, number)
            wanted = cursor.batch + 1 if batch is None else int(batch) if batch.isdecimal() else 0
            again = cursor.allow_retry and wanted == cursor.batch
            if not again and (wanted != cursor.batch + 1 or not cursor.has_more):
                raise ArangoError(CURSOR_NOT_FOUND)
            cursor.batch = wanted
            cursor.expires = self._now() + cursor.ttl_s
            if not cursor.has_more and not cursor.allow_retry:
                del self._open[number]
            return cursor

    def find(self, database: str, number: str) -> Cursor:
        """An open cursor as it stands. Raises as `next`."""
        with self._lock:
            self._forget_expired()
            cursor = self._open.get(number)
            if cursor is None or cursor.database != database:
                raise ArangoError(CURSOR_NOT_FOUND)
            return cursor

    def close(self, database: str, number: str) -> None:
        """Forget a cursor. Raises as `next`."""
        with self._lock:
            self.find(database, number)
            del self._open[number]

    def _forget_expired(self) -> None:
        now = self._now()
        for number in [number for number, cursor in self._open.items() if cursor.expires <= now]:
            del self._open[number]
