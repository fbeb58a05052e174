"""How long the Segment desk's pages take beside an empty one, with many customers and segments.

`python -m bench desk [--customers 100000]` makes a database of its own: a small synced shop for names to ask about, and
beside it the customers, a thousand segments with 90 days of refreshes each, five thousand requests and two hundred
campaigns, one of which writes to everybody. The desk is served over a real socket, and every page is asked for in turn
with the empty one, which is the frame alone. The times are the client's, by the clock: its own part is well below a
millisecond.
"""

import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from statistics import median

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from bench.busy_tenant import CAMPAIGN, CUSTOMERS, KEY, MEMBERS, SEGMENT, SEGMENTS, TEXT, fill
from bench.measure import verdict
from bench.planner import fresh_warehouse
from leo_activation.desk.app import Desk, Pages, Visit, create_app
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.protection import RateLimit
from leo_activation.desk.serving import register_pages
from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.settings import read_settings
from leo_activation.warehouse.pooling import PooledWarehouse

ROUNDS = 15
FLOOR_MS, GOAL_MS = 150.0, 50.0
TYPING_FLOOR_MS, TYPING_GOAL_MS = 100.0, 20.0
FRAGMENT = {"hx-request": "true"}
PAGES = (
    "/ask",
    "/requests?whose=all",
    "/requests/{request}",
    "/review",
    "/segments",
    "/segments?state=",
    f"/segments/{SEGMENT}",
    "/campaigns",
    "/campaigns/new",
    f"/campaigns/{CAMPAIGN}",
    "/people",
    "/stop",
)


def run(customers: int = CUSTOMERS) -> None:
    """Print each page's time beside the empty page's."""
    encoder = load_encoder(EmbeddingSettings())
    with fresh_warehouse() as (warehouse, _):
        tenant_id = f"b{secrets.token_hex(6)}"
        request_id = fill(warehouse, tenant_id, customers, encoder)
        admin = Person("admin", "Anna", frozenset(Capability))

        async def identify(request: Request) -> Person | None:
            return admin

        async def tenants(person: Person) -> Mapping[str, str]:
            return {tenant_id: "Bench"}

        limit = RateLimit(per_second=10_000, burst=10_000)
        desk = Desk(PooledWarehouse(warehouse.urls), identify, tenants, KEY, lambda path: path, limit)

        def register(pages: Pages) -> None:
            pages.add("GET", "/empty", Capability.READ, lambda visit: _empty(desk, visit))
            register_pages(pages, read_settings(), encoder)

        app = FastAPI()
        app.mount(desk.root, create_app(desk, register))
        with _served(app) as address, httpx.Client(base_url=f"{address}{desk.root}/{tenant_id}", timeout=60) as client:
            sys.stdout.write(f"{customers:,} customers, {SEGMENTS:,} segments of {MEMBERS:,} members\n")
            for path in PAGES:
                _compare(client, path.format(request=request_id), {}, FLOOR_MS, GOAL_MS)
            _compare(client, f"/ask/understood?text={TEXT}", FRAGMENT, TYPING_FLOOR_MS, TYPING_GOAL_MS)


def _empty(desk: Desk, visit: Visit) -> Response:
    return desk.page(visit, "base.html")


def _compare(client: httpx.Client, path: str, headers: dict[str, str], floor: float, goal: float) -> None:
    page: list[float] = []
    empty: list[float] = []
    for turn in range(ROUNDS + 1):
        times = [(empty, "/empty", {}), (page, path, headers)]
        for kept, asked, with_headers in times:
            began = time.perf_counter()
            answer = client.get(asked, headers=with_headers)
            took = (time.perf_counter() - began) * 1000
            if answer.status_code != httpx.codes.OK:
                raise AssertionError(f"{asked} answers {answer.status_code}: {answer.text[:300]}")
            if turn:  # the first one reads templates and names
                kept.append(took)
    shown, nothing = median(page), median(empty)
    sys.stdout.write(
        f"  {path[:44]:44} {shown:6.1f} ms ÷ empty page {nothing:4.1f} ms = {shown / nothing:5.1f}; "
        f"worst {max(page):6.1f} ms; {verdict(shown, floor=floor, goal=goal)}\n"
    )


@contextmanager
def _served(app: FastAPI) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
