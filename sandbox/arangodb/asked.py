"""What clients asked for and how much they were given: proof of what was read, without a document's contents."""

from collections import deque
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any

_KEPT = 100_000


@dataclass
class Asked:
    """One request.

    kind: what it is about: query, next, count, import, …; what a fault may be aimed at.
    bound: the names of the bind parameters. rows: documents or results given, or documents written.
    scenario: the fault that met it, or ok.
    """

    method: str
    path: str
    user: str = ""
    database: str = ""
    kind: str = ""
    collection: str = ""
    query: str = ""
    bound: tuple[str, ...] = ()
    rows: int = 0
    status: int = 0
    scenario: str = "ok"
    at: str = field(default_factory=lambda: datetime.now(UTC).isoformat())


class AskedLog:
    """The latest requests, in memory."""

    def __init__(self) -> None:
        """Nothing asked yet."""
        self._lock = Lock()
        self._seq = 0
        self._records: deque[tuple[int, Asked]] = deque(maxlen=_KEPT)

    def add(self, asked: Asked) -> None:
        """Keep a request that was answered, or met by a fault."""
        with self._lock:
            self._seq += 1
            self._records.append((self._seq, asked))

    def since(self, seq: int) -> Iterator[dict[str, Any]]:
        """The requests after a number, oldest first, each with its own `seq`."""
        with self._lock:
            found = [(number, asked) for number, asked in self._records if number > seq]
        return ({"seq": number, **asdict(asked)} for number, asked in found)

    def clear(self) -> None:
        """Forget them; the numbers go on."""
        with self._lock:
            self._records.clear()
