"""What the long proofs share: a shop, a mail server, and a way to wait that has an end."""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import Shop
from tests.faults.server import Interruptible, SharedServer, can_start_own_server, own_server

POLL_S = 0.01
Await = Callable[[Callable[[], bool], float, str], None]


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


@pytest.fixture
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Interruptible]:
    """A PostgreSQL of the test's own, to be stopped; without an embedded one the shared one, to be cut off from."""
    if not can_start_own_server():
        yield SharedServer(request.getfixturevalue("warehouse"))
        return
    with own_server(tmp_path / "server") as own:
        yield own


@pytest.fixture
def shop_on_server(server: Interruptible, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet, on a server that can be stopped; its connection is for the time before that."""
    fresh = Tenant(
        tenant_id=f"t{secrets.token_hex(6)}",
        name="A test's own",
        currency="EUR",
        interest_model="event_weight",
        luxury_threshold_minor=80_000,
    )
    register_tenant(server.warehouse, fresh)
    with suppress(Transient), server.warehouse.connect(DatabaseRole.WRITER, fresh.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(server.warehouse, fresh.tenant_id, pseudonym_key, connection)


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """A mail server of the test's own."""
    with running_sandbox(tmp_path / "journal.jsonl") as process:
        yield process


@pytest.fixture
def await_until() -> Await:
    """Look until something holds; fails with a sentence after so many seconds."""

    def wait(holds: Callable[[], bool], seconds: float, what: str) -> None:
        ends_at = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > ends_at:
                pytest.fail(f"after {seconds:.0f} s still not: {what}")
            time.sleep(POLL_S)

    return wait


@pytest.fixture(scope="session")
def seed() -> int:
    """The seed of every draw: LEO_FAULTS_SEED, else a fresh one; each test prints it."""
    return int(os.environ.get("LEO_FAULTS_SEED") or int.from_bytes(os.urandom(4), "big"))
