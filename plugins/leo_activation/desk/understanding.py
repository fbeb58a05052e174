"""How a text is understood while it is written: which words made which condition, and which were not placed.

The grammar alone reads it: deterministic, without a database beyond the catalogue that it was given, in about a
millisecond. A request that only a language model could read is shown as not placed, with the offer to submit it all the
same, for a model reads it after that.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from leo_activation.desk.rendering import letter_of
from leo_activation.desk.rewriting import Reader, spans_of
from leo_activation.desk.values import Sort, Value, values_of
from leo_activation.desk.wordbook import Wordbook
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.follow_ups import GrammarReviser
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import conjuncts
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
class ChipPiece:
    """A stretch of a condition's words; with a value it is one that can be changed."""

    text: str
    value: Value | None = None


@dataclass(frozen=True)
class ReadCondition:
    """A condition with its letter, in words, and the words that it came from.

    `values` are those of the text that the condition's own words do not show. `is_new`: a change to a request added it.
    """

    letter: str
    words: str
    said: tuple[str, ...] = ()
    pieces: tuple[ChipPiece, ...] = ()
    values: tuple[Value, ...] = ()
    is_new: bool = False


@dataclass(frozen=True)
class Understanding:
    """What the page shows of a text."""

    text: str
    state: State
    pieces: tuple[Piece, ...] = ()
    sentence: str = ""
    sentence_pieces: tuple[Piece, ...] = ()
    conditions: tuple[ReadCondition, ...] = ()
    questions: tuple[Question, ...] = ()
    ignored: tuple[str, ...] = ()
    language: Language = Language.ENGLISH
    planned: PlannedRequest | None = field(default=None, repr=False)
    asked: NeedsClarification | None = field(default=None, repr=False)
    dropped: tuple[str, ...] = ()

    @property
    def word_count(self) -> int:
        """How many words the text has."""
        return len(re.findall(r"\w+", self.text))

    @property
    def lost_words(self) -> int:
        """How many of them have no place."""
        lost = (piece.text for piece in self.pieces if piece.mark and piece.mark.placing is not Placing.PLACED)
        return sum(len(re.findall(r"\w+", text)) for text in lost)


def understand(reader: Reader, text: str, book: Wordbook) -> Understanding:
    """How the text is understood now."""
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        return Understanding(text, State.EMPTY)
    answer = reader.read(text)
    if isinstance(answer, NeedsClarification):
        return _asked(text, answer)
    spans = spans_of(answer)
    values = values_of(text, answer, book)
    read = []
    for position, condition in enumerate(conjuncts(answer.plan.where)):
        words = explain_condition(condition, reader.catalogue, answer.language)
        own = tuple(value for value in values if value.position == position)
        pieces, rest = chip_of(words, own, answer.language, book)
        said = tuple(text[start:end] for start, end, of in spans if of == position)
        read.append(ReadCondition(letter_of(position), words, said, pieces, rest))
    marks = [Mark(start, end, Placing.PLACED, letter_of(position)) for start, end, position in spans]
    return _understood(text, answer, reader.catalogue, tuple(read), pieces_of(text, marks))


def understand_change(reviser: GrammarReviser, at_hand: PlanAtHand, text: str, reader: Reader) -> Understanding:
    """How a change to a request is understood, in words that say only what is to be different."""
    text = unicodedata.normalize("NFC", text)
    if not text.strip():
        return Understanding(text, State.EMPTY)
    answer = reviser.revise(at_hand, text, reader.catalogue, reader.as_of)
    if isinstance(answer, NeedsClarification):
        return _asked(text, answer)
    before = conjuncts(at_hand.plan.where) if at_hand.plan is not None else ()
    after = conjuncts(answer.plan.where)
    read = []
    for position, condition in enumerate(after):
        words = explain_condition(condition, reader.catalogue, answer.language)
        is_new = condition not in before
        read.append(ReadCondition(letter_of(position), words, pieces=(ChipPiece(words),), is_new=is_new))
    dropped = tuple(
        explain_condition(condition, reader.catalogue, answer.language)
        for condition in before
        if condition not in after
    )
    return _understood(text, answer, reader.catalogue, tuple(read), (Piece(text),), dropped)


def chip_of(
    words: str, values: Iterable[Value], language: Language, book: Wordbook
) -> tuple[tuple[ChipPiece, ...], tuple[Value, ...]]:
    """A condition's words with its values in their places, and the values that these words do not show."""
    places: list[tuple[int, int, Value]] = []
    rest: list[Value] = []
    for value in values:
        spoken = [value.words]
        if value.kind is not None:
            spoken += [book.said(value.kind, value.name, language, ""), value.name]
        if value.sort is Sort.TIME:
            spoken += [value.words.removeprefix("in "), value.words.removeprefix("in the ")]
        for one in spoken:
            found = next(
                (
                    match
                    for match in re.finditer(rf"(?<!\w){re.escape(one)}(?!\w)", words, re.IGNORECASE)
                    if not any(start < match.end() and match.start() < end for start, end, _ in places)
                ),
                None,
            )
            if found is not None:
                places.append((found.start(), found.end(), value))
                break
        else:
            rest.append(value)
    pieces: list[ChipPiece] = []
    at = 0
    for start, end, value in sorted(places, key=lambda place: place[0]):
        if start > at:
            pieces.append(ChipPiece(words[at:start]))
        pieces.append(ChipPiece(words[start:end], value))
        at = end
    if at < len(words):
        pieces.append(ChipPiece(words[at:]))
    return tuple(pieces), tuple(rest)


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


def _understood(
    text: str,
    answer: PlannedRequest,
    catalogue: Catalogue,
    read: tuple[ReadCondition, ...],
    pieces: tuple[Piece, ...],
    dropped: tuple[str, ...] = (),
) -> Understanding:
    sentence = describe(answer, catalogue)
    marks: list[Mark] = []
    at = 0
    for condition in read:
        start = sentence.find(condition.words, at)
        if start >= 0:
            at = start + len(condition.words)
            marks.append(Mark(start, at, Placing.PLACED, condition.letter))
    return Understanding(
        text,
        State.UNDERSTOOD,
        pieces=pieces,
        sentence=sentence,
        sentence_pieces=pieces_of(sentence, marks),
        conditions=read,
        ignored=answer.ignored,
        language=answer.language,
        planned=answer,
        dropped=dropped,
    )


def _asked(text: str, answer: NeedsClarification) -> Understanding:
    readable = " ".join(question.text.lower() for question in answer.questions if question.readings)
    marks: list[Mark] = []
    at = 0
    for words in answer.unplaced:
        start = text.find(words, at)
        start = text.find(words) if start < 0 else start
        if words and start >= 0:
            alone = len(answer.unplaced) == 1 and bool(readable)
            placing = Placing.ASKED if alone or words.lower() in readable else Placing.LOST
            marks.append(Mark(start, start + len(words), placing))
            at = start + len(words)
    return Understanding(
        text,
        State.REFUSED if answer.refused else State.ASKS,
        pieces=pieces_of(text, marks),
        questions=answer.questions,
        ignored=answer.ignored,
        language=answer.language,
        asked=answer,
    )
