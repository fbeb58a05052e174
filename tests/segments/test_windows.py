"""Windows against an as-of moment, in the tenant's zone."""

from datetime import UTC, date, datetime

import pytest

from leo_activation.segments.plan import Calendar, CalendarUnit, Dates, Last, TimeUnit, Window
from leo_activation.segments.windows import resolve
from tests.segments.world import micros

AS_OF = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
HANOI = "Asia/Ho_Chi_Minh"


def utc(*parts: int) -> int:
    return micros(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("window", "zone", "since", "until"),
    [
        (Last(amount=60, unit=TimeUnit.DAY), "UTC", utc(2026, 1, 30, 15, 30), micros(AS_OF)),
        (Last(amount=2, unit=TimeUnit.WEEK), HANOI, utc(2026, 3, 17, 15, 30), micros(AS_OF)),
        (Last(amount=1, unit=TimeUnit.MONTH), "UTC", utc(2026, 2, 28, 15, 30), micros(AS_OF)),
        (Last(amount=13, unit=TimeUnit.MONTH), "UTC", utc(2025, 2, 28, 15, 30), micros(AS_OF)),
        (Last(amount=2, unit=TimeUnit.YEAR), "UTC", utc(2024, 3, 31, 15, 30), micros(AS_OF)),
        (Last(amount=36, unit=TimeUnit.HOUR), "UTC", utc(2026, 3, 30, 3, 30), micros(AS_OF)),
        (Dates(since=date(2026, 1, 1)), "UTC", utc(2026, 1, 1), None),
        (Dates(until=date(2026, 1, 1)), HANOI, None, utc(2025, 12, 31, 17)),
        (Calendar(unit=CalendarUnit.DAY, offset=-1), "UTC", utc(2026, 3, 30), utc(2026, 3, 31)),
        (Calendar(unit=CalendarUnit.WEEK, offset=0), "UTC", utc(2026, 3, 30), utc(2026, 4, 6)),
        (Calendar(unit=CalendarUnit.MONTH, offset=-1), "UTC", utc(2026, 2, 1), utc(2026, 3, 1)),
        (Calendar(unit=CalendarUnit.MONTH, offset=-3), "UTC", utc(2025, 12, 1), utc(2026, 1, 1)),
        (Calendar(unit=CalendarUnit.QUARTER, offset=-1), "UTC", utc(2025, 10, 1), utc(2026, 1, 1)),
        (Calendar(unit=CalendarUnit.YEAR, offset=0), HANOI, utc(2025, 12, 31, 17), utc(2026, 12, 31, 17)),
    ],
    ids=str,
)
def test_a_window_is_half_open_from_its_first_microsecond(
    window: Window, zone: str, since: int | None, until: int | None
) -> None:
    bounds = resolve(window, AS_OF, zone)
    assert (bounds.since, bounds.until) == (since, until)


def test_a_day_begins_at_midnight_of_the_tenant_also_when_clocks_change() -> None:
    bounds = resolve(Calendar(unit=CalendarUnit.DAY, offset=0), datetime(2026, 3, 29, 12, tzinfo=UTC), "Europe/Vienna")
    assert bounds.since is not None
    assert bounds.until is not None
    assert bounds.until - bounds.since == 23 * 3_600_000_000
