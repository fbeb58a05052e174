"""Lines of numbers as points of an SVG whose box is 100 wide and 100 high; each number stands beside it in words."""

from collections.abc import Sequence


def points(values: Sequence[float]) -> str:
    """The points of a line over the values, the oldest at the left; a single value is a level line."""
    if not values:
        return ""
    values = [*values, *values] if len(values) == 1 else values
    lowest, highest = min(values), max(values)
    height = highest - lowest or 1
    step = 100 / (len(values) - 1)
    return " ".join(
        f"{position * step:.2f},{100 - 90 * (value - lowest) / height - 5:.2f}" for position, value in enumerate(values)
    )
