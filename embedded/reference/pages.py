"""Every page of the reference, as {path below its folder: text}."""

from typing import Any

import psycopg

from embedded.reference import dag_pages, python_pages, sql_pages
from embedded.reference.written import with_index


def make_pages(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """All pages and their index; `connection` is to a migrated warehouse that has no tenant.

    Raises:
        SetupError: a DAG file cannot be imported, or a docstring has a section that the reference cannot show.
    """
    return with_index(
        {
            **dag_pages.pages(),
            **python_pages.pages(),
            **sql_pages.statement_pages(),
            **sql_pages.schema_pages(sql_pages.read_relations(connection)),
        }
    )
