"""Connections to the warehouse, one role and one tenant each.

Row security in the database decides by the session setting `leo.tenant_id`: a connection bound to a tenant sees that
tenant's rows, an unbound one sees none. So a forgotten `WHERE tenant_id = …` shows too little, never another
tenant's customers.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

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
        url = self.urls.get(role)
        if url is None:
            raise Configuration(f"This process has no database URL for the role {role}.")
        if tenant_id is not None and not TENANT_ID.fullmatch(tenant_id):
            raise Permanent(f"'{tenant_id}' is not a tenant id: lower-case letters, digits and _, 3 to 31 of them.")
        try:
            connection = psycopg.connect(
                url,
                connect_timeout=CONNECT_TIMEOUT_S,
                application_name=f"leo-{role}",
                options="-c TimeZone=UTC",
            )
        except psycopg.OperationalError as error:
            raise Transient(f"The warehouse cannot be reached as {role}: {_first_line(error)}") from error
        try:
            if tenant_id is not None:
                connection.execute("SELECT set_config('leo.tenant_id', %s, false)", [tenant_id])
                connection.commit()
            yield connection
            # One that the block closed on purpose has nothing to keep; one that was lost says so here.
            if not connection.closed or connection.broken:
                connection.commit()
        except psycopg.OperationalError as error:
            if connection.broken:
                raise Transient(f"The connection to the warehouse was lost: {_first_line(error)}") from error
            raise
        finally:
            connection.close()


def warehouse_from(settings: Settings) -> Warehouse:
    """The warehouse whose URLs stand in the environment as `LEO_<ROLE>_URL`; roles without one are left out."""
    urls = {role: url for role in DatabaseRole if (url := settings.optional(f"LEO_{role.name}_URL"))}
    return Warehouse(urls)


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
