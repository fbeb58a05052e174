"""Databases that can be interrupted: a server of the test's own, stopped as by a crash, or a shared one, cut off."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from embedded import postgres
from embedded.credentials import Credentials
from embedded.places import Places
from embedded.prepare_database import WAREHOUSE, prepare
from embedded.processes import Service
from embedded.steps import Shell
from embedded.urls import role_url
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate

SECONDS_TO_SET_UP = 300
SECONDS_TO_STOP = 60
POLL_S = 0.02


class Interruptible(Protocol):
    """A warehouse and a way to take it from everybody."""

    @property
    def warehouse(self) -> Warehouse:
        """The warehouse, as all its roles."""
        ...

    @property
    def words(self) -> str:
        """What an interruption is, for the table."""
        ...

    def interrupt(self) -> datetime | None:
        """Interrupt it once and have it back; the moment, or None where nobody was connected."""
        ...


@dataclass(frozen=True)
class SharedServer:
    """A server that others use too: only the connections to this test's database are ended."""

    warehouse: Warehouse
    words: str = "every connection to the database was cut"

    def interrupt(self) -> datetime | None:
        """End the server's side of every worker's connection, as a restart of the database would."""
        with self.warehouse.connect(DatabaseRole.WRITER) as connection:
            rows = connection.execute(
                "SELECT clock_timestamp(), pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
            ).fetchall()
        return rows[-1][0] if rows else None


@dataclass(frozen=True)
class OwnServer:
    """A server of the test's own, with a data folder of its own and fsync on."""

    warehouse: Warehouse
    places: Places
    service: Service
    words: str = "PostgreSQL was stopped in immediate mode"

    def interrupt(self) -> datetime | None:
        """Stop it in immediate mode (SIGQUIT), as a crash would, and start it again; it recovers from its log."""
        pid = self.service.running_pid()
        assert pid is not None, "the server does not run"
        moment = datetime.now(UTC)
        os.kill(pid, signal.SIGQUIT)
        ends_at = time.monotonic() + SECONDS_TO_STOP
        while self.service.has_members():
            assert time.monotonic() < ends_at, "the server did not stop"
            time.sleep(POLL_S)
        postgres.forget_dead_server(self.places)
        self.service.launch()
        self.service.wait_until_ready()
        return moment


def can_start_own_server() -> bool:
    """Whether the embedded PostgreSQL is there to start another server from."""
    places = Places.from_environment()
    return places.database_url is None and places.postgres_root.is_dir()


@contextmanager
def own_server(home: Path) -> Iterator[OwnServer]:
    """A server with a warehouse of all migrations, for the length of the block; its data lies below `home`."""
    places = Places.from_environment()
    places = replace(places, home=home, ports=replace(places.ports, postgres=_free_port()))
    home.mkdir(parents=True, exist_ok=True)
    credentials = Credentials.load(places.secrets)
    shell = Shell(log=home / "set-up.log", deadline=time.monotonic() + SECONDS_TO_SET_UP)
    postgres.make_data_folder(places, credentials, shell)
    service = postgres.service(places)
    service.launch()
    try:
        service.wait_until_ready()
        prepare(places, credentials)
        warehouse = Warehouse({role: role_url(places, credentials, f"leo_{role}", WAREHOUSE) for role in DatabaseRole})
        migrate(warehouse)
        yield OwnServer(warehouse, places, service)
    finally:
        service.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])
