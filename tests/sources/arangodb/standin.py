"""One stand-in server in a thread of the tests."""

import asyncio
import threading
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leo_activation.sources.arangodb import Arangodb
from leo_activation.sources.arangodb_settings import ArangodbSettings
from leo_activation.sources.leo_documents import COLLECTIONS, JOURNEYS, PROFILE_EDGE
from sandbox.arangodb.context import Server
from sandbox.arangodb.service import ArangoService, add_arguments, arguments, make_server, read_options
from sandbox.arangodb.store import DOCUMENTS, EDGES
from sandbox.arangodb.users import Level
from sandbox.scenarios import Plan, Switchboard

DATABASE = "leo"
USER = "leo_pipeline"
# What no error, log or repr may hold; with what must be escaped in a URL and in a header.
PASSWORD = "NEVERTELL@:/é%"
STOP_SECONDS = 10


class Standin:
    """A running server: what is in it, what it was asked, and its faults."""

    def __init__(self, url: str, parts: Server) -> None:
        """Of a server that is served already."""
        self.url = url
        self._parts = parts

    def settings(self, **changed: Any) -> ArangodbSettings:
        """To read it in pages of ten, without noticeable waits between tries."""
        values: dict[str, Any] = {
            "url": self.url,
            "database": DATABASE,
            "user": USER,
            "password": PASSWORD,
            "page_documents": 10,
            "page_keys": 10,
            "first_wait_seconds": 0.001,
            "longest_wait_seconds": 0.01,
        }
        return ArangodbSettings(**{**values, **changed})

    def source(self, **changed: Any) -> Arangodb:
        """The source under test."""
        return Arangodb(self.settings(**changed))

    def begin_anew(self) -> None:
        """Forget documents, faults and what was asked; the collections that are read are there and empty."""
        self._parts.switchboard.clear()
        self._parts.asked.clear()
        store = self._parts.store
        with store.lock:
            if DATABASE in store.names():
                store.drop(DATABASE)
            database = store.create(DATABASE)
            for name in (*COLLECTIONS, JOURNEYS):
                database.create(name, EDGES if name == PROFILE_EDGE.name else DOCUMENTS)

    def insert(self, collection: str, *documents: Mapping[str, object]) -> None:
        """Write documents, as LEO would."""
        with self._parts.store.lock:
            for document in documents:
                self._parts.store.database(DATABASE).collection(collection).insert(document)

    def update(self, collection: str, key: str, changes: Mapping[str, object]) -> None:
        """Change some fields of a document."""
        with self._parts.store.lock:
            self._parts.store.database(DATABASE).collection(collection).update(key, changes)

    def remove(self, collection: str, *keys: str) -> None:
        """Delete documents for good."""
        with self._parts.store.lock:
            for key in keys:
                self._parts.store.database(DATABASE).collection(collection).remove(key)

    def drop(self, collection: str) -> None:
        """Take a collection away."""
        with self._parts.store.lock:
            self._parts.store.database(DATABASE).drop(collection)

    def fault(self, scenario: str, of: str, *, times: int | None = None, after: int = 0) -> None:
        """Put a fault in force for a kind of request of a collection (`cdp_profile:query`), or of any (`query`)."""
        self._parts.switchboard.set("arangodb", Plan({scenario: 1}, attempts=times, after=after), of)

    def asked(self, kind: str) -> list[dict[str, Any]]:
        """What it was asked of a kind, oldest first."""
        return [each for each in self._parts.asked.since(0) if each["kind"] == kind]

    def forget_asked(self) -> None:
        """Begin that list anew."""
        self._parts.asked.clear()


@contextmanager
def running_standin(
    *, dump: Path | None = None, certificate: Path | None = None, key: Path | None = None
) -> Iterator[Standin]:
    """A server on a free port for the length of the block, with a user who may read the database."""
    parser = ArgumentParser()
    add_arguments(parser)
    dumps = [(dump, DATABASE)] if dump else []
    options = read_options(parser.parse_args(arguments(0, dumps, certificate, key)))
    parts = make_server(options, Switchboard())
    parts.users.add(USER, PASSWORD, {DATABASE: Level.READ})
    service = ArangoService(options, parts, "127.0.0.1")
    thread = threading.Thread(target=lambda: asyncio.run(service.serve()))
    thread.start()
    try:
        yield Standin(service.url, parts)
    finally:
        service.stop()
        thread.join(STOP_SECONDS)
