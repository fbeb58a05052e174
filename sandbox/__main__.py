"""`python -m sandbox`: the stand-in providers, until SIGTERM."""

import argparse
import asyncio
import logging
import os
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from sandbox.arangodb import service as arangodb
from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.models.script import Script
from sandbox.reports import Maildir
from sandbox.scenarios import Switchboard
from sandbox.sendgrid.api import SendGrid
from sandbox.sendgrid.signatures import SigningKey
from sandbox.smtp import serve_smtp
from sandbox.stand_ins import stand_ins
from sandbox.web import make_app

HOST = os.environ.get("LEO_BIND_ADDRESS") or "127.0.0.1"
REPOSITORY = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Options:
    """Where to listen and where to write."""

    http_port: int
    smtp_port: int
    journal: Path
    reports: Path | None
    sendgrid_key: Path | None
    sendgrid_webhook: str
    arangodb: arangodb.ArangoOptions


def read_options(arguments: Sequence[str]) -> Options:
    """The options, by default from the environment; a port 0 takes a free one."""
    home = Path(os.environ.get("LEO_HOME") or REPOSITORY / ".leo")
    parser = argparse.ArgumentParser(prog="sandbox", description=__doc__)
    parser.add_argument("--http-port", type=int, default=int(os.environ.get("LEO_SANDBOX_PORT") or 8090))
    parser.add_argument("--smtp-port", type=int, default=int(os.environ.get("LEO_SANDBOX_SMTP_PORT") or 8025))
    parser.add_argument("--journal", type=Path, default=home / "sandbox" / "journal.jsonl", metavar="FILE")
    parser.add_argument("--reports", type=Path, metavar="MAILDIR", help="where delivery reports and complaints are put")
    parser.add_argument("--sendgrid-key", type=Path, metavar="FILE", help="the key of its event webhook, kept")
    parser.add_argument("--sendgrid-webhook", default="", metavar="URL", help="where its events are posted")
    arangodb.add_arguments(parser)
    given = parser.parse_args(arguments)
    return Options(
        given.http_port,
        given.smtp_port,
        given.journal,
        given.reports,
        given.sendgrid_key,
        given.sendgrid_webhook,
        arangodb.read_options(given),
    )


async def run(options: Options) -> None:
    """Serve until a signal ends it.

    Raises:
        SystemExit: a port is in use.
    """
    # aiosmtpd warns at each login about a name that it sets itself.
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    journal = Journal(options.journal)
    switchboard = Switchboard()
    try:
        reports = Maildir(options.reports) if options.reports else None
        smtp_server = await serve_smtp(HOST, options.smtp_port, journal, switchboard, reports)
    except OSError as error:
        raise SystemExit(_port_in_use(options.smtp_port, "--smtp-port", "LEO_SANDBOX_SMTP_PORT")) from error
    try:
        http_socket = socket.create_server((HOST, options.http_port), backlog=512)
    except OSError as error:
        raise SystemExit(_port_in_use(options.http_port, "--http-port", "LEO_SANDBOX_PORT")) from error
    try:
        database = arangodb.make_server(options.arangodb, switchboard)
    except ValueError as error:
        raise SystemExit(f"sandbox: {error}") from error
    try:
        arango = arangodb.ArangoService(options.arangodb, database, HOST)
    except OSError as error:
        message = _port_in_use(options.arangodb.port, "--arangodb-port", "LEO_SANDBOX_ARANGODB_PORT")
        raise SystemExit(message) from error
    connections = Connections()
    key = SigningKey.kept_in(options.sendgrid_key) if options.sendgrid_key else SigningKey()
    sendgrid = SendGrid(journal, switchboard, connections, key, options.sendgrid_webhook)
    providers = stand_ins(journal, switchboard, connections)
    app = make_app(journal, switchboard, Script(), database, sendgrid, providers)
    server = uvicorn.Server(
        uvicorn.Config(
            app, http=connections.protocol(), log_level="warning", lifespan="off", timeout_graceful_shutdown=1
        )
    )
    http_port, smtp_port = (listening.getsockname()[1] for listening in (http_socket, smtp_server.sockets[0]))
    listening_at = f"http://{HOST}:{http_port} smtp://{HOST}:{smtp_port} arangodb {arango.url}"
    print(f"sandbox: {listening_at} journal {options.journal}", flush=True)
    async with smtp_server, asyncio.TaskGroup() as beside:
        beside.create_task(arango.serve())
        try:
            await server.serve(sockets=[http_socket])
        finally:
            arango.stop()
    journal.close()


def _port_in_use(port: int, option: str, variable: str) -> str:
    return f"sandbox: port {port} on {HOST} is in use; choose another with {option} or {variable}."


if __name__ == "__main__":
    asyncio.run(run(read_options(sys.argv[1:])))
