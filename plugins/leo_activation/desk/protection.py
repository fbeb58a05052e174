"""What stands around every route: security headers, tokens against forged writes, and a limit of requests.

A write carries a token in the form field or the header below. It is an HMAC over the person's id and the hour, made
with a key that is derived from the installation's own, so that nothing has to be kept; it holds for the hour it was
made in and the eleven after it. Another site can neither read it nor guess it, and the cookie alone is not enough.
"""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

TOKEN_FIELD = "csrf_token"  # noqa: S105 - a name
TOKEN_HEADER = "x-csrf-token"  # noqa: S105 - a name
HOURS_VALID = 12
HOUR_S = 3600
MOST_DIGITS = 100
"""Of a length, zeros before it too."""
MOST_PEOPLE = 10_000
"""Whose buckets are remembered; beyond it the one who asked longest ago is forgotten."""

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer. Scripts and styles come from the desk's own files alone: nothing in a page may run."""


def is_size(text: str) -> bool:
    """Whether the header Content-Length holds a number."""
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS


class Tokens:
    """Tokens against forged writes. `key` is the installation's own key, from which this one is derived."""

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        """Derive the key; `clock` gives seconds since 1970."""
        self._key = hmac.digest(key, b"leo desk: tokens against forged writes", hashlib.sha256)
        self._clock = clock

    def make(self, user_id: str) -> str:
        """The token of this hour."""
        return self._of(user_id, int(self._clock() // HOUR_S))

    def holds(self, user_id: str, token: str) -> bool:
        """Whether the token was made for this person lately."""
        hour = int(self._clock() // HOUR_S)
        made = [self._of(user_id, hour - ago) for ago in range(HOURS_VALID)]
        return any(hmac.compare_digest(each.encode(), token.encode()) for each in made)

    def _of(self, user_id: str, hour: int) -> str:
        return hmac.new(self._key, f"{hour}\0{user_id}".encode(), hashlib.sha256).hexdigest()


@dataclass
class RateLimit:
    """At most `burst` requests of a person at once, and `per_second` on average: a token bucket each, in memory.

    A limit a process, against a script that runs away; the budget of language models is kept in the warehouse.
    """

    per_second: float
    burst: int
    clock: Callable[[], float] = time.monotonic
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict, repr=False)
    _lock: Lock = field(default_factory=Lock, repr=False)

    def wait_s(self, user_id: str) -> float:
        """Take one token; seconds to wait where there is none, else 0."""
        with self._lock:
            now = self.clock()
            tokens, at = self._buckets.pop(user_id, (float(self.burst), now))
            tokens = min(float(self.burst), tokens + (now - at) * self.per_second)
            wait = 0.0 if tokens >= 1 else (1 - tokens) / self.per_second
            self._buckets[user_id] = (tokens - 1 if wait == 0 else tokens, now)
            if len(self._buckets) > MOST_PEOPLE:
                self._buckets.popitem(last=False)
            return wait
