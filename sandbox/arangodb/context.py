"""What every handler works with: the server's parts, and one request in ArangoDB's terms."""

from dataclasses import dataclass, field
from typing import Any

import msgspec
from starlette.requests import Request

from sandbox.arangodb.asked import Asked, AskedLog
from sandbox.arangodb.cursors import Cursors
from sandbox.arangodb.errors import BAD_PARAMETER, CORRUPTED_JSON, FORBIDDEN, READ_ONLY, ArangoError
from sandbox.arangodb.store import Database, Store
from sandbox.arangodb.users import Level, User, Users
from sandbox.scenarios import Switchboard


@dataclass(frozen=True)
class Server:
    """One stand-in server."""

    store: Store
    users: Users
    cursors: Cursors
    switchboard: Switchboard
    asked: AskedLog


@dataclass(frozen=True)
class Reply:
    """A JSON answer before it goes out. rows: documents or results in it, for the log; they are under `listed`."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    rows: int = 0
    listed: str | None = None


@dataclass(frozen=True)
class Call:
    """One authenticated request."""

    server: Server
    request: Request
    user: User
    database: Database
    raw: bytes
    asked: Asked

    def body(self) -> Any:
        """The request's JSON.

        Raises:
            ArangoError: 600, it is none.
        """
        try:
            return msgspec.json.decode(self.raw)
        except (ValueError, RecursionError):
            raise ArangoError(CORRUPTED_JSON) from None

    def object(self) -> dict[str, Any]:
        """The request's JSON object.

        Raises:
            ArangoError: 600 or 400, it is none.
        """
        body = self.body()
        if not isinstance(body, dict):
            raise ArangoError(BAD_PARAMETER, "expecting a JSON object")
        return body

    def path(self, name: str) -> str:
        """A part of the address."""
        return str(self.request.path_params[name])

    def flag(self, name: str, default: bool = False) -> bool:
        """A parameter of the address that says yes or no."""
        value = self.request.query_params.get(name)
        return default if value is None else value.lower() in {"1", "true", "yes", "on", "y"}

    def text(self, name: str, default: str = "") -> str:
        """A parameter of the address."""
        return self.request.query_params.get(name, default)

    def may_write(self) -> None:
        """Refuse one who may only read the database's documents.

        Raises:
            ArangoError: 1004.
        """
        if self.user.level(self.database.name) < Level.WRITE:
            raise ArangoError(READ_ONLY)

    def may_change_database(self) -> None:
        """Refuse one who may not create or drop collections and the like.

        Raises:
            ArangoError: 11.
        """
        if self.user.level(self.database.name) < Level.WRITE:
            raise ArangoError(FORBIDDEN)
