"""Plain text as Markdown that GitHub and MkDocs both show as it was written."""

import re
from collections.abc import Iterable, Sequence

NOTICE = "<!-- Written by `make reference`; change what it is made from, not this page. -->\n\n"
_CODE = re.compile(r"(`+[^`]+`+)")
_SPECIAL = re.compile(r"([\\*<\[\]|])")


def prose(text: str) -> str:
    """Text of a comment or docstring: code between backticks stays, everything else is no markup."""
    parts = _CODE.split(text)
    return "".join(part if part.startswith("`") else _SPECIAL.sub(r"\\\1", part) for part in parts)


def cell(text: str) -> str:
    """The same on one line, for a cell of a table; a code that holds a bar would end the cell."""
    line = " ".join(text.split())
    return "".join(
        f"<code>{_html(part.strip('`'))}</code>" if part.startswith("`") and "|" in part else part
        for part in _CODE.split(prose(line))
    )


def code(text: str) -> str:
    """Text in code, whatever it holds."""
    return f"<code>{_html(text)}</code>" if "|" in text or "`" in text else f"`{text}`"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are Markdown already."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("|", "&#124;")
