"""Differences of shares as a forest plot: places on one axis, in percent of its width. The numbers stand beside it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (0.5, 1, 2, 5, 10, 20, 50)
"""Between marks of the axis, in points."""
MOST_MARKS = 6


@dataclass(frozen=True)
class Mark:
    """A number on the axis, in points, and its place."""

    points: float
    at: float


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, in points (hundredths); 0 is always on it."""

    low: float
    high: float
    marks: tuple[Mark, ...]

    def place(self, share: float) -> float:
        """Where a difference of shares stands, in percent of the axis."""
        return round(100 * (100 * share - self.low) / (self.high - self.low), 2)


def axis_over(intervals: Sequence[tuple[float, float]]) -> Axis:
    """An axis that holds every interval of shares, and 0, with round numbers at its ends."""
    low = min(0.0, *(100 * each[0] for each in intervals), 0.0)
    high = max(0.0, *(100 * each[1] for each in intervals), 0.0)
    step = next((each for each in STEPS if (high - low) / each <= MOST_MARKS - 1), STEPS[-1])
    first, last = math.floor(low / step), max(math.ceil(high / step), math.floor(low / step) + 1)
    axis = Axis(first * step, last * step, ())
    marks = tuple(Mark(number * step, axis.place(number * step / 100)) for number in range(first, last + 1))
    return Axis(axis.low, axis.high, marks)
