"""When a campaign is due: the latest moment that was missed, whatever the clocks did."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from leo_activation.activation.campaigns.schedules import (
    SCHEDULE,
    Once,
    OnEntry,
    Recurring,
    ReEntry,
    due_moment,
    is_over,
    next_moment,
)
from leo_activation.activation.faults import fault_sentence

ZONES = ("Asia/Ho_Chi_Minh", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Santiago", "UTC")
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)

# The days on which one of the clocks above is changed in 2026 or 2027, and others.
NOWS = st.builds(
    lambda day, minute: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day, minutes=minute),
    st.sampled_from([87, 88, 66, 67, 297, 298, 304, 305, 93, 94, 276, 277, 248, 249, 452, 3]),
    st.integers(0, 1439),
)


def due(schedule: Recurring, now: datetime, last: datetime | None = None, zone: str = "UTC") -> datetime | None:
    return due_moment(schedule, last, LONG_AGO, now, zone)


def minutes_before(now: datetime, days: int) -> list[datetime]:
    """Every whole minute of the last days, the oldest first: what a clock on the wall would see."""
    last = now.replace(second=0, microsecond=0)
    return [last - MINUTE * back for back in range(days * 1440, -1, -1)]


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), hour=st.integers(0, 23), minute=st.integers(0, 59), now=NOWS)
@example(zone="Europe/Berlin", hour=2, minute=30, now=datetime(2026, 3, 29, 12, tzinfo=UTC))
@example(zone="Europe/Berlin", hour=2, minute=30, now=datetime(2026, 10, 25, 1, 20, tzinfo=UTC))
@example(zone="America/Santiago", hour=0, minute=0, now=datetime(2026, 9, 6, 20, tzinfo=UTC))
@example(zone="Australia/Lord_Howe", hour=2, minute=15, now=datetime(2026, 10, 4, 12, tzinfo=UTC))
def test_a_time_of_day_comes_once_a_day_when_the_clock_first_shows_it_or_has_passed_it(
    zone: str, hour: int, minute: int, now: datetime
) -> None:
    local = [(at, at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)) for at in minutes_before(now, 3)]
    came: dict[object, datetime] = {}
    for at, wall in local[1440:]:
        if (wall.hour, wall.minute) >= (hour, minute):
            came.setdefault(wall.date(), at)
    # Of the first day only a part is seen: it may have come before.
    came.pop(local[1440][1].date(), None)

    found = due(Recurring(cron=f"{minute} {hour} * * *"), now, zone=zone)

    assert found is not None
    assert not came or found == max(came.values())


@settings(max_examples=60, deadline=None)
@given(zone=st.sampled_from(ZONES), minute=st.integers(0, 59), now=NOWS)
@example(zone="Europe/Berlin", minute=30, now=datetime(2026, 3, 29, 1, 10, tzinfo=UTC))
@example(zone="Europe/Berlin", minute=15, now=datetime(2026, 10, 25, 1, 20, tzinfo=UTC))
def test_an_expression_for_every_hour_goes_by_the_clock(zone: str, minute: int, now: datetime) -> None:
    shown = [at for at in minutes_before(now, 1) if at.astimezone(ZoneInfo(zone)).minute == minute]

    assert due(Recurring(cron=f"{minute} * * * *"), now, zone=zone) == max(shown)


@settings(max_examples=40, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    cron=st.sampled_from(["0 9 * * *", "30 2 * * *", "0 9 * * mon", "*/20 * * * *", "0 0 1 * *", "15 2 * * sun"]),
    now=NOWS,
)
def test_the_moment_that_is_next_is_due_when_it_comes_and_none_before_it(zone: str, cron: str, now: datetime) -> None:
    schedule = Recurring(cron=cron)
    last = due(schedule, now, zone=zone)
    coming = next_moment(schedule, now, zone)

    assert coming is not None
    assert coming > now
    assert due(schedule, coming - timedelta(seconds=1), last, zone) is None
    assert due(schedule, coming, last, zone) == coming


def test_of_the_moments_that_were_missed_only_the_latest_counts() -> None:
    mondays = Recurring(cron="0 9 * * mon")
    first, third = datetime(2026, 11, 2, 9, tzinfo=UTC), datetime(2026, 11, 16, 9, tzinfo=UTC)
    now = datetime(2026, 11, 21, tzinfo=UTC)

    assert due(mondays, now, last=first) == third
    assert due(mondays, now, last=third) is None


def test_no_moment_before_the_schedule_began_counts() -> None:
    daily = Recurring(cron="0 9 * * *")
    since = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)

    assert due_moment(daily, None, since, datetime(2026, 11, 21, 8, 59, tzinfo=UTC), "UTC") is None
    nine = datetime(2026, 11, 21, 9, tzinfo=UTC)
    assert due_moment(daily, None, since, nine, "UTC") == nine


def test_the_schedules_own_time_zone_goes_before_the_tenants() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    assert due(Recurring(cron="0 9 * * *"), now, zone="Asia/Ho_Chi_Minh") == datetime(2026, 11, 21, 2, tzinfo=UTC)
    berlin = Recurring(cron="0 9 * * *", time_zone="Europe/Berlin")
    assert due(berlin, now, zone="Asia/Ho_Chi_Minh") == datetime(2026, 11, 21, 8, tzinfo=UTC)


def test_nothing_comes_after_until_but_its_last_moment_is_still_made_up_for() -> None:
    daily = Recurring(cron="0 9 * * *", until=datetime(2026, 11, 20, 9))  # noqa: DTZ001 - meant in the tenant's zone
    last = datetime(2026, 11, 20, 2, tzinfo=UTC)
    later = datetime(2026, 12, 24, tzinfo=UTC)

    assert due(daily, later, zone="Asia/Ho_Chi_Minh") == last
    assert due(daily, later, last=last, zone="Asia/Ho_Chi_Minh") is None
    assert is_over(daily, later, "Asia/Ho_Chi_Minh")
    assert next_moment(daily, last, "Asia/Ho_Chi_Minh") is None


def test_once_comes_once_at_its_moment_or_as_soon_as_it_is_complete() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)
    since = now - timedelta(hours=1)
    at_five = Once(at=datetime(2026, 11, 21, 17))  # noqa: DTZ001 - meant in the tenant's zone

    assert due_moment(Once(), None, since, now, "UTC") == since
    assert due_moment(Once(), since, since, now, "UTC") is None
    assert due_moment(at_five, None, since, now, "UTC") is None
    assert due_moment(at_five, None, since, now, "Asia/Ho_Chi_Minh") == datetime(2026, 11, 21, 10, tzinfo=UTC)


def test_on_entry_is_asked_at_any_moment_up_to_its_end() -> None:
    now = datetime(2026, 11, 21, 12, tzinfo=UTC)

    assert due_moment(OnEntry(), None, now, now, "UTC") == now
    assert due_moment(OnEntry(until=now - MINUTE), None, now, now, "UTC") is None


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"kind": "recurring"}, "cron: is missing"),
        ({"kind": "recurring", "cron": "0 0 30 2 *"}, "cron: '0 0 30 2 *' never comes: there is no such day"),
        ({"kind": "recurring", "cron": "0 25 * * *"}, "cron: '0 25 * * *' is no schedule: a field of it has"),
        ({"kind": "recurring", "cron": "@daily"}, "cron: '@daily' is no schedule of five fields"),
        ({"kind": "recurring", "cron": "R 9 * * *"}, "'R', which is no number, name or step"),
        ({"kind": "recurring", "cron": "0 9,H * * *"}, "'9,H', which is no number, name or step"),
        ({"kind": "recurring", "cron": "0 9 * * mon", "time_zone": "Saigon"}, "time_zone: 'Saigon' is no time zone"),
        ({"kind": "once", "cron": "0 9 * * *"}, "cron: is no field here"),
        ({"kind": "once", "local_time": "9:00"}, "local_time: '9:00' has not the form that it needs"),
        ({"kind": "sometimes"}, "kind: is one of once, recurring, on_entry"),
    ],
)
def test_what_is_no_schedule_is_told_in_one_sentence(written: dict[str, str], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        SCHEDULE.validate_python(written)

    assert words in fault_sentence(refused.value)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"rule": "after_days"}, "after_days needs 'days'"),
        ({"rule": "always", "days": 3}, "'days' goes with the rule after_days, not with always"),
        ({"rule": "after_days", "days": 0}, "days: "),
    ],
)
def test_a_re_entry_rule_has_days_where_it_counts_them_and_nowhere_else(written: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError) as refused:
        ReEntry.model_validate(written)

    assert words in fault_sentence(refused.value)


def test_a_stored_schedule_reads_back_as_the_same() -> None:
    for schedule in (
        Once(at=datetime(2026, 11, 21, 17, tzinfo=UTC), local_time="09:30"),
        Recurring(cron="0  9 * * MON", time_zone="Europe/Berlin", until=datetime(2027, 1, 1, tzinfo=UTC)),
        OnEntry(local_time="18:00"),
    ):
        assert SCHEDULE.validate_python(schedule.model_dump(mode="json")) == schedule
