"""Bring the warehouse's schema up to date: numbered SQL files, each applied once, in order, in its own transaction.

A file that was applied is never edited again: its SHA-256 is kept, and a difference stops the start. Two starts at
once wait for each other on an advisory lock.
"""

import hashlib
import logging
from dataclasses import dataclass
from pathlib import Path

from leo_activation.errors import Configuration
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import SQL_FOLDER

logger = logging.getLogger(__name__)

LOCK_KEY = 0x1E0_0001


@dataclass(frozen=True)
class Migration:
    """One file: its number (the first four characters of the name), name and content."""

    number: int
    name: str
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the file's text, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read_migrations(folder: Path) -> list[Migration]:
    """All migrations in the folder, in the order of their numbers."""
    files = sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    return [Migration(int(file.name[:4]), file.stem, file.read_text(encoding="utf-8")) for file in files]


def migrate(warehouse: Warehouse, folder: Path = SQL_FOLDER / "migrations") -> list[str]:
    """Apply what is missing from the folder, as the owner; returns the names applied, none when up to date.

    Raises:
        Configuration: a file that was already applied has changed or is gone.
    """
    applied_now = []
    with warehouse.connect(DatabaseRole.OWNER) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [LOCK_KEY])
        connection.execute("CREATE SCHEMA IF NOT EXISTS ops")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS ops.migration "
            "(number integer PRIMARY KEY, name text NOT NULL, sha256 text NOT NULL, "
            "applied_at timestamptz NOT NULL DEFAULT now())"
        )
        connection.commit()
        applied = dict(connection.execute("SELECT name, sha256 FROM ops.migration").fetchall())
        known = read_migrations(folder)
        if gone := set(applied) - {migration.name for migration in known}:
            raise Configuration(f"The warehouse is newer than this program: it holds migration {max(gone)}.")
        for migration in known:
            if migration.name in applied:
                if applied[migration.name] != migration.sha256:
                    raise Configuration(f"Migration {migration.name} was edited after it had been applied.")
                continue
            # Bound to no parameters, so the simple protocol runs the whole file; the text is part of the program.
            connection.execute(migration.text)
            connection.execute(
                "INSERT INTO ops.migration (number, name, sha256) VALUES (%s, %s, %s)",
                [migration.number, migration.name, migration.sha256],
            )
            connection.commit()
            logger.info("Applied migration %s.", migration.name)
            applied_now.append(migration.name)
    return applied_now
