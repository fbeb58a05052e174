"""Rows of the quarantine that somebody has repaired, as a source of the same form as the one they came from."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leo_activation.errors import Permanent
from leo_activation.sources import csv_files, leo_documents
from leo_activation.sources.document_rows import DocumentRows
from leo_activation.sources.source import Collection, RawRow, RowProblem, SourceKind

_UNREADABLE = "\N{REPLACEMENT CHARACTER}"


@dataclass(frozen=True)
class RepairedRow:
    """A row with what it was when it was set aside.

    key, rev: what identifies the row and its state at the source; a repair changes neither.
    columns: of a CSV row, the names of its fields.
    """

    quarantine_id: int
    collection: str
    rule: str
    key: str
    rev: str
    raw: str
    columns: tuple[str, ...] = ()


class RepairedRows:
    """The rows of one repair. The line of each is its number in the quarantine."""

    def __init__(self, kind: SourceKind, rows: Sequence[RepairedRow]) -> None:
        """`kind` is that of the source which the rows came from.

        Raises:
            Permanent: a row is of no collection of that kind, or a CSV row does not say what its fields are.
        """
        self._kind = kind
        self._collections = csv_files.COLLECTIONS if kind is SourceKind.CSV else leo_documents.COLLECTIONS
        self._rows: dict[str, list[RepairedRow]] = {name: [] for name in self._collections}
        for row in sorted(rows, key=lambda each: each.quarantine_id):
            if row.collection not in self._rows:
                raise Permanent(f"Row {row.quarantine_id}: a source of kind {kind} has no {row.collection}.")
            if kind is SourceKind.CSV:
                _require_columns(row, self._collections[row.collection])
            self._rows[row.collection].append(row)

    @property
    def kind(self) -> SourceKind:
        """Decides which statements shape the rows."""
        return self._kind

    def collections(self) -> Sequence[Collection]:
        """All of the form, also those without a repaired row."""
        return tuple(self._collections.values())

    def count(self, collection: str) -> int:
        """The repaired rows of a collection."""
        return len(self._rows[collection])

    def read(self, collection: str) -> Iterator[RawRow]:
        """The rows, taken apart as the source's own reader does, with the revision of the row that they repair.

        Raises:
            Permanent: a row names another record than the one that was set aside.
        """
        described = self._collections[collection]
        key_at = described.columns.index(described.key)
        rev_at = described.columns.index(described.rev or described.key)
        for row in self._rows[collection]:
            taken = self._take_apart(described, row)
            if taken.problem is None:
                if row.rule == RowProblem.NOT_UTF8 and _UNREADABLE in row.raw:
                    # What was exported for bytes that are no text stands there still.
                    taken = taken._replace(problem=RowProblem.NOT_UTF8)
                elif taken.values[key_at] != row.key:
                    raise Permanent(
                        f"Row {row.quarantine_id} names another record of {collection} than the one set aside; "
                        f"a repair keeps its {described.key}."
                    )
            values: list[str | None] = list(taken.values)
            values[key_at], values[rev_at] = row.key, row.rev
            yield taken._replace(values=tuple(values))

    def _take_apart(self, collection: Collection, row: RepairedRow) -> RawRow:
        raw = row.raw.encode("utf-8", "surrogatepass")
        if self._kind is SourceKind.CSV:
            return csv_files.take_apart(row.quarantine_id, raw, row.columns, collection)
        return DocumentRows(collection.columns).row(row.quarantine_id, raw)


def _require_columns(row: RepairedRow, collection: Collection) -> None:
    needed = [name for name in collection.columns if name != collection.rev]
    if missing := [name for name in needed if name not in row.columns]:
        raise Permanent(f"Row {row.quarantine_id} does not say which of its fields is '{missing[0]}' (columns).")
