"""Connections to the warehouse, one role and one tenant each.

Row security in the database decides by the session setting `leo.tenant_id`: a connection bound to a tenant sees that
tenant's rows, an unbound one sees none. So a forgotten `WHERE tenant_id = …` shows too little, never another
tenant's customers.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import TupleRow

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.settings import DatabaseRole, Settings

Connection = psycopg.Connection[TupleRow]

TENANT_ID = re.compile(r"[a-z][a-z0-9_]{2,30}")
CONNECT_TIMEOUT_S = 10


@dataclass(frozen=True)
class Warehouse:
    """The logins of one warehouse; holds no connection and can be passed anywhere."""

    urls: Mapping[DatabaseRole, str]

    def __repr__(self) -> str:
        """Names the roles and never the URLs, because they hold passwords."""
        return f"Warehouse({', '.join(sorted(self.urls))})"

    @contextmanager
    def connect(self, role: DatabaseRole, tenant_id: str | None = None) -> Iterator[Connection]:
        """One connection as `role`, bound to `tenant_id`; commits at the end of the block.

        On an error it is closed, which is how the server hears that nothing is kept. A ROLLBACK would be a statement to
        parse in a failed transaction, and there AGE 1.8 can leave a lock behind (docs/guides/operations.md).

        Raises:
            Configuration: this process was given no URL for the role.
            Permanent: `tenant_id` is not a tenant's name.
            Transient: the server cannot be reached, or the connection was lost on the way.
        """
        if tenant_id is not None and not TENANT_ID.fullmatch(tenant_id):
            raise Permanent(f"'{tenant_id}' is not a tenant id: lower-case letters, digits and _, 3 to 31 of them.")
        try:
            connection = self._take(role)
        except psycopg.OperationalError as error:
            raise Transient(f"The warehouse cannot be reached as {role}: {_first_line(error)}") from error
        went_well = False
        try:
            if tenant_id is not None:
                connection.execute("SELECT set_config('leo.tenant_id', %s, false)", [tenant_id])
                connection.commit()
            yield connection
            # One that the block closed on purpose has nothing to keep; one that was lost says so here.
            if not connection.closed or connection.broken:
                connection.commit()
            went_well = True
        except psycopg.OperationalError as error:
            if connection.broken:
                raise Transient(f"The connection to the warehouse was lost: {_first_line(error)}") from error
            raise
        finally:
            if not went_well:
                connection.close()
            self._give_back(role, connection)

    def _take(self, role: DatabaseRole) -> Connection:
        """A connection of nobody else, bound to no tenant; raises psycopg.OperationalError where there is none."""
        return psycopg.connect(self.url_of(role), **how_to_connect(role))

    def _give_back(self, role: DatabaseRole, connection: Connection) -> None:
        """End the use of a connection, which is closed where something failed."""
        connection.close()

    def url_of(self, role: DatabaseRole) -> str:
        """The URL of a role; raises Configuration where this process was given none."""
        url = self.urls.get(role)
        if url is None:
            raise Configuration(f"This process has no database URL for the role {role}.")
        return url


def how_to_connect(role: DatabaseRole) -> dict[str, Any]:
    """What every connection of a role is opened with, beside its URL."""
    return {
        "connect_timeout": CONNECT_TIMEOUT_S,
        "application_name": f"leo-{role}",
        "options": "-c TimeZone=UTC",
    }


def warehouse_from(settings: Settings) -> Warehouse:
    """The warehouse whose URLs stand in the environment as `LEO_<ROLE>_URL`; roles without one are left out."""
    urls = {role: url for role in DatabaseRole if (url := settings.optional(f"LEO_{role.name}_URL"))}
    return Warehouse(urls)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
