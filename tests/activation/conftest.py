"""A shop of one's own in the real warehouse."""

from collections.abc import Iterator

import pytest

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.activation.shop import Shop
from tests.conftest import tenant_without_graph


@pytest.fixture
def tenant(warehouse: Warehouse) -> Tenant:
    """A tenant of the test's own; nothing here looks at its graph."""
    return tenant_without_graph(warehouse)


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    """A tenant with no people yet."""
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
