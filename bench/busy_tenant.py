"""A tenant with many customers, segments, requests and campaigns, for benchmarks of what people look at."""

from datetime import datetime
from pathlib import Path

from bench.refresh import approve, sync_dump
from bench.sync_data import CHANGED_ON, make_dumps
from leo_activation.embedding import Encoder
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant

PROFILES = 500
CUSTOMERS = 100_000
SEGMENTS, MEMBERS = 1_000, 500
KEY = b"bench" * 8
TEXT = "Customers who bought shoes in the last 90 days"
SEGMENT, CAMPAIGN = "bench_1", "bench_1"


def name_of(customers: int) -> str:
    """What the tenant is called."""
    return f"Bench of {customers}"


def fill(warehouse: Warehouse, tenant_id: str, customers: int, encoder: Encoder) -> int:
    """A synced shop with one approved segment, and everything else beside it; gives the newest request's id."""
    tenant = Tenant(
        tenant_id, name_of(customers), "VND", minor_units=0, interest_model="leo_event_metric",
        time_zone="Asia/Ho_Chi_Minh",
    )  # fmt: skip
    register_tenant(warehouse, tenant)
    sync_dump(warehouse, tenant_id, make_dumps(PROFILES).first, CHANGED_ON)
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
        for part in Path(__file__).with_name("busy_tenant.sql").read_text().split(";\n"):
            connection.execute(part.encode(), values)
        [(newest,)] = connection.execute(
            "SELECT max(request_id) FROM segment.request WHERE tenant_id = %s", [tenant_id]
        )
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.commit()
        connection.autocommit = True
        connection.execute("ANALYZE")
    return int(newest)
