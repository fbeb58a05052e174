"""The sheet that an approver reads, as Markdown: six facts first, then what they rest on, the query last.

Words of people and of customers' data stand in fenced blocks or are escaped, so that none of them can look like a part
of the sheet.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from leo_activation.markdown import escaped, fenced, table
from leo_activation.segments.limits import Limits
from leo_activation.segments.meaning import CloseCall, InterestReading, ProfileReading, TopicMatch
from leo_activation.segments.preview import FunnelStep
from leo_activation.segments.surroundings import Comparison, Overlap

if TYPE_CHECKING:
    from leo_activation.segments.recall import SimilarRequest

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = frozenset({"after", "until"})
MUCH_IN_COMMON = 0.8
MUCH_CHANGE = 0.5


@dataclass(frozen=True)
class RelatedSegment:
    """An active segment that an approver should know of: the version replaced, or one that is defined alike."""

    segment_id: str
    version: int
    name: str
    is_replaced: bool


@dataclass(frozen=True)
class PlanOrigin:
    """By which version of which prompt, and which model, a plan was made."""

    prompt: str
    version: int
    model: str


@dataclass(frozen=True)
class SecondReading:
    """What a second reading of a model's plan found; `agrees` None: there was none, and `problem` says why."""

    agrees: bool | None
    differences: tuple[str, ...]
    problem: str | None
    model: str | None
    prompt_version: int | None


@dataclass(frozen=True)
class VersionBefore:
    """The request that a follow-up changes, and what it found."""

    request_id: int
    sentence: str
    member_count: int
    conditions: tuple[str, ...]


class FindingKind(StrEnum):
    """What can stand out about a definition."""

    NOT_READ_AGAIN = "not_read_again"
    READ_DIFFERENTLY = "read_differently"
    SAME_AS = "same_as"
    NOBODY_FOUND = "nobody_found"
    NOBODY_REACHABLE = "nobody_reachable"
    MUCH_EXITS = "much_exits"
    DROPS_NOBODY = "drops_nobody"
    CLOSE_CALLS = "close_calls"
    IN_COMMON = "in_common"
    ASKED_BEFORE = "asked_before"
    ASKED_ALIKE = "asked_alike"


@dataclass(frozen=True)
class Finding:
    """Something that stands out.

    `about` is the problem, model, segment, condition or request; `words` the differences, or the name or state of what
    it is about; `part` of `whole` in customers, or `part` how many narrow decisions.
    """

    kind: FindingKind
    about: str = ""
    words: tuple[str, ...] = ()
    part: int = 0
    whole: int = 0


@dataclass(frozen=True)
class ReviewSheet:
    """Everything that a sheet shows; ids only, no contact data."""

    request_text: str
    requested_by: str
    edited_by: str | None
    planner: str
    origin: PlanOrigin | None
    second_reading: SecondReading | None
    before: VersionBefore | None
    segment_id: str
    version: int
    sentence: str
    cypher: str
    parameters: Mapping[str, object]
    readings: tuple[InterestReading | ProfileReading, ...]
    hash: str
    as_of: datetime
    member_count: int
    funnel: tuple[FunnelStep, ...]
    reachable: Mapping[str, int]
    sample: tuple[str, ...]
    close_calls: tuple[CloseCall, ...]
    took_ms: float
    agreed_count: int | None
    comparison: Comparison | None
    overlaps: tuple[Overlap, ...]
    alike: "tuple[SimilarRequest, ...]"
    related: tuple[RelatedSegment, ...]
    limits: Limits

    def markdown(self) -> str:
        """The sheet."""
        facts = (
            f"{self._asked()} **Understood as**: {escaped(self.sentence)}",
            f"**Finds {self.member_count:,} customers** as of {self.as_of:%Y-%m-%d %H:%M} UTC.",
            self._reachable(),
            self._change(),
            f"**Stands out**: {' '.join(_told(one) for one in self.findings()) or 'nothing.'}",
            self._on_approval(),
        )
        parts = [
            "\n".join(f"{number}. {fact}" for number, fact in enumerate(facts, start=1)),
            "**The request** in its own words:",
            fenced(self.request_text),
            *self._changes(),
            "**What each condition keeps and drops**:",
            self._funnel(),
            *self._overlaps(),
            *self._alike(),
            *(_reading(reading) for reading in self.readings),
            *self._close_calls(),
            "**Some of the customers**: " + (", ".join(escaped(one) for one in self.sample) or "none"),
            *self._agreement(),
            f"**The query that runs** (it took {self.took_ms:,.0f} ms), with its parameters; moments in time move with "
            "every refresh:",
            fenced(self.cypher, "cypher"),
            fenced(
                "\n".join(_parameter(name, self.parameters[name]) for name in sorted(self.parameters, key=_position))
            ),
            f"Segment `{self.segment_id}`, version {self.version}. An approval binds this definition: `{self.hash}`",
        ]
        return "\n\n".join(parts) + "\n"

    def _asked(self) -> str:
        asked = f"**Asked** by {escaped(self.requested_by)}"
        if self.edited_by is not None:
            asked += f", in the words of {escaped(self.edited_by)}"
        asked += f", planned by *{escaped(self.planner)}*"
        if self.origin is not None:
            prompt = f"{escaped(self.origin.prompt)}, version {self.origin.version}"
            asked += f" ({escaped(self.origin.model)}, prompt {prompt})"
        return f"{asked}."

    def _reachable(self) -> str:
        if not self.reachable:
            return "**Reachable**: no customer of this tenant has an address on any channel."
        channels = ", ".join(f"{escaped(channel)} {people:,}" for channel, people in self.reachable.items())
        return f"**Reachable for marketing** (address, consent, not suppressed): {channels}."

    def _change(self) -> str:
        if self.comparison is None:
            return f"**Against the last run**: no version of `{self.segment_id}` is active, so everybody would enter."
        then = self.comparison
        return (
            f"**Against the last run** (version {then.version}, {then.members:,} members): {then.would_enter:,} would "
            f"enter, {then.would_exit:,} would exit."
        )

    def findings(self) -> tuple[Finding, ...]:
        """What stands out, the gravest first."""
        return (
            *self._read_again(),
            *(Finding(FindingKind.SAME_AS, one.segment_id, (one.name,)) for one in self.related if not one.is_replaced),
            *self._odd_numbers(),
            *(
                Finding(FindingKind.IN_COMMON, one.segment_id, part=one.in_common, whole=_in_either(self, one))
                for one in self.overlaps
                if one.in_common >= MUCH_IN_COMMON * _in_either(self, one)
            ),
            *(
                Finding(
                    FindingKind.ASKED_BEFORE if one.is_same else FindingKind.ASKED_ALIKE,
                    str(one.request_id),
                    (str(one.state),),
                )
                for one in self.alike
            ),
        )

    def _read_again(self) -> list[Finding]:
        reading = self.second_reading
        if reading is None or (reading.agrees and not reading.differences):
            return []
        if reading.agrees is None:
            return [Finding(FindingKind.NOT_READ_AGAIN, reading.problem or "unknown")]
        return [Finding(FindingKind.READ_DIFFERENTLY, reading.model or "", reading.differences)]

    def _odd_numbers(self) -> list[Finding]:
        found = []
        if self.member_count == 0:
            found.append(Finding(FindingKind.NOBODY_FOUND))
        elif self.reachable and not any(self.reachable.values()):
            found.append(Finding(FindingKind.NOBODY_REACHABLE))
        then = self.comparison
        if then is not None and then.would_exit > MUCH_CHANGE * then.members:
            found.append(Finding(FindingKind.MUCH_EXITS, part=then.would_exit, whole=then.members))
        found.extend(
            Finding(FindingKind.DROPS_NOBODY, step.condition)
            for before, step in zip(self.funnel, self.funnel[1:], strict=False)
            if before.kept == step.kept and before.kept > 0
        )
        if self.close_calls:
            found.append(Finding(FindingKind.CLOSE_CALLS, part=len(self.close_calls)))
        return found

    def _on_approval(self) -> str:
        replaced = next((one for one in self.related if one.is_replaced), None)
        replaces = f" **Replaces** version {replaced.version} of `{self.segment_id}`." if replaced is not None else ""
        return (
            f"**On approval** it becomes version {self.version} of `{self.segment_id}`, and follows the data by itself "
            f"up to {self.limits.largest_size:,} customers and {self.limits.largest_change_percent} % change in one "
            f"refresh; beyond, a person is asked again. Both numbers can be changed below.{replaces}"
        )

    def _changes(self) -> list[str]:
        if self.before is None:
            return []
        then = self.before
        now = tuple(step.condition for step in self.funnel)
        lines = [
            f"**Changes request {then.request_id}**, which found {then.member_count:,} customers: "
            f"{escaped(then.sentence)}",
            *(f"- no longer: {escaped(one)}" for one in then.conditions if one not in now),
            *(f"- new: {escaped(one)}" for one in now if one not in then.conditions),
        ]
        return ["\n".join(lines[:1]), *(["\n".join(lines[1:])] if lines[1:] else [])]

    def _funnel(self) -> str:
        rows = []
        before: int | None = None
        for step in self.funnel:
            alone = "" if before is None else "not counted" if step.alone is None else f"{step.alone:,}"
            dropped = "" if before is None else f"{before - step.kept:,}"
            rows.append((step.condition, alone, f"{step.kept:,}", dropped))
            before = step.kept
        return table(("Condition", "Meet it by itself", "Left", "Dropped"), rows)

    def _overlaps(self) -> list[str]:
        if not self.overlaps:
            return []
        rows = [
            (
                one.segment_id,
                one.name,
                f"{one.in_common:,}",
                _percent(one.in_common, self.member_count),
                _percent(one.in_common, one.members),
            )
            for one in self.overlaps
        ]
        head = ("Segment", "Name", "In both", "Of this one", "Of that one")
        return ["**Overlap with active segments**:", table(head, rows)]

    def _alike(self) -> list[str]:
        if not self.alike:
            return []
        rows = [
            (str(one.request_id), one.segment_id, one.state, one.requested_by, one.sentence, f"{one.similarity:.2f}")
            for one in self.alike
        ]
        head = ("Request", "Segment", "State", "Asked by", "Understood as", "Similarity")
        return ["**Requests that ask for nearly the same**:", table(head, rows)]

    def _agreement(self) -> list[str]:
        if self.agreed_count is None:
            return []
        judged = any(isinstance(reading, ProfileReading) for reading in self.readings)
        before = ", before profiles are compared with phrases" if judged else ""
        return [f"**Graph and tables agree**: {self.agreed_count:,} customers{before}."]

    def _close_calls(self) -> list[str]:
        if not self.close_calls:
            return []
        rows = [
            (call.phrase, call.customer_id, f"{call.similarity:.3f}", "in" if call.kept else "out")
            for call in self.close_calls
        ]
        return ["**Narrow decisions**:", table(("Phrase", "Customer", "Similarity", ""), rows)]


def _told(finding: Finding) -> str:
    """A finding as a sentence of the sheet."""
    about = escaped(finding.about)
    match finding.kind:
        case FindingKind.NOT_READ_AGAIN:
            return f"A model made this plan, and nobody has read it again: {about}"
        case FindingKind.READ_DIFFERENTLY:
            named = "; ".join(f"“{escaped(one)}”" for one in finding.words)
            return f"A second reading of request and plan{f' by {about}' if about else ''} names differences: {named}."
        case FindingKind.SAME_AS:
            return f"The same definition is active already as `{finding.about}` ({escaped(finding.words[0])})."
        case FindingKind.NOBODY_FOUND:
            return "Nobody is found."
        case FindingKind.NOBODY_REACHABLE:
            return "Nobody of them can be reached for marketing."
        case FindingKind.MUCH_EXITS:
            return f"{_percent(finding.part, finding.whole)} of the members would exit."
        case FindingKind.DROPS_NOBODY:
            return f"“{about}” drops nobody."
        case FindingKind.CLOSE_CALLS:
            return f"In or out by a narrow decision about a phrase: {finding.part}."
        case FindingKind.IN_COMMON:
            share = _percent(finding.part, finding.whole)
            return f"Of those in this segment or in `{finding.about}` {share} are in both."
        case FindingKind.ASKED_BEFORE:
            return f"Request {about} ({finding.words[0]}) asks for the same."
        case FindingKind.ASKED_ALIKE:
            return f"Request {about} ({finding.words[0]}) asks for nearly the same."


def _in_either(sheet: ReviewSheet, other: Overlap) -> int:
    return sheet.member_count + other.members - other.in_common


def _percent(part: int, whole: int) -> str:
    """Never 100 % of what is not whole, nor 0 % of what is not nothing."""
    if whole == 0:
        return "0 %"
    share = 100 * part / whole
    if 0 < part < whole:
        share = min(max(share, 0.1), 99.9)
    return f"{share:.0f} %" if share in (0, 100) or 1 <= share <= 99 else f"{share:.1f} %"


def _reading(reading: InterestReading | ProfileReading) -> str:
    head = f"**“{escaped(reading.phrase)}”** by {escaped(reading.model)}, from similarity {reading.threshold:.3f} on"
    if isinstance(reading, ProfileReading):
        return f"{head}: compared with each customer's profile."
    missed = f"; just below: {_matches(reading.missed)}" if reading.missed else ""
    return f"{head}, means {_matches(reading.chosen)}{missed}."


def _matches(matches: tuple[TopicMatch, ...]) -> str:
    return ", ".join(f"{escaped(match.topic_id)} ({match.similarity:.3f})" for match in matches)


def _position(name: str) -> int:
    """Where a parameter stands in the query: the compiler numbers them, and jsonb forgets their order."""
    number = re.search(r"\d+$", name)
    return int(number[0]) if number else 0


def _parameter(name: str, value: object) -> str:
    written = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    if name.rpartition("_")[0] in _MOMENTS and isinstance(value, int):
        return f"{written}  ({_EPOCH + timedelta(microseconds=value):%Y-%m-%d %H:%M:%S.%f} UTC)"
    return written
