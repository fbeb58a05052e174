"""What will happen, as the form stands: the parts of one sentence, each known or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from leo_activation.activation.campaigns.schedules import SCHEDULE, AnySchedule, Once, next_moment
from leo_activation.activation.safety.tenant_policy import Cap, QuietHours, TenantPolicy
from leo_activation.desk.pages.campaigns.typed import CLOCK, Typed


@dataclass(frozen=True)
class Outlook:
    """The parts. `people` is None where no segment is named that exists, `holdout` where it cannot be read.

    `next_at` is in the zone of the schedule. `repeat` is how the schedule was chosen (daily, weekly, monthly, cron),
    `approvers` are those who may approve besides the one who submits.
    """

    segments: Sequence[str]
    without: Sequence[str]
    people: int | None
    channels: Sequence[str]
    schedule: AnySchedule | None
    repeat: str
    time: str
    weekday: str
    monthday: str
    zone: str
    next_at: datetime | None
    again: str
    again_days: str
    holdout: float | None
    is_marketing: bool
    approvers: Sequence[str]
    second_above: int | None
    caps: Sequence[Cap]
    quiet_hours: Sequence[QuietHours]

    @property
    def comes_again(self) -> bool:
        """Whether the same person could get it twice."""
        return self.schedule is not None and not isinstance(self.schedule, Once)


def outlook(
    typed: Typed,
    policy: TenantPolicy,
    *,
    people: int | None,
    tenant_zone: str,
    approvers: Sequence[str],
) -> Outlook:
    """What the form says, as far as it can be read."""
    told = typed.told()
    channels = list(dict.fromkeys(typed.listed("channels")))
    try:
        schedule = SCHEDULE.validate_python(told["schedule"])
    except ValidationError:
        schedule = None
    zone = schedule.time_zone if schedule is not None and schedule.time_zone is not None else tenant_zone
    next_at = None
    if schedule is not None and schedule.kind == "recurring":
        moment = next_moment(schedule, datetime.now(UTC), tenant_zone)
        next_at = None if moment is None else moment.astimezone(ZoneInfo(zone))
    return Outlook(
        segments=typed.listed("segments"),
        without=typed.listed("without"),
        people=people,
        channels=channels,
        schedule=schedule,
        repeat=typed.text("repeat", "weekly"),
        time=typed.text("time") if CLOCK.fullmatch(typed.text("time")) else "",
        weekday=typed.text("weekday", "mon"),
        monthday=typed.text("monthday", "1"),
        zone=zone,
        next_at=next_at,
        again=typed.text("again", "never"),
        again_days=typed.text("again_days"),
        holdout=_share(typed.percent("holdout")),
        is_marketing=typed.text("message_class", "marketing") == "marketing",
        approvers=approvers,
        second_above=_smaller(
            typed.text("require_second_approver_above"),
            policy.second_approver.above if policy.second_approver else None,
        ),
        caps=[cap for cap in policy.caps if cap.channel in ("any", *channels)],
        quiet_hours=[quiet for quiet in policy.quiet_hours if quiet.channel in ("any", *channels)],
    )


def _share(text: str) -> float | None:
    try:
        share = float(text or 0)
    except ValueError:
        return None
    return share if 0 <= share < 1 else None


def _smaller(text: str, of_tenant: int | None) -> int | None:
    own = int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
    return min((one for one in (own, of_tenant) if one is not None), default=None)
