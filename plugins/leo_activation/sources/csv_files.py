"""Customers and clickstream events as two CSV files in a folder.

The columns are those of the audience-discovery data: `crm_customers.csv` and `clickstream_events.csv`, with a header,
commas, quotes as in RFC 4180, UTF-8. Other columns are left alone. Times without a zone are in UTC. A row has no
revision of its own; the hash of its bytes, less what is never copied, stands for it.
"""

import csv
import hashlib
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from leo_activation.errors import Configuration
from leo_activation.sources.never_copied import CUT_MARK, is_never_copied
from leo_activation.sources.source import Collection, RawRow, RowProblem, SourceKind

# No column of the file: the md5 of the row's bytes, because the form has no revision of its own.
REV = "_rev"
CUSTOMERS = Collection(
    "crm_customers",
    (
        "customer_id", "first_name", "last_name", "email", "country", "age", "total_spent", "favorite_color",
        "created_at", REV,
    ),
    key="customer_id", rev=REV,
)  # fmt: skip
EVENTS = Collection(
    "clickstream_events",
    ("event_id", "customer_id", "event_type", "product", "color", "price", "event_timestamp", REV),
    key="event_id",
    rev=REV,
)
COLLECTIONS: Mapping[str, Collection] = {each.name: each for each in (CUSTOMERS, EVENTS)}

# A quote that is never closed would take the rest of the file with it; no honest row has this many lines.
MOST_LINES_A_ROW = 200
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BLOCK = 1 << 20


class CsvFiles:
    """A folder with the two files."""

    def __init__(self, folder: Path) -> None:
        """Check that the folder has both files with the columns needed.

        Raises:
            Configuration: a file or a column is missing, or a file cannot be opened.
        """
        if not folder.is_dir():
            raise Configuration(f"The CSV source {folder} is not a folder.")
        self._folder = folder
        self._headers = {name: self._read_header(collection) for name, collection in COLLECTIONS.items()}

    @property
    def kind(self) -> SourceKind:
        """Decides which statements shape the rows."""
        return SourceKind.CSV

    def collections(self) -> Sequence[Collection]:
        """Customers, then events."""
        return tuple(COLLECTIONS.values())

    def count(self, collection: str) -> int:
        """The file's lines less the header; rows that span lines make it an upper limit."""
        with self._open(collection) as file:
            lines = 0
            last = b"\n"
            while block := file.read(_BLOCK):
                lines += block.count(b"\n")
                last = block[-1:]
        return max(lines + (last != b"\n") - 1, 0)

    def read(self, collection: str) -> Iterator[RawRow]:
        """The rows of one file. A row that is not UTF-8 or not as wide as the header comes with its problem."""
        header = self._headers[collection]
        places, kept = _places(header, COLLECTIONS[collection])
        with self._open(collection) as file:
            next(file)
            for line, raw in _records(file):
                yield _take_apart(line, raw, len(header), places, kept)

    def kept_columns(self, collection: str) -> Sequence[str]:
        """The names of the fields that the bytes of a row have: those of the file, less what is never copied."""
        return [name for name in self._headers[collection] if not is_never_copied(name)]

    def _path(self, collection: str) -> Path:
        return self._folder / f"{collection}.csv"

    def _open(self, collection: str) -> BinaryIO:
        path = self._path(collection)
        try:
            return path.open("rb")
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise Configuration(f"The CSV file {path} cannot be read: {reason}.") from None

    def _read_header(self, collection: Collection) -> list[str]:
        path = self._path(collection.name)
        with self._open(collection.name) as file:
            first = file.readline().removeprefix(_BYTE_ORDER_MARK)
        try:
            header = [name.strip() for name in next(csv.reader([first.decode()]), [])]
        except UnicodeDecodeError:
            raise Configuration(f"The header of the CSV file {path} is not UTF-8.") from None
        for column in collection.columns:
            if column != REV and column not in header:
                raise Configuration(f"The CSV file {path} has no column '{column}'.")
        return header


def _records(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Number of the first line and bytes of each record, without the line end; empty lines are left out."""
    waiting: deque[bytes] = deque()
    line = 2
    while True:
        first = waiting.popleft() if waiting else file.readline()
        if not first:
            return
        raw, taken = first, 1
        if first.count(b'"') % 2:
            waiting.extend(islice(file, MOST_LINES_A_ROW - len(waiting)))
            open_quote = True
            for more in islice(waiting, MOST_LINES_A_ROW):
                raw += more
                taken += 1
                if more.count(b'"') % 2:
                    open_quote = False
                    break
            if open_quote:
                raw, taken = first, 1
            for _ in range(taken - 1):
                waiting.popleft()
        stripped = raw.rstrip(b"\r\n")
        if stripped:
            yield line, stripped
        line += taken


def take_apart(line: int, raw: bytes, header: Sequence[str], collection: Collection) -> RawRow:
    """One row by itself. `header` names its fields, among them every column of the collection."""
    places, kept = _places(header, collection)
    return _take_apart(line, raw, len(header), places, kept)


def _places(header: Sequence[str], collection: Collection) -> tuple[list[int], list[int]]:
    """Where a row has the collection's columns, and what of it is kept."""
    places = [header.index(column) for column in collection.columns if column != REV]
    return places, [place for place, name in enumerate(header) if not is_never_copied(name)]


def _take_apart(line: int, raw: bytes, width: int, places: list[int], kept: list[int]) -> RawRow:
    problem = None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        # The fields are needed to name the row and to find what is never copied; the bytes stay as they were.
        text = raw.decode("utf-8", "surrogateescape")
        problem = RowProblem.NOT_UTF8
    if "\0" in text:
        problem = RowProblem.NOT_UTF8
    try:
        fields = text.split(",") if '"' not in text else next(csv.reader([text], strict=True))
    except csv.Error:
        fields = []
    if len(fields) != width:
        # Which field is which is not known, so nothing is kept of a row that has one to hide.
        return RawRow(line, raw if len(kept) == width else CUT_MARK, RowProblem.MALFORMED, (None,) * (len(places) + 1))
    if len(kept) != width:
        raw = _join([fields[place] for place in kept])
    if problem:
        fields = [_storable(field) for field in fields]
    rev = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return RawRow(line, raw, problem, (*[fields[place] or None for place in places], rev))


def _join(fields: list[str]) -> bytes:
    quoted = ['"' + field.replace('"', '""') + '"' if set(field) & set(',"\r\n') else field for field in fields]
    return ",".join(quoted).encode("utf-8", "surrogateescape")


def _storable(field: str) -> str:
    return field.encode("utf-8", "surrogateescape").decode("utf-8", "replace").replace("\0", "�")
