"""A segment request: what was asked beside what will run, how many it finds, and within which limits it may follow."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

from leo_activation.desk.app import Desk, Visit
from leo_activation.desk.pages.review.matter import Decided, Decision, Kind, Matter
from leo_activation.desk.pages.review.source import Fault, Looked
from leo_activation.desk.reading import Row, read_rows
from leo_activation.desk.rendering import letter_of
from leo_activation.desk.required_actions import WaitingTask
from leo_activation.segments.approval import IN_REVIEW
from leo_activation.segments.in_review import read_reviewed
from leo_activation.segments.limits import MOST_CHANGE_PERCENT, MOST_MEMBERS
from leo_activation.segments.meaning import InterestReading, ProfileReading
from leo_activation.segments.review_sheet import ReviewSheet

LARGEST_SIZE, LARGEST_CHANGE = "largest_size", "largest_change_percent"
"""The fields of the waiting task's form."""
MOST_DIGITS = 15
LONGEST_ESSENCE = 2000
_MOMENTS = re.compile(r"(after|until)_\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Kept:
    """A line of the waterfall: a condition with its letter ('' for everybody), and what it keeps of those before."""

    letter: str
    condition: str
    kept: int
    before: int
    alone: int | None

    @property
    def dropped(self) -> int:
        """How many it drops."""
        return self.before - self.kept


class SegmentRequests:
    """The requests of a tenant, to be decided about."""

    kind = Kind.REQUEST
    template = "review_request.html"

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def look(self, visit: Visit, number: int) -> Looked | None:
        """The request with its sheet; None where it has no definition, so that there is nothing to decide."""
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/review_of_request", {"request_id": number})
        if not rows or rows[0]["segment_id"] is None:
            return None
        [row] = rows
        reviewed = read_reviewed(self._desk.warehouse, visit.tenant_id, number)
        sheet = reviewed.sheet
        told = self._told(visit, sheet, row)
        matter = Matter(
            kind=Kind.REQUEST,
            number=number,
            title=reviewed.name,
            state=row["state"],
            is_open=row["state"] in IN_REVIEW,
            requested_by=sheet.requested_by,
            requested_at=row["requested_at"],
            authors=reviewed.authors,
            task=WaitingTask("draft_segment", f"request-{visit.tenant_id}-{number}"),
            options=tuple(Decision),
            hash=sheet.hash,
            decided=_decided(row),
            essence={"sentence": sheet.sentence[:LONGEST_ESSENCE], "members": str(sheet.member_count)},
        )
        shown = {
            "sheet": told,
            "row": row,
            "funnel": funnel_of(told),
            "sentence": lettered(told.sentence, [step.condition for step in told.funnel[1:]]),
            "sentence_written": sheet.sentence if told.sentence != sheet.sentence else None,
            "new": changed_conditions(told),
            "interests": [one for one in sheet.readings if isinstance(one, InterestReading)],
            "profiles": [one for one in sheet.readings if isinstance(one, ProfileReading)],
            "reach": sorted(sheet.reachable.items(), key=lambda one: (-one[1], one[0])),
            "parameters": parameters_of(sheet.parameters),
            "replaced": next((one for one in sheet.related if one.is_replaced), None),
            "findings": told.findings(),
        }
        return Looked(matter, shown)

    def _told(self, visit: Visit, sheet: ReviewSheet, row: Row) -> ReviewSheet:
        """The sheet in the language of the visit."""
        retelling = self._desk.retelling(visit)
        if retelling is None:
            return sheet
        asked = {"request_id": sheet.before.request_id if sheet.before is not None else None}
        before = read_rows(self._desk.warehouse, visit.tenant_id, "desk/review_of_request", asked)
        return retelling.sheet(sheet, row, before[0] if before else None)

    def fields(self, looked: Looked, decision: Decision, form: Mapping[str, str]) -> dict[str, object] | Fault:
        """The limits of an approval; an edit has to say something else than the request."""
        sheet: ReviewSheet = looked.shown["sheet"]
        if decision is Decision.EDIT and form.get("note", "").split() == sheet.request_text.split():
            return Fault("note", "edit of nothing")
        if decision is not Decision.APPROVE:
            return {}
        size, change = _number(form.get(LARGEST_SIZE, "")), _number(form.get(LARGEST_CHANGE, ""))
        # In this order: to write out 9e999999 as a whole number takes minutes.
        if size is None or not 0 <= size <= MOST_MEMBERS or size != int(size):
            return Fault(LARGEST_SIZE, "largest size no number", MOST_MEMBERS)
        if size < sheet.member_count:
            return Fault(LARGEST_SIZE, "largest size too small", sheet.member_count)
        if change is None or not 0 <= change <= MOST_CHANGE_PERCENT:
            return Fault(LARGEST_CHANGE, "largest change no number", int(MOST_CHANGE_PERCENT))
        return {LARGEST_SIZE: int(size), LARGEST_CHANGE: float(change)}


def funnel_of(sheet: ReviewSheet) -> tuple[Kept, ...]:
    """The waterfall; its first line is everybody."""
    lines = []
    before = sheet.funnel[0].kept if sheet.funnel else 0
    for position, step in enumerate(sheet.funnel):
        lines.append(Kept(letter_of(position - 1) if position else "", step.condition, step.kept, before, step.alone))
        before = step.kept
    return tuple(lines)


def lettered(sentence: str, conditions: Sequence[str]) -> list[tuple[str, str]]:
    """The sentence in stretches, each with the letter of the condition that it says, '' for what stands between."""
    pieces: list[tuple[str, str]] = []
    at = 0
    for position, condition in enumerate(conditions):
        start = sentence.find(condition, at) if condition else -1
        if start < 0:
            continue
        if start > at:
            pieces.append((sentence[at:start], ""))
        pieces.append((condition, letter_of(position)))
        at = start + len(condition)
    return [*pieces, (sentence[at:], "")] if at < len(sentence) else pieces


def changed_conditions(sheet: ReviewSheet) -> tuple[list[str], list[str]]:
    """The conditions that are gone, and those that are new, against the request that this one changes."""
    if sheet.before is None:
        return [], []
    now, then = [step.condition for step in sheet.funnel], sheet.before.conditions
    return [one for one in then if one not in now], [one for one in now if one not in then]


def parameters_of(parameters: Mapping[str, object]) -> list[tuple[str, object, datetime | None]]:
    """The query's values in the compiler's order, moments also as such."""
    found = []
    for name in sorted(parameters, key=lambda one: (int(re.sub(r"\D", "", one) or 0), one)):
        value = parameters[name]
        is_moment = isinstance(value, int) and _MOMENTS.fullmatch(name) is not None
        moment = _EPOCH + timedelta(microseconds=int(str(value))) if is_moment else None
        found.append((name, value, moment))
    return found


def _decided(row: Row) -> tuple[Decided, ...]:
    if row["decision"] is None:
        return ()
    return (Decided(row["decision"], row["decided_by"], row["decided_at"], row["note"]),)


def _number(written: str) -> Decimal | None:
    """A number as a form has it, None for anything else."""
    if len(written) > MOST_DIGITS:
        return None
    try:
        number = Decimal(written.strip())
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
