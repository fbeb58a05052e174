"""A database of one's own on the sandbox's ArangoDB stand-in, reached by python-arango."""

import itertools
from collections.abc import Iterator

import pytest
from arango import ArangoClient
from arango.database import StandardDatabase

from sandbox.arangodb.service import ROOT_PASSWORD
from sandbox.process import SandboxProcess

TIMEOUT_S = 5
_NUMBERS = itertools.count(1)


@pytest.fixture
def client(sandbox: SandboxProcess) -> Iterator[ArangoClient]:
    """The unmodified client; one request at a time, so that a fault meets the request it is meant for."""
    client = ArangoClient(hosts=sandbox.arangodb_url, request_timeout=TIMEOUT_S, resolver_max_tries=1)
    yield client
    client.close()


@pytest.fixture
def system(client: ArangoClient) -> StandardDatabase:
    """The system database, as root."""
    return client.db("_system", "root", ROOT_PASSWORD)


@pytest.fixture
def database(client: ArangoClient, system: StandardDatabase, sandbox: SandboxProcess) -> Iterator[StandardDatabase]:
    """A fresh database, as root; dropped afterwards."""
    name = f"test_{next(_NUMBERS)}"
    system.create_database(name)
    yield client.db(name, "root", ROOT_PASSWORD)
    sandbox.reset()  # a fault must not meet the clearing up
    system.delete_database(name)
