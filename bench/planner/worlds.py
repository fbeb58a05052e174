"""The data that requests are tried on: differently seeded worlds, synchronised as the pipeline does it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg

from bench.planner.questions import HERE
from leo_activation import sync
from leo_activation.embedding import Encoder
from leo_activation.profiles.embeddings import embed_due
from leo_activation.profiles.interests import compute_interests
from leo_activation.profiles.texts import write_texts
from leo_activation.segments.approval import record_decision, review
from leo_activation.segments.drafting import draft_request
from leo_activation.segments.membership import refresh_segments
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.requests import submit_request
from leo_activation.settings import REPOSITORY
from leo_activation.sources import open_source
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.sample_data.moments import parse_as_of
from sandbox.sample_data.write_arangodump import DumpSettings, write_arangodump
from sandbox.sample_data.write_csv import CsvSettings, write_csv

SHOPPERS = 500
AS_OF = datetime(2026, 2, 20, tzinfo=UTC)
PUBLIC_DATA = REPOSITORY.parent / "shared" / "data" / "audience_discovery"
_TABLES = (
    "person", "did", "bought", "viewed", "carted", "sent_back", "interest", "household", "referral", "address",
    "agreed",
)  # fmt: skip
VIP = "Create a segment called VIP of customers with total spent above 20,000,000 VND"


@dataclass(frozen=True)
class World:
    """A tenant full of data; `form` names the requests that fit it."""

    form: str
    tenant: Tenant


def fill_worlds(warehouse: Warehouse, seeds: tuple[int, ...], encoder: Encoder, *, profiles: int) -> Iterator[World]:
    """One world of each form for each seed, and the public audience-discovery data where it lies beside a checkout."""
    with TemporaryDirectory() as folder:
        for seed in seeds:
            source = Path(folder) / f"discovery-{seed}"
            write_csv(CsvSettings(SHOPPERS, seed, parse_as_of("2026-02-20T00:00:00Z"), 0, 1), source)
            yield _filled(warehouse, _discovery(f"discovery_{seed}"), "discovery", "csv", source, encoder)
        if PUBLIC_DATA.is_dir():
            yield _filled(warehouse, _discovery("discovery_public"), "discovery", "csv", PUBLIC_DATA, encoder)
        for seed in seeds:
            yield fill_retail(warehouse, seed, encoder, Path(folder), profiles=profiles)


def fill_retail(warehouse: Warehouse, seed: int, encoder: Encoder, folder: Path, *, profiles: int) -> World:
    """One retail world with the segment VIP approved and filled."""
    source = folder / f"retail-{seed}"
    write_arangodump(DumpSettings(profiles, seed, parse_as_of("2026-02-20T00:00:00Z"), 0, False, 1), source)
    world = _filled(warehouse, _retail(f"retail_{seed}"), "retail", "arangodump", source, encoder)
    _approve(warehouse, world.tenant, VIP, encoder)
    return world


def make_gold_tables(connection: Connection, tenant_id: str) -> None:
    """Fill the tables of `tables.sql` with the tenant's rows, for an administrator, whom no row security holds back."""
    cursor = psycopg.ClientCursor(connection)
    for table in _TABLES:
        cursor.execute(f"DROP TABLE IF EXISTS {table}")
    cursor.execute((HERE / "tables.sql").read_text(encoding="utf-8"), {"tenant_id": tenant_id, "as_of": AS_OF})
    for table in _TABLES:
        cursor.execute(f"ANALYZE {table}")


def _discovery(tenant_id: str) -> Tenant:
    return Tenant(tenant_id, "Audience discovery", "EUR", interest_model="event_weight", luxury_threshold_minor=80_000)


def _retail(tenant_id: str) -> Tenant:
    return Tenant(
        tenant_id=tenant_id,
        name="Retail chain",
        currency="VND",
        minor_units=0,
        time_zone="Asia/Ho_Chi_Minh",
        language="vi",
        interest_model="leo_event_metric",
        luxury_threshold_minor=20_000_000,
    )


def _filled(warehouse: Warehouse, tenant: Tenant, form: str, kind: str, source: Path, encoder: Encoder) -> World:
    tenant_id = tenant.tenant_id
    register_tenant(warehouse, tenant)
    run = sync.open_run(warehouse, tenant_id, "bench", as_of=AS_OF)
    sync.extract(warehouse, tenant_id, run, open_source(kind, str(source)))
    sync.check(warehouse, tenant_id, run)
    sync.merge(warehouse, tenant_id, run, pseudonym_key=bytes(32))
    sync.project(warehouse, tenant_id, run)
    compute_interests(warehouse, tenant_id, AS_OF)
    write_texts(warehouse, tenant_id, AS_OF)
    embed_due(warehouse, tenant_id, encoder)
    return World(form, tenant)


def _approve(warehouse: Warehouse, tenant: Tenant, text: str, encoder: Encoder) -> None:
    tenant_id = tenant.tenant_id
    request = submit_request(warehouse, tenant_id, text, "marketer")
    draft_request(warehouse, tenant_id, request, as_of=AS_OF, encoder=encoder, planners=[GrammarPlanner()])
    shown = review(warehouse, tenant_id, request)
    record_decision(
        warehouse, tenant_id, request, decision="approve", decided_by="reviewer", decided_at=AS_OF, hash=shown.hash
    )
    refresh_segments(warehouse, tenant_id, AS_OF, encoder=encoder)
