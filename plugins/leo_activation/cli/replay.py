"""`./leo replay`: a segment as of past dates, by what was known then: its size, how steady it was, what followed."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import Moment, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

if TYPE_CHECKING:
    from leo_activation.segments.as_of import Followed, Point, Replay, Share
    from leo_activation.segments.as_of.points import Bought

_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
_LONGEST = 100_000


class Length(click.ParamType[timedelta]):
    """A length of time: a whole number of hours, days or weeks (12h, 7d, 4w)."""

    name = "length"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """The length; anything else is a wrong command line."""
        if isinstance(value, timedelta):
            return value
        found = re.fullmatch(r"([1-9]\d{0,5})([hdw])", str(value))
        if found is None or int(found[1]) > _LONGEST:
            self.fail(f"'{value}' is no length such as 12h, 7d or 4w.", param, ctx)
        return int(found[1]) * _UNITS[found[2]]


@click.command()
@click.argument("segment")
@click.option("--from", "first", type=Moment(), required=True, help="The first moment (ISO 8601, UTC).")
@click.option("--to", "last", type=Moment(), required=True, help="No moment lies after it (ISO 8601, UTC).")
@click.option("--every", type=Length(), required=True, help="From one moment to the next: 12h, 7d, 4w.")
@click.option(
    "--within", type=Length(), help="Whole days after each moment in which purchases count as what followed it."
)
@click.option(
    "--version", type=click.IntRange(min=1), help="A version of SEGMENT, retired or not; else the active one."
)
@click.option("--as-known-now", is_flag=True, help="Each moment by all that is known now, not by what was known then.")
@tenant_option
@json_option
@one_sentence
def replay(
    segment: str,
    first: datetime,
    last: datetime,
    every: timedelta,
    within: timedelta | None,
    version: int | None,
    as_known_now: bool,
    tenant: str | None,
    as_json: bool,
) -> None:
    """SEGMENT as of past moments, on the history that was known then; the result is kept for the dashboards."""
    from leo_activation.segments.as_of import MOST_MOMENTS
    from leo_activation.segments.as_of import replay as run_replay

    if last < first:
        raise click.UsageError("--to lies before --from.")
    if within is not None and within % timedelta(days=1):
        raise click.UsageError("--within is a number of whole days.")
    number = (last - first) // every + 1
    if number > MOST_MOMENTS:
        raise click.UsageError(f"These are {number:,} moments; a replay has at most {MOST_MOMENTS}.")
    settings = read_settings()
    found = run_replay(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        segment,
        [first + n * every for n in range(number)],
        version=version,
        within_days=None if within is None else within.days,
        as_known_now=as_known_now,
    )
    if wants_json(as_json):
        write_json(_answer(found))
    else:
        write_words(words_of(found))


def _answer(found: "Replay") -> dict[str, object]:
    return {
        "replay_id": found.replay_id,
        "segment": found.segment_id,
        "version": found.version,
        "hash": found.definition_hash,
        "as_known_now": found.as_known_now,
        "known_as_of": found.known_as_of,
        "currency": found.currency,
        "notes": list(found.notes),
        "points": [_point(point, found.minor_units) for point in found.points],
    }


def _point(point: "Point", minor_units: int) -> dict[str, object]:
    return {
        "as_of": point.moment,
        "known_until": point.known_until,
        "members": point.members,
        "customers": point.customers,
        "entered": point.entered,
        "exited": point.exited,
        "stayed": point.stayed,
        "jaccard": point.jaccard,
        "followed": None if point.followed is None else _followed(point.followed, minor_units),
    }


def _followed(followed: "Followed", minor_units: int) -> dict[str, object]:
    return {
        "within_days": followed.within_days,
        "is_over": followed.is_over,
        "members": _bought(followed.members, minor_units),
        "others": _bought(followed.others, minor_units),
        "lift": followed.lift,
    }


def _bought(bought: "Bought", minor_units: int) -> dict[str, object]:
    conversion = bought.conversion
    return {
        "customers": bought.customers,
        "buyers": bought.buyers,
        "conversion": conversion.value,
        "conversion_low": conversion.low,
        "conversion_high": conversion.high,
        "orders": bought.orders,
        "revenue": _major(bought.revenue_minor, minor_units),
    }


def words_of(found: "Replay") -> Iterator[str]:
    """What a person is told, line by line."""
    knowledge = "by what is known now" if found.as_known_now else "by what was known then"
    yield f"{found.segment_id}, version {found.version}, {knowledge}:"
    for point in found.points:
        line = f"{point.moment.isoformat()}  {point.members:>9,} of {point.customers:,}"
        if point.jaccard is not None:
            line += f"  stayed {point.stayed:,}, entered {point.entered:,}, exited {point.exited:,}, "
            line += f"alike {point.jaccard:.2f}"
        yield line
        if point.followed is not None:
            yield from _words_of_what_followed(point.followed, found)
    yield from found.notes


def _words_of_what_followed(followed: "Followed", found: "Replay") -> Iterator[str]:
    lift = "" if followed.lift is None else f", {followed.lift:.2f} times as often"
    yet = "" if followed.is_over else " (so far: the days are not over)"
    for who, bought, more in (("of them", followed.members, lift), ("of all others", followed.others, "")):
        revenue = f"{_major(bought.revenue_minor, found.minor_units)} {found.currency}"
        yield (
            f"    within {followed.within_days} days {_share(bought.conversion)} {who} bought: "
            f"{bought.orders:,} orders, {revenue}{more}{yet}"
        )


def _share(share: "Share") -> str:
    if share.value is None or share.low is None or share.high is None:
        return "none"
    return f"{share.value:.1%} ({share.low:.1%}–{share.high:.1%})"


def _major(minor: int, minor_units: int) -> str:
    return str(Decimal(minor).scaleb(-minor_units))
