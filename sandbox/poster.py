"""Posts events to a webhook in signed posts, and does so badly where it was ordered to.

Providers promise an event at least once and in no order. A post that is not answered with 2xx is made again, after
longer and longer, so that a receiver which is down for a while misses nothing.

A stand-in gives the way in which its provider writes a post, and puts in what becomes of a message:

    def write(events: Sequence[Event], at: int, *, forged: bool) -> Post:  # at: seconds since 1970
        body = json.dumps(events[0]).encode()
        return Post(body, {"X-ZEvent-Signature": f"mac={mac(body, at, WRONG if forged else secret)}"})

    poster = Poster(write, url, at_once=1, id_of=lambda event: event["message"]["msg_id"])
    poster.put(events, WebhookManner(switchboard.next("zalo_webhook", user_id)), lies=[unfollow])
    app.include_router(poster_switches(poster), prefix="/sandbox/zalo")

Events are dictionaries as the provider has them. `Post.url` goes before the poster's own, for providers that are told
with each message where to post (Twilio).
"""

import asyncio
import heapq
import itertools
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

import httpx
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from sandbox.scenarios import WebhookManner

Event = Mapping[str, Any]

GATHER_S = 0.1
DELAY_S = 2.0
APART_S = 0.5
STALE_S = 3600
TIMEOUT_S = 10.0
TRIES = 12
FIRST_WAIT_S = 0.2
LONGEST_WAIT_S = 5.0


@dataclass(frozen=True)
class Post:
    """One request to the webhook; an empty `url` is the poster's."""

    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    url: str = ""


class Write(Protocol):
    """How a provider puts events into one post, signed at a moment by its own key, or by another one."""

    def __call__(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        """The post; `at` is in seconds since 1970, long ago for a stale one."""
        ...


class WebhookOrder(BaseModel):
    """Where events go from now on; '' for nowhere."""

    model_config = ConfigDict(extra="forbid")

    url: str


@dataclass(frozen=True)
class Posted:
    """One post that came to an end: its events, whether it was a forgery, and the last answer, 0 for none."""

    event_ids: tuple[str, ...]
    forged: bool
    stale: bool
    status: int
    tries: int

    def as_json(self) -> dict[str, object]:
        """The line of `/sandbox/<provider>/posted`."""
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

    def __init__(
        self, write: Write, url: str = "", *, at_once: int = 1, id_of: Callable[[Event], str] = lambda event: ""
    ) -> None:
        """Start with the provider's way to write and the address to post to, empty for nowhere.

        at_once: how many events one post may hold.
        id_of: the name under which an event stands in `posted`.
        """
        self._write = write
        self._at_once = at_once
        self._id_of = id_of
        self._first_url = url
        self.url = url
        self._numbers = itertools.count()
        self._heap: list[tuple[float, int, _Waiting]] = []
        self._posted: list[Posted] = []
        self._busy = 0
        self._task: asyncio.Task[None] | None = None
        self._posts: set[asyncio.Task[None]] = set()

    def put(self, events: Sequence[Event], manner: WebhookManner, lies: Sequence[Event] = ()) -> None:
        """Queue what becomes of a message, in the order in which it happens.

        lies: what did not happen. Told under another key where the manner is FORGED; the last of them told in time
            past where it is STALE.
        """
        if not self._goes_anywhere([*events, *lies]):
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
                self._later(0, _Waiting(tuple(lies), forged=True))
            case WebhookManner.STALE:
                self._later(0, _Waiting(tuple(events)))
                self._later(0, _Waiting(tuple(lies[-1:]), stale=True))
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

    def _goes_anywhere(self, events: Sequence[Event]) -> bool:
        return bool(events) and bool(self.url or self._write(events[:1], 0, forged=False).url)

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
        return [
            _Waiting(whole.events[start : start + self._at_once], forged=whole.forged, stale=whole.stale)
            for whole in (_Waiting(tuple(honest)), *batches)
            for start in range(0, len(whole.events), self._at_once)
        ]

    async def _post(self, client: httpx.AsyncClient, url: str, waiting: _Waiting) -> None:
        status, tries = 0, 0
        # A lie is told once: a receiver that refuses it is right.
        for tries in range(1, TRIES + 1 if waiting.honest else 2):
            now = int(time.time()) - (STALE_S if waiting.stale else 0)
            post = self._write(waiting.events, now, forged=waiting.forged)
            headers = {"Content-Type": "application/json", **post.headers}
            try:
                answer = await client.post(post.url or url, content=post.body, headers=headers)
                status = answer.status_code
            except (httpx.HTTPError, httpx.InvalidURL):
                status = 0
            if 200 <= status < 300 or tries == TRIES:
                break
            await asyncio.sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1)) if waiting.honest else 0)
        self._posted.append(
            Posted(
                event_ids=tuple(self._id_of(event) for event in waiting.events),
                forged=waiting.forged,
                stale=waiting.stale,
                status=status,
                tries=tries,
            )
        )
        self._busy -= len(waiting.events)


def poster_switches(poster: Poster) -> APIRouter:
    """The sandbox's own routes for one webhook, below `/sandbox/<provider>`."""
    router = APIRouter()

    @router.post("/webhook")
    def set_webhook(order: WebhookOrder) -> dict[str, str]:
        poster.url = order.url
        return {"status": "ok"}

    @router.get("/posted")
    def posted() -> StreamingResponse:
        lines: Iterator[str] = (json.dumps(each.as_json()) + "\n" for each in poster.posted())
        return StreamingResponse(lines, media_type="application/jsonl")

    @router.get("/waiting")
    def waiting() -> dict[str, int]:
        return {"events": poster.waiting}

    return router
