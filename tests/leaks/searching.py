"""Looking through everything that a run leaves behind: the database column by column, and files."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import psycopg
from psycopg import sql

from tests.leaks.canaries import Canary, singing

# Views too: report.* and whatever else shows rows of tables in other words.
_COLUMNS = """
    SELECT n.nspname, c.relname, a.attname, c.relkind = 'v' OR c.relkind = 'm'
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_temp%'
    ORDER BY 1, 2, 3
"""


def places_in_database(url: str, tenant_id: str, canaries: Iterable[Canary]) -> Mapping[str, set[str]]:
    """The columns of every table and view of every schema in which a canary sings, by `schema.table.column`.

    url: of a login that sees every row. Values are read as text, binary ones also as the text that their bytes are.
    """
    wanted = list(canaries)
    found: dict[str, set[str]] = {}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('leo.tenant_id', %s, false)", [tenant_id])
        for schema, table, column, _ in connection.execute(_COLUMNS).fetchall():
            query = sql.SQL("SELECT DISTINCT {column}::text FROM {table} WHERE {column} IS NOT NULL").format(
                column=sql.Identifier(column), table=sql.Identifier(schema, table)
            )
            for (value,) in connection.execute(query):
                if names := singing(_as_text(str(value)), wanted):
                    found.setdefault(f"{schema}.{table}.{column}", set()).update(names)
    return found


def filled_relations(url: str, tenant_id: str, *schemas: str) -> Mapping[str, bool]:
    """The tables and views of some schemas, by `schema.table`, each with whether it shows any row."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT set_config('leo.tenant_id', %s, false)", [tenant_id])
        found = {(schema, table) for schema, table, _, _ in connection.execute(_COLUMNS) if schema in schemas}
        filled = {}
        for schema, table in sorted(found):
            query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(schema, table))
            filled[f"{schema}.{table}"] = bool(connection.execute(query).fetchall()[0][0])
    return filled


def counted_columns(url: str) -> int:
    """How many columns there are to look through."""
    with psycopg.connect(url, autocommit=True) as connection:
        return len(connection.execute(_COLUMNS).fetchall())


def places_in_files(folder: Path, canaries: Iterable[Canary]) -> Mapping[str, set[str]]:
    """The files below a folder in which a canary sings, or in whose name."""
    wanted = list(canaries)
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            if names := singing(f"{path.name}\n{text}", wanted):
                found[str(path.relative_to(folder))] = names
    return found


def pieces_of(text: str) -> Iterator[str]:
    """A long text line by line, so that digits of different lines never stand side by side."""
    yield from text.splitlines()


def _as_text(value: str) -> str:
    """The value; bytes (`\\x6c61…`) with what they spell."""
    if not value.startswith("\\x"):
        return value
    try:
        return bytes.fromhex(value[2:]).decode("utf-8", "replace")
    except ValueError:
        return value
