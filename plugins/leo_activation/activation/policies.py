"""What bounds a campaign's audience beside consent; part of what an approval binds.

The rules of the tenant hold as well, for every campaign: what a campaign says here can only make them stricter.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

TimeOfDay = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
Positive = Annotated[int, Field(ge=1)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cap(_Frozen):
    """At most so many marketing messages to a person in a rolling window of days, on a channel or, with None, on all."""

    at_most: Annotated[int, Field(ge=1, le=1000)]
    days: Annotated[int, Field(ge=1, le=366)]
    channel: str | None = None


class QuietHours(_Frozen):
    """No message from `start` to `end`, in the time of where the customer lives; over midnight where end is earlier."""

    start: TimeOfDay
    end: TimeOfDay
    channel: str | None = None


class Policy(_Frozen):
    """The bounds that a campaign sets itself. Shares are from 0 to below 1, money is in minor units of the tenant's.

    `caps` and `quiet_hours` hold beside those of the tenant, so that they can only be stricter. `quota` is the largest
    number of messages of a run, `budget_minor` what they may cost by `cost_minor`, the price of a message by channel.
    `send_within_hours` after its due moment a message goes out no more. A transactional campaign has neither caps nor
    quiet hours, control group nor holdout, unless `limits_for_transactional` is set.

    What a version that was approved before may do without asking again: a run of at most `largest_audience` people,
    whose number differs from that of the last run by at most the share `largest_change`. A run of more people than
    `require_second_approver_above` needs the approval of two.
    """

    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    quota: Positive | None = None
    budget_minor: Annotated[int, Field(ge=0)] | None = None
    cost_minor: Mapping[str, Annotated[int, Field(ge=0)]] = Field(default_factory=dict)
    send_within_hours: Annotated[int, Field(ge=1, le=24 * 31)] | None = None
    limits_for_transactional: bool = False
    track_opens: bool = False
    track_clicks: bool = False
    require_second_approver_above: Positive | None = None
    largest_audience: Positive | None = None
    largest_change: Annotated[float, Field(ge=0, le=10)] | None = None

    @property
    def send_within(self) -> timedelta | None:
        """How long after its due moment a message may still go out; None where the campaign sets no limit."""
        return None if self.send_within_hours is None else timedelta(hours=self.send_within_hours)
