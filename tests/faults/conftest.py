"""What the long proofs share: a shop, a mail server, and a way to wait that has an end."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import Shop

POLL_S = 0.01
Await = Callable[[Callable[[], bool], float, str], None]


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)


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
