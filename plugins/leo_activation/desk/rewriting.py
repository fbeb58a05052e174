"""A text written anew, and whether it then means what was wanted: text and plan never differ, for the text is planned.

Nothing here changes a plan. What is offered is another text; the planner reads it, and it is offered only where it
reads as meant.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.plan import all_of, conjuncts, leaves, plan_of
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe

_WORD = re.compile(r"[^\W_]+|[,;]")
_JOINTS = {
    Language.ENGLISH: frozenset(
        {"who", "and", "but", "or", "that", "which", "are", "is", "were", "have", "has", "also", "with", ",", ";"}
    ),
    Language.VIETNAMESE: frozenset({"và", "nhưng", "mà", "hoặc", "đã", "đang", "có", "là", "những", "các", ",", ";"}),
}
_DANGLING = {
    Language.ENGLISH: re.compile(
        r"\b(?:who|that|which)\s*(?:and|but|or|are and|,)"
        r"|(?:\b(?:who|and|but|or|that|which|are|is|have|with)|,)\s*(?:[.,;]|$)"
        r"|^\s*(?:and|but|or|,)|\b(?:and|but|or)\s+(?:and|but|or)\b",
        re.IGNORECASE,
    ),
    Language.VIETNAMESE: re.compile(
        r"(?:\b(?:và|nhưng|mà|hoặc|đã|có|là)|,)\s*(?:[.,;]|$)|^\s*(?:và|nhưng|hoặc|,)|\b(?:và|nhưng)\s+(?:và|nhưng)\b",
        re.IGNORECASE,
    ),
}
_MOST_BEFORE = 4
_MOST_AFTER = 2
_SPACES = re.compile(r"\s+")
_BEFORE_SIGN = re.compile(r"\s+([,.;:!?])")
_QUOTES = str.maketrans("", "", "\"“”„«»'‘’")
START_OVER = {Language.ENGLISH: "start over: {}", Language.VIETNAMESE: "làm lại: {}"}
"""How a follow-up says that it is a whole request in the place of the one before."""
LEFT_OUT = {Language.ENGLISH: "Left out: “{}”.", Language.VIETNAMESE: "Để ngoài: “{}”."}
"""How a text says that its author does without some of its words; the sentence shows it to whoever approves."""


@dataclass(frozen=True)
class Reader:
    """Reads texts as the planner does, for one catalogue at one moment."""

    planner: GrammarPlanner
    catalogue: Catalogue
    as_of: datetime

    @staticmethod
    def composed(text: str) -> str:
        """A text as it is read: in Unicode's composed form, in which places in it are counted."""
        return unicodedata.normalize("NFC", text)

    def read(self, text: str) -> PlannedRequest | NeedsClarification:
        """The plan of a text or what is missing."""
        return self.planner.plan(text, self.catalogue, self.as_of)


def replaced(text: str, start: int, end: int, words: str) -> str:
    """The text with other words from `start` to `end`."""
    return f"{text[:start]}{words}{text[end:]}"


def without(text: str, start: int, end: int, language: Language) -> Iterator[str]:
    """The text without the words from `start` to `end` and with less and less of what joined them with the rest.

    Texts in which nothing is left dangling come first ("who and", "but not" at the end).
    """
    joints = _JOINTS[language]
    before = list(_WORD.finditer(text, 0, start))
    after = list(_WORD.finditer(text, end))
    starts, ends = [start], [end]
    for found in reversed(before[-_MOST_BEFORE:]):
        if found[0].lower() not in joints:
            break
        starts.append(found.start())
    for found in after[:_MOST_AFTER]:
        if found[0].lower() not in joints:
            break
        ends.append(found.end())
    texts = dict.fromkeys(tidy(f"{text[:since]} {text[till:]}") for till in ends for since in starts)
    yield from sorted(texts, key=lambda one: len(_DANGLING[language].findall(one)))


def tidy(text: str) -> str:
    """A text with single spaces, and none before a sign."""
    return _BEFORE_SIGN.sub(r"\1", _SPACES.sub(" ", text)).strip()


def without_condition(reader: Reader, text: str, planned: PlannedRequest, position: int) -> str | None:
    """The text that asks all but one condition of the same customers; None where there is no such text.

    Where no words can be taken out of the text itself, it becomes the plan's own sentence without the condition.
    """
    conditions = conjuncts(planned.plan.where)
    if not 0 <= position < len(conditions):
        return None
    kept = (*conditions[:position], *conditions[position + 1 :])
    spans = [(start, end) for start, end, of in spans_of(planned) if of == position]
    if spans:
        start, end = min(span[0] for span in spans), max(span[1] for span in spans)
        for candidate in without(text, start, end, planned.language):
            answer = reader.read(candidate)
            if not isinstance(answer, PlannedRequest) or conjuncts(answer.plan.where) != kept:
                continue
            if _same_frame(planned, answer):
                return candidate
    plan = planned.plan
    left = plan_of(
        all_of(kept), currency=reader.catalogue.currency, order=plan.order, limit=plan.limit, percent=plan.percent
    )
    reduced = planned.model_copy(update={"plan": left})
    sentence = describe(reduced, reader.catalogue)
    read = reader.read(sentence)
    return sentence if isinstance(read, PlannedRequest) and read.plan == left else None


def spans_of(planned: PlannedRequest) -> tuple[tuple[int, int, int], ...]:
    """Where the words of each condition stand: start, end, and which condition, counted from 0."""
    of = [at for at, condition in enumerate(conjuncts(planned.plan.where)) for _ in leaves(condition)]
    return tuple((span.start, span.end, of[span.leaf]) for span in planned.spans if span.leaf < len(of))


def changes_only(before: PlannedRequest, after: PlannedRequest | NeedsClarification, position: int) -> bool:
    """Whether two requests differ in one condition and in nothing else."""
    if not isinstance(after, PlannedRequest) or not _same_frame(before, after):
        return False
    old, new = conjuncts(before.plan.where), conjuncts(after.plan.where)
    if len(old) != len(new) or not 0 <= position < len(old) or old[position] == new[position]:
        return False
    return all(one == other for at, (one, other) in enumerate(zip(old, new, strict=True)) if at != position)


def left_out(text: str, spans: Sequence[tuple[int, int]], language: Language) -> Iterator[str]:
    """The text without some words, with a remark that says which."""
    start, end = spans[0][0], spans[-1][1]
    remark = LEFT_OUT[language].format(text[start:end].translate(_QUOTES).strip())
    for candidate in without(text, start, end, language):
        yield f"{candidate.rstrip(' .,;')}. {remark}" if candidate.strip(" .,;") else remark


def strings_of(value: Any) -> Iterator[str]:
    """Every text in a condition as a plan keeps it."""
    if isinstance(value, str):
        yield str(value)
    elif isinstance(value, dict):
        for part in value.values():
            yield from strings_of(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from strings_of(part)


def _same_frame(before: PlannedRequest, after: PlannedRequest) -> bool:
    old, new = before.plan, after.plan
    same_cut = (old.order, old.limit, old.percent) == (new.order, new.limit, new.percent)
    return same_cut and (before.segment_name, before.activation) == (after.segment_name, after.activation)
