"""Members after a sync that changed 1 %: asking those who were touched, beside asking everybody.

`python -m bench refresh [--profiles 10000,100000]` makes a database of its own for each size and syncs the dumps of
`bench sync` into it: everything as of one day, then one profile in a hundred with new events as of the next. A dozen
approved segments are refreshed after each. What is compared, by processor time of this process and of its PostgreSQL
sessions, and by the clock:

* refresh after 1 % changed ÷ refresh of the same segments that asks all customers, at the same moment: both end with
  the same members, which is checked.
* refresh with nothing new ÷ the same.

Windows roll with the day of the sync, so those whose events have just left a window are asked too.
"""

import secrets
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from pathlib import Path

from bench.measure import Spent, verdict
from bench.planner import fresh_warehouse
from bench.sync_data import CHANGED_ON, LATER_DAY, LiveDump, make_dumps
from bench.sync_worker import WatchedWarehouse
from leo_activation import sync
from leo_activation.embedding import EmbeddingSettings, Encoder, load_encoder
from leo_activation.profiles.interests import compute_interests
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.limits import Limits
from leo_activation.segments.membership import RefreshedSegments, refresh_segments
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import submit_request
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant

PROFILES = (10_000,)
FLOOR, GOAL = 0.15, 0.05
REQUESTS = (
    "Customers who bought shoes in the last 90 days",
    "Customers who bought shoes in the last 180 days but did not buy jackets in the last 90 days",
    "Customers who viewed jackets at least 3 times in the last 75 days",
    "Customers who added jackets to the cart in the last 90 days and afterwards did not buy the same product",
    "Women in Hanoi",
    "Customers from Ho Chi Minh City who never bought anything",
    "Customers who made at least 3 orders in the last 180 days",
    "Customers with total spent above 5000000",
    "Customers who viewed shoes in the last 80 days and added shoes to the cart in the last 80 days",
    "Customers older than 30 who bought something in the last 100 days",
    "Customers who returned something in the last 90 days",
    "Customers who did not buy anything in the last 90 days",
)


def run(profiles: Sequence[int] = PROFILES) -> None:
    """Print the ratios for each size."""
    encoder = load_encoder(EmbeddingSettings())
    for size in profiles:
        dumps = make_dumps(size)
        with fresh_warehouse() as (warehouse, _):
            _measure(WatchedWarehouse(warehouse.urls), size, dumps.first, dumps.later, encoder)


def _measure(warehouse: WatchedWarehouse, size: int, first: Path, later: Path, encoder: Encoder) -> None:
    tenant = Tenant(
        f"b{secrets.token_hex(6)}", "Bench", "VND", minor_units=0, interest_model="leo_event_metric",
        time_zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    tenant_id = tenant.tenant_id
    register_tenant(warehouse, tenant)
    sync_dump(warehouse, tenant_id, first, CHANGED_ON)
    segments = sum(approve(warehouse, tenant_id, text, encoder) for text in REQUESTS)
    began = datetime.fromisoformat(CHANGED_ON)
    _, spent = _timed(warehouse, lambda: refresh_segments(warehouse, tenant_id, began, encoder=encoder))
    sys.stdout.write(f"{size:,} profiles, {segments} segments; first refresh {_seconds(spent)}\n")
    sync_dump(warehouse, tenant_id, later, LATER_DAY)
    moment = datetime.fromisoformat(LATER_DAY)
    changed, some = _timed(warehouse, lambda: refresh_segments(warehouse, tenant_id, moment, encoder=encoder))
    idle, nothing = _timed(warehouse, lambda: refresh_segments(warehouse, tenant_id, moment, encoder=encoder))
    again, whole = _timed(
        warehouse, lambda: refresh_segments(warehouse, tenant_id, moment, encoder=encoder, whole=True)
    )
    if (again.entered, again.exited) != (0, 0) or again.members != changed.members:
        raise AssertionError(f"asking everybody found other members: {changed} and {again}")
    sys.stdout.write(
        f"  everybody asked                     {_seconds(whole)}\n"
        f"  1 % changed, {changed.entered} entered, {changed.exited} exited: {_seconds(some)}, {changed.whole} of "
        f"{changed.segments} segments asked everybody\n"
        f"    ÷ everybody asked: {some.wall / whole.wall:.2f} by the clock, {some.cpu / whole.cpu:.2f} by CPU; "
        f"{verdict(some.cpu / whole.cpu, floor=FLOOR, goal=GOAL)}\n"
        f"  nothing new ({idle.whole} asked everybody): {_seconds(nothing)}; ÷ everybody asked "
        f"{nothing.cpu / whole.cpu:.2f} by CPU\n"
    )


def sync_dump(warehouse: Warehouse, tenant_id: str, folder: Path, as_of: str) -> None:
    """Sync a dump, and compute interests, as of a moment (ISO 8601)."""
    moment = datetime.fromisoformat(as_of)
    run = sync.open_run(warehouse, tenant_id, secrets.token_hex(4), as_of=moment, mode=sync.SyncMode.INCREMENTAL)
    sync.extract(warehouse, tenant_id, run, LiveDump(folder))
    sync.check(warehouse, tenant_id, run)
    sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes(32))
    sync.project(warehouse, tenant_id, run)
    compute_interests(warehouse, tenant_id, moment)


def approve(warehouse: Warehouse, tenant_id: str, text: str, encoder: Encoder) -> int:
    """Ask for a segment and approve it; 1, or 0 where the text was not understood, which is printed."""
    moment = datetime.fromisoformat(CHANGED_ON)
    request_id = submit_request(warehouse, tenant_id, text, "marketer")
    drafted = draft_request(
        warehouse, tenant_id, request_id, as_of=moment, encoder=encoder, planners=[GrammarPlanner()]
    )
    if drafted.hash is None:
        sys.stdout.write(f"  left out: {text}: {drafted.state} {' '.join(drafted.questions)} {drafted.problem or ''}\n")
        return 0
    shown = review(warehouse, tenant_id, request_id)
    record_decision(
        warehouse, tenant_id, request_id,
        decision="approve", decided_by="reviewer", decided_at=datetime.now(moment.tzinfo), hash=shown.hash,
        limits=Limits(largest_size=10_000_000, largest_change_percent=Decimal(1_000)),
    )  # fmt: skip
    return 1


def _timed(warehouse: WatchedWarehouse, work: Callable[[], RefreshedSegments]) -> tuple[RefreshedSegments, Spent]:
    warehouse.served.clear()
    wall, cpu = time.perf_counter(), time.process_time()
    done = work()
    return done, Spent(time.perf_counter() - wall, time.process_time() - cpu, sum(warehouse.served))


def _seconds(spent: Spent) -> str:
    return f"{spent.wall:.2f} s, CPU {spent.cpu:.2f} s (client {spent.client:.2f}, server {spent.server:.2f})"
