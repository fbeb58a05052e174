"""An answer to what was asked back: put in the place of the words that could not be placed, or beside them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from leo_activation.segments.follow_ups.words import Phrasing, plain
from leo_activation.segments.language_tasks import PlanAtHand

_READINGS = re.compile(r"\((?P<readings>[^()]*(?:\([^()]*\)[^()]*)*)\)\s*$")
_ENDS = re.compile(r"^[\s\"“”'„«»,.:;!?]+|[\s\"“”'„«»,.:;!?]+$")
_PARTS = re.compile(r"\s*[;\n]\s*")


@dataclass(frozen=True)
class Answered:
    """What the request before becomes by an answer; `read` are the words with what they are read as.

    `certain`: one of the readings that were offered, or said in so many words. Else it has to be of their kind.
    `is_whole`: the reading is an edit by itself ("instead of those …: those …").
    """

    text: str
    read: tuple[tuple[str, str], ...]
    certain: bool
    is_whole: bool = False


def answered(at_hand: PlanAtHand, text: str, phrasing: Phrasing) -> Iterator[Answered]:
    """The texts that the request before becomes by an answer, likelier ones first.

    A reading that was offered is taken by its words or by some that only it has, or by its number; one text answers one
    group of unplaced words, and "“x” means y; “z” means w" answers several.
    """
    told = [found for part in _PARTS.split(text) if part and (found := phrasing.means.match(part))]
    if told and len(told) == len([part for part in _PARTS.split(text) if part]):
        pairs = tuple((_bare(one["x"]), _bare(one["y"])) for one in told)
        if all(at_hand.text.count(words) == 1 for words, _ in pairs):
            changed = at_hand.text
            for words, meant in pairs:
                changed = changed.replace(words, meant)
            yield Answered(changed, pairs, certain=True)
    if len(at_hand.unplaced) > 1:
        return
    reading = chosen(_bare(text), readings_of(at_hand))
    answer = reading or _bare(text)
    certain = reading is not None
    (words,) = at_hand.unplaced or ("",)
    read = ((words or at_hand.text, answer),)
    if words and at_hand.text.count(words) == 1:
        yield Answered(at_hand.text.replace(words, answer), read, certain)
        if reading is not None:
            yield Answered(reading, read, certain, is_whole=True)
        beside = ((words, f"{words} {answer}"),)
        yield Answered(at_hand.text.replace(words, f"{words} {answer}"), beside, certain)
        yield Answered(f"{_ENDS.sub('', at_hand.text)} {answer}", beside, certain)
    elif not words:
        yield Answered(f"{_ENDS.sub('', at_hand.text)} {answer}", read, certain)


def offered(at_hand: PlanAtHand) -> tuple[str, ...]:
    """What the request before becomes by each of the readings that were offered, where one of them must be meant."""
    readings = readings_of(at_hand)
    if len(at_hand.unplaced) != 1 or any("…" in reading for reading in readings):
        return ()
    (words,) = at_hand.unplaced
    return tuple(
        text
        for reading in readings
        for text in (at_hand.text.replace(words, reading), f"{_ENDS.sub('', at_hand.text)} {reading}")
    )


def readings_of(at_hand: PlanAtHand) -> tuple[str, ...]:
    """The readings that were offered: they stand at a question's end, as 'What is meant? (this / that)'."""
    found: list[str] = []
    for question in at_hand.questions:
        if (match := _READINGS.search(question)) is not None and " / " in match["readings"]:
            found.extend(match["readings"].split(" / "))
    return tuple(found)


def chosen(answer: str, readings: tuple[str, ...]) -> str | None:
    """The one reading that an answer names: by its number, its words, or words that no other one has."""
    if answer.isdigit() and 1 <= int(answer) <= len(readings):
        return readings[int(answer) - 1]
    wanted = plain(answer.lower())
    spelled = [reading for reading in readings if plain(reading.lower()) == wanted]
    inside = re.compile(rf"\b{re.escape(wanted)}\b")
    holding = [reading for reading in readings if wanted and inside.search(plain(reading.lower()))]
    if len(spelled) == 1:
        return spelled[0]
    return holding[0] if len(holding) == 1 else None


def _bare(text: str) -> str:
    return _ENDS.sub("", text)
