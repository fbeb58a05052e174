"""What bounds the messages of one campaign: its own policy and the tenant's together, the stricter of the two.

The same bounds go into the plan of an audience, into the check at the moment of sending and into a fallback, so that
the three cannot differ.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from leo_activation.activation.campaigns.policies import CampaignCap, CampaignQuietHours, Policy
from leo_activation.activation.safety.tenant_policy import Cap, QuietHours, TenantPolicy
from leo_activation.activation.states import MessageClass

Rules = tuple[dict[str, str | int], ...]


@dataclass(frozen=True)
class Bounds:
    """The rules as statements take them; `channel` of a rule may be 'any'. Money is in minor units of the tenant's.

    `send_within` counts from the moment that a run is due; None: a message is sent however late it is.
    """

    caps: Rules
    quiet: Rules
    quotas: Rules
    run_quota: int | None
    budget_minor: int | None
    control_share: float
    holdout_share: float
    send_within: timedelta | None

    def at_sending(self) -> dict[str, str]:
        """What is asked again of one message: the parameter caps; quiet hours are part of each route's rule."""
        return {"caps": json.dumps(self.caps)}

    def at_planning(self) -> dict[str, object]:
        """The parameters of `plan_audience.sql` that say how much may go to whom."""
        return {
            **self.at_sending(),
            "quotas": json.dumps(self.quotas),
            "run_quota": self.run_quota,
            "budget_minor": self.budget_minor,
            "control_share": self.control_share,
            "holdout_share": self.holdout_share,
        }


def bounds_of(policy: Policy, of_tenant: TenantPolicy, message_class: MessageClass) -> Bounds:
    """The bounds of a campaign.

    Of a transactional campaign only its quota, its budget and its own time to send in hold: nobody's order confirmation
    waits for the morning. `limits_for_transactional` asks for all of them.
    """
    is_bound = message_class is MessageClass.MARKETING or policy.limits_for_transactional
    within = policy.send_within
    if is_bound:
        of_all = timedelta(hours=of_tenant.send_within.hours)
        within = of_all if within is None else min(within, of_all)
    return Bounds(
        caps=_caps(policy, of_tenant) if is_bound else (),
        quiet=_quiet(policy, of_tenant) if is_bound else (),
        quotas=tuple({"channel": rule.channel, "messages": rule.messages} for rule in of_tenant.daily_quotas)
        if is_bound
        else (),
        run_quota=policy.quota,
        budget_minor=policy.budget_minor,
        control_share=of_tenant.control_group.share if is_bound and of_tenant.control_group is not None else 0.0,
        holdout_share=policy.holdout_share if is_bound else 0.0,
        send_within=within,
    )


def _caps(policy: Policy, of_tenant: TenantPolicy) -> Rules:
    rules: tuple[Cap | CampaignCap, ...] = (*of_tenant.caps, *policy.caps)
    return tuple({"channel": cap.channel, "count": cap.count, "days": cap.days} for cap in rules)


def _quiet(policy: Policy, of_tenant: TenantPolicy) -> Rules:
    rules: tuple[QuietHours | CampaignQuietHours, ...] = (*of_tenant.quiet_hours, *policy.quiet_hours)
    return tuple(
        {"channel": rule.channel, "from": rule.since.isoformat(), "until": rule.until.isoformat()} for rule in rules
    )
