"""Write the reference: `make reference`, inside the environment and with a PostgreSQL that runs."""

import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql

from embedded.prepare_database import create_warehouse
from embedded.reference.pages import make_pages
from embedded.reference.written import FOLDER, write
from embedded.urls import with_database
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.migrations import migrate


@contextmanager
def migrated() -> Iterator[psycopg.Connection[Any]]:
    """A warehouse of one's own with all migrations and no tenant, dropped at the end."""
    administrator = os.environ.get("LEO_ADMIN_URL") or os.environ["LEO_DATABASE_URL"]
    name = f"leo_reference_{secrets.token_hex(6)}"
    create_warehouse(administrator, name)
    try:
        migrate(Warehouse({role: with_database(os.environ[f"LEO_{role.name}_URL"], name) for role in DatabaseRole}))
        with psycopg.connect(with_database(administrator, name)) as connection:
            yield connection
    finally:
        with psycopg.connect(administrator, autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def main() -> int:
    """Write every page and remove those that nothing makes any more."""
    with migrated() as connection:
        pages = make_pages(connection)
    changed = write(pages)
    print(f"{FOLDER}: {len(pages)} pages, {len(changed)} changed.")
    return 0


sys.exit(main())
