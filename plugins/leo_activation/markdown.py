"""Words of people and of customers' data inside a sheet of Markdown, where they must not look like a part of it."""

import re
import unicodedata
from collections.abc import Sequence

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&@]|:(?=//)|(?<=www)\.)", re.IGNORECASE)
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp"})
"""Kinds of characters that are not seen, and reorder or hide what is."""
_HARMLESS = frozenset("\n\t\u200c\u200d")
"""Line ends, and the joiners of scripts and emoji."""
LONGEST_CELL = 240


def escaped(text: str) -> str:
    """The words as words: no markup, no link, no address, no line of their own."""
    return _MARKDOWN.sub(r"\\\1", on_one_line(text))


def on_one_line(text: str) -> str:
    """The words on one line, with what would hide or reorder them made visible; markup stays as it is."""
    return " ".join(_visible(text).split())


def fenced(text: str, language: str = "") -> str:
    """A block that the text cannot close: its fence is longer than any run of backticks inside."""
    text = _visible(text)
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of words, each cell escaped and cut where it is long."""
    lines = [tuple(head), tuple("---" for _ in head), *(tuple(escaped(_short(cell)) for cell in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _short(cell: str) -> str:
    return cell if len(cell) <= LONGEST_CELL else f"{cell[: LONGEST_CELL - 1]}…"


def _visible(text: str) -> str:
    return "".join(
        f"⟨U+{ord(one):04X}⟩" if unicodedata.category(one) in _UNSEEN and one not in _HARMLESS else one
        for one in text.replace("\r\n", "\n")
    )
