"""Windows against an as-of moment, in the tenant's zone."""

from datetime import UTC, date, datetime

import pytest

from leo_activation.segments.plan import Ago, Calendar, CalendarUnit, Dates, Last, Length, Next, TimeUnit, Window
from leo_activation.segments.windows import birthdays, microseconds, resolve
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
        (Last(amount=5000, unit=TimeUnit.YEAR), "UTC", utc(1900, 1, 31, 15, 30), micros(AS_OF)),
        (Ago(latest=Length(amount=9999, unit=TimeUnit.YEAR)), "UTC", None, utc(1900, 1, 31, 15, 30)),
        (Dates(since=date(1, 1, 1)), "UTC", utc(1900, 1, 1), None),
        (Last(amount=36, unit=TimeUnit.HOUR), "UTC", utc(2026, 3, 30, 3, 30), micros(AS_OF)),
        (Ago(latest=Length(amount=90, unit=TimeUnit.DAY)), "UTC", None, utc(2025, 12, 31, 15, 30)),
        (
            Ago(earliest=Length(amount=1, unit=TimeUnit.MONTH), latest=Length(amount=1, unit=TimeUnit.WEEK)),
            HANOI,
            utc(2026, 2, 28, 15, 30),
            utc(2026, 3, 24, 15, 30),
        ),
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


def day(year: int, month: int, of_month: int, hour: int = 12) -> datetime:
    return datetime(year, month, of_month, hour, tzinfo=UTC)


def following(amount: int, unit: TimeUnit) -> Next:
    return Next.model_validate({"amount": amount, "unit": unit})


@pytest.mark.parametrize(
    ("window", "as_of", "zone", "found"),
    [
        (Calendar(unit=CalendarUnit.MONTH, offset=0), day(2026, 3, 31), "UTC", (301, 331)),
        (Calendar(unit=CalendarUnit.MONTH, offset=1), day(2026, 12, 31), "UTC", (101, 131)),
        (Calendar(unit=CalendarUnit.WEEK, offset=0), day(2025, 12, 30), "UTC", (1229, 104)),
        (Calendar(unit=CalendarUnit.DAY, offset=0), day(2026, 3, 31, 20), "UTC", (331, 331)),
        (Calendar(unit=CalendarUnit.DAY, offset=0), day(2026, 3, 31, 20), HANOI, (401, 401)),
        (Calendar(unit=CalendarUnit.DAY, offset=0), day(2026, 2, 28), "UTC", (228, 229)),
        (Calendar(unit=CalendarUnit.DAY, offset=0), day(2028, 2, 28), "UTC", (228, 228)),
        (Calendar(unit=CalendarUnit.MONTH, offset=0), day(2026, 2, 1), "UTC", (201, 229)),
        (following(7, TimeUnit.DAY), day(2026, 12, 28), "UTC", (1228, 103)),
        (following(1, TimeUnit.DAY), day(2026, 5, 1), "UTC", (501, 501)),
        (following(1, TimeUnit.MONTH), day(2026, 1, 31), "UTC", (131, 227)),
        (following(365, TimeUnit.DAY), day(2026, 5, 1), "UTC", None),
        (following(365, TimeUnit.DAY), day(2027, 5, 1), "UTC", (501, 429)),
        (following(12, TimeUnit.MONTH), day(2028, 2, 29), "UTC", (229, 227)),
        (following(300, TimeUnit.WEEK), day(2026, 5, 1), "UTC", None),
        (Dates(since=date(2026, 12, 24), until=date(2027, 1, 2)), day(2026, 3, 31), "UTC", (1224, 101)),
        (Dates(since=date(2024, 2, 1), until=date(2025, 1, 31)), day(2026, 3, 31), "UTC", (201, 130)),
    ],
    ids=str,
)
def test_birthdays_of_a_window_are_days_of_the_year(
    window: Window, as_of: datetime, zone: str, found: tuple[int, int] | None
) -> None:
    assert birthdays(window, as_of, zone) == found


def test_a_birthday_is_not_asked_for_in_a_window_without_both_ends() -> None:
    with pytest.raises(ValueError, match="birthday"):
        birthdays(Dates(since=date(2026, 1, 1)), AS_OF, "UTC")


def test_hours_days_and_weeks_have_a_length() -> None:
    lengths = [Length(amount=1, unit=unit) for unit in (TimeUnit.HOUR, TimeUnit.DAY, TimeUnit.WEEK)]
    assert [microseconds(length) for length in lengths] == [3_600_000_000, 86_400_000_000, 604_800_000_000]
