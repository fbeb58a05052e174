"""Parts of a follow-up read by the grammar of requests: a fragment becomes a request of its own, and is read whole."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from leo_activation.segments.follow_ups.unclear import Unclear
from leo_activation.segments.follow_ups.words import Phrasing
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    Condition,
    Last,
    Operator,
    ProductFilter,
    SegmentPlan,
    Window,
)
from leo_activation.segments.planners.cursor import Cursor
from leo_activation.segments.planners.english.request import read_request as read_english
from leo_activation.segments.planners.vietnamese.cursor import VietnameseCursor
from leo_activation.segments.planners.vietnamese.names import Names, names_of
from leo_activation.segments.planners.vietnamese.request import read_request as read_vietnamese
from leo_activation.segments.planners.vocabulary import Vocabulary
from leo_activation.segments.request import ActivationDraft, Language, NeedsClarification, PlannedRequest, Question
from leo_activation.warehouse.graph_schema import ValueType

_QUOTES = frozenset('"“”„«»')


@dataclass
class Heard:
    """What the grammar noted beside the conditions: its readings, and instructions that are not followed."""

    notes: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Money:
    """An amount with the comparison it was said in; `eq` where it was said alone."""

    operator: Operator
    values: tuple[str, ...]


@dataclass
class Fragments:
    """Reads fragments of one follow-up in one language; what the grammar notes of them is kept in `heard`.

    `names` are the vocabulary's in Vietnamese, made when they are first needed; they may be shared, for they cost more
    than all the reading.
    """

    vocabulary: Vocabulary
    phrasing: Phrasing
    language: Language
    today: date
    heard: Heard = field(default_factory=Heard)
    names: dict[Language, Names] = field(default_factory=dict, repr=False)
    _read: dict[str, PlannedRequest | NeedsClarification] = field(default_factory=dict, repr=False)

    def request(self, text: str) -> PlannedRequest | NeedsClarification:
        """A whole request; each text is read once."""
        if text not in self._read:
            self._read[text] = self._request(text)
        return self._read[text]

    def _request(self, text: str) -> PlannedRequest | NeedsClarification:
        if self.language is Language.VIETNAMESE:
            names = self.names.get(self.language) or self.names.setdefault(self.language, names_of(self.vocabulary))
            return read_vietnamese(VietnameseCursor(text, self.today), names)
        return read_english(Cursor(text, self.today), self.vocabulary)

    def plan(self, words: str) -> SegmentPlan:
        """Whom some words ask for: conditions, an order with its limit, or both.

        Raises:
            Unclear: the grammar cannot place them all.
        """
        asked: list[NeedsClarification] = []
        for form in self.phrasing.as_condition:
            answer = self.request(form.format(words))
            if isinstance(answer, NeedsClarification):
                asked.append(answer)
            elif answer.segment_name is None and answer.activation is None:
                self._hear(answer)
                return answer.plan
        raise self.unclear(words, asked)

    def condition(self, words: str) -> Condition:
        """The conditions that some words ask for, without order and limit.

        Raises:
            Unclear: the grammar cannot place them all, or they name no condition.
        """
        plan = self.plan(words)
        if plan.where is None or plan.order is not None or plan.limit is not None or plan.percent is not None:
            raise self.unclear(words, ())
        return plan.where

    def window(self, words: str) -> Window | None:
        """The window of time that the words name, else None."""
        for form in self.phrasing.as_window:
            if (leaf := self._behaviour(form.format(words))) is not None and leaf.product is None:
                return leaf.window
        return None

    def length(self, words: str) -> Last | None:
        """'30 days', else None."""
        if not re.match(r"\s*[\w]", words):
            return None
        leaf = self._behaviour(self.phrasing.as_length.format(words))
        return leaf.window if leaf is not None and leaf.product is None and isinstance(leaf.window, Last) else None

    def goods(self, words: str) -> ProductFilter | None:
        """What can be bought and is named, else None."""
        for form in self.phrasing.as_goods:
            leaf = self._behaviour(form.format(words))
            if leaf is not None and leaf.window is None and leaf.product is not None:
                return leaf.product
        return None

    def money(self, words: str) -> Money | None:
        """An amount of money or a range of one, else None."""
        for form in self.phrasing.as_money:
            answer = self.request(form.format(words))
            leaf = answer.plan.where if isinstance(answer, PlannedRequest) and answer.plan.limit is None else None
            if isinstance(leaf, Attribute) and leaf.property.value_type is ValueType.MONEY_MINOR and leaf.values:
                return Money(leaf.operator, leaf.values)
        return None

    def cut(self, words: str) -> SegmentPlan | None:
        """'top 100 by spending': a plan of an order and a limit alone, else None."""
        for form in self.phrasing.as_cut:
            answer = self.request(form.format(words))
            if isinstance(answer, PlannedRequest) and answer.plan.where is None and _is_cut(answer.plan):
                return answer.plan
        return None

    def name(self, words: str) -> str | None:
        """The name in '…, call it High Value', else None."""
        one_clause = self.phrasing.between.search(words) is None and not _QUOTES & set(words)
        for written in (words, f'"{words}"') if one_clause else (words,):
            answer = self.request(self.phrasing.as_name.format(written))
            if isinstance(answer, PlannedRequest) and answer.plan == SegmentPlan() and answer.activation is None:
                return answer.segment_name
        return None

    def sending(self, words: str) -> ActivationDraft | None:
        """What is to be sent, else None."""
        for form in self.phrasing.as_sending:
            answer = self.request(form.format(words))
            if isinstance(answer, PlannedRequest) and answer.plan == SegmentPlan() and answer.segment_name is None:
                self._hear(answer)
                return answer.activation
        return None

    def unclear(self, words: str, asked: Sequence[NeedsClarification]) -> Unclear:
        """The question whose answer needs the fewest words, of those that the grammar asked about some words."""
        for answer in asked:
            if answer.refused:
                return Unclear(answer.unplaced, answer.questions, refused=True, ignored=answer.ignored)
        helpful = sorted(asked, key=lambda answer: (sum(map(len, answer.unplaced)), len(answer.questions)))
        if not helpful or not helpful[0].unplaced:
            return Unclear((words,), (Question(text=self.phrasing.what_to_change),))
        unplaced = tuple(dict.fromkeys(part if part in words else words for part in helpful[0].unplaced))
        return Unclear(unplaced, helpful[0].questions, ignored=helpful[0].ignored)

    def _behaviour(self, text: str) -> Behaviour | None:
        answer = self.request(text)
        if not isinstance(answer, PlannedRequest) or _is_cut(answer.plan) or answer.activation or answer.segment_name:
            return None
        leaf = answer.plan.where
        return leaf if isinstance(leaf, Behaviour) and leaf.is_existence else None

    def _hear(self, answer: PlannedRequest) -> None:
        self.heard.notes.extend(answer.notes)
        self.heard.ignored.extend(answer.ignored)


def _is_cut(plan: SegmentPlan) -> bool:
    return plan.order is not None or plan.limit is not None or plan.percent is not None
