"""Connections that are used again by the next request: for a web app, whose pages ask a few quick questions each.

Opening a connection costs the server a process and both sides a password check, some ten milliseconds; a page asks five
or ten questions. What a use left behind (its tenant, settings, temporary tables) is gone before the next one gets the
connection, and one in which something failed is closed, as `Warehouse.connect` says.
"""

from collections.abc import Mapping
from threading import Lock

from psycopg_pool import ConnectionPool

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import CONNECT_TIMEOUT_S, Connection, Warehouse, how_to_connect

MOST = 40
"""Connections of a role at once: two for each thread of a web app that has twenty. Whoever comes then waits for one."""
IDLE_S = 60.0


class PooledWarehouse(Warehouse):
    """A warehouse whose connections stay open for a minute between uses; for many threads of one process."""

    _pools: dict[DatabaseRole, ConnectionPool[Connection]]
    _lock: Lock
    _wait_s: float

    def __init__(self, urls: Mapping[DatabaseRole, str], *, wait_s: float = CONNECT_TIMEOUT_S) -> None:
        """Open nothing yet; `wait_s` is how long a use waits for a connection before it says that there is none."""
        super().__init__(urls)
        object.__setattr__(self, "_wait_s", wait_s)
        object.__setattr__(self, "_pools", {})
        object.__setattr__(self, "_lock", Lock())

    def close(self) -> None:
        """Close what is open."""
        with self._lock:
            for pool in self._pools.values():
                pool.close()
            self._pools.clear()

    def _take(self, role: DatabaseRole) -> Connection:
        return self._pool(role).getconn()

    def _give_back(self, role: DatabaseRole, connection: Connection) -> None:
        self._pool(role).putconn(connection)

    def _pool(self, role: DatabaseRole) -> ConnectionPool[Connection]:
        with self._lock:
            pool = self._pools.get(role)
            if pool is None:
                pool = ConnectionPool(
                    self.url_of(role),
                    # Prepared statements end with what forgets a use, and the client would not know.
                    kwargs={**how_to_connect(role), "prepare_threshold": None},
                    min_size=0,
                    max_size=MOST,
                    max_idle=IDLE_S,
                    timeout=self._wait_s,
                    reconnect_timeout=self._wait_s,
                    check=ConnectionPool.check_connection,
                    reset=_forget,
                    open=True,
                )
                self._pools[role] = pool
            return pool


def _forget(connection: Connection) -> None:
    """Leave nothing of a use: no tenant, no setting, no temporary table, no lock."""
    connection.autocommit = True
    connection.execute("DISCARD ALL")
    connection.autocommit = False
