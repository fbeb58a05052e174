"""Within which numbers an approved version refreshes by itself; beyond them a person is asked again."""

from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

SMALLEST_DEFAULT = 100
GROWTH = 2
CHANGE_PERCENT = Decimal(50)
SMALLEST_CHANGE = 20
"""So many customers may always come and go: of a handful, half is so few that any day would be held."""
MOST_MEMBERS = 1_000_000_000
MOST_CHANGE_PERCENT = Decimal(10_000)


@dataclass(frozen=True)
class Limits:
    """`largest_size` in customers; `largest_change_percent` of the members before a refresh, entries and exits added.

    The change binds from the second refresh of a version on: the first one enters everybody.
    """

    largest_size: int
    largest_change_percent: Decimal

    def fault(self, previewed: int) -> str | None:
        """Why these limits cannot hold for a version that finds `previewed` customers, in one sentence, or None."""
        if not 0 <= self.largest_size <= MOST_MEMBERS:
            return f"The largest size must lie between 0 and {MOST_MEMBERS:,}, and {self.largest_size:,} does not."
        if self.largest_size < previewed:
            return (
                f"The largest size is {self.largest_size:,}, but the segment finds {previewed:,} customers already: "
                "it would never be published."
            )
        change = self.largest_change_percent
        if not change.is_finite() or not 0 <= change <= MOST_CHANGE_PERCENT:
            return f"The largest change must lie between 0 and {MOST_CHANGE_PERCENT:,} %, and {change} does not."
        return None


def default_limits(previewed: int) -> Limits:
    """What is proposed to the approver of a version that finds `previewed` customers; percents are whole ones."""
    few = (Decimal(100 * SMALLEST_CHANGE) / max(previewed, 1)).to_integral_value(ROUND_CEILING)
    return Limits(max(GROWTH * previewed, SMALLEST_DEFAULT), max(CHANGE_PERCENT, few))
