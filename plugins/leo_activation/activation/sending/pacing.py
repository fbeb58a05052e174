"""How fast messages may leave, as data: rates by provider and receiving domain, and the slow start of a new sender.

What stands here holds in production, where messages reach the world. Elsewhere they reach stand-ins and an allow-list,
and only what a tenant set itself, or what a provider's own answers say, bounds them. Why these numbers:
`docs/decisions/pacing.md`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr

from leo_activation.activation.safety.guard import SendingGuard


@dataclass(frozen=True)
class Rate:
    """A token bucket: `per_second` tokens flow in, and it holds `burst` at most."""

    per_second: float
    burst: int


@dataclass(frozen=True)
class Pacing:
    """The bounds that hold where a tenant set none.

    `providers` bounds each provider as a whole, `domains` each receiving domain through it. `ramps` says how many
    messages a new sender begins on its first days; after the last of them nothing bounds it any more.
    """

    providers: Mapping[str, Rate] = field(default_factory=dict)
    domains: Mapping[str, Mapping[str, Rate]] = field(default_factory=dict)
    ramps: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


MAILBOX_PROVIDERS = (
    "aol.com",
    "gmail.com",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "me.com",
    "msn.com",
    "outlook.com",
    "yahoo.com",
    "yahoo.com.vn",
    "ymail.com",
)
"""Domains that hold many people's mailboxes and turn a sender away who comes too fast."""

WARM_UP = (50, 100, 200, 400, 800, 1_600, 3_200, 6_400, 12_800, 25_600, 51_200, 102_400)
"""Messages on the first days of a sending domain: twice as many each day."""

_MAILBOXES = dict.fromkeys(MAILBOX_PROVIDERS, Rate(per_second=5.0, burst=20))

PRODUCTION = Pacing(
    providers={"smtp": Rate(per_second=20.0, burst=50), "sendgrid": Rate(per_second=100.0, burst=200)},
    domains={"smtp": _MAILBOXES, "sendgrid": _MAILBOXES},
    ramps={"smtp": WARM_UP, "sendgrid": WARM_UP},
)
UNPACED = Pacing()


def pacing_of(guard: SendingGuard) -> Pacing:
    """The bounds of the program where this installation stands."""
    return PRODUCTION if guard.in_production else UNPACED


@dataclass(frozen=True)
class Way:
    """How a channel's messages leave: through which provider, and from which domain ('' where a sender has none)."""

    channel: str
    provider: str
    sender: str


def sending_domain(sender: str | None) -> str:
    """The domain of a sender's address, in lower case; '' where there is none."""
    _, at, domain = parseaddr(sender or "")[1].rpartition("@")
    return domain.lower() if at else ""
