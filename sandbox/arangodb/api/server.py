"""Version and the like: what a client asks before it works."""

from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.context import Call, Reply

VERSION = "3.11.14"


def _version(call: Call) -> Reply:
    body: dict[str, object] = {"server": "arango", "license": "community", "version": VERSION}
    if call.flag("details"):
        body["details"] = {"mode": "server", "role": "SINGLE", "server-version": VERSION, "stand-in": "true"}
    return Reply(body)


def _engine(_: Call) -> Reply:
    return Reply({"name": "rocksdb", "supports": {"indexes": ["primary", "edge", "persistent"]}})


def _availability(_: Call) -> Reply:
    return Reply({"error": False, "code": 200, "mode": "default"})


def _role(_: Call) -> Reply:
    return Reply({"error": False, "code": 200, "role": "SINGLE", "mode": "default"})


ENDPOINTS = (
    Endpoint("GET", "/_api/version", "version", _version),
    Endpoint("GET", "/_api/engine", "version", _engine),
    Endpoint("GET", "/_admin/server/availability", "version", _availability),
    Endpoint("GET", "/_admin/server/role", "version", _role),
)
