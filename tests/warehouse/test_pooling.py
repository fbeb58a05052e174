"""Connections that are used again carry nothing from one use to the next."""

from collections.abc import Iterator

import pytest

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.pooling import PooledWarehouse
from leo_activation.warehouse.tenants import Tenant

SEEN = "SELECT pg_backend_pid(), coalesce(current_setting('leo.tenant_id', true), ''), current_setting('search_path')"


@pytest.fixture
def pooled(warehouse: Warehouse) -> Iterator[PooledWarehouse]:
    made = PooledWarehouse(warehouse.urls)
    yield made
    made.close()


def seen(connection: Connection) -> tuple[int, str, str]:
    [(pid, tenant_id, path)] = connection.execute(SEEN)
    return int(pid), str(tenant_id), str(path)


def test_a_connection_is_used_again_and_knows_nothing_of_the_use_before(
    pooled: PooledWarehouse, tenant: Tenant
) -> None:
    with pooled.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.execute("SET search_path = ag_catalog")
        connection.execute("CREATE TEMPORARY TABLE left_behind (n int)")
        connection.execute("SELECT pg_advisory_lock(815)")
        pid, bound, _ = seen(connection)
    assert bound == tenant.tenant_id
    with pooled.connect(DatabaseRole.WRITER) as connection:
        again, bound, path = seen(connection)
        assert (again, bound) == (pid, "")
        assert "ag_catalog" not in path
        assert connection.execute("SELECT to_regclass('pg_temp.left_behind')").fetchone() == (None,)
        assert connection.execute("SELECT count(*) FROM ops.sync_run").fetchone() == (0,)
        assert connection.autocommit is False
        held = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        assert connection.execute(held).fetchone() == (0,)


def test_a_connection_in_which_something_failed_is_not_used_again(pooled: PooledWarehouse, tenant: Tenant) -> None:
    pids = []

    def fail() -> None:
        with pooled.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            pids.append(seen(connection)[0])
            connection.execute(
                "INSERT INTO segment.request (tenant_id, text, requested_by) VALUES (%s, 'given up', 'ann')",
                [tenant.tenant_id],
            )
            raise Permanent("It is given up.")

    with pytest.raises(Permanent):
        fail()
    with pooled.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert seen(connection)[0] not in pids
        assert connection.execute("SELECT count(*) FROM segment.request").fetchone() == (0,)


def test_a_connection_that_the_server_ended_between_two_uses_is_not_handed_out(
    pooled: PooledWarehouse, warehouse: Warehouse, tenant: Tenant
) -> None:
    with pooled.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        pid = seen(connection)[0]
    with warehouse.connect(DatabaseRole.WRITER) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    with pooled.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        assert seen(connection)[0] != pid


def test_what_cannot_be_reached_is_said_as_ever(pooled: PooledWarehouse) -> None:
    with pytest.raises(Configuration), PooledWarehouse({}).connect(DatabaseRole.WRITER):
        pass
    with pytest.raises(Permanent), pooled.connect(DatabaseRole.WRITER, "Not a tenant"):
        pass
    nowhere = PooledWarehouse({DatabaseRole.WRITER: "postgresql://nobody@127.0.0.1:1/nothing"}, wait_s=0.5)
    with pytest.raises(Transient), nowhere.connect(DatabaseRole.WRITER):
        pass
    nowhere.close()
