"""The server that the contract is held against: the stand-in, or with LEO_TEST_ARANGODB_URL an ArangoDB of yours.

`LEO_TEST_ARANGODB_URL=http://root:password@127.0.0.1:8529`, or with https and LEO_TEST_ARANGODB_CA naming a PEM file.
The user must be allowed to create databases; the tests create some of their own and drop them.
"""

import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import pytest
from arango import ArangoClient
from arango.database import StandardDatabase

from leo_activation.sources.arangodb_settings import ArangodbAuth, ArangodbSettings
from sandbox.arangodb.service import ROOT_PASSWORD
from sandbox.process import running_sandbox


@dataclass(frozen=True)
class Server:
    """Where a server is, and the user who may create databases."""

    url: str
    user: str
    password: str = field(repr=False)
    ca: str | None = None

    def source_settings(self, database: str, auth: ArangodbAuth = ArangodbAuth.BASIC) -> ArangodbSettings:
        """A database of it as a source, in pages small enough that there are many."""
        return ArangodbSettings(
            url=self.url,
            database=database,
            user=self.user,
            password=self.password,
            auth=auth,
            verify=self.ca or True,
            page_documents=97,
            page_keys=211,
        )


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that the environment names, else the stand-in on a port of its own."""
    named = os.environ.get("LEO_TEST_ARANGODB_URL")
    if not named:
        with running_sandbox(tmp_path_factory.mktemp("contract") / "journal.jsonl") as sandbox:
            yield Server(sandbox.arangodb_url, "root", ROOT_PASSWORD)
        return
    parts = urlsplit(named)
    user = unquote(parts.username or os.environ.get("LEO_TEST_ARANGODB_USER") or "root")
    password = unquote(parts.password or os.environ.get("LEO_TEST_ARANGODB_PASSWORD") or "")
    address = f"{parts.scheme}://{parts.hostname}:{parts.port or 8529}"
    yield Server(address, user, password, os.environ.get("LEO_TEST_ARANGODB_CA"))


@pytest.fixture(scope="session")
def client(server: Server) -> Iterator[ArangoClient]:
    """The unmodified client."""
    client = ArangoClient(hosts=server.url, verify_override=server.ca, request_timeout=30)
    yield client
    client.close()


@pytest.fixture(scope="session")
def system(client: ArangoClient, server: Server) -> StandardDatabase:
    """The system database."""
    return client.db("_system", server.user, server.password)


@pytest.fixture(scope="module")
def database(client: ArangoClient, system: StandardDatabase, server: Server) -> Iterator[StandardDatabase]:
    """A database of one's own, for the length of a file of tests."""
    name = f"leo_contract_{secrets.token_hex(4)}"
    system.create_database(name)
    yield client.db(name, server.user, server.password)
    system.delete_database(name)
