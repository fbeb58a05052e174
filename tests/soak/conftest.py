"""What the proofs under load share: shops of any size, and processes that report their memory."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.activation.shop import Shop
from tests.faults.crowd import Crowd, add_crowd

SECONDS_TO_END = 1_500
OpenShop = Callable[[int], Shop]
Spawn = Callable[[str, Mapping[str, object]], Mapping[str, Any]]


@pytest.fixture
def open_shop(warehouse: Warehouse, pseudonym_key: bytes) -> Iterator[OpenShop]:
    """Shops with so many people in the segment, each a tenant of its own."""
    with ExitStack() as stack:

        def fresh(people: int) -> Shop:
            tenant = Tenant(
                tenant_id=f"s{secrets.token_hex(6)}", name="Shop", currency="EUR", interest_model="event_weight"
            )
            register_tenant(warehouse, tenant)
            connection = stack.enter_context(warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id))
            connection.autocommit = True
            shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
            add_crowd(shop, Crowd(people))
            return shop

        yield fresh


@pytest.fixture(scope="session")
def spawn() -> Spawn:
    """Run a module as a process of its own, arguments in and report out as one line of JSON each."""

    def run(module: str, arguments: Mapping[str, object]) -> Mapping[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", module],
            cwd=REPOSITORY,
            env={**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'plugins'}"},
            input=json.dumps(arguments) + "\n",
            stdout=subprocess.PIPE,
            text=True,
            timeout=SECONDS_TO_END,
            check=True,
        )
        report: Mapping[str, Any] = json.loads(done.stdout)
        return report

    return run
