"""The shop's past e-mail campaigns: who got them, who opened, who clicked and came to shop."""

from dataclasses import dataclass
from random import Random

from sandbox.sample_data.moments import DAY, HOUR, MINUTE
from sandbox.sample_data.people import Consent, Contact, Kind, Shopper
from sandbox.sample_data.streams import stable_key
from sandbox.sample_data.world import World


@dataclass(frozen=True, slots=True)
class Campaign:
    """A campaign that was sent once, at nine in the morning of the recipient's own clock."""

    key: str
    name: str
    tag: str
    description: str
    coupon: str
    personas: frozenset[str]
    sent_day: int
    max_budget: float


@dataclass(frozen=True, slots=True)
class Response:
    """What one recipient did; a moment is None for what did not happen."""

    campaign: Campaign
    sent: int
    opened: int | None
    clicked: int | None


def past_campaigns(world: World) -> tuple[Campaign, ...]:
    """Two campaigns, 101 and 31 days before as-of (by default 11 November and 20 January)."""
    everyone = frozenset(persona.name for persona in world.personas)
    today = world.as_of // DAY
    return (
        Campaign(
            stable_key(world.seed, "campaign", "mega-sale"), "Mega sale e-mail", "mega_sale_email",
            "One day, 20 percent off everything", "MEGA20", everyone, today - 101, 60_000_000,
        ),
        Campaign(
            stable_key(world.seed, "campaign", "outdoor"), "Outdoor season e-mail", "outdoor_season_email",
            "New tents, boots and jackets for week-ends outside", "OUTDOOR10",
            frozenset({"weekend-hiker", "sports-fan", "young-parent", "tech-enthusiast"}), today - 31, 25_000_000,
        ),
    )  # fmt: skip


def responses(
    rng: Random, world: World, campaigns: tuple[Campaign, ...], shopper: Shopper, contact: Contact, consent: Consent
) -> list[Response]:
    """The campaigns that reached a person. Some recipients have withdrawn since: their flag now says -1."""
    had_agreed = consent.email == 1 or (consent.email == -1 and rng.random() < 0.06)
    if shopper.kind is Kind.ANONYMOUS or not contact.email or not had_agreed:
        return []
    got = []
    for campaign in campaigns:
        sent = campaign.sent_day * DAY + 9 * HOUR - shopper.offset_ms + int(rng.random() * 40 * MINUTE)
        if shopper.joined >= sent or shopper.persona.name not in campaign.personas or sent >= world.as_of:
            continue
        keen = 1.25 if shopper.visits > 4 else 0.85
        opened = clicked = None
        if rng.random() < 0.34 * keen:
            opened = sent + int(MINUTE + rng.expovariate(1 / (5 * HOUR)))
            if rng.random() < 0.24 * keen:
                clicked = opened + int(5_000 + rng.random() * 3 * MINUTE)
        got.append(Response(campaign, sent, _before(opened, world.as_of), _before(clicked, world.as_of)))
    return got


def _before(moment: int | None, end: int) -> int | None:
    return moment if moment is not None and moment < end else None
