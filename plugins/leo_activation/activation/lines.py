"""Text that goes into a header, a subject or a slot: whatever language it is in, and nothing that hides in it."""

import unicodedata

LINE_BREAKERS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories: control characters, line and paragraph separators."""
JOINERS = frozenset("\u200c\u200d")
"""The two invisible characters that scripts and emoji are written with."""


def is_one_line(text: str) -> bool:
    """True where the text holds no line break and no other control character."""
    return not any(unicodedata.category(mark) in LINE_BREAKERS for mark in text)


def one_line(text: str) -> str:
    """The text with every run of white space and control characters made one space."""
    if not text.isprintable():
        text = "".join(mark if is_one_line(mark) else " " for mark in text)
    return " ".join(text.split())


def is_hidden(mark: str) -> bool:
    """True of characters that are not seen and change how others are: directions, tags, zero widths, surrogates."""
    return mark not in JOINERS and unicodedata.category(mark) in {"Cf", "Cs", "Co", "Cn"}


def without_hidden(text: str) -> str:
    """The text less what is hidden in it and less control characters; line breaks and tabs stay."""
    if text.isprintable():
        return text
    kept = (mark for mark in text if mark in "\n\t" or (unicodedata.category(mark) != "Cc" and not is_hidden(mark)))
    return "".join(kept)
