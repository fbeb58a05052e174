"""By which routes a campaign may go, as the statements that judge people take it.

`docs/concepts/eligibility.md` tells the rules. The plan of an audience, the check at the moment of sending, a fallback
and `may` ask the same list, so that they cannot differ.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from leo_activation.activation.audience.bounds import Bounds, bounds_of
from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.campaigns.example_texts import example_texts, longest_link
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.sms_parts import sms_parts
from leo_activation.activation.channels.sms_text import CHANNEL as SMS
from leo_activation.activation.safety.routes import CHANNEL_OF, LONGEST_TEXTS, TEMPLATE_PROVIDERS, RouteRule
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, PolicyVersion
from leo_activation.activation.states import MessageClass


@dataclass(frozen=True)
class Routes:
    """The rules that are asked, as `activation.rules_of` takes them, and the version of the policy that they are of."""

    policy_version: int
    rules: tuple[dict[str, Any], ...]

    def parameters(self) -> dict[str, object]:
        """The parameters routes and policy_version of the statements."""
        return {"routes": json.dumps(self.rules), "policy_version": self.policy_version}

    @property
    def asks_clocks(self) -> bool:
        """Whether some route is barred at some hour of the reader's clock."""
        return any(rule["quiet"] for rule in self.rules)


@dataclass(frozen=True)
class Asked:
    """What of a campaign decides which rules are asked.

    `templates` holds, by channel, the ids of the provider's own templates that the campaign names; a channel that
    is not in it sends a text. None: not known, every route of a purpose is asked. `parts` says in how many parts a
    message goes on a channel where it can be more than one: each is paid for. `lengths` holds the characters of the
    longest text on a channel where a route carries less than others.
    """

    purpose: MessageClass
    bounds: Bounds
    templates: Mapping[str, tuple[str, ...]] | None = field(default_factory=dict)
    own_costs: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)
    lengths: Mapping[str, int] = field(default_factory=dict)

    def priced(self, channel: str, minor: int | None) -> int | None:
        """The price of a whole message, None where none is known."""
        return None if minor is None else minor * self.parts.get(channel, 1)


def routes_of(content: CampaignContent) -> Routes:
    """The rules that are asked of a campaign as it is now."""
    by_sms = sms_parts(content)
    return asked_routes(
        content.tenant_policy,
        Asked(
            purpose=content.message_class,
            bounds=bounds_of(content.policy, content.tenant_policy.policy, content.message_class),
            templates=_templates_of(content),
            own_costs=content.policy.cost_minor,
            parts={} if by_sms is None else {SMS: by_sms.number},
            lengths=_lengths_of(content),
        ),
    )


def asked_routes(policy: PolicyVersion, asked: Asked) -> Routes:
    """Those of the policy's rules that are open for the purpose and can carry what is to be sent."""
    of_all = policy.policy.route_rules()
    with_templates = {rule.channel for rule in of_all if rule.route in TEMPLATE_PROVIDERS}
    return Routes(
        policy.version,
        tuple(
            _told(rule, position, asked, {cost.channel: cost.minor for cost in policy.policy.costs})
            for position, rule in enumerate(of_all, start=1)
            if asked.purpose in rule.purposes
            and _carries(rule, with_templates, asked.templates)
            and asked.lengths.get(rule.channel, 0) <= LONGEST_TEXTS.get(rule.route, inf)
        ),
    )


def default_routes_for(purpose: MessageClass) -> Routes:
    """The rules of a tenant and a campaign that say nothing."""
    policy = PolicyVersion(0, DEFAULT_POLICY)
    free = bounds_of(Policy(), DEFAULT_POLICY.model_copy(update={"quiet_hours": ()}), purpose)
    return asked_routes(policy, Asked(purpose, free))


def _carries(rule: RouteRule, with_templates: Iterable[str], templates: Mapping[str, tuple[str, ...]] | None) -> bool:
    """Where a channel has routes for a provider's templates, a template goes by those and a text by the others."""
    if templates is None or rule.channel not in with_templates:
        return True
    return bool(templates.get(rule.channel)) == (rule.route in TEMPLATE_PROVIDERS)


def _told(rule: RouteRule, position: int, asked: Asked, of_channel: Mapping[str, int]) -> dict[str, Any]:
    templates = (asked.templates or {}).get(rule.channel)
    provider = TEMPLATE_PROVIDERS.get(rule.route)
    return {
        "rule": rule.rule,
        "route": rule.route,
        "channel": rule.channel,
        "position": position,
        "purpose": asked.purpose,
        "campaign_minor": asked.priced(rule.channel, asked.own_costs.get(rule.channel)),
        "price_minor": asked.priced(rule.channel, rule.price_minor),
        "channel_minor": asked.priced(rule.channel, of_channel.get(rule.channel)),
        **rule.when.model_dump(mode="json"),
        "quiet": [
            *(quiet for quiet in asked.bounds.quiet if quiet["channel"] in {"any", rule.channel}),
            *({"channel": rule.channel, **bar.model_dump(mode="json", by_alias=True)} for bar in rule.bars),
        ],
        "caps": [cap.model_dump(mode="json") for cap in rule.caps],
        "template_provider": provider,
        "template_ids": None if provider is None or not templates else list(templates),
    }


def _lengths_of(content: CampaignContent) -> dict[str, int]:
    """The longest text of an example on each channel where it matters, with the link that a channel would add to it."""
    link = longest_link()
    lengths = {}
    for channel in {CHANNEL_OF[route] for route in LONGEST_TEXTS} & set(content.channels):
        texts = example_texts(content, channel)
        lengths[channel] = max(len(text) + (0 if link in text else len(link) + 2) for text in texts)
    return lengths


def _templates_of(content: CampaignContent) -> dict[str, tuple[str, ...]]:
    """The ids of the provider's templates that the campaign's forms name, by channel."""
    named: dict[str, set[str]] = {}
    for forms in content.all_forms():
        for form in forms.all():
            if form.provider_template_id is not None:
                named.setdefault(forms.channel, set()).add(form.provider_template_id)
    return {channel: tuple(sorted(ids)) for channel, ids in named.items()}
