"""Vietnamese syllables: how a written one is compared with one of the lexicon, with all, some or none of its marks.

A syllable is its letters with their quality (ă, â, ê, ô, ơ, ư, đ) and one tone, wherever the tone stands ("hoà" and
"hòa" are one). A token fits a syllable of the lexicon if it has no mark that the syllable has not: "tat" and "tât" fit
"tất", "tắt" does not. Where a text is written with its marks throughout, a token without marks means itself.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, NamedTuple, TypeVar

Value = TypeVar("Value")

_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_PLAIN_D = str.maketrans("đĐ", "dD")


class Syllable(NamedTuple):
    """A syllable in lower case: without any mark, with the quality of its letters, and its tone ('' is level)."""

    folded: str
    letters: str
    tone: str

    @property
    def is_plain(self) -> bool:
        """Whether it is written without any mark."""
        return not self.tone and self.letters == self.folded


@lru_cache(maxsize=8192)
def syllable(word: str) -> Syllable:
    """The syllable that a word spells; foreign words and signs are syllables without marks."""
    kept: list[str] = []
    tone = ""
    for character in unicodedata.normalize("NFD", word.lower()):
        if character in _TONES:
            tone = character
        else:
            kept.append(character)
    letters = unicodedata.normalize("NFC", "".join(kept))
    return Syllable(fold(letters), letters, tone)


@lru_cache(maxsize=8192)
def fold(word: str) -> str:
    """A word without its marks: 'đỏ' is 'do'."""
    decomposed = unicodedata.normalize("NFD", word.lower().translate(_PLAIN_D))
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def fits(written: Syllable, meant: Syllable) -> bool:
    """Whether what is written may be `meant` with some of its marks left out."""
    if written.folded != meant.folded or written.tone not in {"", meant.tone}:
        return False
    pairs = zip(written.letters, meant.letters, strict=False)
    return written.letters == meant.letters or all(one == other or one == fold(other) for one, other in pairs)


@dataclass(frozen=True)
class Table(Generic[Value]):
    """Phrases of one or more syllables with their values, by the folded first syllable, the longest first."""

    by_first: Mapping[str, tuple[tuple[tuple[Syllable, ...], Value], ...]]


def table(values: Mapping[str, Value]) -> Table[Value]:
    """A table of phrases, each written with its marks and single spaces."""
    grouped: dict[str, list[tuple[tuple[Syllable, ...], Value]]] = {}
    for phrase, value in values.items():
        syllables = tuple(syllable(word) for word in phrase.split(" "))
        grouped.setdefault(syllables[0].folded, []).append((syllables, value))
    return Table({first: tuple(sorted(found, key=lambda one: -len(one[0]))) for first, found in grouped.items()})


@lru_cache(maxsize=2048)
def phrase_table(phrases: tuple[str, ...]) -> Table[str]:
    """A table of phrases that stand for themselves."""
    return table({phrase: phrase for phrase in phrases})


def table_of(phrases: Iterable[str]) -> Table[str]:
    """The same of any collection."""
    return phrase_table(tuple(phrases))


_REAL_PLAIN = """
anh ao ba bao be ca cam cao chi chia cho co con cung da dao di do dua em gia ghi hai hay hoa hoan hon khi kem
kinh la lan lam len loan ly ma mai mang may me mua nam nay nga ngang ngay nghe nhau nhe nhu ninh non phi qua
quan que quy ra rau sang sao sau say sen sinh so son song ta tai tam tan tay tem ten than thanh thay theo thi
thu tin to toan trai trang trao tri trong tu tung ty vang ve vi vui xa xanh xe xem xin xong y
"""
REAL_PLAIN = frozenset(_REAL_PLAIN.split())
"""Common words that have no marks: in a text with its marks they mean themselves and no word with marks."""
