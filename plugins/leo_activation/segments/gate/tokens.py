"""The gate's tokenizer: fails closed, so that every character of a query is understood or the query is refused."""

import re
from enum import IntEnum
from typing import NamedTuple

from leo_activation.segments.gate.refusal import Rule, Violation

MAX_TEXT = 40_000
MAX_TOKENS = 8_000
MAX_NAME = 63
MAX_INTEGER = 2**63 - 1

FORBIDDEN = dict.fromkeys(
    ("CREATE", "MERGE", "SET", "DELETE", "DETACH", "REMOVE", "FOREACH", "DROP", "LOAD", "INSERT"), Rule.WRITE
) | dict.fromkeys(("CALL", "YIELD"), Rule.PROCEDURE)
"""Words that stand nowhere in a query, not even as a name: the first of them ends the reading."""


class TokenKind(IntEnum):
    """What a token is; `END` closes every list of tokens."""

    WORD = 1
    INTEGER = 2
    FLOAT = 3
    STRING = 4
    PARAMETER = 5
    SYMBOL = 6
    END = 7


class Token(NamedTuple):
    """A token: `text` is the word, the symbol, the parameter's name, the number as written or the string's content.

    `keyword` is the word in upper case, else the symbol: what the parser compares.
    """

    kind: TokenKind
    text: str
    keyword: str
    at: int


# Control characters, no-break space, line and paragraph separators, zero-width and direction marks, surrogates,
# non-characters: nothing that a reviewer of the query would not see.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u0300-\u036f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180e\u2000-\u200f"
    "\u2028-\u202f\u205f-\u206f\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_INVISIBLE_ASCII = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
# Blanks go before a token, and nothing is matched twice: the time is linear in the text.
_TOKEN = re.compile(
    r"""[ \t\r\n]*+(?:
      ([A-Za-z_][A-Za-z0-9_]*+)
    | (<=|>=|<>|[()\[\]{}:,.=<>+\-*%|] | /(?![/*]))
    | ('[^'\\]*+(?:\\.[^'\\]*+)*+' | "[^"\\]*+(?:\\.[^"\\]*+)*+")
    | ([0-9]++(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?|[eE][+-]?[0-9]++))
    | ([0-9]++)
    | \$([A-Za-z_][A-Za-z0-9_]*+)
    | (\Z)
    | (.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORD, _SYMBOL, _STRING, _FLOAT, _INTEGER, _PARAMETER, _END = range(1, 8)
_KINDS = {
    _STRING: TokenKind.STRING,
    _INTEGER: TokenKind.INTEGER,
    _FLOAT: TokenKind.FLOAT,
    _PARAMETER: TokenKind.PARAMETER,
}
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_ESCAPED = {"\\": "\\", "'": "'", '"': '"', "n": "\n", "t": "\t"}


def tokenize(text: str) -> list[Token]:
    """The tokens of `text`, closed by an END token.

    Raises:
        Violation: the text is too long, or a character or number in it is outside the accepted subset.
    """
    if len(text) > MAX_TEXT:
        raise Violation(Rule.SIZE, f"the query has {len(text)} characters, more than {MAX_TEXT}", 0)
    if hidden := (_INVISIBLE_ASCII if text.isascii() else _INVISIBLE).search(text):
        raise Violation(Rule.CHARACTER, f"the character U+{ord(hidden[0]):04X} is not accepted", hidden.start())
    tokens: list[Token] = []
    # Names that are looked up once, and not the named tuple's own constructor, which takes twice the time.
    add, new, a_word, a_symbol = tokens.append, tuple.__new__, TokenKind.WORD, TokenKind.SYMBOL
    for found in _TOKEN.finditer(text):
        group = found.lastindex
        if group == _WORD:
            word = found[_WORD]
            if len(word) > MAX_NAME:
                raise Violation(Rule.SIZE, f"a name has at most {MAX_NAME} characters", found.start(_WORD))
            keyword = word.upper()
            if keyword in FORBIDDEN:
                raise _forbidden(keyword, found.start(_WORD))
            add(new(Token, (a_word, word, keyword, found.start(_WORD))))
        elif group == _SYMBOL:
            symbol = found[_SYMBOL]
            add(new(Token, (a_symbol, symbol, symbol, found.start(_SYMBOL))))
        elif group == _END:
            add(new(Token, (TokenKind.END, "", "", len(text))))
            break
        elif group in _KINDS:
            at = found.start(group)
            add(_token(_KINDS[group], found[group], at - 1 if group == _PARAMETER else at))
        else:
            raise _unknown(text, found.end() - 1)
    if len(tokens) - 1 > MAX_TOKENS:
        raise Violation(Rule.SIZE, f"the query has more than {MAX_TOKENS} words and signs", tokens[MAX_TOKENS].at)
    return tokens


def _token(kind: TokenKind, text: str, at: int) -> Token:
    match kind:
        case TokenKind.PARAMETER:
            if len(text) > MAX_NAME:
                raise Violation(Rule.SIZE, f"a parameter's name has at most {MAX_NAME} characters", at)
            return Token(kind, text, "", at)
        case TokenKind.INTEGER:
            if (text[0] == "0" and len(text) > 1) or len(text) > 19 or int(text) > MAX_INTEGER:
                raise Violation(Rule.NUMBER, f"{text[:20]} is not a whole number of 64 bits in plain digits", at)
            return Token(kind, text, "", at)
        case TokenKind.FLOAT:
            if len(text) > 40 or float(text) > 1e300:
                raise Violation(Rule.NUMBER, f"{text[:20]}… is not a plain decimal number", at)
            return Token(kind, text, "", at)
        case _:
            return Token(kind, _content(text, at), "", at)


def _content(quoted: str, at: int) -> str:
    inner = quoted[1:-1]
    if "\\" not in inner:
        return inner

    def decode(escape: re.Match[str]) -> str:
        if escape[1] not in _ESCAPED:
            raise Violation(Rule.ESCAPE, f"the escape \\{escape[1]} is not accepted", at + 1 + escape.start())
        return _ESCAPED[escape[1]]

    return _ESCAPE.sub(decode, inner)


def _forbidden(keyword: str, at: int) -> Violation:
    if FORBIDDEN[keyword] is Rule.PROCEDURE:
        return Violation(Rule.PROCEDURE, "procedures are not called", at)
    return Violation(Rule.WRITE, f"{keyword} changes or loads data: only reading is accepted", at)


def _unknown(text: str, at: int) -> Violation:
    here = text[at : at + 2]
    if here in {"//", "/*"}:
        return Violation(Rule.COMMENT, "comments are not accepted", at)
    if here[0] in "'\"":
        return Violation(Rule.SYNTAX, "the text in quotes does not end", at)
    if here[0] == "$":
        return Violation(Rule.CHARACTER, "a $ begins a parameter's name and nothing else", at, "$name")
    if here[0] == "`":
        return Violation(Rule.CHARACTER, "names stand without backticks", at, "(c:Customer)")
    if here[0] == ";":
        return Violation(Rule.CHARACTER, "one query stands alone, without a semicolon", at)
    if here == "!=":
        return Violation(Rule.CHARACTER, "the character ! is not accepted here", at, "c.age <> 30")
    if here[0] == "~":
        return Violation(Rule.CHARACTER, "texts are not matched by regular expressions", at, "c.city STARTS WITH 'Ha'")
    shown = here[0] if here[0].isprintable() else f"U+{ord(here[0]):04X}"
    return Violation(Rule.CHARACTER, f"the character {shown} is not accepted here", at)
