"""sql/<folder>.md: headers of the statements; tables/<schema>.md and views.md: the schema of a migrated warehouse."""

from itertools import groupby
from typing import Any

import psycopg
from psycopg.rows import dict_row

from embedded.reference.markdown import NOTICE, cell, code, prose, table
from embedded.reference.statements import PARTS, Header, read_grains, read_headers

REPORT = "report"
MADE_BY_CODE = {"ops.migration": "one row a migration that was applied, with the SHA-256 of its file."}
"""What `warehouse/migrations.py` makes before the first migration."""
_RELATIONS = """
SELECT n.nspname AS schema, c.relname AS name, c.relkind IN ('v', 'm') AS is_view, obj_description(c.oid) AS said,
       (SELECT jsonb_agg(jsonb_build_object(
            'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'required', a.attnotnull,
            'said', col_description(c.oid, a.attnum)) ORDER BY a.attnum)
        FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND NOT c.relispartition
  AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', 'ag_catalog', 'public', 'stage')
  AND n.nspname NOT IN (SELECT name FROM ag_catalog.ag_graph)
  AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
"""


def statement_pages() -> dict[str, str]:
    """{"sql/<folder>.md": text}, a page for each folder below include/sql."""
    written = {}
    for folder, headers in groupby(read_headers(), key=lambda header: header.name.split("/")[0]):
        of_folder = list(headers)
        parts = [
            f"# SQL of {folder}\n\n{NOTICE}{len(of_folder)} statements, each a file below `include/sql/{folder}`.\n"
        ]
        for place, ones in groupby(of_folder, key=lambda header: header.name.rpartition("/")[0]):
            parts.append(f"## {place}\n")
            rows = [(prose(one.name.rpartition("/")[2]), _told(one)) for one in ones]
            parts.append(table(("Statement", "Header"), rows))
        written[f"sql/{folder}.md"] = "\n".join(parts)
    return written


def _told(header: Header) -> str:
    """A header in one cell, a line for each part."""
    return "<br>".join(f"**{part}** {cell(header.parts[part])}" for part in PARTS if part in header.parts)


def read_relations(connection: psycopg.Connection[Any]) -> list[dict[str, Any]]:
    """The tables and views of a migrated warehouse without tenants, with what is said of them and their columns."""
    grains = MADE_BY_CODE | read_grains()
    with connection.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(_RELATIONS).fetchall()
    for relation in found:
        relation["said"] = relation["said"] or grains.get(f"{relation['schema']}.{relation['name']}", "")
    return found


def schema_pages(relations: list[dict[str, Any]]) -> dict[str, str]:
    """{"tables/<schema>.md": text}, and views.md for what Superset reads."""
    written = {}
    for schema, ones in groupby(relations, key=lambda relation: relation["schema"]):
        of_schema = list(ones)
        parts = [f"# {'What Superset reads' if schema == REPORT else f'Tables of {schema}'}\n\n{NOTICE}"]
        parts += [_relation(one) for one in of_schema]
        written["views.md" if schema == REPORT else f"tables/{schema}.md"] = "\n".join(parts)
    return written


def _relation(relation: dict[str, Any]) -> str:
    name = f"{relation['schema']}.{relation['name']}"
    kind = "A view. " if relation["is_view"] and relation["schema"] != REPORT else ""
    columns = relation["columns"]
    head = ["Column", "Type"]
    rows = [[code(one["name"]), code(one["type"])] for one in columns]
    if not relation["is_view"]:
        head.append("Null")
        rows = [[*row, "" if one["required"] else "may be null"] for row, one in zip(rows, columns, strict=True)]
    if any(one["said"] for one in columns):
        head.append("")
        rows = [[*row, cell(one["said"] or "")] for row, one in zip(rows, columns, strict=True)]
    return f"## {name}\n\n{kind}{prose(relation['said'])}\n\n{table(head, rows)}"
