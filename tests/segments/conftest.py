"""Fixtures of the segments' tests."""

from collections.abc import Iterator

import pytest

from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant, register_tenant
from tests.segments.world import World, make_world

SEEDS = (1, 2, 3)


@pytest.fixture(scope="session")
def worlds(warehouse: Warehouse) -> Iterator[list[World]]:
    """Random worlds, which no test changes."""
    found = []
    for seed in SEEDS:
        tenant = Tenant(tenant_id=f"world{seed}", name="A random world", currency="EUR", interest_model="event_weight")
        register_tenant(warehouse, tenant)
        found.append(make_world(warehouse, tenant, seed))
    yield found
    for world in found:
        world.sql.close()
