"""A place in a request's tokens, with what every rule of the grammar does there: look, take, ask."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from leo_activation.segments.planners.tokens import Token, TokenKind, tokenize
from leo_activation.segments.request import Question

Value = TypeVar("Value")

_OPAQUE = {
    TokenKind.NUMBER: "\0number",
    TokenKind.ORDINAL: "\0ordinal",
    TokenKind.DATE: "\0date",
    TokenKind.QUOTED: "\0quoted",
}
END = ""


class Ask(Exception):
    """The requester is asked: tokens `start` to before `end` cannot be placed, and `question` would settle them."""

    def __init__(self, start: int, end: int, question: Question) -> None:
        """Keep the place and the question."""
        super().__init__(question.text)
        self.start = start
        self.end = end
        self.question = question


@dataclass(frozen=True)
class Phrases(Generic[Value]):
    """Phrases of one or more words with their values; the longest that fits is taken."""

    by_first_word: Mapping[str, tuple[tuple[tuple[str, ...], Value], ...]]


def phrases(values: Mapping[str, Value]) -> Phrases[Value]:
    """A table of phrases, each written as words with single spaces."""
    grouped: dict[str, list[tuple[tuple[str, ...], Value]]] = {}
    for phrase, value in values.items():
        words = tuple(phrase.split(" "))
        grouped.setdefault(words[0], []).append((words, value))
    ordered = {first: tuple(sorted(found, key=lambda entry: -len(entry[0]))) for first, found in grouped.items()}
    return Phrases(ordered)


def phrase_set(*groups: Iterable[str]) -> Phrases[str]:
    """A table of phrases that stand for themselves."""
    return phrases({phrase: phrase for group in groups for phrase in group})


class Cursor:
    """The tokens of one request and the position of the parse; rules move it forward, or back to where they began."""

    def __init__(self, text: str, today: date | None = None) -> None:
        """Start before the first token of `text`; `today` is the day on which it was written, where that is known."""
        self.text = text
        self.today = today
        self.tokens = tokenize(text)
        self.words = [_OPAQUE.get(token.kind, token.word) for token in self.tokens]
        self.position = 0

    @property
    def at_end(self) -> bool:
        """Whether nothing is left."""
        return self.position >= len(self.tokens)

    @property
    def word(self) -> str:
        """The next word or sign; numbers, dates, quoted texts and the end are no word."""
        return self.peek(0)

    def peek(self, ahead: int) -> str:
        """The word `ahead` tokens further on, or END."""
        at = self.position + ahead
        return self.words[at] if 0 <= at < len(self.words) else END

    @property
    def token(self) -> Token | None:
        """The next token, or None at the end."""
        return None if self.at_end else self.tokens[self.position]

    def is_kind(self, kind: TokenKind) -> bool:
        """Whether the next token is of that kind."""
        token = self.token
        return token is not None and token.kind is kind

    def take(self, table: Phrases[Value]) -> Value | None:
        """Take the longest phrase of the table that stands here; None takes nothing."""
        for words, value in table.by_first_word.get(self.word, ()):
            end = self.position + len(words)
            if tuple(self.words[self.position : end]) == words:
                self.position = end
                return value
        return None

    def stands(self, table: Phrases[Value]) -> bool:
        """Whether a phrase of the table stands here."""
        before = self.position
        found = self.take(table) is not None
        self.position = before
        return found

    def take_words(self, *words: str) -> bool:
        """Take exactly these words."""
        end = self.position + len(words)
        if tuple(self.words[self.position : end]) != words:
            return False
        self.position = end
        return True

    def take_one_of(self, *words: str) -> str | None:
        """Take one word out of several."""
        if self.word in words and self.word != END:
            self.position += 1
            return self.words[self.position - 1]
        return None

    def take_kind(self, kind: TokenKind) -> Token | None:
        """Take a token of that kind."""
        token = self.token
        if token is None or token.kind is not kind:
            return None
        self.position += 1
        return token

    def written(self, start: int, end: int) -> str:
        """What was written from token `start` to before token `end`."""
        if start >= end or start >= len(self.tokens):
            return ""
        return self.text[self.tokens[start].start : self.tokens[min(end, len(self.tokens)) - 1].end]

    def ask(self, start: int, text: str, readings: tuple[str, ...] = (), *, end: int | None = None) -> Ask:
        """The question about the tokens from `start` to `end`, or to here."""
        return Ask(start, self.position if end is None else end, Question(text=text, readings=readings))
