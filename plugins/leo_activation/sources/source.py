"""What every source gives: named collections of raw rows, each row with the bytes it was read from.

A source checks that what it was pointed at can be read as its kind, and nothing else: whether a row is good is the
quality gate's business. The one thing it takes away is what must never be copied (`never_copied`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol


class SourceKind(StrEnum):
    """The kinds of source, as `ops.source.kind` names them."""

    ARANGODUMP = "arangodump"
    CSV = "csv"


class RowProblem(StrEnum):
    """Why a row could not even be taken apart; the quality gate's first rules."""

    NOT_UTF8 = "not_utf8"
    MALFORMED = "malformed"


@dataclass(frozen=True)
class Collection:
    """A collection of the source and the columns that its rows have, in their order."""

    name: str
    columns: tuple[str, ...]


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
