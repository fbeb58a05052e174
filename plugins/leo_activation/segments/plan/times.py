"""Windows of time as they are said; `leo_activation.segments.windows` resolves them against an as-of moment."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from leo_activation.segments.plan.values import PlanModel

MAX_AMOUNT = 10_000
_DAYS = {"hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365.25}


class TimeUnit(StrEnum):
    """A unit of a rolling window; months and years follow the calendar (31 March less one month is 28 February)."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class CalendarUnit(StrEnum):
    """A period of the calendar in the tenant's time zone; weeks begin on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


class Length(PlanModel):
    """A length of time: days are 24 hours, months and years follow the calendar."""

    amount: int = Field(ge=1, le=MAX_AMOUNT)
    unit: TimeUnit


class Last(PlanModel):
    """The `amount` units before as-of: [as_of - amount·unit, as_of)."""

    kind: Literal["last"] = "last"
    amount: int = Field(ge=1, le=MAX_AMOUNT)
    unit: TimeUnit


class Ago(PlanModel):
    """From `earliest` ago to `latest` ago: [as_of - earliest, as_of - latest); without `earliest` it begins with time.

    "more than 90 days ago" has only `latest`; "30 to 60 days ago" has both. What is less long ago than `latest` is
    `Last`.
    """

    kind: Literal["ago"] = "ago"
    earliest: Length | None = None
    latest: Length

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.earliest is not None and _about(self.earliest) <= _about(self.latest):
            raise ValueError(
                f"the window from {self.earliest.amount} {self.earliest.unit}s ago to "
                f"{self.latest.amount} {self.latest.unit}s ago is empty"
            )
        return self


class Dates(PlanModel):
    """Whole days in the tenant's time zone: from the start of `since` to before the start of `until`."""

    kind: Literal["dates"] = "dates"
    since: date | None = None
    until: date | None = None

    @model_validator(mode="after")
    def _is_a_window(self) -> Self:
        if self.since is None and self.until is None:
            raise ValueError("a window needs a first or a last day")
        if self.since is not None and self.until is not None and self.since >= self.until:
            raise ValueError(f"the window from {self.since} until {self.until} is empty")
        return self


class Calendar(PlanModel):
    """The calendar period that holds as-of (`offset` 0), one before it (-1 the previous) or, of birthdays, after it."""

    kind: Literal["calendar"] = "calendar"
    unit: CalendarUnit
    offset: int = Field(le=12, ge=-1000)


class Next(PlanModel):
    """Today and the days after it until `amount` units are over: of birthdays only."""

    kind: Literal["next"] = "next"
    amount: int = Field(ge=1, le=366)
    unit: Literal[TimeUnit.DAY, TimeUnit.WEEK, TimeUnit.MONTH]


Window = Annotated[Last | Ago | Dates | Calendar | Next, Field(discriminator="kind")]


def lies_ahead(window: Window | None) -> bool:
    """Whether a window reaches beyond the present: only a birthday can be asked for there."""
    return isinstance(window, Next) or (isinstance(window, Calendar) and window.offset > 0)


def _about(length: Length) -> float:
    return length.amount * _DAYS[length.unit]
