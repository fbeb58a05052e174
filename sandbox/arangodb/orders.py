"""A collection's documents sorted by some of their attributes, kept sorted while documents come and go.

It stands for ArangoDB's persistent index: a page of `FILTER … SORT … LIMIT` is found by bisection and costs no sort.
The order by `_key` alone stands for the primary index, which goes by the key's bytes and not as AQL compares texts.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import msgspec

from sandbox.arangodb.aql.values import AFTER_ALL, STRING_RANK, Ranked, ranked
from sandbox.arangodb.documents import Stored

Path = tuple[str, ...]
"""Names of an attribute and those below it: ("eventData", "price")."""

KEY: Path = ("_key",)
_KEY_RANK = -1


def _reader(paths: Sequence[Path]) -> Callable[[Stored], list[Any]]:
    """What gives a document's values at the paths, None where there is none.

    Only the fields that are asked for are made of the JSON: an order of a million documents is sorted by two of fifty.
    """
    beside = {"_key": "key", "_id": "id", "_rev": "rev"}
    places = {path[0]: f"field_{at}" for at, path in enumerate(paths) if path[0] not in beside}
    fields: list[tuple[str, Any, Any]] = [
        (place, Any, msgspec.field(name=name, default=None)) for name, place in places.items()
    ]
    decode: Callable[[bytes], Any] = msgspec.json.Decoder(msgspec.defstruct("Fields", fields, gc=False)).decode

    def read(document: Stored) -> list[Any]:
        found = decode(document.raw) if fields else None
        values = []
        for first, *rest in paths:
            value = getattr(found, places[first]) if first in places else getattr(document, beside[first])
            for name in rest:
                value = value.get(name) if isinstance(value, dict) else None
            values.append(value)
        return values

    return read


class Order:
    """Entries (rank, value, rank, value, …, rank, _key), one a document, ascending."""

    def __init__(self, paths: Sequence[Path], documents: Iterable[Stored]) -> None:
        """Sort the documents there are by the values at the paths, then by `_key`."""
        self._paths = tuple(paths)
        self._by_bytes = self._paths == (KEY,)
        self._read = _reader(self._paths)
        self._entries = sorted(self._entry(each) for each in documents)

    def add(self, document: Stored) -> None:
        """Take in a document."""
        insort(self._entries, self._entry(document))

    def remove(self, document: Stored) -> None:
        """Take out a document that is in, in the state in which it came in."""
        entry = self._entry(document)
        at = bisect_left(self._entries, entry)
        if at < len(self._entries) and self._entries[at] == entry:
            del self._entries[at]

    def between(self, low: tuple[Any, ...], high: tuple[Any, ...], descending: bool) -> Iterator[str]:
        """The keys of the entries from `low` to before `high`, both prefixes of entries."""
        start, stop = bisect_left(self._entries, low), bisect_left(self._entries, high)
        for at in range(stop - 1, start - 1, -1) if descending else range(start, stop):
            yield self._entries[at][-1]

    def having(self, wanted: Sequence[Ranked]) -> Iterator[str]:
        """The keys of the documents whose first paths have these values."""
        prefix = flat(wanted)
        return self.between(prefix, (*prefix, AFTER_ALL), False)

    def ranked(self, value: Any) -> Ranked:
        """A value as this order sorts it."""
        return (STRING_RANK, value) if self._by_bytes and isinstance(value, str) else ranked(value)

    def values_of(self, document: Stored) -> tuple[Ranked, ...]:
        """What the document is sorted by."""
        return tuple(self.ranked(value) for value in self._read(document))

    def _entry(self, document: Stored) -> tuple[Any, ...]:
        return (*flat(self.values_of(document)), _KEY_RANK, document.key)


def flat(pairs: Iterable[Ranked]) -> tuple[Any, ...]:
    """Ranked values side by side, as entries have them."""
    return tuple(part for pair in pairs for part in pair)
