"""The stand-in as a service: its options, what it starts with, and its socket."""

import argparse
import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from sandbox.arangodb.app import make_app
from sandbox.arangodb.asked import AskedLog
from sandbox.arangodb.context import Server
from sandbox.arangodb.cursors import Cursors
from sandbox.arangodb.loading import load_dump
from sandbox.arangodb.store import Store
from sandbox.arangodb.users import EVERY_DATABASE, Level, Users
from sandbox.scenarios import Switchboard

DEFAULT_PORT = 8529
ROOT_PASSWORD = "sandbox"  # noqa: S105 - of a stand-in that listens on loopback
READER = "leo_reader"
READER_PASSWORD = "sandbox"  # noqa: S105 - as above


@dataclass(frozen=True)
class ArangoOptions:
    """How to serve.

    dumps: folder and database of each dump to start with.
    reader: name and password of the user who may read every database.
    certificate, key: PEM files; with them TLS is served and nothing else.
    """

    port: int
    dumps: tuple[tuple[Path, str], ...]
    root_password: str
    reader: tuple[str, str]
    certificate: Path | None
    key: Path | None

    @property
    def scheme(self) -> str:
        """Of the server's URL."""
        return "http" if self.certificate is None else "https"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of the command line, by default from the environment."""
    environment = os.environ
    group = parser.add_argument_group("ArangoDB's stand-in")
    group.add_argument(
        "--arangodb-port", type=int, default=int(environment.get("LEO_SANDBOX_ARANGODB_PORT") or DEFAULT_PORT)
    )
    dumps = [_dump(each) for each in (environment.get("LEO_SANDBOX_ARANGODB_DUMPS") or "").split(",") if each]
    group.add_argument("--arangodb-dump", action="append", type=_dump, default=dumps, metavar="DIR:DATABASE")
    group.add_argument(
        "--arangodb-root-password", default=environment.get("LEO_SANDBOX_ARANGODB_ROOT_PASSWORD") or ROOT_PASSWORD
    )
    group.add_argument(
        "--arangodb-reader",
        type=_user,
        default=_user(environment.get("LEO_SANDBOX_ARANGODB_READER") or f"{READER}:{READER_PASSWORD}"),
        metavar="NAME:PASSWORD",
    )
    certificate, key = (environment.get(f"LEO_SANDBOX_ARANGODB_{name}") for name in ("CERTIFICATE", "KEY"))
    group.add_argument("--arangodb-certificate", type=Path, default=Path(certificate) if certificate else None)
    group.add_argument("--arangodb-key", type=Path, default=Path(key) if key else None)


def read_options(parsed: argparse.Namespace) -> ArangoOptions:
    """The options as they were given."""
    return ArangoOptions(
        parsed.arangodb_port,
        tuple(parsed.arangodb_dump),
        parsed.arangodb_root_password,
        parsed.arangodb_reader,
        parsed.arangodb_certificate,
        parsed.arangodb_key,
    )


def make_server(options: ArangoOptions, switchboard: Switchboard) -> Server:
    """The server's parts with users and dumps in them.

    Raises:
        ValueError: a folder is no dump.
    """
    store = Store()
    users = Users(options.root_password)
    users.add(*options.reader, {EVERY_DATABASE: Level.READ})
    for folder, database in options.dumps:
        load_dump(store, folder, database)
    return Server(store, users, Cursors(store.revisions), switchboard, AskedLog())


class _Beside(uvicorn.Server):
    """A server beside another one, which alone hears the signals."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class ArangoService:
    """One stand-in on its socket."""

    def __init__(self, options: ArangoOptions, parts: Server, host: str) -> None:
        """Take the port.

        Raises:
            OSError: it is in use.
        """
        self._socket = socket.create_server((host, options.port), backlog=512)
        # asyncio does so only where the protocol is named: without it each small answer waits 40 ms for an ACK.
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.url = f"{options.scheme}://{host}:{self._socket.getsockname()[1]}"
        self._server = _Beside(
            uvicorn.Config(
                make_app(parts),
                log_level="warning",
                lifespan="off",
                server_header=False,
                timeout_graceful_shutdown=1,
                ssl_certfile=options.certificate,
                ssl_keyfile=options.key,
            )
        )

    async def serve(self) -> None:
        """Until `stop`."""
        await self._server.serve(sockets=[self._socket])

    def stop(self) -> None:
        """Have `serve` end."""
        self._server.should_exit = True


def _dump(text: str) -> tuple[Path, str]:
    folder, _, database = text.rpartition(":")
    if not folder or not database:
        raise argparse.ArgumentTypeError(f"'{text}' is not DIR:DATABASE")
    return Path(folder), database


def _user(text: str) -> tuple[str, str]:
    name, colon, password = text.partition(":")
    if not name or not colon:
        raise argparse.ArgumentTypeError(f"'{text}' is not NAME:PASSWORD")
    return name, password


def arguments(
    port: int = 0,
    dumps: Sequence[tuple[Path, str]] = (),
    certificate: Path | None = None,
    key: Path | None = None,
) -> list[str]:
    """Options for the command line, for who starts the sandbox as a process."""
    given = ["--arangodb-port", str(port)]
    for folder, database in dumps:
        given += ["--arangodb-dump", f"{folder}:{database}"]
    if certificate is not None and key is not None:
        given += ["--arangodb-certificate", str(certificate), "--arangodb-key", str(key)]
    return given
