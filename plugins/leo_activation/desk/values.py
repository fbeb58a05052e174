"""The values in a request's words: which words say a name, a number or a time, and what could stand in their place.

What could stand there is read by the planner before it is offered: a choice changes one condition and no other.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from leo_activation.desk.rewriting import Reader, changes_only, replaced, spans_of, strings_of
from leo_activation.desk.wordbook import Wordbook, folded
from leo_activation.segments.plan import conjuncts
from leo_activation.segments.planners.vocabulary import NameKind
from leo_activation.segments.request import Language, PlannedRequest

_WORD = re.compile(r"[^\W_]+")
_LONGEST_NAME = 6
"""Words of a name that is looked for; longer names of products stand in quotes or are left to be typed."""
_MOST_WORDS = 60
MOST_CHOICES = 40
_MOST_TRIED = 80
_JOINING = frozenset({"of", "and", "the"})
"""Words that names are spelled with or without: at its end none of them belongs to the name."""
_UNITS = {
    "day": (7, 14, 30, 60, 90, 180, 365),
    "week": (1, 2, 4, 8, 12, 26),
    "month": (1, 2, 3, 6, 12),
    "year": (1, 2, 3, 5),
    "time": (1, 2, 3, 5, 10),
    "age": (18, 25, 30, 35, 40, 45, 50, 60),
}
_UNIT_OF = {
    **dict.fromkeys(("day", "days", "ngày"), "day"),
    **dict.fromkeys(("week", "weeks", "tuần"), "week"),
    **dict.fromkeys(("month", "months", "tháng"), "month"),
    **dict.fromkeys(("year", "years", "năm"), "year"),
    **dict.fromkeys(("time", "times", "lần", "products", "orders", "đơn", "sản"), "time"),
    **dict.fromkeys(("tuổi",), "age"),
}
_SMALL = (1, 2, 3, 5, 10)
_TIMES = {
    Language.ENGLISH: (
        re.compile(
            r"\b(?:today|yesterday|this (?:week|month|quarter|year)"
            r"|in the (?:previous calendar|last|past) (?:\d+ )?(?:days?|weeks?|months?|quarters?|years?))\b",
            re.IGNORECASE,
        ),
        (
            "today",
            "yesterday",
            "this week",
            "in the previous calendar week",
            "this month",
            "in the previous calendar month",
            "this year",
            "in the last 7 days",
            "in the last 14 days",
            "in the last 30 days",
            "in the last 60 days",
            "in the last 90 days",
            "in the last 180 days",
            "in the last 365 days",
        ),
    ),
    Language.VIETNAMESE: (
        re.compile(
            r"\b(?:hôm nay|hôm qua|(?:tuần|tháng|quý|năm) (?:này|trước)|năm nay|năm ngoái"
            r"|trong (?:vòng )?\d+ (?:ngày|tuần|tháng|năm) (?:qua|gần đây))\b",
            re.IGNORECASE,
        ),
        (
            "hôm nay",
            "hôm qua",
            "tuần này",
            "tuần trước",
            "tháng này",
            "tháng trước",
            "năm nay",
            "trong 7 ngày qua",
            "trong 14 ngày qua",
            "trong 30 ngày qua",
            "trong 60 ngày qua",
            "trong 90 ngày qua",
            "trong 180 ngày qua",
            "trong 365 ngày qua",
        ),
    ),
}
_LAST_DAYS = {Language.ENGLISH: "in the last {} days", Language.VIETNAMESE: "trong {} ngày qua"}


class Sort(StrEnum):
    """What the words of a value say."""

    NAME = "name"
    NUMBER = "number"
    TIME = "time"


@dataclass(frozen=True)
class Value:
    """Words of a text, `text[start:end]`, that say one value of the condition at `position`.

    `kind` and `name` are of a name as a plan has it, `unit` of a number: what it counts, where that is known.
    """

    start: int
    end: int
    words: str
    position: int
    sort: Sort
    kind: NameKind | None = None
    name: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Choice:
    """What could stand in a value's place, and the whole text with it there; `is_now`: what stands there."""

    words: str
    text: str
    is_now: bool = False


@dataclass(frozen=True)
class Choices:
    """A value with what could stand in its place; `has_more`: only some of it was tried."""

    value: Value
    choices: tuple[Choice, ...]
    has_more: bool = False


def values_of(text: str, planned: PlannedRequest, book: Wordbook) -> tuple[Value, ...]:
    """The values that a text's words say, from left to right; none of them overlap."""
    found: list[Value] = []
    conditions = conjuncts(planned.plan.where)
    taken = 0
    for start, end, position in sorted(spans_of(planned)):
        known = frozenset(strings_of(conditions[position].model_dump(mode="json")))
        for value in _values_between(text, max(start, taken), end, position, known, planned.language, book):
            found.append(value)
            taken = value.end
    return tuple(found)


def value_at(values: Iterable[Value], start: int, end: int) -> Value | None:
    """The value whose words stand there."""
    return next((value for value in values if (value.start, value.end) == (start, end)), None)


def choices_for(
    reader: Reader, text: str, planned: PlannedRequest, value: Value, book: Wordbook, wanted: str = ""
) -> Choices:
    """What could stand in a value's place, what stands there among it; `wanted` narrows it to what holds these letters.

    Each was read by the planner: it changes this condition alone, and to just that name.
    """
    kept: list[Choice] = []
    tried = 0
    has_more = False
    for words, name in _candidates(value, planned.language, book, wanted.strip()):
        if folded(words) == folded(value.words) or (name and name == value.name):
            kept.append(Choice(value.words, text, is_now=True))
            continue
        if len(kept) >= MOST_CHOICES or tried >= _MOST_TRIED:
            has_more = True
            break
        tried += 1
        for written in (words, f"“{words}”") if value.sort is Sort.NAME else (words,):
            changed = replaced(text, value.start, value.end, written)
            answer = reader.read(changed)
            if not changes_only(planned, answer, value.position) or not isinstance(answer, PlannedRequest):
                continue
            condition = conjuncts(answer.plan.where)[value.position]
            if not name or name in strings_of(condition.model_dump(mode="json")):
                kept.append(Choice(words, changed))
                break
    return Choices(value, tuple(kept), has_more)


def _values_between(
    text: str, start: int, end: int, position: int, known: frozenset[str], language: Language, book: Wordbook
) -> Iterator[Value]:
    times, _ = _TIMES[language]
    when = next(times.finditer(text, start, end), None)
    words = list(_WORD.finditer(text, start, end))[:_MOST_WORDS]
    at = 0
    while at < len(words):
        if when is not None and when.start() <= words[at].start() < when.end():
            yield Value(when.start(), when.end(), when[0], position, Sort.TIME)
            at = next((n for n in range(at, len(words)) if words[n].start() >= when.end()), len(words))
            continue
        length, value = _name_at(text, words, at, position, known, language, book)
        if value is None and words[at][0].isdecimal():
            following = _WORD.match(text, words[at].end() + 1)
            unit = "age" if "age" in known else _UNIT_OF.get(following[0].lower() if following else "", "")
            value = Value(words[at].start(), words[at].end(), words[at][0], position, Sort.NUMBER, unit=unit)
        if value is not None:
            yield value
        at += length


def _name_at(
    text: str,
    words: list[re.Match[str]],
    at: int,
    position: int,
    known: frozenset[str],
    language: Language,
    book: Wordbook,
) -> tuple[int, Value | None]:
    for length in range(min(_LONGEST_NAME, len(words) - at), 0, -1):
        first, last = words[at][0].lower(), words[at + length - 1][0].lower()
        if first in _JOINING - {"the"} or last in _JOINING:
            continue
        start, end = words[at].start(), words[at + length - 1].end()
        spoken = text[start:end]
        for kind, name in book.named(spoken, language).items():
            if name in known:
                return length, Value(start, end, spoken, position, Sort.NAME, kind, name)
    return 1, None


def _candidates(value: Value, language: Language, book: Wordbook, wanted: str) -> Iterator[tuple[str, str]]:
    """Words to try, each with the name that it should mean or ''; what begins with the wanted letters first."""
    match value.sort:
        case Sort.NAME if value.kind is not None:
            said = [(book.said(value.kind, name, language, value.words), name) for name in book.names(value.kind)]
            letters = folded(wanted)
            held = sorted((one for one in said if letters in folded(one[0])), key=lambda one: folded(one[0]))
            yield from sorted(held, key=lambda one: not folded(one[0]).startswith(letters))
        case Sort.TIME:
            _, times = _TIMES[language]
            spoken = times if value.words in times else (value.words, *times)
            if wanted.isdecimal():
                spoken = (_LAST_DAYS[language].format(int(wanted[:5])), *spoken)
            yield from ((words, "") for words in dict.fromkeys(spoken) if folded(wanted) in folded(words))
        case _:
            numbers = {int(value.words), *_ladder(value)} if not wanted.isdecimal() else {int(wanted[:9])}
            yield from ((str(number), "") for number in sorted(numbers))


def _ladder(value: Value) -> tuple[int, ...]:
    number = int(value.words[:9])
    if value.unit:
        return _UNITS[value.unit]
    if number <= _SMALL[-1]:
        return _SMALL
    return tuple(max(1, round(number * factor)) for factor in (0.25, 0.5, 0.75, 1.5, 2, 4))
