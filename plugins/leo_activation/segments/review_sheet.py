"""The sheet that an approver reads, as Markdown: what was asked, what will run, and whom it finds.

Words of people and of customers' data stand in fenced blocks or are escaped, so that none of them can look like a part
of the sheet.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from leo_activation.segments.meaning import CloseCall, InterestReading, ProfileReading, TopicMatch
from leo_activation.segments.preview import FunnelStep

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MOMENTS = frozenset({"after", "until"})
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()<>#+!|~&])")


@dataclass(frozen=True)
class RelatedSegment:
    """An active segment that an approver should know of: the version replaced, or one that is defined alike."""

    segment_id: str
    version: int
    name: str
    is_replaced: bool


@dataclass(frozen=True)
class ReviewSheet:
    """Everything that a sheet shows; ids only, no contact data."""

    request_text: str
    requested_by: str
    planner: str
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
    related: tuple[RelatedSegment, ...]

    def markdown(self) -> str:
        """The sheet."""
        parts = [
            f"**Asked** by {_escaped(self.requested_by)}, read by the planner *{_escaped(self.planner)}*:",
            _fenced(self.request_text),
            f"**Understood as**: {_escaped(self.sentence)}",
            f"**Finds {self.member_count:,} customers** as of {self.as_of:%Y-%m-%d %H:%M} UTC "
            f"(in {self.took_ms:,.0f} ms).",
            *self._agreement(),
            *(_related(one) for one in self.related),
            _table(("Condition", "Customers left"), [(step.condition, f"{step.kept:,}") for step in self.funnel]),
            self._reachable(),
            *(_reading(reading) for reading in self.readings),
            *self._close_calls(),
            "**The query that runs**, with its parameters; moments in time move with every refresh:",
            _fenced(self.cypher, "cypher"),
            _fenced(
                "\n".join(_parameter(name, self.parameters[name]) for name in sorted(self.parameters, key=_position))
            ),
            "**Some of the customers**: " + (", ".join(_escaped(one) for one in self.sample) or "none"),
            f"Segment `{self.segment_id}`, version {self.version}. An approval binds this definition: `{self.hash}`",
        ]
        return "\n\n".join(parts) + "\n"

    def _reachable(self) -> str:
        if not self.reachable:
            return "**Reachable**: no customer of this tenant has an address on any channel."
        channels = ", ".join(f"{_escaped(channel)} {people:,}" for channel, people in self.reachable.items())
        return f"**Reachable for marketing** (address, consent, not suppressed): {channels}."

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
        return ["**Narrow decisions**:", _table(("Phrase", "Customer", "Similarity", ""), rows)]


def _related(one: RelatedSegment) -> str:
    if one.is_replaced:
        return f"**Replaces** version {one.version} of `{one.segment_id}`, which is active now."
    return f"**The same definition is active already** as `{one.segment_id}` ({_escaped(one.name)})."


def _reading(reading: InterestReading | ProfileReading) -> str:
    head = f"**“{_escaped(reading.phrase)}”** by {_escaped(reading.model)}, from similarity {reading.threshold:.3f} on"
    if isinstance(reading, ProfileReading):
        return f"{head}: compared with each customer's profile."
    missed = f"; just below: {_matches(reading.missed)}" if reading.missed else ""
    return f"{head}, means {_matches(reading.chosen)}{missed}."


def _matches(matches: tuple[TopicMatch, ...]) -> str:
    return ", ".join(f"{_escaped(match.topic_id)} ({match.similarity:.3f})" for match in matches)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *(tuple(_escaped(cell) for cell in row) for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _fenced(text: str, language: str = "") -> str:
    """A block that the text cannot close: its fence is longer than any run of backticks inside."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", " ".join(text.split()))


def _position(name: str) -> int:
    """Where a parameter stands in the query: the compiler numbers them, and jsonb forgets their order."""
    number = re.search(r"\d+$", name)
    return int(number[0]) if number else 0


def _parameter(name: str, value: object) -> str:
    written = f"{name} = {json.dumps(value, ensure_ascii=False)}"
    if name.rpartition("_")[0] in _MOMENTS and isinstance(value, int):
        return f"{written}  ({_EPOCH + timedelta(microseconds=value):%Y-%m-%d %H:%M:%S.%f} UTC)"
    return written
