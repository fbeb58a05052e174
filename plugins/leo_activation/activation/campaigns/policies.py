"""What bounds a campaign's audience beside consent; part of what an approval binds.

The rules of the tenant hold as well, for every campaign: what a campaign says here can only make them stricter.
"""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from leo_activation.told import Told

Positive = Annotated[int, Field(ge=1)]


def _is_none(value: object) -> bool:
    return value is None


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class CampaignCap(_Frozen):
    """At most `count` marketing messages of all campaigns in any `days` days, on one channel or on all together."""

    channel: str = "any"
    count: Annotated[int, Field(ge=0, le=10_000)]
    days: Annotated[int, Field(ge=1, le=366)]


class CampaignQuietHours(_Frozen):
    """No message from `since` to before `until` by the reader's clock; over midnight where since is later."""

    channel: str = "any"
    since: Annotated[time, Field(alias="from")]
    until: time

    @model_validator(mode="after")
    def _leaves_a_day(self) -> Self:
        if self.since == self.until:
            raise ValueError(Told.of("quiet hours from and until the same time would last the whole day"))
        if self.since.tzinfo is not None or self.until.tzinfo is not None:
            raise ValueError(Told.of("quiet hours are by the reader's clock and have no zone"))
        return self

    @field_serializer("since", "until")
    def _clock(self, value: time) -> str:
        return value.strftime("%H:%M:%S")


class Policy(_Frozen):
    """The bounds that a campaign sets itself. Shares are from 0 to below 1, money is in minor units of the tenant's.

    `caps` and `quiet_hours` hold beside those of the tenant, so that they can only be stricter. `quota` is the largest
    number of messages of a run, `budget_minor` what they may cost by `cost_minor`, the price of a message by channel
    where it is not the tenant's.
    `coupon_pool` names the codes of which each person gets one.
    `send_within_hours` after its due moment a message goes out no more. A transactional campaign has neither caps nor
    quiet hours, control group nor holdout, unless `limits_for_transactional` is set.

    What a version that was approved before may do without asking again: a run of at most `largest_audience` people,
    whose number differs from that of the last run by at most the share `largest_change`. A run of more people than
    `require_second_approver_above` needs the approval of two.
    """

    holdout_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    caps: tuple[CampaignCap, ...] = ()
    quiet_hours: tuple[CampaignQuietHours, ...] = ()
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
    # Left out where there is none, so that what was approved before there were coupons is the same still.
    coupon_pool: Annotated[str | None, Field(exclude_if=_is_none)] = None

    @property
    def send_within(self) -> timedelta | None:
        """How long after its due moment a message may still go out; None where the campaign sets no limit."""
        return None if self.send_within_hours is None else timedelta(hours=self.send_within_hours)
