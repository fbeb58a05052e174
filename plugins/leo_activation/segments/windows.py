"""Windows of time against an as-of moment: from the plan's words to epoch microseconds, half-open."""

from calendar import isleap, monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leo_activation.segments.plan import Ago, Calendar, CalendarUnit, Dates, Last, Length, Next, TimeUnit, Window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# No source tells of anything before it, and "the last 5,000 years" would begin before the calendar does.
_BEGINNING = date(1900, 1, 1)
_EXACT = {
    TimeUnit.HOUR: timedelta(hours=1),
    TimeUnit.DAY: timedelta(days=1),
    TimeUnit.WEEK: timedelta(weeks=1),
}
_LEAP_DAY = 229
_MONTHS = {TimeUnit.MONTH: 1, TimeUnit.YEAR: 12}
_CALENDAR_MONTHS = {CalendarUnit.MONTH: 1, CalendarUnit.QUARTER: 3, CalendarUnit.YEAR: 12}


@dataclass(frozen=True)
class Bounds:
    """Epoch microseconds in UTC: `since` is inside, `until` is not; None is open."""

    since: int | None
    until: int | None


def resolve(window: Window, as_of: datetime, time_zone: str) -> Bounds:
    """The bounds of a window; days begin at midnight in `time_zone`, rolling days are 24 hours.

    `as_of` is an aware datetime.
    """
    zone = ZoneInfo(time_zone)
    match window:
        case Last():
            return Bounds(_micros(_before(as_of, window, zone)), _micros(as_of))
        case Ago():
            earliest = None if window.earliest is None else _micros(_before(as_of, window.earliest, zone))
            return Bounds(earliest, _micros(_before(as_of, window.latest, zone)))
        case Next():
            first, following = days_ahead(window, as_of.astimezone(zone).date())
            return Bounds(_midnight(first, zone), _midnight(following, zone))
        case Dates():
            return Bounds(
                None if window.since is None else _midnight(window.since, zone),
                None if window.until is None else _midnight(window.until, zone),
            )
        case Calendar():
            first, following = period(window, as_of.astimezone(zone).date())
            return Bounds(_midnight(first, zone), _midnight(following, zone))


def period(window: Calendar, today: date) -> tuple[date, date]:
    """The first day of a calendar period and the first day after it."""
    if window.unit is CalendarUnit.DAY:
        first = today + timedelta(days=window.offset)
        return first, first + timedelta(days=1)
    if window.unit is CalendarUnit.WEEK:
        first = today - timedelta(days=today.weekday()) + timedelta(weeks=window.offset)
        return first, first + timedelta(weeks=1)
    months = _CALENDAR_MONTHS[window.unit]
    index = (today.year * 12 + today.month - 1) // months + window.offset
    return _first_of(index * months), _first_of((index + 1) * months)


def days_ahead(window: Next, today: date) -> tuple[date, date]:
    """Today, and the first day after the window."""
    if window.unit is not TimeUnit.MONTH:
        return today, today + window.amount * _EXACT[window.unit]
    first = _first_of(today.year * 12 + today.month - 1 + window.amount)
    return today, first.replace(day=min(today.day, monthrange(first.year, first.month)[1]))


def birthdays(window: Window, as_of: datetime, time_zone: str) -> tuple[int, int] | None:
    """The first and last birthday in a window, as month * 100 + day; a last one before the first goes over New Year.

    None where the window holds every birthday. In a common year a birthday on 29 February is kept on the 28th.

    Raises:
        ValueError: the window has no first or no last day.
    """
    zone = ZoneInfo(time_zone)
    today = as_of.astimezone(zone).date()
    match window:
        case Calendar():
            first, following = period(window, today)
        case Next():
            first, following = days_ahead(window, today)
        case Dates(since=since, until=until) if since is not None and until is not None:
            first, following = since, until
        case _:
            raise ValueError("a birthday lies in a period of the calendar or in the days to come")
    last = following - timedelta(days=1)
    if following >= _a_year_after(first):
        return None
    born_until = last.month * 100 + last.day
    if born_until == _LEAP_DAY - 1 and not isleap(last.year):
        born_until = _LEAP_DAY
    return first.month * 100 + first.day, born_until


def microseconds(length: Length) -> int:
    """A length of hours, days or weeks in microseconds.

    Raises:
        KeyError: months and years have no one length.
    """
    return length.amount * _EXACT[length.unit] // timedelta(microseconds=1)


def _before(as_of: datetime, window: Last | Length, zone: ZoneInfo) -> datetime:
    if window.unit in _EXACT:
        return as_of - window.amount * _EXACT[window.unit]
    local = as_of.astimezone(zone)
    index = local.year * 12 + local.month - 1 - window.amount * _MONTHS[window.unit]
    first = _first_of(max(index, _BEGINNING.year * 12))
    day = min(local.day, monthrange(first.year, first.month)[1])
    return local.replace(year=first.year, month=first.month, day=day)


def _a_year_after(day: date) -> date:
    """The same day of the next year; of 29 February the day after it would have been."""
    if day.month * 100 + day.day == _LEAP_DAY:
        return date(day.year + 1, 3, 1)
    return day.replace(year=day.year + 1)


def _first_of(month: int) -> date:
    return date(month // 12, month % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return _micros(datetime.combine(max(day, _BEGINNING), time(), tzinfo=zone))


def _micros(moment: datetime) -> int:
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)
