"""What every source gives: named collections of raw rows, each row with the bytes it was read from.

A source checks that what it was pointed at can be read as its kind, and nothing else: whether a row is good is the
quality gate's business. The one thing it takes away is what must never be copied (`never_copied`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol, runtime_checkable


class SourceKind(StrEnum):
    """The kinds of source, as `ops.source.kind` names them."""

    ARANGODB = "arangodb"
    ARANGODUMP = "arangodump"
    CSV = "csv"


class RowProblem(StrEnum):
    """Why a row could not even be taken apart; the quality gate's first rules."""

    NOT_UTF8 = "not_utf8"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Collection:
    """A collection of the source and the columns that its rows have, in their order.

    key: the column that identifies a row, as far as the source has one.
    rev: the column that changes whenever the row does, or None where the bytes of the row say it.
    moment: the column that a watermark counts by, or None where the collection is always read whole.
    partition: the column whose values are each read with a watermark of their own, or None.
    optional: whether a source may lack the collection.
    """

    name: str
    columns: tuple[str, ...]
    key: str
    rev: str | None = None
    moment: str | None = None
    partition: str | None = None
    optional: bool = False


class RawRow(NamedTuple):
    """One row as read. A tuple and not a dataclass, because a sync makes millions.

    line: number of the row's first line in its file, from 1; for a source without lines, of the row as read.
    raw: the bytes it was read from, less what is never copied.
    problem: why `values` are missing or inexact, or None.
    values: one text or None for each column; None for each where the row could not be taken apart.
    """

    line: int
    raw: bytes
    problem: RowProblem | None
    values: tuple[str | None, ...]


class SourceKey(NamedTuple):
    """What identifies a row and one state of it: LEO's `_key` and `_rev`."""

    key: str
    rev: str


class Source(Protocol):
    """One place that customer data is read from. Reading twice gives the same rows in the same order."""

    @property
    def kind(self) -> SourceKind:
        """Decides which statements shape the rows."""
        ...

    def collections(self) -> Sequence[Collection]:
        """What there is to read, in the order in which it is staged."""
        ...

    def count(self, collection: str) -> int:
        """How many rows `read` gives, near enough to show progress."""
        ...

    def read(self, collection: str) -> Iterator[RawRow]:
        """The rows, one at a time, in bounded memory.

        Raises:
            Permanent: the source cannot be read to its end; the rows so far are not the collection.
        """
        ...


@runtime_checkable
class LiveSource(Source, Protocol):
    """A source that can also be asked for a part of its rows: what is new, what there is, and rows by their keys."""

    def partitions(self, collection: str, known: Sequence[str | None]) -> Sequence[str | None]:
        """The values of the collection's partition column to be read one by one: those there are now and `known` ones.

        `("",)` for a collection without one. None stands for rows that lack the column.
        """
        ...

    def read_since(self, collection: str, partition: str | None, since: datetime) -> Iterator[RawRow]:
        """The rows of a partition whose moment is `since` or later, in the order of (moment, key).

        Raises:
            Transient: the source did not answer after retries; the rows so far are not all there are.
            Permanent: the source refused, or gave a page that is none.
        """
        ...

    def keys(self, collection: str) -> Iterator[SourceKey]:
        """The key and revision of every row there is. Raises as `read_since`."""
        ...

    def read_keys(self, collection: str, keys: Sequence[str]) -> Iterator[RawRow]:
        """The rows that have these keys; one that is gone meanwhile is left out. Raises as `read_since`."""
        ...
