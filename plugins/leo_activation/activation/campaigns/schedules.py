"""When a campaign is due, and who may get it again.

Cron expressions name times of day in a time zone. A time that a change of the clock leaves out is taken when the clock
was put forward, and one that comes twice is taken the first time. An expression for every hour (`*` in its second
field) goes by the clock: never in an hour that is left out, and in both of one that comes twice.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadDateError, CroniterError, croniter
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, model_validator

from leo_activation.told import Told

LARGEST_SHIFT = timedelta(hours=3)
"""More than any clock is put back by."""

CRON_MARKS = frozenset("0123456789*/,-#ABCDEFGHIJLMNOPRSTUVWYabcdefghijlmnoprstuvwy")
"""What five fields are made of: numbers, steps, names of days and months, and L for the last day."""

DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

AT_RANDOM = ("R", "r", "H", "h")
"""What begins a part that croniter draws for itself: such a schedule would not be the same twice."""


def _zone_name(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(Told.of("'{name}' is no time zone such as Asia/Ho_Chi_Minh", name=name)) from None
    return name


def _cron(expression: str) -> str:
    fields = expression.split()
    if len(fields) != len(("minute", "hour", "day", "month", "weekday")):
        raise ValueError(
            Told.of(
                "'{expression}' is no schedule of five fields (minute hour day month weekday)", expression=expression
            )
        )
    for part in fields:
        if not CRON_MARKS.issuperset(part) or any(item.startswith(AT_RANDOM) for item in part.split(",")):
            raise ValueError(
                Told.of(
                    "'{expression}' has '{part}', which is no number, name or step", expression=expression, part=part
                )
            )
    try:
        croniter(expression, datetime(2026, 1, 1)).get_next(datetime)  # noqa: DTZ001 - any day will do
    except CroniterBadDateError:
        raise ValueError(Told.of("'{expression}' never comes: there is no such day", expression=expression)) from None
    except (CroniterError, ValueError, KeyError, AttributeError, TypeError):
        raise ValueError(
            Told.of("'{expression}' is no schedule: a field of it has a value that there is not", expression=expression)
        ) from None
    return " ".join(fields)


def _whole_day(until: object) -> object:
    return f"{until}T23:59:59" if isinstance(until, str) and DAY.fullmatch(until) else until


TimeZone = Annotated[str, AfterValidator(_zone_name)]
Cron = Annotated[str, AfterValidator(_cron)]
Until = Annotated[datetime, BeforeValidator(_whole_day)]
"""A moment; a day without a time is meant to its end."""
LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]


class _Timed(BaseModel):
    """What every schedule may say.

    `local_time` ("HH:MM"): the message goes out when it is that time where the customer lives, for the first time from
    the due moment on. `time_zone`: the one that moments without an offset and cron expressions are meant in; None is
    the tenant's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    local_time: LocalTime | None = None
    time_zone: TimeZone | None = None

    def zone(self, of_tenant: str) -> ZoneInfo:
        """The time zone that holds, given the tenant's."""
        return ZoneInfo(self.time_zone or of_tenant)


class Once(_Timed):
    """One time: at `at`, or as soon as the campaign is ready."""

    kind: Literal["once"] = "once"
    at: datetime | None = None


class Recurring(_Timed):
    """At every moment of a cron expression, up to and with `until`."""

    kind: Literal["recurring"] = "recurring"
    cron: Cron
    until: Until | None = None


class OnEntry(_Timed):
    """Whenever people entered the audience since the last run, up to and with `until`."""

    kind: Literal["on_entry"] = "on_entry"
    until: Until | None = None


AnySchedule = Once | Recurring | OnEntry
Schedule = Annotated[AnySchedule, Field(discriminator="kind")]
"""As a field of a pydantic model."""
SCHEDULE: TypeAdapter[AnySchedule] = TypeAdapter(Schedule)
"""Reads one that stands by itself."""


class ReEntry(BaseModel):
    """Who may get the campaign again: nobody, whoever got it so many days ago, everybody."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rule: Literal["never", "after_days", "always"] = "never"
    days: Annotated[int, Field(ge=1, le=3660)] | None = None

    @model_validator(mode="after")
    def _days_go_with_their_rule(self) -> Self:
        if self.rule == "after_days" and self.days is None:
            raise ValueError(
                Told.of("after_days needs 'days', the number of days after which a person may get it again")
            )
        if self.rule != "after_days" and self.days is not None:
            raise ValueError(Told.of("'days' goes with the rule after_days, not with {rule}", rule=self.rule))
        return self


def due_moment(
    schedule: AnySchedule,
    last_due_at: datetime | None,
    since: datetime,
    now: datetime,
    tenant_zone: str,
) -> datetime | None:
    """The moment for which a run is due now, or None.

    Of the moments that were missed only the latest counts, and none that is not after the last one nor after `since`.
    Of a schedule on entry it is `now`: who entered decides whether there is anything to do.

    Args:
        last_due_at: the moment of the last run, None where there was none.
        since: when the campaign was complete with this schedule; an aware moment as all of them.
        now: the moment of asking.
        tenant_zone: what holds where the schedule names no time zone.
    """
    zone = schedule.zone(tenant_zone)
    if isinstance(schedule, Once):
        moment = _moment(schedule.at, zone) if schedule.at is not None else since
        return moment if last_due_at is None and moment <= now else None
    until = now if schedule.until is None else min(now, _moment(schedule.until, zone))
    if isinstance(schedule, OnEntry):
        return now if until == now else None
    latest = _latest(schedule.cron, zone, until)
    floor = since if last_due_at is None else max(since, last_due_at)
    return latest if latest is not None and latest > floor else None


def is_over(schedule: AnySchedule, now: datetime, tenant_zone: str) -> bool:
    """Whether the schedule has come to the end that it names."""
    if isinstance(schedule, Once) or schedule.until is None:
        return False
    return _moment(schedule.until, schedule.zone(tenant_zone)) < now


def next_moment(schedule: AnySchedule, now: datetime, tenant_zone: str) -> datetime | None:
    """The next moment after `now` that the schedule names; None where it names none."""
    zone = schedule.zone(tenant_zone)
    if isinstance(schedule, Once):
        at = None if schedule.at is None else _moment(schedule.at, zone)
        return at if at is not None and at > now else None
    if isinstance(schedule, OnEntry):
        return None
    walls = croniter(schedule.cron, _wall(now, zone) - LARGEST_SHIFT)
    moment = _first_after(walls, schedule.cron, zone, now)
    return None if schedule.until is not None and moment > _moment(schedule.until, zone) else moment


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def _latest(cron: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The last moment of the expression that is not after `now`.

    It goes back over the times of day, from a little later than it is (a clock that was put back shows earlier ones
    again), and a little further than the first that fits, because of the second pass of an hour.
    """
    walls = croniter(cron, _wall(now, zone) + LARGEST_SHIFT)
    best: datetime | None = None
    goes_to: datetime | None = None
    for wall in _backwards(walls):
        if goes_to is not None and wall < goes_to:
            break
        for moment in _occurrences(cron, wall, zone):
            if moment <= now and (best is None or moment > best):
                best = moment
        if best is not None and goes_to is None:
            goes_to = wall - LARGEST_SHIFT
    return best


def _first_after(walls: croniter, cron: str, zone: ZoneInfo, now: datetime) -> datetime:
    found: list[datetime] = []
    goes_to: datetime | None = None
    while True:
        wall = walls.get_next(datetime)
        if goes_to is not None and wall > goes_to:
            return min(found)
        found += [moment for moment in _occurrences(cron, wall, zone) if moment > now]
        if found and goes_to is None:
            goes_to = wall + LARGEST_SHIFT


def _backwards(walls: croniter) -> Iterator[datetime]:
    while True:
        try:
            yield walls.get_prev(datetime)
        except CroniterBadDateError:
            return


def _occurrences(cron: str, wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    instants = _instants(wall, zone)
    if cron.split()[1].startswith("*"):
        return instants
    return instants[:1] or (_end_of_gap(wall, zone),)


def _moment(at: datetime, zone: ZoneInfo) -> datetime:
    """A moment without an offset is meant in the zone."""
    if at.tzinfo is not None:
        return at.astimezone(UTC)
    return next(iter(_instants(at, zone)), None) or _end_of_gap(at, zone)


def _instants(wall: datetime, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When a clock of the zone shows this time, in UTC: once, twice, or never where it was put forward over it."""
    first, second = _both(wall, zone)
    if first == second:
        return (first,)
    return (first, second) if first < second else ()


def _both(wall: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """By the offset before a change of the clock, and by the one after it."""
    first, second = (wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first, second


def _end_of_gap(wall: datetime, zone: ZoneInfo) -> datetime:
    """When the clock was put forward over this time, to the second: it lies between its two readings."""
    high, low = _both(wall, zone)
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
