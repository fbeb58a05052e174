"""The rules that bind every campaign of a tenant, as versioned data with the law or the reason behind each.

A tenant sets its rules with `./leo policy set FILE`; ready-made ones stand in `include/policies`. Versions are only
ever added. A tenant that set none has version 0, `DEFAULT_POLICY`. `docs/concepts/audience.md` tells what a rule does.
"""

import re
from dataclasses import dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Literal, Self

import yaml
from psycopg.types.json import Jsonb
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, field_serializer, model_validator

from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.routes import RouteRule, check_routes, default_routes, words_of_yaml
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

CHANNELS = ("email", "sms", "zalo", "messenger", "mobile_push", "web_push")
HOST = re.compile(r"(\*\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")

ChannelName = Literal["email", "sms", "zalo", "messenger", "mobile_push", "web_push"]
ChannelOrAny = ChannelName | Literal["any"]


def _host(host: str) -> str:
    if not HOST.fullmatch(host):
        raise ValueError(f"'{host}' is no host name such as shop.example or *.shop.example")
    return host


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Law(_Strict):
    """Where a rule comes from: the act, its article, since when it is in force, and where and when that was read.

    `unverified` says what nobody could compare with the official text.
    """

    act: str = Field(min_length=1)
    article: str = Field(min_length=1)
    in_force: date
    url: str | None = Field(default=None, pattern=r"^https://\S+$")
    read_on: date | None = None
    unverified: str | None = Field(default=None, min_length=1)


class Rule(_Strict):
    """One rule: the law behind it, or the tenant's own reason."""

    law: Law | None = None
    reason: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_founded(self) -> Self:
        if self.law is None and self.reason is None:
            raise ValueError("a rule names its law or its reason")
        return self


class Cap(Rule):
    """At most `count` marketing messages in any `days` days, on one channel or on all together."""

    channel: ChannelOrAny
    count: int = Field(ge=1, le=10_000)
    days: int = Field(ge=1, le=366)


class QuietHours(Rule):
    """No marketing message from `since` to before `until` by the reader's clock; over midnight where since is later."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    channel: ChannelOrAny
    since: time = Field(alias="from")
    until: time

    @model_validator(mode="after")
    def _leaves_a_day(self) -> Self:
        if self.since == self.until:
            raise ValueError("quiet hours from and until the same time would last the whole day")
        if self.since.tzinfo is not None or self.until.tzinfo is not None:
            raise ValueError("quiet hours are by the reader's clock and have no zone")
        return self

    @field_serializer("since", "until")
    def _clock(self, value: time) -> str:
        return value.strftime("%H:%M:%S")


class ControlGroup(Rule):
    """The share of households (0 to below 1) that gets no marketing at all, to measure what all of it does."""

    share: float = Field(ge=0, lt=1)


class DailyQuota(Rule):
    """At most so many marketing messages a day of the tenant's clock, on one channel or on all together."""

    channel: ChannelOrAny
    messages: int = Field(ge=0)


class SendWithin(Rule):
    """A planned marketing message that could not be sent within so many hours is not sent any more."""

    hours: int = Field(ge=1, le=24 * 31)


class StaleAfter(Rule):
    """Nothing is planned or sent once the last finished sync began more than so many hours ago."""

    hours: int = Field(ge=1, le=24 * 366)


class SecondApprover(Rule):
    """A run to more than so many people needs two approvers."""

    above: int = Field(ge=0)


class LinkHosts(Rule):
    """The hosts that a message may link to; `*.shop.example` means every host below it."""

    hosts: tuple[Annotated[str, AfterValidator(_host)], ...]


class Label(Rule):
    """What marketing on a channel has to begin with, such as [QC]."""

    channel: ChannelOrAny
    text: str = Field(min_length=1, max_length=20, pattern=r"^\S.*$")


class Cost(Rule):
    """What one message costs, in minor units of the tenant's currency."""

    channel: ChannelName
    minor: int = Field(ge=0)


class Attribution(Rule):
    """For so many days an order is put down to a click or a message before it; so long a campaign is measured, too.

    How is said once, at `activation.attribution_days` (migration 0037), which has the number where no rule names one.
    """

    days: int = Field(ge=1, le=90)


class TenantPolicy(_Strict):
    """All rules of a tenant. An empty list, or no value, means that there is no such rule.

    `routes` alone has a default: a channel of which they say nothing has the rules of `default_routes`.
    """

    name: str = Field(min_length=1, max_length=100)
    caps: tuple[Cap, ...] = ()
    quiet_hours: tuple[QuietHours, ...] = ()
    control_group: ControlGroup | None = None
    daily_quotas: tuple[DailyQuota, ...] = ()
    send_within: SendWithin
    stale_after: StaleAfter
    second_approver: SecondApprover | None = None
    link_hosts: LinkHosts | None = None
    labels: tuple[Label, ...] = ()
    costs: tuple[Cost, ...] = ()
    routes: tuple[RouteRule, ...] = ()
    attribution: Attribution | None = None

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        for told, keys in (
            ("cap", [(cap.channel, cap.days) for cap in self.caps]),
            ("daily quota", [(quota.channel,) for quota in self.daily_quotas]),
            ("label", [(label.channel,) for label in self.labels]),
            ("cost", [(cost.channel,) for cost in self.costs]),
        ):
            if len(set(keys)) < len(keys):
                raise ValueError(f"there are two rules of one kind ({told}) for the same channel")
        check_routes(self.route_rules())
        return self

    def route_rules(self) -> tuple[RouteRule, ...]:
        """The rules of every channel in the order in which they are tried, the tenant's own before the default ones."""
        own = {rule.channel for rule in self.routes}
        return (*self.routes, *(rule for rule in default_routes() if rule.channel not in own))

    def cost_of(self, channel: str) -> int:
        """What a message on the channel costs, in minor units; 0 where no cost is set."""
        return next((cost.minor for cost in self.costs if cost.channel == channel), 0)

    def label_of(self, channel: str) -> str | None:
        """What marketing on the channel begins with, the channel's own before that of all."""
        told: dict[str, str] = {label.channel: label.text for label in self.labels}
        return told.get(channel, told.get("any"))


_INTERRUPTS = "it rings or lights up a screen, and nobody is to be woken by an offer"

DEFAULT_POLICY = TenantPolicy(
    name="default",
    caps=(Cap(channel="any", count=4, days=7, reason="more than a few offers a week make people leave"),),
    quiet_hours=tuple(
        QuietHours.model_validate({"channel": channel, "from": time(21), "until": time(8), "reason": _INTERRUPTS})
        for channel in ("sms", "zalo", "messenger", "mobile_push", "web_push")
    ),
    send_within=SendWithin(hours=72, reason="an offer is about now"),
    stale_after=StaleAfter(hours=48, reason="two missed daily syncs: who bought or objected since is not known"),
    second_approver=SecondApprover(above=50_000, reason="a mistake at this size cannot be taken back"),
)
"""Version 0. E-mail has no quiet hours: it waits in an inbox, and no law known here sets hours for it."""


@dataclass(frozen=True)
class PolicyVersion:
    """The rules that hold now; version 0 is the default."""

    version: int
    policy: TenantPolicy


def read_policy(connection: Connection, tenant_id: str) -> PolicyVersion:
    """The rules of the tenant that hold now; the connection is bound to the tenant.

    Raises:
        Permanent: the stored rules are not ones that this program knows.
    """
    row = connection.execute(statement("activation/safety/read_tenant_policy"), {"tenant_id": tenant_id}).fetchone()
    if row is None:
        return PolicyVersion(0, DEFAULT_POLICY)
    try:
        return PolicyVersion(int(row[0]), TenantPolicy.model_validate(row[1]))
    except ValidationError as error:
        raise Permanent(
            f"Version {row[0]} of the policy of '{tenant_id}' cannot be read: {_first_fault(error)}."
        ) from error


def save_policy(warehouse: Warehouse, tenant_id: str, policy: TenantPolicy, *, set_by: str) -> int:
    """Make the rules hold from now on; the same rules again write nothing.

    Returns:
        The version that holds.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        saved = connection.execute(
            statement("activation/safety/save_tenant_policy"),
            {
                "tenant_id": tenant_id,
                "rules": Jsonb(policy.model_dump(mode="json", by_alias=True)),
                "set_by": set_by,
            },
        )
        return int(only_row(saved)[0])


def load_policy(path: Path) -> TenantPolicy:
    """The rules in a YAML file.

    Raises:
        Permanent: the file cannot be read or says something that is no rule; the sentence names the place.
    """
    try:
        content = words_of_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"The policy file {path} cannot be read: {error}") from error
    except yaml.YAMLError as error:
        raise Permanent(f"The policy file {path} is no YAML: {' '.join(str(error).split())}") from error
    try:
        return TenantPolicy.model_validate(content)
    except ValidationError as error:
        raise Permanent(f"The policy file {path} cannot be used: {_first_fault(error)}.") from error


def _first_fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False)[0]
    place = ".".join(str(part) for part in fault["loc"]) or "the file as a whole"
    return f"{place}: {fault['msg']}"
