"""Posts events to the webhook in signed batches, and does so badly where it was ordered to.

SendGrid promises an event at least once and in no order. A post that is not answered with 2xx is made again, after
longer and longer, so that a receiver which is down for a while misses nothing.
"""

import asyncio
import heapq
import itertools
import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import httpx

from sandbox.scenarios import WebhookManner
from sandbox.sendgrid.signatures import SigningKey
from sandbox.sendgrid.stories import Event, Sent, event_of

BATCH_EVENTS = 100
GATHER_S = 0.1
DELAY_S = 2.0
APART_S = 0.5
STALE_S = 3600
TIMEOUT_S = 10.0
TRIES = 12
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True)
class Posted:
    """One post that came to an end: its events, whether it was a forgery, and the last answer, 0 for none."""

    event_ids: tuple[str, ...]
    forged: bool
    stale: bool
    status: int
    tries: int

    def as_json(self) -> dict[str, object]:
        """The line of `/sandbox/sendgrid/posted`."""
        return asdict(self)


@dataclass(frozen=True)
class _Waiting:
    """Events that leave together with whatever else is due, or a batch of its own where it is not honest."""

    events: tuple[Event, ...]
    forged: bool = False
    stale: bool = False

    @property
    def honest(self) -> bool:
        return not (self.forged or self.stale)


class Poster:
    """The queue of one webhook; posts from the event loop that `put` is called in."""

    def __init__(self, key: SigningKey, url: str = "") -> None:
        """Start with a key and the address to post to, empty for nowhere."""
        self.key = key
        self._forger = SigningKey()
        self._first_url = url
        self.url = url
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int, _Waiting]] = []
        self._posted: list[Posted] = []
        self._busy = 0
        self._task: asyncio.Task[None] | None = None
        self._posts: set[asyncio.Task[None]] = set()

    def put(self, sent: Sent, events: Sequence[Event], manner: WebhookManner) -> None:
        """Queue the events of a message; nothing is kept for later while there is no URL."""
        if not self.url:
            return
        match manner:
            case WebhookManner.DUPLICATED:
                self._later(0, _Waiting(tuple(events)))
                self._later(APART_S, _Waiting(tuple(events)))
            case WebhookManner.REORDERED:
                for number, event in enumerate(reversed(events)):
                    self._later(number * APART_S, _Waiting((event,)))
            case WebhookManner.DELAYED:
                self._later(DELAY_S, _Waiting(tuple(events)))
            case WebhookManner.FORGED:
                self._later(0, _Waiting(tuple(events)))
                lies = [event_of(sent, name, {}, sent.accepted_at) for name in ("spamreport", "unsubscribe")]
                self._later(0, _Waiting(tuple(lies), forged=True))
            case WebhookManner.STALE:
                self._later(0, _Waiting(tuple(events)))
                self._later(0, _Waiting((event_of(sent, "unsubscribe", {}, sent.accepted_at),), stale=True))
            case _:
                self._later(0, _Waiting(tuple(events)))
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._run())

    def posted(self) -> list[Posted]:
        """The posts that came to an end, oldest first."""
        return list(self._posted)

    @property
    def waiting(self) -> int:
        """How many events are not yet posted to an end."""
        return self._busy + sum(len(waiting.events) for _, _, waiting in self._heap)

    def forget(self) -> None:
        """Drop what waits and what was posted, and go back to the first URL; what is on its way goes on."""
        self.url = self._first_url
        self._heap.clear()
        self._posted.clear()

    def _later(self, seconds: float, waiting: _Waiting) -> None:
        if waiting.events:
            heapq.heappush(self._heap, (time.monotonic() + GATHER_S + seconds, next(self._numbers), waiting))

    async def _run(self) -> None:
        async with httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False) as client:
            while self._heap or self._posts:
                for waiting in self._due():
                    self._busy += len(waiting.events)
                    post = asyncio.create_task(self._post(client, self.url, waiting))
                    self._posts.add(post)
                    post.add_done_callback(self._posts.discard)
                await asyncio.sleep(GATHER_S / 2)

    def _due(self) -> list[_Waiting]:
        honest: list[Event] = []
        batches = []
        while self._heap and self._heap[0][0] <= time.monotonic():
            waiting = heapq.heappop(self._heap)[2]
            if waiting.honest:
                honest += waiting.events
            else:
                batches.append(waiting)
        starts = range(0, len(honest), BATCH_EVENTS)
        return [_Waiting(tuple(honest[start : start + BATCH_EVENTS])) for start in starts] + batches

    async def _post(self, client: httpx.AsyncClient, url: str, waiting: _Waiting) -> None:
        body = json.dumps(waiting.events, separators=(",", ":")).encode()
        key = self._forger if waiting.forged else self.key
        status, tries = 0, 0
        # A lie is told once: a receiver that refuses it is right.
        for tries in range(1, TRIES + 1 if waiting.honest else 2):
            timestamp = int(time.time()) - (STALE_S if waiting.stale else 0)
            headers = {"Content-Type": "application/json", **key.headers(body, timestamp)}
            try:
                status = (await client.post(url, content=body, headers=headers)).status_code
            except (httpx.HTTPError, httpx.InvalidURL):
                status = 0
            if 200 <= status < 300 or tries == TRIES:
                break
            await asyncio.sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1)) if waiting.honest else 0)
        self._posted.append(
            Posted(
                event_ids=tuple(event["sg_event_id"] for event in waiting.events),
                forged=waiting.forged,
                stale=waiting.stale,
                status=status,
                tries=tries,
            )
        )
        self._busy -= len(waiting.events)
