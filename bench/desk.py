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
from datetime import datetime
from pathlib import Path
from statistics import median

import httpx
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response

from bench.measure import verdict
from bench.planner import fresh_warehouse
from bench.refresh import approve, sync_dump
from bench.sync_data import CHANGED_ON, make_dumps
from leo_activation.desk.app import Desk, Pages, Visit, create_app
from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.protection import RateLimit
from leo_activation.desk.serving import register_pages
from leo_activation.embedding import EmbeddingSettings, load_encoder
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.pooling import PooledWarehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant

PROFILES = 500
CUSTOMERS = 100_000
SEGMENTS, MEMBERS = 1_000, 500
ROUNDS = 15
FLOOR_MS, GOAL_MS = 150.0, 50.0
TYPING_FLOOR_MS, TYPING_GOAL_MS = 100.0, 20.0
KEY = b"bench" * 8
TEXT = "Customers who bought shoes in the last 90 days"
FRAGMENT = {"hx-request": "true"}
SEGMENT, CAMPAIGN = "bench_1", "bench_1"
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
        request_id = _fill(warehouse, tenant_id, customers)
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


def _fill(warehouse: Warehouse, tenant_id: str, customers: int) -> int:
    """A synced shop with one approved segment, and everything else beside it; gives the newest request's id."""
    tenant = Tenant(
        tenant_id, "Bench", "VND", minor_units=0, interest_model="leo_event_metric", time_zone="Asia/Ho_Chi_Minh"
    )
    register_tenant(warehouse, tenant)
    sync_dump(warehouse, tenant_id, make_dumps(PROFILES).first, CHANGED_ON)
    encoder = load_encoder(EmbeddingSettings())
    approve(warehouse, tenant_id, TEXT, encoder)
    with warehouse.connect(DatabaseRole.OWNER, tenant_id) as connection:
        [(model,)] = connection.execute("SELECT segment_id FROM segment.definition WHERE tenant_id = %s", [tenant_id])
    values = {
        "tenant": tenant_id,
        "model": model,
        "customers": customers,
        "segments": SEGMENTS,
        "members": MEMBERS,
        "as_of": datetime.fromisoformat(CHANGED_ON),
        "key": KEY,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        for part in Path(__file__).with_name("desk.sql").read_text().split(";\n"):
            connection.execute(part.encode(), values)
        [(newest,)] = connection.execute(
            "SELECT max(request_id) FROM segment.request WHERE tenant_id = %s", [tenant_id]
        )
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
    return int(newest)


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
