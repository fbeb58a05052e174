"""Text that goes into a header or a subject: one line, whatever language it is in."""

import unicodedata

LINE_BREAKERS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories: control characters, line and paragraph separators."""


def is_one_line(text: str) -> bool:
    """True where the text holds no line break and no other control character."""
    return not any(unicodedata.category(mark) in LINE_BREAKERS for mark in text)


def one_line(text: str) -> str:
    """The text with every run of white space and control characters made one space."""
    return " ".join("".join(mark if is_one_line(mark) else " " for mark in text).split())
