"""Which tables a statement reads: those of the present, or what stands for them at a past moment.

Everything that a plan may ask of stands behind a named statement of one folder, so that the same compiler asks the
present and the past: `segments.as_of` has a second folder of the same names.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import sql

from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Tables:
    """A folder of named statements below include/sql, and the values that they are given beside the tenant's."""

    folder: str
    values: Mapping[str, datetime | str] = field(default_factory=dict)

    def text(self, name: str) -> sql.SQL:
        """The statement of a name."""
        return sql.SQL(statement(f"{self.folder}/{name}"))

    def source(self, name: str, alias: str) -> sql.Composed:
        """What stands after FROM, for a statement without placeholders of its own."""
        return sql.SQL("({}) AS {}").format(self.text(name), sql.Identifier(alias))


PRESENT = Tables("segments/tables")
