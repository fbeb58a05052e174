"""The tokens of a Vietnamese request, and what every rule of the grammar does at a place in them."""

import re
from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.tokens import Token, TokenKind
from leo_activation.segments.planners.vietnamese.syllables import (
    REAL_PLAIN,
    Syllable,
    Table,
    Value,
    fits,
    phrase_table,
    syllable,
)

_TOKEN = re.compile(
    r"""
      (?P<date>(?<![\d/.-])(?:\d{4}-\d{1,2}-\d{1,2} | \d{1,2}/\d{1,2}/\d{4} | \d{1,2}-\d{1,2}-\d{4}
               | \d{1,2}\.\d{1,2}\.\d{4} | \d{1,2}/\d{4} | \d{1,2}/\d{1,2})(?![\d/]))
    | (?P<number>\d+(?:[.,]\d+)*)(?P<scale>(?:tr|k|ty|tỷ|tỉ|m)(?:\d+)?(?=đ|vn[dđ]\b|[\W_]|$))?
    | (?P<double>"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»)
    | (?P<single>(?<![^\s(:,\[])['‘](?=\S)(?:[^'’]|['’](?=\w))*['’](?!\w))
    | (?P<word>[^\W\d_]+)
    | (?P<comparison><=|>=|≤|≥|<|>|=)
    | (?P<sign>\S)
    """,
    re.VERBOSE | re.IGNORECASE,
)
_VERBS = frozenset({"mua", "xem", "them", "tra", "dat", "tung", "chi", "mo", "nhan"})
_ABBREVIATIONS = {
    "kh": ("khách", "hàng"),
    "sp": ("sản", "phẩm"),
    "đh": ("đơn", "hàng"),
    "dh": ("đơn", "hàng"),
    **dict.fromkeys(("k", "ko", "khg", "hông", "hok"), ("không",)),
}
_BEFORE_A_NUMBER = {"t": "tháng", "q": "quý"}
_MONTH_OR_QUARTER = re.compile(r"\d{1,2}/\d{4}(?![\d/])")
_SIGNS = {"≤": "<=", "≥": ">=", "–": "-", "—": "-", "−": "-"}
_NO_SYLLABLE = Syllable("\0", "\0", "\0")


class VietnameseCursor(Cursor):
    """The tokens of one request and the position of the parse, compared syllable by syllable."""

    def __init__(self, text: str, today: date | None = None) -> None:
        """Start before the first token of `text`, which is in Unicode's composed form."""
        self.text = text
        self.today = today
        self.tokens = list(_tokens(text))
        self.words = [token.word for token in self.tokens]
        self.position = 0
        spoken = {TokenKind.WORD, TokenKind.SIGN}
        self.syllables = [syllable(t.word) if t.kind in spoken else _NO_SYLLABLE for t in self.tokens]
        self.is_marked = self._is_marked()

    def _is_marked(self) -> bool:
        """Whether the text has its marks throughout: none of its plain words needs marks to mean something."""
        written = {t.start for t in self.tokens if t.word == self.text[t.start : t.end].lower()}
        words = [
            s
            for s, t in zip(self.syllables, self.tokens, strict=True)
            if t.kind is TokenKind.WORD and t.start in written
        ]
        marked = sum(not one.is_plain for one in words)
        bare = sum(one.is_plain and one.folded in _ALWAYS_MARKED for one in words)
        plain = {(one, two) for one, two in pairwise(self.words) if one.isascii() and two.isascii()}
        bare += any(one == "da" and two in _VERBS for one, two in plain)
        bare += any(one.isdigit() and two in {"ngay", "nam"} for one, two in plain)
        return marked > 0 and bare == 0

    def _fits(self, at: int, meant: Syllable) -> int:
        """2 where the token is the syllable, 1 where it fits, 0 where it does not."""
        written = self.syllables[at]
        if written == meant:
            return 2
        if self.is_marked and written.is_plain and written.folded in REAL_PLAIN:
            return 0
        return int(fits(written, meant))

    def _match(self, candidates: Table[Value], at: int) -> tuple[int, int, Value] | None:
        """The longest phrase at a place, of those the one that is written most exactly: length, exactness, value."""
        if at >= len(self.tokens):
            return None
        best: tuple[int, int, Value] | None = None
        for syllables, value in candidates.by_first.get(self.syllables[at].folded, ()):
            length = len(syllables)
            if best is not None and length < best[0]:
                break
            if at + length > len(self.tokens):
                continue
            ranks = [self._fits(at + n, one) for n, one in enumerate(syllables)]
            if all(ranks) and (best is None or sum(ranks) > best[1]):
                best = (length, sum(ranks), value)
        return best

    def spot(self, candidates: Table[Value]) -> Value | None:
        """Take the longest phrase of the table that stands here; None takes nothing."""
        found = self._match(candidates, self.position)
        if found is None:
            return None
        self.position += found[0]
        return found[2]

    def length_of(self, candidates: Table[Value], *, ahead: int = 0) -> int:
        """How many tokens the phrase of the table has that stands `ahead` tokens further on; 0 where none does."""
        found = self._match(candidates, self.position + ahead)
        return 0 if found is None else found[0]

    def has(self, *phrases: str) -> str | None:
        """Take the longest of these phrases that stands here, written with their marks in the rule."""
        return self.spot(phrase_table(phrases))

    def sees(self, *phrases: str, ahead: int = 0) -> bool:
        """Whether one of these phrases stands here, or `ahead` tokens further on."""
        return self.length_of(phrase_table(phrases), ahead=ahead) > 0

    def before(self, *words: str) -> bool:
        """Whether the token before is one of these words."""
        at = self.position - 1
        return at >= 0 and any(self._fits(at, syllable(word)) for word in words)

    @property
    def is_number(self) -> bool:
        """Whether digits stand here."""
        return self.is_kind(TokenKind.NUMBER)

    @property
    def quoted(self) -> str | None:
        """The quoted text that stands here."""
        token = self.token
        return token.word if token is not None and token.kind is TokenKind.QUOTED else None


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        match found.lastgroup:
            case "date":
                yield Token(TokenKind.DATE, found[0], start, end)
            case "number" | "scale":
                yield Token(TokenKind.NUMBER, found[0].lower(), start, end)
            case "double" | "single":
                yield Token(TokenKind.QUOTED, found[0][1:-1].strip(), start, end)
            case "word":
                for word in _meant(found[0].lower(), text, start, end):
                    yield Token(TokenKind.WORD, word, start, end)
            case _:
                if not _parts_a_word(text, start):
                    yield Token(TokenKind.SIGN, _SIGNS.get(found[0], found[0]), start, end)


def _meant(word: str, text: str, start: int, end: int) -> tuple[str, ...]:
    """The words that an abbreviation stands for, which all have its place; another word stands for itself."""
    if word == "k" and text[:start].rstrip()[-1:].isdigit():
        return (word,)
    if word in _BEFORE_A_NUMBER and _MONTH_OR_QUARTER.match(text, end):
        return (_BEFORE_A_NUMBER[word],)
    return _ABBREVIATIONS.get(word, (word,))


def _parts_a_word(text: str, at: int) -> bool:
    """Whether the sign is a hyphen inside a name ('T-shirt', 'first-time') and not a range ('25-35')."""
    if text[at] not in "-‐‑_" or at == 0 or at + 1 >= len(text):
        return False
    return text[at - 1].isalpha() and text[at + 1].isalnum()


_ALWAYS_MARKED = frozenset(
    [
        "khach",
        "hang",
        "nguoi",
        "duoc",
        "khong",
        "chua",
        "dong",
        "trieu",
        "tuoi",
        "thich",
        "muon",
        "thang",
        "nuoc",
        "tieu",
        "phan",
        "khuc",
        "nhom",
        "dat",
        "gio",
        "lan",
        "tren",
        "duoi",
        "cac",
        "dang",
        "tao",
        "gui",
        "dung",
        "chinh",
        "nhieu",
        "giay",
        "vay",
        "nau",
        "xam",
        "hong",
        "bac",
        "gioi",
        "thieu",
        "chien",
        "dich",
        "hoac",
        "truoc",
        "va",
        "cua",
        "thuoc",
        "tat",
    ]
)
"""Syllables that hardly ever stand without marks in a text that has them."""
