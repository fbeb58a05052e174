"""Cuts a request into words, numbers, dates, quoted texts and signs, each with its place in the text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class TokenKind(StrEnum):
    """What a token is."""

    WORD = "word"
    NUMBER = "number"
    ORDINAL = "ordinal"
    DATE = "date"
    QUOTED = "quoted"
    SIGN = "sign"


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a request: `word` is what the grammar compares, text[start:end] what was written.

    `word` is in lower case; of a quoted text it is the content as written, of a number the plain decimal.
    """

    kind: TokenKind
    word: str
    start: int
    end: int


_TOKEN = re.compile(
    r"""
      (?P<date>\d{4}-\d{1,2}-\d{1,2}(?!\d) | \d{1,2}[/.]\d{1,2}[/.]\d{2,4}(?!\d))
    | (?P<ordinal>\d{1,2}(?=(?:st|nd|rd|th)\b))(?:st|nd|rd|th)
    | (?P<decade>\d{1,2}s\b)
    | (?P<number>(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?P<scale>[kKmM]\b)?)
    | (?P<double>"[^"]*"|“[^”]*”|„[^“”]*[“”]|«[^»]*»)
    | (?P<single>(?<![^\s(:,\[])['‘](?=\S)(?:[^'’]|['’](?=\w))*['’](?!\w))
    | (?P<word>[^\W\d_]+)(?P<clitic>['’](?:s|ve|re|d|ll|t|m)\b)?
    | (?P<comparison><=|>=|≤|≥|<|>|=)
    | (?P<sign>\S)
    """,
    re.VERBOSE,
)
_SCALES = {"k": 3, "m": 6}
_CLITICS = {"ve": "have", "re": "are", "d": "would", "ll": "will", "m": "am", "s": "'s"}
_SIGNS = {"≤": "<=", "≥": ">=", "–": "-", "—": "-", "−": "-", "’": "'"}
_IRREGULAR = {"can": "can", "won": "will", "shan": "shall"}


def tokenize(text: str) -> list[Token]:
    """The tokens of a request, in order; hyphens between letters part words and leave no token."""
    return list(_tokens(text))


def _tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        start, end = found.span()
        match found.lastgroup:
            case "date":
                yield Token(TokenKind.DATE, found[0], start, end)
            case "ordinal":
                yield Token(TokenKind.ORDINAL, found["ordinal"], start, end)
            case "number" | "scale":
                yield Token(TokenKind.NUMBER, _plain(found), start, end)
            case "double" | "single":
                yield Token(TokenKind.QUOTED, found[0][1:-1].strip(), start, end)
            case "decade":
                yield Token(TokenKind.WORD, found[0], start, end)
            case "word" | "clitic":
                yield from _words(found, start, end)
            case _:
                if not _parts_a_word(text, start):
                    yield Token(TokenKind.SIGN, _SIGNS.get(found[0], found[0]), start, end)


def _plain(found: re.Match[str]) -> str:
    digits = re.sub(r"[^\d.]", "", found["number"])
    scale = found["scale"]
    if scale is None:
        return digits
    whole, _, fraction = digits.partition(".")
    zeros = _SCALES[scale.lower()]
    return (whole + fraction.ljust(zeros, "0")) if len(fraction) <= zeros else found["number"]


def _words(found: re.Match[str], start: int, end: int) -> Iterator[Token]:
    word, clitic = found["word"].lower(), found["clitic"]
    if clitic is None:
        yield Token(TokenKind.WORD, word, start, end)
        return
    inner = end - len(clitic)
    tail = clitic[1:].lower()
    if tail == "t" and word.endswith("n"):
        stem = word[:-1] if word not in _IRREGULAR else _IRREGULAR[word]
        yield Token(TokenKind.WORD, stem, start, inner - 1)
        yield Token(TokenKind.WORD, "not", inner - 1, end)
    elif tail == "t":
        yield Token(TokenKind.WORD, f"{word}t", start, end)
    else:
        yield Token(TokenKind.WORD, word, start, inner)
        yield Token(TokenKind.WORD, _CLITICS[tail], inner, end)


def _parts_a_word(text: str, at: int) -> bool:
    """Whether the sign is a hyphen inside a word ('red-themed', '60-day') and not a range ('25-35')."""
    if text[at] not in "-‐‑–_" or at == 0 or at + 1 >= len(text):
        return False
    before, after = text[at - 1], text[at + 1]
    return (before.isalnum() and after.isalpha()) or (before.isalpha() and after.isdigit())
