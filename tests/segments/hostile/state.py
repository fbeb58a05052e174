"""What stands in a database, table by table and graph by graph, so that what changed can be named."""

from collections.abc import Mapping

import psycopg
from psycopg import sql

ANSWERS = frozenset(
    {
        "segment.request",
        "segment.definition",
        "segment.preview",
        "segment.plan_review",
        "llm.call",
        "ag_catalog",
        # What happens to a request is noted.
        "audit.pending",
    }
)
"""The only tables that a request may change before a person has approved."""

_TABLES = """
    SELECT n.nspname, c.relname
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
      AND n.nspname NOT LIKE 'pg\\_temp%' AND NOT c.relispartition
    ORDER BY 1, 2
"""
_OBJECTS = """
    SELECT md5(string_agg(object, chr(10) ORDER BY object)) FROM (
        SELECT format('%s.%s %s %s %s', n.nspname, c.relname, c.relkind, c.relowner, c.relacl) AS object
        FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname NOT LIKE 'pg\\_temp%' AND n.nspname NOT LIKE 'pg\\_toast%'
        UNION ALL SELECT format('%s %s', oid, rolname) FROM pg_roles
        UNION ALL SELECT format('%s %s %s', oid::regprocedure, md5(prosrc), proacl) FROM pg_proc
    ) AS known
"""


def state_of(administrator_url: str) -> Mapping[str, str]:
    """A digest of each table, of all tenants and graphs, and one of the names, owners and rights of everything."""
    state = {}
    with psycopg.connect(administrator_url, autocommit=True) as connection:
        for schema, table in connection.execute(_TABLES).fetchall():
            digest = sql.SQL("SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM {} AS t")
            row = connection.execute(digest.format(sql.Identifier(schema, table))).fetchone()
            state[f"{schema}.{table}"] = str(row[0]) if row is not None else ""
        row = connection.execute(_OBJECTS.replace("%s", "%%s").replace("%%s", "%s").encode()).fetchone()
        state["names, owners and rights"] = str(row[0]) if row is not None else ""
    return state


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """The tables that are not what they were, less those that hold the answers."""
    everything = before.keys() | after.keys()
    return {table for table in everything if before.get(table) != after.get(table)} - ANSWERS
