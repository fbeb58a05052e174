"""What was written down of a request and its segment, told to a reader of another language.

Sentences are stored in the language of the request, beside the plan that they were made of: they are made anew of it.
Where that is not possible, and in English, the stored ones are shown.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from leo_activation.desk.knowledge import Known
from leo_activation.desk.reading import Row
from leo_activation.segments.explaining import PlainExplainer, without_next_step
from leo_activation.segments.language_tasks import PlanAtHand, ResultFacts
from leo_activation.segments.meaning import questions_of_phrase
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.preview import conditions_of
from leo_activation.segments.request import ActivationDraft, Language, NeedsClarification, PlannedRequest, Question
from leo_activation.segments.requests import RequestState
from leo_activation.segments.review_sheet import ReviewSheet
from leo_activation.segments.sentences import describe


@dataclass(frozen=True)
class Retelling:
    """Tells in `language`, with the names of one tenant."""

    known: Known
    language: Language

    def segment(self, one: Row) -> Row:
        """A row with `sentence`, `funnel`, `plan`, `activation` and `language`, in the language where it is another."""
        plan = self._plan(one)
        if plan is None:
            return one
        return {
            **one,
            "sentence": self._sentence(plan, _activation(one)),
            "funnel": self._funnel(plan, one.get("funnel")),
        }

    def request(self, one: Row) -> Row:
        """As `segment`, with the questions and the explanation of a request."""
        told = {**self.segment(one), "questions": self.questions(one)}
        if one["language"] in (None, self.language) or one["state"] == RequestState.ANSWERED:
            return told
        return {**told, "explanation": self._explanation(told)}

    def at_hand(self, before: PlanAtHand) -> tuple[str | None, Sequence[str]]:
        """The sentence and the questions of the request that a page changes."""
        sentence = before.sentence
        if before.plan is not None and before.language != self.language:
            sentence = self._sentence(before.plan, before.activation)
        return sentence, self.questions(
            {"text": before.text, "questions": before.questions, "unplaced": before.unplaced}
        )

    def questions(self, one: Mapping[str, Any]) -> list[str]:
        """The questions of a request: those of the grammar, which reads its text again, and those about a phrase."""
        stored: Sequence[str] = one["questions"] or ()
        if not stored:
            return []
        answer = self.known.reader.read(one["text"])
        known: dict[str, str] = {}
        if isinstance(answer, NeedsClarification):
            known = {str(question): question.line for question in answer.questions}
        for phrase in one.get("unplaced") or ():
            for question in questions_of_phrase(phrase):
                for text in stored:
                    if text == question:
                        known[text] = question
                    elif text.startswith(f"{question} ("):
                        readings = text.removeprefix(f"{question} (").removesuffix(")")
                        known[text] = Question(text=question, readings=(readings,)).line
        return [known.get(text, text) for text in stored]

    def sheet(self, sheet: ReviewSheet, row: Row, before: Row | None) -> ReviewSheet:
        """What an approver is shown; `row` and `before` are of its request and of the one that it changes."""
        plan = self._plan(row)
        if plan is None:
            return sheet
        names = conditions_of(plan, self.known.catalogue, self.language)
        if len(names) != len(sheet.funnel):
            return sheet
        steps = tuple(replace(step, condition=name) for step, name in zip(sheet.funnel, names, strict=True))
        told = replace(sheet, sentence=self._sentence(plan, _activation(row)), funnel=steps)
        plan_before = None if before is None else self._plan(before)
        if sheet.before is None or plan_before is None:
            return told
        conditions = conditions_of(plan_before, self.known.catalogue, self.language)
        return replace(told, before=replace(sheet.before, conditions=conditions))

    def _plan(self, one: Row) -> SegmentPlan | None:
        """The plan to tell of; None where there is none, or it was told in the language."""
        if one["plan"] is None or one["language"] == self.language:
            return None
        try:
            return SegmentPlan.model_validate(one["plan"])
        except ValidationError:
            # A version that says what the plan language no longer knows.
            return None

    def _sentence(self, plan: SegmentPlan, activation: ActivationDraft | None) -> str:
        planned = PlannedRequest(plan=plan, activation=activation, language=self.language)
        return describe(planned, self.known.catalogue)

    def _funnel(self, plan: SegmentPlan, steps: Sequence[Row] | None) -> Sequence[Row] | None:
        names = conditions_of(plan, self.known.catalogue, self.language)
        if steps is None or len(steps) != len(names):
            return steps
        return [{**step, "condition": name} for step, name in zip(steps, names, strict=True)]

    def _explanation(self, one: Row) -> str | None:
        if one["explanation"] is None:
            return None
        is_drafted = one["member_count"] is not None
        facts = ResultFacts(
            request_text=one["text"],
            state=RequestState.DRAFTED if is_drafted else one["state"],
            language=self.language,
            member_count=one["member_count"],
            funnel=tuple((step["condition"], step["kept"]) for step in one["funnel"] or ()),
            reachable=one["reachable"],
            unplaced=tuple(one["unplaced"]),
        )
        return without_next_step(PlainExplainer().explain(facts))


def _activation(one: Row) -> ActivationDraft | None:
    return None if one["activation"] is None else ActivationDraft.model_validate(one["activation"])
