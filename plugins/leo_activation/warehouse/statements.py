"""SQL by name: one statement a file below `include/sql`, read once."""

from functools import cache
from typing import LiteralString

from leo_activation.settings import REPOSITORY

SQL_FOLDER = REPOSITORY / "include" / "sql"


@cache
def statement(name: str) -> LiteralString:
    """The text of `include/sql/<name>.sql` without its header of comment lines.

    The files are part of the program, so their text is as trustworthy as a literal; values are always bound.
    """
    lines = (SQL_FOLDER / f"{name}.sql").read_text(encoding="utf-8").splitlines()
    body = "\n".join(line for line in lines if not line.lstrip().startswith("--"))
    return body.strip()
