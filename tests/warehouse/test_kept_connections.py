"""A process that answers many lines keeps its connections, each bound to its tenant, and survives the loss of one."""

import pytest

from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.kept_connections import KeptConnections
from leo_activation.warehouse.tenants import Tenant


def server_process(connection: Connection) -> int:
    [(pid,)] = connection.execute("SELECT pg_backend_pid()")
    return int(pid)


def test_a_role_and_tenant_keep_one_connection(warehouse: Warehouse, tenant: Tenant) -> None:
    with KeptConnections(warehouse) as kept:
        pids = set()
        for _ in range(3):
            with kept.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
                pids.add(server_process(connection))
        with kept.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            assert server_process(connection) not in pids
            [(bound,)] = connection.execute("SELECT current_setting('leo.tenant_id')")
        assert (len(pids), bound) == (1, tenant.tenant_id)
    assert connection.closed


def test_a_use_commits_and_an_error_rolls_back(warehouse: Warehouse, tenant: Tenant) -> None:
    insert = "INSERT INTO segment.request (tenant_id, text, requested_by) VALUES (%s, %s, 'ann')"
    kept = KeptConnections(warehouse)

    def give_up() -> None:
        with kept.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            connection.execute(insert, [tenant.tenant_id, "given up"])
            raise Permanent("It is given up.")

    with kept:
        with kept.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
            connection.execute(insert, [tenant.tenant_id, "kept"])
        with pytest.raises(Permanent):
            give_up()
        with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as other:
            assert other.execute("SELECT text FROM segment.request").fetchall() == [("kept",)]


def test_a_lost_connection_is_transient_and_the_next_use_opens_another(warehouse: Warehouse, tenant: Tenant) -> None:
    with KeptConnections(warehouse) as kept:
        with kept.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
            lost = server_process(connection)
        with pytest.raises(Transient), kept.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
            # What ends a session from the inside has the same look from here as a server that went away.
            connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        with kept.connect(DatabaseRole.READER, tenant.tenant_id) as connection:
            assert server_process(connection) != lost
