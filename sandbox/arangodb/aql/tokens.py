"""AQL's text as tokens, after the rules of ArangoDB's lexer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.arangodb.errors import QUERY_PARSE, ArangoError

IDENTIFIER = "identifier"
STRING = "quoted string"
NUMBER = "number"
PARAMETER = "bind parameter"
COLLECTION_PARAMETER = "bind data source parameter"
END = "end of query string"

KEYWORDS = {
    **{
        word: f"{word} declaration"
        for word in ("FOR", "LET", "FILTER", "RETURN", "COLLECT", "SORT", "LIMIT", "WINDOW")
    },
    **{
        word: f"{word} keyword"
        for word in (
            "ASC", "DESC", "IN", "WITH", "INTO", "AGGREGATE", "GRAPH", "SHORTEST_PATH", "K_SHORTEST_PATHS", "K_PATHS",
            "ALL_SHORTEST_PATHS",
        )
    },
    **{word: f"{word} command" for word in ("REMOVE", "INSERT", "UPDATE", "REPLACE", "UPSERT")},
    **{word: f"{word.lower()} modifier" for word in ("OUTBOUND", "INBOUND", "ANY", "ALL", "NONE")},
    "DISTINCT": "DISTINCT modifier",
    "NOT": "not operator",
    "AND": "and operator",
    "OR": "or operator",
    "LIKE": "like operator",
    "NULL": "null",
    "TRUE": "true",
    "FALSE": "false",
}  # fmt: skip
OPERATORS = {
    "&&": "AND", "||": "OR", "!": "NOT",
    **{sign: sign for sign in (
        "==", "!=", "<=", ">=", "=~", "!~", "..", "::", "<", ">", "=", "+", "-", "*", "/", "%", "?", ":", ".", ",",
        "(", ")", "{", "}", "[", "]",
    )},
}  # fmt: skip
_OPERATOR_NAMES = {
    "=": "assignment",
    "=~": "~= operator",
    "!~": "~! operator",
    **{sign: f"{sign} operator" for sign in ("==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%")},
}
_REGION = 32

_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+ | //[^\n]* | /\*.*?\*/)
  | (?P<number>0[xX][0-9a-fA-F]+ | 0[bB][01]+ | (?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)
  | (?P<name>\$?[a-zA-Z][_a-zA-Z0-9]* | _+[a-zA-Z]+[_a-zA-Z0-9]*)
  | (?P<parameter>@@?(?:_+[a-zA-Z0-9]+[a-zA-Z0-9_]*|[a-zA-Z0-9][a-zA-Z0-9_]*))
  | (?P<ticked>`(?:\\.|[^`\\])*` | ´(?:\\.|[^´\\])*´)
  | (?P<quoted>"(?:\\.|[^"\\])*" | '(?:\\.|[^'\\])*')
  | (?P<operator>&&|\|\||==|!=|<=|>=|=~|!~|\.\.|::|[<>=!+\-*/%?:.,(){}\[\]])
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `kind` is a keyword in capitals, an operator's sign, or one of the kinds above."""

    kind: str
    value: Any
    offset: int

    @property
    def name(self) -> str:
        """What ArangoDB's messages call it."""
        return KEYWORDS.get(self.kind) or _OPERATOR_NAMES.get(self.kind) or self.kind


def parse_error(query: str, offset: int, reason: str) -> ArangoError:
    """Error 1501 in ArangoDB's words: what, near which text, at which line and column (both from 1)."""
    line = query.count("\n", 0, offset) + 1
    column = offset - (query.rfind("\n", 0, offset) + 1) + 1
    region = query[offset : offset + _REGION] + ("..." if len(query) > offset + _REGION else "")
    return ArangoError(QUERY_PARSE, f"AQL: {reason} near '{region}' at position {line}:{column} (while parsing)")


def tokens(query: str) -> Iterator[Token]:
    """The tokens of a query, at last END.

    Raises:
        ArangoError: 1501, a character that begins no token.
    """
    at = 0
    while at < len(query):
        found = _TOKEN.match(query, at)
        if found is None:
            raise parse_error(query, at, "syntax error, unexpected character")
        text = found.group()
        if found.lastgroup == "name":
            word = text.upper()
            yield Token(word, text, at) if word in KEYWORDS else Token(IDENTIFIER, text, at)
        elif found.lastgroup == "parameter":
            yield Token(COLLECTION_PARAMETER if text.startswith("@@") else PARAMETER, text[1:], at)
        elif found.lastgroup == "ticked":
            yield Token(IDENTIFIER, _unescape(text[1:-1]), at)
        elif found.lastgroup == "quoted":
            yield Token(STRING, _unescape(text[1:-1]), at)
        elif found.lastgroup == "number":
            yield Token(NUMBER, _number(text), at)
        elif found.lastgroup == "operator":
            yield Token(OPERATORS[text], text, at)
        at = found.end()
    yield Token(END, "", at)


def _number(text: str) -> int | float:
    if text[:2].lower() in {"0x", "0b"}:
        return int(text, 0)
    return int(text) if text.isdecimal() else float(text)


def _unescape(text: str) -> str:
    def one(found: re.Match[str]) -> str:
        code, character = found.groups()
        return chr(int(code, 16)) if code else _ESCAPED.get(character, character)

    return _ESCAPE.sub(one, text) if "\\" in text else text
