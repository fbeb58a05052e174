"""Repeatable randomness: one independent stream for each purpose and index, and weighted choices from it."""

import hashlib
import random
from base64 import b64encode
from bisect import bisect
from collections.abc import Iterable, Mapping
from enum import IntEnum
from itertools import accumulate
from typing import Generic, TypeVar

Item = TypeVar("Item")


class Purpose(IntEnum):
    """What a stream is for. A new purpose never disturbs the others; a changed number changes every world."""

    BLOCK = 1
    PERSON = 2
    CONTACT = 3
    LIFE = 4
    DOCUMENT = 5
    HOUSEHOLD = 6
    FAULT = 7


def stream(seed: int, purpose: Purpose, index: int) -> random.Random:
    """The random stream of one index for one purpose.

    ``seed`` is any integer >= 0, ``index`` below 2**40. Streams of different arguments are independent.
    """
    return random.Random((seed << 48) | (purpose << 40) | index)


class Choice(Generic[Item]):
    """A weighted choice, prepared once and drawn from many times in O(log n)."""

    __slots__ = ("_cumulative", "_items", "_total")

    def __init__(self, weighted: Mapping[Item, float] | Iterable[tuple[Item, float]]) -> None:
        pairs = tuple(weighted.items()) if isinstance(weighted, Mapping) else tuple(weighted)
        kept = [(item, weight) for item, weight in pairs if weight > 0]
        if not kept:
            raise ValueError("A weighted choice needs at least one item with a weight above 0.")
        self._items = tuple(item for item, _ in kept)
        self._cumulative = tuple(accumulate(weight for _, weight in kept))
        self._total = self._cumulative[-1]

    def draw(self, rng: random.Random) -> Item:
        return self._items[bisect(self._cumulative, rng.random() * self._total)]


def pick(rng: random.Random, items: tuple[Item, ...]) -> Item:
    """One of ``items``, all equally likely; one draw from the stream, whatever the length."""
    return items[int(rng.random() * len(items))]


def between(rng: random.Random, low: int, high: int) -> int:
    """An integer from ``low`` to ``high``, both included; one draw from the stream."""
    return low + int(rng.random() * (high - low + 1))


def _id_text(digits: bytes) -> str:
    """128 bits as the 22 letters and digits that LEO's ids have (nearly a UUID in base 62)."""
    return b64encode(digits, b"Zz")[:22].decode()


def stable_key(seed: int, kind: str, name: str | int) -> str:
    """The id of a document that others refer to: computed from its name, so that nobody has to remember it."""
    digest = hashlib.blake2b(f"{seed}/{kind}/{name}".encode(), digest_size=16).digest()
    return _id_text(digest)


def new_key(rng: random.Random) -> str:
    """The id of a document that nobody refers to."""
    return _id_text(rng.getrandbits(128).to_bytes(16, "big"))
