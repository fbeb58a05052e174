"""Contact data in words: found by rule, and kept back where the words leave the house.

A request may name an address ("customers like anna@example.com") or quote a message with a hotline. A model is sent a
placeholder instead, and the placeholder in its answer becomes the words again. Amounts of money and dates are digits
too and stay: a number counts as a telephone's only by how it is written.
"""

import re
from dataclasses import dataclass
from itertools import count
from typing import Final

HIDDEN: Final = "[…]"
"""What stands for contact data in a text that is only read."""

_CONTACT = re.compile(
    r"""
      (?<![\w.+'-])[\w.+'-]+\s?@\s?[\w-]+(?:\.[\w-]+)+           # an e-mail address
    | (?:https?|ftp|zalo)://\S+ | \bwww\.\S+        # an address on the web
    | (?<![\w@])@[\w.]{3,}                          # a handle of a network
    | (?<![\w.,+-])(?:\+|00)\d(?:[\s.()-]{0,2}\d){6,14}(?!\d)   # an international number
    | (?<![\w.,+-])(?!\d\d?([./-])\d\d?\1\d{2,4}\b)           # a national one, which is no date
      \(?0\d(?:[\s.()-]{0,2}\d){7,12}(?!\d)
    | (?<![\w.,+-])\(?\d{3}\)?[ .-]\d{3}[.-]\d{4}(?!\d)         # one of North America
    | (?<![\w.,])\d{9,}(?!\d)                       # a long run of digits
    """,
    re.VERBOSE,
)

_PLACEHOLDER = re.compile(r"\[contact \d+\]")


def contact_data(text: str) -> list[str]:
    """The e-mail addresses, telephone numbers, web addresses and long numbers in a text, in order."""
    return [found[0] for found in _CONTACT.finditer(text) if _is_contact(found[0])]


def masked(text: str) -> str:
    """The text with `HIDDEN` in the place of contact data."""
    return _CONTACT.sub(lambda found: HIDDEN if _is_contact(found[0]) else found[0], text)


@dataclass
class Placeholders:
    """Numbers contact data of several texts, the same words by the same number, and puts them back."""

    def __post_init__(self) -> None:
        """Nothing is hidden yet."""
        self._numbers: dict[str, str] = {}
        # What somebody wrote that looks like a placeholder stays what they wrote.
        self._written: set[str] = set()

    def hide(self, text: str) -> str:
        """The text with a numbered placeholder for each piece of contact data."""
        self._written.update(_PLACEHOLDER.findall(text))
        return _CONTACT.sub(self._placeholder, text)

    def restore(self, text: str) -> str:
        """The text with the words of this object's placeholders in their places."""
        for words, placeholder in self._numbers.items():
            text = text.replace(placeholder, words)
        return text

    def _placeholder(self, found: re.Match[str]) -> str:
        words = found[0]
        if not _is_contact(words):
            return words
        if words not in self._numbers:
            taken = self._written | set(self._numbers.values())
            numbered = (f"[contact {number}]" for number in count(1))
            self._numbers[words] = next(placeholder for placeholder in numbered if placeholder not in taken)
        return self._numbers[words]


def _is_contact(words: str) -> bool:
    """Whether the match is no round amount ("1000000000")."""
    return not (words.isdigit() and not words.startswith("0") and words.endswith("000"))
