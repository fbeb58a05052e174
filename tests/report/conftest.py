"""A tenant whose rows the tests write, one that has none, and Superset's login, which reads the views."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg.rows import dict_row

from embedded.urls import with_database
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.tenants import Tenant
from tests.conftest import tenant_without_graph
from tests.report.reading import Row


@pytest.fixture(scope="module")
def tenant(warehouse: Warehouse) -> Tenant:
    """Pays in euros and lives in Ho Chi Minh City."""
    made = tenant_without_graph(warehouse)
    with warehouse.connect(DatabaseRole.OWNER, made.tenant_id) as connection:
        connection.execute(
            "UPDATE ops.tenant SET time_zone = 'Asia/Ho_Chi_Minh' WHERE tenant_id = %s", [made.tenant_id]
        )
    return made


@pytest.fixture(scope="module")
def newcomer(warehouse: Warehouse) -> Tenant:
    """A tenant that has nothing yet."""
    return tenant_without_graph(warehouse)


@pytest.fixture(scope="module")
def owner(warehouse: Warehouse, tenant: Tenant) -> Iterator[Connection]:
    """Writes what the views read."""
    with warehouse.connect(DatabaseRole.OWNER, tenant.tenant_id) as connection:
        connection.autocommit = True
        yield connection


@pytest.fixture(scope="module")
def superset_login(warehouse: Warehouse, reporter_url: str) -> Iterator[psycopg.Connection[Row]]:
    """The login by which Superset reads."""
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        url = with_database(reporter_url, connection.info.dbname)
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        yield connection
