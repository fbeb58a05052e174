"""One hostile shop and one sandbox for the folder."""

import os
import secrets
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from embedded.urls import with_database
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.conftest import fresh_warehouse
from tests.segments.hostile.shop import HostileShop, WatchedWarehouse, open_hostile_shop


@pytest.fixture(scope="session")
def warehouse() -> Iterator[Warehouse]:
    """One of the folder's own: its tests compare every table there is, before and after."""
    with fresh_warehouse() as fresh:
        yield fresh


@pytest.fixture(scope="session")
def shop(warehouse: Warehouse) -> HostileShop:
    """The shop, open, with one active segment."""
    tenant = Tenant(
        tenant_id=f"h{secrets.token_hex(6)}",
        name="A hostile shop",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=80_000,
    )
    register_tenant(warehouse, tenant)
    return open_hostile_shop(WatchedWarehouse(warehouse.urls), tenant)


@pytest.fixture(scope="session")
def administrator_url(warehouse: Warehouse) -> str:
    """The URL of the login that sees every row of the test's database."""
    name = str(conninfo_to_dict(warehouse.urls[DatabaseRole.OWNER])["dbname"])
    url = with_database(os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"], name)
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = user").fetchone() == (
            True,
        )
    return url


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """The stand-ins of the models; a test resets them itself."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process
