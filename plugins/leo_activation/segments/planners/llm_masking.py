"""Contact data in words: found by rule, and kept back where the words leave the house.

A request may name an address ("customers like anna@example.com") or quote a message with a hotline. A model is sent a
placeholder instead, and the placeholder in its answer becomes the words again. Amounts of money and dates are digits
too and stay: a number counts as a telephone's only by how it is written.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from operator import itemgetter
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
_QUOTED = re.compile("(?<=“)[^”]+(?=”)")
_start, _end = itemgetter(0), itemgetter(1)


def contact_data(text: str) -> list[str]:
    """The e-mail addresses, telephone numbers, web addresses and long numbers in a text, in order."""
    return [found[0] for found in _CONTACT.finditer(text) if _is_contact(found[0])]


def masked(text: str) -> str:
    """The text with `HIDDEN` in the place of contact data."""
    return _CONTACT.sub(lambda found: HIDDEN if _is_contact(found[0]) else found[0], text)


def whole_contacts(words: str, text: str) -> str:
    """Words of a text, and with them all of the contact data that they hold a part of, so that it can be hidden.

    A grammar cuts an address at its signs ("anna@example", "com"), and a part of one looks like no address.
    """
    written = unicodedata.normalize("NFC", text)
    contacts = _contact_places(written)
    parts = unicodedata.normalize("NFC", words).split()
    if not contacts or not parts:
        return words
    for found in re.finditer(r"\s+".join(map(re.escape, parts)), written, re.IGNORECASE):
        start, end = found.span()
        if _goes_on(written[start - 1 : start], written[start]) or _goes_on(written[end - 1], written[end : end + 1]):
            continue
        first, after = bisect_right(contacts, start, key=_end), bisect_left(contacts, end, key=_start)
        if first < after:
            return written[min(start, contacts[first][0]) : max(end, contacts[after - 1][1])]
    return words


def quoting_whole_contacts(question: str, text: str) -> str:
    """A question in which what is quoted of the text is as `whole_contacts` has it."""
    return _QUOTED.sub(lambda found: whole_contacts(found[0], text), question)


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


@lru_cache(maxsize=4)
def _contact_places(text: str) -> tuple[tuple[int, int], ...]:
    """Where contact data stands; of one text it is asked for each word that was not placed."""
    return tuple(found.span() for found in _CONTACT.finditer(text) if _is_contact(found[0]))


def _goes_on(before: str, after: str) -> bool:
    """Whether two characters belong to one word, or to one number."""
    return (before.isalpha() and after.isalpha()) or (before.isdigit() and after.isdigit())


def _is_contact(words: str) -> bool:
    """Whether the match is no round amount ("1000000000")."""
    return not (words.isdigit() and not words.startswith("0") and words.endswith("000"))
