"""AQL by name: one statement a file below `include/aql`, read once."""

from functools import cache

from leo_activation.settings import REPOSITORY

AQL_FOLDER = REPOSITORY / "include" / "aql"


@cache
def statement(name: str) -> str:
    """The text of `include/aql/<name>.aql` without its header of comment lines; values are always bound."""
    lines = (AQL_FOLDER / f"{name}.aql").read_text(encoding="utf-8").splitlines()
    body = "\n".join(line for line in lines if not line.lstrip().startswith("//"))
    return body.strip()
