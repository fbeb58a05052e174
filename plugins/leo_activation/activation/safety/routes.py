"""The ways on each channel by which a person may be written to, and the rules that open them, as data.

A route is the provider's own way: Zalo takes a reply within some days, an offer to followers, a template that it
approved. A rule says for which purposes a route is open, to whom, when, how often and for what price, and by which law
or document. The rules are part of a tenant's policy (`tenant_policy`); those of a tenant that says nothing of a channel
are `default_routes`, from `include/policies/channels.yaml`. `docs/concepts/eligibility.md` tells how they are asked.
"""

from collections.abc import Iterable, Mapping
from datetime import date, time
from enum import StrEnum
from functools import lru_cache
from typing import Annotated, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_serializer, model_validator

from leo_activation.activation.states import MessageClass
from leo_activation.settings import REPOSITORY

DEFAULT_ROUTES = REPOSITORY / "include" / "policies" / "channels.yaml"


class Route(StrEnum):
    """A way on a channel; `activation.delivery.route` spells them so."""

    EMAIL = "email"
    SMS = "sms"
    ZALO_CARE = "zalo_care"
    ZALO_PROMOTION = "zalo_promotion"
    ZALO_TEMPLATE = "zalo_template"
    MESSENGER_WINDOW = "messenger_window"
    MESSENGER_REFERRAL = "messenger_referral"
    MESSENGER_MARKETING = "messenger_marketing"
    MOBILE_PUSH = "mobile_push"
    WEB_PUSH = "web_push"


CHANNEL_OF: Mapping[Route, str] = {
    Route.EMAIL: "email",
    Route.SMS: "sms",
    Route.ZALO_CARE: "zalo",
    Route.ZALO_PROMOTION: "zalo",
    Route.ZALO_TEMPLATE: "zalo",
    Route.MESSENGER_WINDOW: "messenger",
    Route.MESSENGER_REFERRAL: "messenger",
    Route.MESSENGER_MARKETING: "messenger",
    Route.MOBILE_PUSH: "mobile_push",
    Route.WEB_PUSH: "web_push",
}
TEMPLATE_PROVIDERS: Mapping[Route, str] = {Route.ZALO_PROMOTION: "zalo", Route.ZALO_TEMPLATE: "zalo"}
"""The routes that carry only a template that the provider keeps, with that provider; the others of their channel carry
only a text."""

GRANTED_ROUTES = frozenset({Route.MESSENGER_MARKETING})
"""The routes that use what the person gave the provider: a subscription."""

LONGEST_TEXTS: Mapping[Route, int] = {Route.MESSENGER_MARKETING: 640}
"""The routes that carry less than their channel does, in characters."""

Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Source(_Strict):
    """Where a rule stands: an act with its article, or a provider's document, and when that text was read.

    `url` is where it was read; an act is also known by its name. `unverified` says what nobody could compare with the
    official text.
    """

    act: str | None = Field(default=None, min_length=1)
    document: str | None = Field(default=None, min_length=1)
    article: str | None = Field(default=None, min_length=1)
    url: str | None = Field(default=None, pattern=r"^https://\S+$")
    read_on: date
    in_force: date | None = None
    unverified: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if (self.act is None) == (self.document is None):
            raise ValueError("a source is an act or a document, and one of the two")
        if self.act is not None and (self.article is None or self.in_force is None):
            raise ValueError("an act is named with its article and since when it is in force")
        if self.document is not None and self.url is None:
            raise ValueError("a document is named with its URL")
        return self

    def words(self) -> str:
        """The source in one line."""
        told = self.act or self.document or ""
        return ", ".join(
            part
            for part in (told, self.article and f"article {self.article}", self.url, f"read {self.read_on}")
            if part
        )


class Conditions(_Strict):
    """To whom a route is open; everything that is said has to hold, and what is not known does not.

    `within_hours_of_interaction` counts from the person's own last word to us, `within_hours_of_referral` from when
    they came by an advertisement that opens a conversation. `approved_template`: the provider approved the campaign's
    template and takes it. `subscribed` is a subscription at the provider, which is no consent. Countries are the
    person's, ISO 3166-1 alpha-2.
    """

    within_hours_of_interaction: int | None = Field(default=None, ge=1, le=24 * 366)
    within_hours_of_referral: int | None = Field(default=None, ge=1, le=24 * 366)
    follows: bool = False
    subscribed: bool = False
    approved_template: bool = False
    countries: tuple[Country, ...] | None = None
    not_countries: tuple[Country, ...] | None = None


class Bar(_Strict):
    """No message on the route from `since` to before `until` by the reader's clock; later since means over midnight."""

    since: time = Field(alias="from")
    until: time

    @model_validator(mode="after")
    def _leaves_a_day(self) -> Self:
        if self.since == self.until:
            raise ValueError("a bar from and until the same time would last the whole day")
        if self.since.tzinfo is not None or self.until.tzinfo is not None:
            raise ValueError("a bar is by the reader's clock and has no zone")
        return self

    @field_serializer("since", "until")
    def _clock(self, value: time) -> str:
        return value.strftime("%H:%M:%S")


class RouteCap(_Strict):
    """At most `count` messages to a person, and to an address, on the route in any `days` days."""

    count: int = Field(ge=1, le=10_000)
    days: int = Field(ge=1, le=366)


class RouteRule(_Strict):
    """One rule: a route, the purposes that it is open for, and on which conditions.

    `rule` is the name that a delivery keeps. `price_minor` is what a message costs on it, in minor units of the
    tenant's currency; None: the channel's cost. `bars` and `caps` bind every message on the route, transactional ones
    too.
    """

    rule: str = Field(pattern=r"^[a-z0-9][a-z0-9_]{0,62}$")
    route: Route
    purposes: tuple[MessageClass, ...] = Field(min_length=1)
    when: Conditions = Conditions()
    bars: tuple[Bar, ...] = ()
    caps: tuple[RouteCap, ...] = ()
    price_minor: int | None = Field(default=None, ge=0)
    source: Source | None = None
    reason: str | None = Field(default=None, min_length=1)

    @model_validator(mode="after")
    def _is_founded(self) -> Self:
        if self.source is None and self.reason is None:
            raise ValueError(f"the rule {self.rule} names its source or its reason")
        if self.when.approved_template and self.route not in TEMPLATE_PROVIDERS:
            raise ValueError(f"the route {self.route} of the rule {self.rule} carries no template of a provider")
        return self

    @property
    def channel(self) -> str:
        """The channel that the route is on."""
        return CHANNEL_OF[self.route]

    def founded_on(self) -> str:
        """The source, or the reason, in one line."""
        return self.source.words() if self.source is not None else self.reason or ""


def check_routes(rules: Iterable[RouteRule]) -> None:
    """Refuse rules of which two have one name.

    Raises:
        ValueError: there are two.
    """
    names: set[str] = set()
    for rule in rules:
        if rule.rule in names:
            raise ValueError(f"there are two rules named {rule.rule}")
        names.add(rule.rule)


class _Words(yaml.SafeLoader):  # type: ignore[misc]  # yaml comes without types
    """Reads each value as it is written and leaves its type to the rules: to YAML itself 22:00 is the number 1320."""


_Words.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in resolvers if tag == "tag:yaml.org,2002:null"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def words_of_yaml(text: str) -> object:
    """YAML whose values are all words, for rules that know their types.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    return yaml.load(text, Loader=_Words)  # noqa: S506 - it makes words only


class _Shipped(_Strict):
    routes: tuple[RouteRule, ...]

    @model_validator(mode="after")
    def _says_each_once(self) -> Self:
        check_routes(self.routes)
        return self


@lru_cache(maxsize=1)
def default_routes() -> tuple[RouteRule, ...]:
    """The rules of a tenant that set none of its own, from the shipped file."""
    return _Shipped.model_validate(words_of_yaml(DEFAULT_ROUTES.read_text(encoding="utf-8"))).routes
