"""May we write to this person, on which channel, by which route, for which purpose, now, and by which rule.

The answer is the one that planning would come to, and the check at the moment of sending: the same tables, rules and
functions are asked. What belongs to a campaign (segment, budget, holdout) and to the installation (kill switch,
allow-list) is not part of it; `./leo campaign why` tells of the first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

from leo_activation.activation.audience.bounds import bounds_of
from leo_activation.activation.audience.eligibility import Asked, asked_routes
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.safety.routes import RouteRule
from leo_activation.activation.safety.tenant_policy import CHANNELS, PolicyVersion, read_policy
from leo_activation.activation.states import MessageClass, SkipReason
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

PARTS = {
    "person": "find_audience_people",
    "reach": "find_audience_reach",
    "consent": "find_audience_consent",
}
STANDS = {
    "template": "it carries only a template that the provider approved, and none is named here",
    "country": "their country is not among those of the rule, or is not known",
    "interaction": "their last word to us is longer ago than {within_hours_of_interaction} hours, or none is known",
    "referral": "they came by an advertisement longer ago than {within_hours_of_referral} hours, or never",
    "follows": "nothing is known of them following the account",
    "subscription": "they have no subscription that can be used",
}
"""What the conditions of `activation.stands_against_route` mean."""


@dataclass(frozen=True)
class RuleAnswer:
    """How one rule stands for the person: `against` in words, None where its conditions hold. Prices in minor units."""

    rule: str
    route: str
    against: str | None
    price_minor: int
    founded_on: str


@dataclass(frozen=True)
class ChannelAnswer:
    """The answer for one channel and purpose. `reason` None is yes, by `route` and `rule`; at once, or at `opens_at`.

    With a reason, `rule` is the one that came closest, None where no rule was asked.
    """

    channel: str
    purpose: MessageClass
    reason: SkipReason | None
    route: str | None
    rule: str | None
    opens_at: datetime | None
    policy_version: int
    rules: tuple[RuleAnswer, ...]

    @property
    def may(self) -> bool:
        """Whether the person may be written to."""
        return self.reason is None


def may(
    warehouse: Warehouse,
    tenant_id: str,
    customer_id: str,
    *,
    channels: Sequence[str] = CHANNELS,
    purposes: Sequence[MessageClass] = tuple(MessageClass),
    now: datetime | None = None,
) -> tuple[ChannelAnswer, ...]:
    """The answer for every channel and purpose asked; keeps nothing.

    Raises:
        Permanent: there is no such customer.
    """
    moment = now or datetime.now(UTC)
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        policy = read_policy(connection, tenant_id)
        answers: list[ChannelAnswer] = []
        connection.execute(statement("activation/audience/create_audience_member"))
        named = {"tenant_id": tenant_id, "customer_id": customer_id}
        if not connection.execute(statement("activation/audience/ask_member"), named).rowcount:
            raise Permanent(Told.of("There is no customer '{customer_id}'.", customer_id=customer_id))
        for purpose in purposes:
            answers += _asked(connection, tenant_id, policy, channels, purpose, moment)
            for part in PARTS:
                connection.execute(statement(f"activation/audience/drop_audience_{part}"))
    return tuple(answers)


def _asked(
    connection: Connection,
    tenant_id: str,
    policy: PolicyVersion,
    channels: Sequence[str],
    purpose: MessageClass,
    now: datetime,
) -> list[ChannelAnswer]:
    bounds = bounds_of(Policy(), policy.policy, purpose)
    routes = asked_routes(policy, Asked(purpose, bounds, templates=None))
    values = {
        "tenant_id": tenant_id,
        "channels": list(channels),
        "purpose": purpose,
        "asks_clocks": routes.asks_clocks,
        "local_time": None,
        "now": now,
        **routes.parameters(),
        **bounds.at_sending(),
    }
    for part, filling in PARTS.items():
        connection.execute(statement(f"activation/audience/create_audience_{part}"))
        connection.execute(statement(f"activation/audience/{filling}"), values)
    rows = connection.execute(statement("activation/audience/ask_routes"), values).fetchall()
    rules = {rule.rule: rule for rule in policy.policy.route_rules()}
    return [
        _answer(channel, purpose, policy.version, list(of_channel), rules)
        for channel, of_channel in groupby(rows, key=lambda row: str(row[0]))
    ]


def _answer(
    channel: str,
    purpose: MessageClass,
    version: int,
    rows: Sequence[tuple[str, str | None, str | None, str | None, int, str | None, datetime | None]],
    rules: Mapping[str, RouteRule],
) -> ChannelAnswer:
    _, reason, rule, route, _, _, opens_at = rows[0]
    is_asked = reason not in {
        SkipReason.SUPPRESSED, SkipReason.NO_CONSENT, SkipReason.NO_ADDRESS, SkipReason.RESTRICTED,
    }  # fmt: skip
    return ChannelAnswer(
        channel=channel,
        purpose=purpose,
        reason=None if reason is None else SkipReason(reason),
        route=route if is_asked else None,
        rule=rule if is_asked else None,
        opens_at=opens_at if reason is None else None,
        policy_version=version,
        rules=tuple(
            RuleAnswer(name, way, _words(rules[name], stands), price, rules[name].founded_on())
            for _, _, name, way, price, stands, _ in rows
            if is_asked and name is not None and way is not None
        ),
    )


def _words(rule: RouteRule, stands: str | None) -> str | None:
    return None if stands is None else STANDS[stands].format(**rule.when.model_dump())
