"""Charts over time: what the library draws, and the table of the same numbers that stands under it.

A template writes both with one macro (`templates/charts.html`), so that a picture without its numbers cannot be made.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import floor, log10
from typing import Any

FEWEST_BARS = 8
FAR_ABOVE = 3
"""Bars so many times as high as nine in ten are cut."""


class Kind(StrEnum):
    """Lines of the series, or bars of each moment stacked up from zero (and down, where values are below it)."""

    LINES = "lines"
    STACKS = "stacks"


@dataclass(frozen=True)
class Series:
    """Numbers of one meaning, one for each moment of the chart; None draws a gap.

    tone: a colour of `desk.css` by its name there, without the dashes: "bar-strong", "e1", "bad".
    """

    label: str
    values: Sequence[float | None]
    tone: str = "bar-strong"


@dataclass(frozen=True)
class Mark:
    """Something that happened at a moment: a dashed line with its words."""

    at: datetime
    label: str


@dataclass(frozen=True)
class Gap:
    """A time without values, and why: a band with its words."""

    since: datetime
    until: datetime
    label: str


@dataclass(frozen=True)
class Chart:
    """One chart. `moments` rise; every series has a value for each of them.

    whole_days: the moments are days, so that no time of the day is shown.
    """

    kind: Kind
    moments: Sequence[datetime]
    series: Sequence[Series]
    marks: Sequence[Mark] = ()
    gaps: Sequence[Gap] = ()
    whole_days: bool = False

    def __post_init__(self) -> None:
        """Raise `ValueError` where a series has another length than the moments."""
        for one in self.series:
            if len(one.values) != len(self.moments):
                raise ValueError(f"Series {one.label!r} has {len(one.values)} values for {len(self.moments)} moments.")

    @property
    def drawn(self) -> dict[str, Any]:
        """What `static/charts.js` draws; moments in seconds since 1970."""
        return {
            "kind": str(self.kind),
            "x": [at.timestamp() for at in self.moments],
            "series": [{"label": one.label, "values": list(one.values), "tone": one.tone} for one in self.series],
            "marks": [{"at": mark.at.timestamp(), "label": mark.label} for mark in self.marks],
            "gaps": [
                {"since": gap.since.timestamp(), "until": gap.until.timestamp(), "label": gap.label}
                for gap in self.gaps
            ],
            "whole_days": self.whole_days,
            "floor": self.floor,
            "ceiling": self.ceiling,
        }

    @property
    def ceiling(self) -> float | None:
        """Where the axis of stacks ends, up and down, where few bars are so high that no other would be seen.

        The picture says how high the highest one is.
        """
        if self.kind is not Kind.STACKS:
            return None
        heights = sorted(height for height in map(self._height, range(len(self.moments))) if height)
        if len(heights) < FEWEST_BARS:
            return None
        usual = heights[int(len(heights) * 0.9) - 1]
        if heights[-1] <= usual * FAR_ABOVE:
            return None
        step = 10.0 ** floor(log10(max(usual, 1)))
        return (usual * 1.5 // step + 1) * step

    @property
    def highest(self) -> float:
        """The highest bar of stacks, up or down."""
        return max(map(self._height, range(len(self.moments))), default=0)

    def _height(self, position: int) -> float:
        values = [value for one in self.series if (value := one.values[position]) is not None]
        return max(sum(value for value in values if value > 0), -sum(value for value in values if value < 0))

    @property
    def floor(self) -> float | None:
        """Where the axis of lines starts: 0, or a round number below values that are all far from it."""
        known = [value for one in self.series for value in one.values if value is not None]
        if self.kind is not Kind.LINES or not known:
            return None
        least, most = min(known), max(known)
        if least <= most / 2 or least == most:
            return min(0, least)
        step = 10.0 ** floor(log10(max(most - least, most / 10, 1)))
        return (least // step) * step

    @property
    def rows(self) -> list[tuple[datetime, list[float | None], str]]:
        """The same numbers for a table, the newest first; what happened since the row before stands in its words."""
        told: list[tuple[datetime, list[float | None], str]] = []
        before: datetime | None = None
        for position, at in enumerate(self.moments):
            words = [mark.label for mark in self.marks if (before is None or mark.at > before) and mark.at <= at]
            words += [gap.label for gap in self.gaps if (before is None or gap.since >= before) and gap.since < at]
            told.append((at, [one.values[position] for one in self.series], "; ".join(words)))
            before = at
        return told[::-1]
