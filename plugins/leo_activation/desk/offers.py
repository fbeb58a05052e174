"""What is offered for words that have no place yet: readings, names spelled nearly alike, and to leave them out.

Every offer is a text that the planner reads with less to ask than before; choosing one rewrites the text and nothing
else. To leave words out is said in the text itself, so that whoever approves reads it as well.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from leo_activation.desk.rewriting import Reader, left_out, replaced, tidy, without
from leo_activation.desk.wordbook import Wordbook
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest, Question
from leo_activation.segments.sentences import explain
from leo_activation.told import Told

MOST_MATTERS = 6
_MOST_READINGS = 8
_BUDGET_S = 1.5
"""For all offers of one text together; they are made while nobody waits for a key."""
_SMALL_WORDS = 3
"""Letters of a word that is too short to be a name that was misspelled."""
_WORD = re.compile(r"[^\W\d_]+")
_GAP = re.compile(r"…|\ban? (?:amount|date|number)\b")
_BEFORE_PEOPLE = re.compile(r"\s+(?:customers|people|women|men|users|buyers|shoppers|clients|members)\b", re.IGNORECASE)
_AFTER = {Language.ENGLISH: (" who {}", " {}", ", {}"), Language.VIETNAMESE: (" {}", " và {}", ", {}")}


@dataclass(frozen=True)
class Offer:
    """Something to choose: its words, the text that it makes, and the customers that this text means where it is whole.

    `text` None: an example that has a gap to fill in by hand. `leaves_out`: the words are done without, which is said.
    """

    words: str
    text: str | None
    sentence: str = ""
    leaves_out: bool = False
    planned: PlannedRequest | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Matter:
    """An open question about some words of the text, with what is offered; the words may be none."""

    question: str
    words: str
    offers: tuple[Offer, ...] = ()

    @property
    def choices(self) -> tuple[Offer, ...]:
        """The offers that can be chosen as they are."""
        return tuple(offer for offer in self.offers if offer.text is not None)

    @property
    def examples(self) -> tuple[Offer, ...]:
        """The offers that are to be finished by hand."""
        return tuple(offer for offer in self.offers if offer.text is None)


def matters_of(
    reader: Reader,
    text: str,
    asked: NeedsClarification,
    book: Wordbook,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[Matter, ...]:
    """The open questions of a text with their offers, as far as there is time to make them."""
    if asked.refused:
        return ()
    until = clock() + _BUDGET_S
    groups = _groups(text, asked.unplaced)
    matters: list[Matter] = []
    told: set[tuple[tuple[int, int], ...]] = set()
    for question, words in _paired(asked):
        group = next((group for group in groups if words in {text[start:end] for start, end in group}), ())
        if not question.readings and group in told:
            continue
        told.add(group)
        whole = text[group[0][0] : group[-1][1]] if group and not question.readings else words
        offers: list[Offer] = []
        if len(matters) < MOST_MATTERS:
            offers = list(_offers(reader, text, asked, question, words, group, book, lambda: clock() < until))
        matters.append(Matter(_about(question.text, words, whole), whole, tuple(offers)))
    return tuple(matters)


def offers_of_phrase(
    reader: Reader, text: str, planned: PlannedRequest, phrase: str, readings: Sequence[str]
) -> tuple[Offer, ...]:
    """What a phrase could mean that no planner settles, because only its meaning in this tenant's data says it."""
    start = text.find(phrase)
    if start < 0:
        return tuple(Offer(reading, None) for reading in readings)
    found: list[Offer] = []
    for reading in readings[:_MOST_READINGS]:
        changed = replaced(text, start, start + len(phrase), reading)
        answer = reader.read(changed)
        whole = isinstance(answer, PlannedRequest) and answer.plan != planned.plan
        found.append(_offer(reader, reading, changed, answer) if whole else Offer(reading, None))
    return tuple(found)


def _about(question: str, words: str, whole: str) -> str:
    """A question about some words, asked about all of those that stand together."""
    asked = question.replace(f"“{words}”", f"“{whole}”")
    if not isinstance(question, Told):
        return asked
    values = {name: whole if value == words else value for name, value in question.values.items()}
    return Told(asked, question.code, **values)


def _offers(
    reader: Reader,
    text: str,
    asked: NeedsClarification,
    question: Question,
    words: str,
    group: tuple[tuple[int, int], ...],
    book: Wordbook,
    in_time: Callable[[], bool],
) -> Iterator[Offer]:
    near = list(_nearly(reader, text, asked, words, book, in_time)) if words else []
    yield from near
    known = {offer.words for offer in near}
    for reading in question.readings[:_MOST_READINGS]:
        if reading in known:
            continue
        if _GAP.search(reading) or not in_time():
            yield Offer(reading, None)
            continue
        changed = _first_better(reader, asked, words, _read_as(text, words, reading, asked.language), in_time)
        yield Offer(reading, None) if changed is None else _offer(reader, reading, *changed)
    if group and in_time():
        left = _first_better(reader, asked, words, left_out(text, group, asked.language), in_time)
        if left is not None:
            yield _offer(reader, text[group[0][0] : group[-1][1]], *left, leaves_out=True)


def _offer(
    reader: Reader,
    words: str,
    text: str,
    answer: PlannedRequest | NeedsClarification,
    *,
    leaves_out: bool = False,
) -> Offer:
    if isinstance(answer, NeedsClarification):
        return Offer(words, text, leaves_out=leaves_out)
    sentence = explain(answer.plan, reader.catalogue, language=answer.language)
    return Offer(words, text, sentence, leaves_out, answer)


def _first_better(
    reader: Reader, asked: NeedsClarification, words: str, texts: Iterator[str], in_time: Callable[[], bool]
) -> tuple[str, PlannedRequest | NeedsClarification] | None:
    """The first of some texts that is whole; else the first of all, where it leaves less open and not these words."""
    kept: tuple[str, PlannedRequest | NeedsClarification] | None = None
    for at, text in enumerate(texts):
        answer = reader.read(text)
        if isinstance(answer, PlannedRequest):
            return text, answer
        fewer = len(answer.questions) < len(asked.questions) and len(answer.unplaced) <= len(asked.unplaced)
        if at == 0 and fewer and not answer.refused and words not in answer.unplaced:
            kept = text, answer
        if not in_time():
            break
    return kept


def _read_as(text: str, words: str, reading: str, language: Language) -> Iterator[str]:
    """Texts that say the reading instead of the words: in their place, or after all the rest."""
    start = text.find(words) if words else -1
    if start < 0:
        yield from (f"{text.rstrip(' .,;')}{form.format(reading)}" for form in _AFTER[language])
        return
    end = start + len(words)
    in_place = tidy(replaced(text, start, end, reading))
    if _BEFORE_PEOPLE.match(text, end):
        # "loyal customers" does not become "bought anything at least 3 times customers".
        rest = next(without(text, start, end, language))
        yield f"{rest.rstrip(' .,;')}{' and' if ' who ' in rest else ' who'} {reading}"
    yield in_place
    for rest in without(text, start, end, language):
        yield from (f"{rest.rstrip(' .,;')}{form.format(reading)}" for form in _AFTER[language])
    yield f"{text.rstrip(' .,;')} {reading}"


def _nearly(
    reader: Reader,
    text: str,
    asked: NeedsClarification,
    words: str,
    book: Wordbook,
    in_time: Callable[[], bool],
) -> Iterator[Offer]:
    """Names that are spelled nearly like a word that has no place."""
    begin = text.find(words)
    seen: set[str] = set()
    for found in _WORD.finditer(words) if begin >= 0 else ():
        if len(found[0]) <= _SMALL_WORDS or not in_time():
            continue
        for name in book.close_to(found[0]):
            if name in seen:
                continue
            seen.add(name)
            changed = replaced(text, begin + found.start(), begin + found.end(), name)
            better = _first_better(reader, asked, words, iter((changed,)), in_time)
            if better is not None:
                yield _offer(reader, name, *better)


def _paired(asked: NeedsClarification) -> Iterator[tuple[Question, str]]:
    """Each question with the words that it is about: those that it names, else those that no other one does."""
    left = list(asked.unplaced)
    paired: list[tuple[Question, str | None]] = []
    for question in asked.questions:
        named = [words for words in left if words and words.lower() in question.text.lower()]
        words = max(named, key=len) if named else None
        if words is not None:
            left.remove(words)
        paired.append((question, words))
    for question, words in paired:
        yield question, words if words is not None else (left.pop(0) if left else "")


def _groups(text: str, unplaced: Sequence[str]) -> tuple[tuple[tuple[int, int], ...], ...]:
    """The words without a place by where they stand, those beside one another together."""
    spans: list[tuple[int, int]] = []
    at = 0
    for words in unplaced:
        start = text.find(words, at) if words else -1
        if start < 0:
            continue
        spans.append((start, start + len(words)))
        at = start + len(words)
    groups: list[list[tuple[int, int]]] = []
    for span in spans:
        if groups and not text[groups[-1][-1][1] : span[0]].strip():
            groups[-1].append(span)
        else:
            groups.append([span])
    return tuple(tuple(group) for group in groups)
