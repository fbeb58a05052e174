"""A collection's documents sorted by some of their attributes, kept sorted while documents come and go.

It stands for ArangoDB's persistent index: a page of `FILTER … SORT … LIMIT` is found by bisection and costs no sort.
The order by `_key` alone stands for the primary index, which goes by the key's bytes and not as AQL compares texts.
"""

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from sandbox.arangodb.aql.values import AFTER_ALL, STRING_RANK, Ranked, ranked
from sandbox.arangodb.documents import Stored

Path = tuple[str, ...]
"""Names of an attribute and those below it: ("eventData", "price")."""

KEY: Path = ("_key",)
_KEY_RANK = -1


def value_at(document: Mapping[str, Any], path: Path) -> Any:
    """The attribute at a path, None where there is none."""
    value: Any = document
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value


class Order:
    """Entries (rank, value, rank, value, …, rank, _key), one a document, ascending."""

    def __init__(self, paths: Sequence[Path], documents: Iterable[Stored]) -> None:
        """Sort the documents there are by the values at the paths, then by `_key`."""
        self._paths = tuple(paths)
        self._by_bytes = self._paths == (KEY,)
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
        if self._by_bytes:
            return ((STRING_RANK, document.key),)
        whole = document.whole()
        return tuple(ranked(value_at(whole, path)) for path in self._paths)

    def _entry(self, document: Stored) -> tuple[Any, ...]:
        return (*flat(self.values_of(document)), _KEY_RANK, document.key)


def flat(pairs: Iterable[Ranked]) -> tuple[Any, ...]:
    """Ranked values side by side, as entries have them."""
    return tuple(part for pair in pairs for part in pair)
