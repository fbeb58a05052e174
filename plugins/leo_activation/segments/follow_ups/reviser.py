"""The reviser named 'grammar': a follow-up in English or Vietnamese becomes the whole plan that results.

Every word is accounted for: a follow-up is one or more clauses, each of which has the form of an edit, and what the
edit is about is read by the grammar of requests. Nothing is changed where a clause is not understood.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.follow_ups.answers import answered, offered
from leo_activation.segments.follow_ups.editing import Editing
from leo_activation.segments.follow_ups.english import ENGLISH
from leo_activation.segments.follow_ups.fragments import Fragments, Heard
from leo_activation.segments.follow_ups.unclear import Unclear
from leo_activation.segments.follow_ups.vietnamese import VIETNAMESE
from leo_activation.segments.follow_ups.words import Phrasing
from leo_activation.segments.language_tasks import PlanAtHand
from leo_activation.segments.plan import SegmentPlan, leaves
from leo_activation.segments.planners.grammar import MAX_CHARACTERS
from leo_activation.segments.planners.vietnamese.language import Spoken, language_of
from leo_activation.segments.planners.vietnamese.names import Names
from leo_activation.segments.planners.vocabulary import Vocabulary, vocabulary_of
from leo_activation.segments.request import Language, NeedsClarification, PlannedRequest, Question
from leo_activation.told import Told

_PHRASINGS = {Language.ENGLISH: ENGLISH, Language.VIETNAMESE: VIETNAMESE}
_LEAST_WORDS = 3
"""Of a request that stands by itself beside one that was asked back; fewer words are an answer to the question."""
_MOST_JOINTS = 8
"""Between clauses; a longer text is read as one clause, or not at all."""
_QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|„[^“”]*[“”]|«[^»]*»")
_MESSAGE = re.compile(r":\s")


@dataclass
class GrammarReviser:
    """Revises by rule, offline; keeps the vocabulary of the catalogue that it read last."""

    name: str = "grammar"
    _vocabulary: Vocabulary | None = field(default=None, repr=False)
    _names: dict[Language, Names] = field(default_factory=dict, repr=False)

    def revise(
        self, at_hand: PlanAtHand, text: str, catalogue: Catalogue, as_of: datetime
    ) -> PlannedRequest | NeedsClarification:
        """The plan at hand as `text` changes it, or what is missing."""
        text = " ".join(unicodedata.normalize("NFC", text).split())
        language = _language(text, at_hand.language)
        if len(text) > MAX_CHARACTERS:
            question = Question(
                text=Told.of("Please say it in fewer than {max_characters} characters.", max_characters=MAX_CHARACTERS)
            )
            return NeedsClarification(unplaced=(), questions=(question,), language=language)
        if self._vocabulary is None or self._vocabulary.catalogue is not catalogue:
            self._vocabulary, self._names = vocabulary_of(catalogue), {}
        today = as_of.astimezone(ZoneInfo(catalogue.time_zone)).date()
        first: NeedsClarification | None = None
        for spoken in (language, *(other for other in Language if other is not language)):
            fragments = Fragments(self._vocabulary, _PHRASINGS[spoken], spoken, today, names=self._names)
            one = _FollowUp(at_hand, text, fragments)
            answer = one.read()
            if isinstance(answer, PlannedRequest) or answer.refused:
                return answer
            first = first or answer
        assert first is not None  # noqa: S101 - one language was asked
        return first


def _language(text: str, before: Language) -> Language:
    """The language that a follow-up is read in first; words without marks are rather in that of the request before."""
    spoken = language_of(text)
    if spoken is Spoken.VIETNAMESE and not text.isascii():
        return Language.VIETNAMESE
    return before if spoken is Spoken.VIETNAMESE else Language.ENGLISH


@dataclass
class _FollowUp:
    at_hand: PlanAtHand
    text: str
    fragments: Fragments

    def read(self) -> PlannedRequest | NeedsClarification:
        if self.at_hand.unplaced or self.at_hand.questions:
            answer = self._answer()
            if answer is not None:
                return answer
        if self.at_hand.plan is None:
            return self._request()
        try:
            edited = self._edited(self.text)
        except Unclear as problem:
            return self._asked(problem)
        if not (self.at_hand.unplaced or self.at_hand.is_undone):
            return edited
        # What the request before asked for was never done, and this is no answer to the question about it.
        phrasing = self.fragments.phrasing
        note = phrasing.changed.format(phrasing.left_aside.format(self.at_hand.text))
        return edited.model_copy(update={"notes": (*edited.notes, note)})

    # --- a change to the plan -----------------------------------------------------------------------------------------

    def _edited(self, text: str) -> PlannedRequest:
        first: Unclear | None = None
        for clauses in _clauses(text, self.fragments.phrasing):
            editing = self._editing()
            try:
                for clause in clauses:
                    editing.apply(clause)
            except Unclear as problem:
                if problem.refused:
                    raise
                if first is None or sum(map(len, problem.words)) < sum(map(len, first.words)):
                    first = problem
            else:
                return editing.finished(self.at_hand, self._notes())
        assert first is not None  # noqa: S101 - every text has clauses
        raise first

    def _editing(self) -> Editing:
        assert self.at_hand.plan is not None  # noqa: S101 - the callers look first
        self.fragments.heard.notes.clear()
        self.fragments.heard.ignored.clear()
        return Editing(
            self.at_hand.plan,
            self.at_hand.segment_name,
            self.at_hand.activation,
            self.fragments.vocabulary.catalogue,
            self.fragments,
        )

    def _notes(self) -> tuple[str, ...]:
        """The readings that the sentence of the plan at hand named, which hold on."""
        if not self.at_hand.sentence:
            return ()
        phrasing = _PHRASINGS[self.at_hand.language]
        change = phrasing.changed.partition("{")[0]
        fragments = replace(self.fragments, phrasing=phrasing, language=self.at_hand.language, heard=Heard(), _read={})
        before = fragments.request(self.at_hand.sentence.partition(f" {change}")[0])
        known = isinstance(before, PlannedRequest) and before.plan == self.at_hand.plan
        return before.notes if isinstance(before, PlannedRequest) and known else ()

    # --- an answer to a question --------------------------------------------------------------------------------------

    def _answer(self) -> PlannedRequest | NeedsClarification | None:
        phrasing = self.fragments.phrasing
        before = replace(
            self.fragments,
            phrasing=_PHRASINGS[self.at_hand.language],
            language=self.at_hand.language,
            heard=Heard(),
            _read={},
        )
        kinds: set[object] | None = None
        for answer in answered(self.at_hand, self.text, phrasing):
            if answer.is_whole and self.at_hand.plan is None:
                continue
            planned = self._planned(answer.text, before)
            if planned is None:
                continue
            if not answer.certain:
                if kinds is None:
                    kinds = {_kind(one.plan) for text in offered(self.at_hand) if (one := self._planned(text, before))}
                if kinds and _kind(planned.plan) not in kinds:
                    # 'women' says nothing of which week was meant: another condition is no answer.
                    continue
            if answer.is_whole:
                return planned
            said = tuple(phrasing.read_as.format(words, meant) for words, meant in answer.read)
            note = phrasing.changed.format("; ".join(said))
            return planned.model_copy(update={"notes": (*planned.notes, note), "language": before.language})
        return None

    def _planned(self, text: str, fragments: Fragments) -> PlannedRequest | None:
        """What the request before is with other words, None where it is still not understood."""
        if self.at_hand.plan is None:
            answer = fragments.request(text)
            return answer if isinstance(answer, PlannedRequest) else None
        try:
            return _FollowUp(self.at_hand, text, fragments)._edited(text)
        except Unclear:
            return None

    def _request(self) -> PlannedRequest | NeedsClarification:
        """A request of its own, where the one before has no plan."""
        answer = self.fragments.request(self.text)
        if isinstance(answer, NeedsClarification):
            return answer if answer.refused else self._asked_again(answer)
        if self.at_hand.unplaced and len(self.text.split()) < _LEAST_WORDS:
            return self._asked_again(None)
        note = self.fragments.phrasing.changed.format(self.fragments.phrasing.whole)
        return answer.model_copy(update={"notes": (*answer.notes, note), "language": self.fragments.language})

    def _asked_again(self, answer: NeedsClarification | None) -> NeedsClarification:
        """The open question of the request before, and that of the answer."""
        words = (*self.at_hand.unplaced, *(answer.unplaced if answer is not None else (self.text,)))
        questions = [_question(one) for one in self.at_hand.questions]
        questions.extend(answer.questions if answer is not None else ())
        if not questions:
            questions = [Question(text=self.fragments.phrasing.what_to_change)]
        return NeedsClarification(
            unplaced=tuple(dict.fromkeys(words)),
            questions=tuple(dict.fromkeys(questions)),
            ignored=answer.ignored if answer is not None else (),
            language=self.fragments.language,
        )

    def _asked(self, problem: Unclear) -> NeedsClarification:
        open_words = self.at_hand.unplaced if not problem.refused else ()
        open_questions = [_question(one) for one in self.at_hand.questions] if not problem.refused else []
        return NeedsClarification(
            unplaced=tuple(dict.fromkeys((*open_words, *problem.words))),
            questions=tuple(dict.fromkeys((*open_questions, *problem.questions))),
            refused=problem.refused,
            ignored=problem.ignored,
            language=self.fragments.language,
        )


def _kind(plan: SegmentPlan) -> object:
    """What kind of thing is asked of customers, whatever the values: which leaves with which fields, and the order."""
    asked = tuple(
        (
            leaf.kind,
            getattr(leaf, "property", None),
            getattr(leaf, "event", None),
            *leaf.model_dump(exclude_defaults=True),
        )
        for leaf in leaves(plan.where)
    )
    return asked, plan.order is None, plan.limit is None, plan.percent is None


def _question(stored: str) -> Question:
    return Question(text=stored)


def _clauses(text: str, phrasing: Phrasing) -> Iterator[list[str]]:
    """A follow-up as one clause, and as several where something joins them; a message is never taken apart."""
    whole = _trimmed(text, phrasing)
    yield [whole]
    opaque = [found.span() for found in _QUOTED.finditer(whole)]
    end = next((found.start() for found in _MESSAGE.finditer(whole)), len(whole))
    joints = [
        found
        for found in phrasing.between.finditer(whole)
        if found.end() < end and not any(start <= found.start() < stop for start, stop in opaque)
    ]
    if not 0 < len(joints) <= _MOST_JOINTS:
        return
    starts = [0, *(found.end() for found in joints)]
    ends = [*(found.start() for found in joints), len(whole)]
    every = [_trimmed(whole[start:stop], phrasing) for start, stop in zip(starts, ends, strict=True)]
    for at in range(1, len(every)):
        # One joint at a time first: 'women in Hanoi and Hue, and call it VIPs' has a joint inside a condition.
        yield [_trimmed(whole[: ends[at - 1]], phrasing), _trimmed(whole[starts[at] :], phrasing)]
    if len(every) > 2:
        yield [clause for clause in every if clause]


def _trimmed(text: str, phrasing: Phrasing) -> str:
    """A clause without politeness before and after it."""
    text = text.strip()
    while (found := phrasing.before.match(text)) is not None and found.end() < len(text):
        text = text[found.end() :]
    if (found := phrasing.after.search(text)) is not None and found.start() > 0:
        text = text[: found.start()]
    return text.strip()
