"""Revisions and keys as ArangoDB makes them: ever growing, never the same twice."""

import time

_ALPHABET = "-_ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_WORTH = {digit: worth for worth, digit in enumerate(_ALPHABET)}
_COUNTER_BITS = 20


class Revisions:
    """A hybrid logical clock: milliseconds since 1970 and a counter, in 64 bits."""

    def __init__(self) -> None:
        """Start at the present."""
        self._last = 0

    def tick(self) -> int:
        """A number greater than any before."""
        self._last = max(int(time.time() * 1000) << _COUNTER_BITS, self._last + 1)
        return self._last

    def revision(self) -> str:
        """The next `_rev`."""
        left = self.tick()
        digits = []
        while left:
            digits.append(_ALPHABET[left & 63])
            left >>= 6
        return "".join(reversed(digits))


def age_order(rev: str) -> tuple[int, list[int]]:
    """What orders revisions by age: their digits do not stand in the order of their characters."""
    return len(rev), [_WORTH.get(digit, -1) for digit in rev]
