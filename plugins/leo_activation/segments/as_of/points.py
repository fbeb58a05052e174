"""What a replay tells of one moment: how many, how many of them stayed, and what followed."""

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from math import sqrt

Z_95 = 1.959964
"""The quantile of the normal distribution for 95 % between both ends."""


@dataclass(frozen=True)
class Share:
    """A share of people, 0 to 1, with the ends of its 95 % interval; all None of nobody."""

    value: float | None
    low: float | None
    high: float | None


def share(some: int, of_all: int) -> Share:
    """The share and its interval after Wilson (1927, J. Am. Stat. Assoc. 22:209), which holds for small numbers too."""
    if of_all == 0:
        return Share(None, None, None)
    part = some / of_all
    spread = Z_95**2 / of_all
    middle = (part + spread / 2) / (1 + spread)
    reach = Z_95 * sqrt(part * (1 - part) / of_all + spread / (4 * of_all)) / (1 + spread)
    # At none and at all an end is none or all; the root leaves a last bit behind.
    low = 0.0 if some == 0 else max(0.0, middle - reach)
    high = 1.0 if some == of_all else min(1.0, middle + reach)
    return Share(part, low, high)


@dataclass(frozen=True)
class Bought:
    """Of some customers, who bought something afterwards that they kept; revenue in the tenant's minor units."""

    customers: int
    buyers: int
    orders: int
    revenue_minor: int

    @property
    def conversion(self) -> Share:
        """Buyers among the customers."""
        return share(self.buyers, self.customers)


@dataclass(frozen=True)
class Followed:
    """What followed a moment within some days, of the members then and of all other customers then.

    `is_over`: the days are over by what is known; else more may follow.
    """

    within_days: int
    members: Bought
    others: Bought
    is_over: bool

    @property
    def lift(self) -> float | None:
        """How many times as often members bought as others did; None where that says nothing."""
        ours, theirs = self.members.conversion.value, self.others.conversion.value
        return None if ours is None or not theirs else ours / theirs


@dataclass(frozen=True)
class Point:
    """A definition as of a moment. What is compared with the moment before is None at the first.

    `known_until` is the moment before which a thing must have been recorded to count, as PostgreSQL writes it, because
    that may be infinity.
    """

    moment: datetime
    known_until: str
    members: int
    customers: int
    entered: int | None
    exited: int | None
    stayed: int | None
    jaccard: float | None
    followed: Followed | None


def jaccard(one: Set[str], other: Set[str]) -> float:
    """Of those in either set, the share of those in both (Jaccard 1901); two empty sets are the same."""
    return len(one & other) / len(one | other) if one or other else 1.0
