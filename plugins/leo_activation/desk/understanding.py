"""How a text is understood while it is written: which words made which condition, and which were not placed.

The grammar alone reads it: deterministic, without a database beyond the catalogue that it was given, in about a
millisecond. A request that only a language model could read is shown as not placed, with the offer to submit it all the
same, for a model reads it after that.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from leo_activation.desk.rendering import letter_of
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import conjuncts, leaves
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest, Question
from leo_activation.segments.sentences import describe, explain_condition


class State(StrEnum):
    """What came of a text."""

    EMPTY = "empty"
    UNDERSTOOD = "understood"
    ASKS = "asks"
    REFUSED = "refused"


class Placing(StrEnum):
    """What became of some words."""

    PLACED = "placed"
    ASKED = "asked"
    LOST = "lost"


@dataclass(frozen=True)
class Mark:
    """Words of the text, `text[start:end]` in its composed form; `letter` is that of the condition they made."""

    start: int
    end: int
    placing: Placing
    letter: str = ""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text as the page shows it, with its mark or without."""

    text: str
    mark: Mark | None = None


@dataclass(frozen=True)
class ReadCondition:
    """A condition with its letter, in words, and the words that it came from."""

    letter: str
    words: str
    said: tuple[str, ...]


@dataclass(frozen=True)
class Understanding:
    """What the page shows of a text."""

    text: str
    state: State
    pieces: tuple[Piece, ...] = ()
    sentence: str = ""
    conditions: tuple[ReadCondition, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    language: Language = Language.ENGLISH
    planned: PlannedRequest | None = field(default=None, repr=False)

    @property
    def word_count(self) -> int:
        """How many words the text has."""
        return len(re.findall(r"\w+", self.text))

    @property
    def lost_words(self) -> int:
        """How many of them have no place."""
        lost = (piece.text for piece in self.pieces if piece.mark and piece.mark.placing is not Placing.PLACED)
        return sum(len(re.findall(r"\w+", text)) for text in lost)


def understand(planner: GrammarPlanner, text: str, catalogue: Catalogue, as_of: datetime) -> Understanding:
    """How the text is understood now."""
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        return Understanding(text, State.EMPTY)
    answer = planner.plan(text, catalogue, as_of)
    if isinstance(answer, NeedsClarification):
        return _asked(text, answer)
    numbered: list[int] = []
    conditions = conjuncts(answer.plan.where)
    for position, condition in enumerate(conditions):
        numbered += [position for _ in leaves(condition)]
    spans = [(span.start, span.end, numbered[span.leaf]) for span in answer.spans if span.leaf < len(numbered)]
    marks = [Mark(start, end, Placing.PLACED, letter_of(position)) for start, end, position in spans]
    read = tuple(
        ReadCondition(
            letter_of(position),
            explain_condition(condition, catalogue, answer.language),
            tuple(text[start:end] for start, end, of in spans if of == position),
        )
        for position, condition in enumerate(conditions)
    )
    return Understanding(
        text,
        State.UNDERSTOOD,
        pieces=pieces_of(text, marks),
        sentence=describe(answer, catalogue),
        conditions=read,
        notes=answer.notes,
        ignored=answer.ignored,
        language=answer.language,
        planned=answer,
    )


def pieces_of(text: str, marks: Iterable[Mark]) -> tuple[Piece, ...]:
    """The whole text in stretches; of marks that overlap the first one stays."""
    pieces: list[Piece] = []
    at = 0
    for mark in sorted(marks, key=lambda each: (each.start, each.end)):
        if mark.start < at or mark.end <= mark.start or mark.end > len(text):
            continue
        if mark.start > at:
            pieces.append(Piece(text[at : mark.start]))
        pieces.append(Piece(text[mark.start : mark.end], mark))
        at = mark.end
    if at < len(text):
        pieces.append(Piece(text[at:]))
    return tuple(pieces)


def _asked(text: str, answer: NeedsClarification) -> Understanding:
    placing = Placing.ASKED if any(question.readings for question in answer.questions) else Placing.LOST
    marks: list[Mark] = []
    at = 0
    for words in answer.unplaced:
        start = text.find(words, at)
        start = text.find(words) if start < 0 else start
        if words and start >= 0:
            marks.append(Mark(start, start + len(words), placing))
            at = start + len(words)
    return Understanding(
        text,
        State.REFUSED if answer.refused else State.ASKS,
        pieces=pieces_of(text, marks),
        questions=answer.questions,
        ignored=answer.ignored,
        language=answer.language,
    )
