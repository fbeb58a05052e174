"""When people shop: weights for each day of a market and for each hour of a day.

Sources of the shapes: the Vietnamese retail year (double-digit days, Tết, 8 March, 20 October), the European one
(Black Friday, Advent, January sales), pay-days around the 25th, more at week-ends, peaks at lunch and after dinner.
"""

from bisect import bisect
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import accumulate
from random import Random

from sandbox.sample_data.moments import DAY, HOUR, day_text
from sandbox.sample_data.streams import Choice


class Market(StrEnum):
    VIETNAM = "vietnam"
    EUROPE = "europe"


_TET = {
    date(2022, 2, 1), date(2023, 1, 22), date(2024, 2, 10), date(2025, 1, 29), date(2026, 2, 17), date(2027, 2, 6),
    date(2028, 1, 26), date(2029, 2, 13), date(2030, 2, 3), date(2031, 1, 23),
}  # fmt: skip
_WEEKDAY = (0.94, 0.92, 0.94, 0.98, 1.06, 1.22, 1.18)
_DOUBLE_DAYS = {(9, 9): 1.6, (10, 10): 1.6, (11, 11): 2.8, (12, 12): 2.4}

_HOURS = {
    "usual": (5, 3, 2, 1, 1, 2, 6, 14, 22, 28, 32, 38, 46, 36, 28, 27, 28, 30, 34, 46, 60, 64, 44, 18),
    "night": (22, 12, 6, 3, 1, 1, 3, 8, 14, 20, 24, 30, 40, 34, 28, 28, 28, 28, 30, 40, 56, 70, 72, 48),
    "early": (2, 1, 1, 1, 3, 14, 30, 34, 30, 28, 28, 34, 38, 30, 24, 22, 22, 24, 28, 44, 64, 50, 16, 5),
}
HOUR_OF_DAY = {name: Choice(enumerate(weights)) for name, weights in _HOURS.items()}


def _tet_weight(day: date) -> float:
    for tet in _TET:
        distance = (day - tet).days
        if -30 <= distance <= -8:
            return 1.55
        if -7 <= distance <= -3:
            return 1.15
        if -2 <= distance <= 5:
            return 0.38
        if 6 <= distance <= 12:
            return 0.75
    return 1.0


@lru_cache(maxsize=4096)
def near_tet(day: int) -> bool:
    """Whether a day (days since 1970) lies in the weeks before the lunar new year, when red sells."""
    when = date.fromisoformat(day_text(day))
    return any(-32 <= (when - tet).days <= -1 for tet in _TET)


def _black_friday(year: int) -> date:
    first = date(year, 11, 1)
    first_friday = first + timedelta(days=(4 - first.weekday()) % 7)
    return first_friday + timedelta(days=21)


def _season(market: Market, day: date) -> float:
    weight = _WEEKDAY[day.weekday()]
    if day.day >= 25 or day.day <= 4:
        weight *= 1.08
    if abs((day - _black_friday(day.year)).days) <= 1:
        weight *= 2.1 if market is Market.EUROPE else 1.5
    if market is Market.VIETNAM:
        weight *= _tet_weight(day) * _DOUBLE_DAYS.get((day.month, day.day), 1.0)
        if (day.month, day.day) in {(3, 5), (3, 6), (3, 7), (10, 17), (10, 18), (10, 19)}:
            weight *= 1.4
        return weight
    if day.month == 12:
        weight *= 1.5 if day.day <= 21 else 0.55
    if day.month == 1 and 2 <= day.day <= 17:
        weight *= 1.25
    return weight


class Calendar:
    """The days of one market's history, each with its weight."""

    def __init__(self, market: Market, start_ms: int, end_ms: int) -> None:
        self._first_day = start_ms // DAY
        days = range(self._first_day, -(-end_ms // DAY))
        span = max(1, len(days) - 1)
        # Traffic grows by about a fifth over the history.
        weights = [
            _season(market, date.fromisoformat(day_text(day))) * (0.9 + 0.2 * place / span)
            for place, day in enumerate(days)
        ]
        self._before = (0.0, *accumulate(weights))

    def draw_ms(self, rng: Random, start_ms: int, end_ms: int, hours: Choice[int], offset_ms: int) -> int:
        """A moment in [start, end): the day by its weight, the hour by the person's habit on the local clock."""
        first = max(0, start_ms // DAY - self._first_day)
        last = min(len(self._before) - 1, -(-end_ms // DAY) - self._first_day)
        low, high = self._before[first], self._before[last]
        place = bisect(self._before, low + rng.random() * (high - low)) - 1
        day = self._first_day + min(max(place, first), last - 1)
        moment = day * DAY + hours.draw(rng) * HOUR + int(rng.random() * HOUR) - offset_ms
        return min(max(moment, start_ms), end_ms - 1)


@lru_cache(maxsize=4096)
def promotion_rate(day: int, market: Market) -> float:
    """The share taken off prices on a day (days since 1970): 0 on most days."""
    when = date.fromisoformat(day_text(day))
    if market is Market.VIETNAM and (when.month, when.day) in _DOUBLE_DAYS:
        return 0.2
    if abs((when - _black_friday(when.year)).days) <= 1:
        return 0.25 if market is Market.EUROPE else 0.15
    if market is Market.VIETNAM and any(-21 <= (when - tet).days <= -5 for tet in _TET):
        return 0.1
    return 0.0
