"""The contract between the ledger and a provider; `docs/guides/adding-a-channel.md` is the longer form.

    build the payload  ->  make the session ready  ->  send  ->  one answer

`build` touches nothing outside and refuses whatever the provider cannot honour. `Session.ready` is where a provider
that is down shows: before an attempt is on record, so that nobody's attempts are used up by an outage. `send` runs
after the attempt was committed and never raises for what the provider did: it answers with one of four outcomes, and
says `unknown` whenever the message may have been taken.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar
from uuid import UUID

from leo_activation.activation.states import Outcome


@dataclass(frozen=True)
class Message:
    """One message to one address, rendered; `subject` and `html` are None where the template has none.

    `unsubscribe_url` is set on marketing messages. `provider_template_id` names a template that the provider keeps
    and approved, filled in with `parameters`, and with `text` as its fallback. `route` is the way on the channel by
    which the person may be written to, None where the channel has only one. `action_url` is where a tap on a push
    message leads. `grant` is what the person gave the provider for this route: a subscription to marketing messages.
    """

    delivery_id: UUID
    recipient: str
    sender: str
    text: str
    subject: str | None = None
    html: str | None = None
    unsubscribe_url: str | None = None
    provider_template_id: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    route: str | None = None
    action_url: str | None = None
    grant: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class RateLimits:
    """What a provider's headers say of its limit: `remaining` calls until the window ends, `resets_in` from now."""

    remaining: int
    resets_in: timedelta


@dataclass(frozen=True)
class ProviderPause:
    """Why a provider takes nothing from us now, and for how long; None: until a person releases it."""

    reason: str
    lasts: timedelta | None = None


@dataclass(frozen=True)
class Answer:
    """What one send led to.

    `phase` is the step of the protocol that decided; `detail` the provider's code and words without addresses;
    `retry_after` the provider's own wish where it stated one. `limits` is what the provider said of its rate limit.
    `pause` says why nobody's messages are taken by the provider now (quota, money, policy): the whole provider rests.
    `address_is_dead` where the address itself was refused for good: it is retired. `opted_out` where the provider says
    that the person wants nothing more from us: it counts as a word of theirs to us.
    """

    outcome: Outcome
    phase: str
    detail: str
    provider_message_id: str | None = None
    retry_after: timedelta | None = None
    limits: RateLimits | None = None
    pause: ProviderPause | None = None
    address_is_dead: bool = False
    opted_out: bool = False


Payload = TypeVar("Payload")
PayloadIn = TypeVar("PayloadIn", contravariant=True)


class Session(Protocol[PayloadIn]):
    """An open way to the provider, used by one worker, for many messages one after the other."""

    def ready(self) -> None:
        """Connect, or prove that the connection still stands.

        Raises:
            Transient: the provider cannot be reached now.
            Configuration: it refuses this installation (login, certificate).
        """
        ...

    def send(self, payload: PayloadIn) -> Answer:
        """Send once, with time limits and no retry of its own; raises nothing for what the provider did."""
        ...


class PayloadChannel(Protocol[Payload]):
    """One provider. Stateless: what a connection needs to remember lives in its session.

    `provider` is its name in the ledger, in rate limits and pauses: file, smtp, sendgrid.
    """

    @property
    def provider(self) -> str:
        """The provider's name, the same in every process."""
        ...

    def build(self, message: Message) -> Payload:
        """The message in the provider's form.

        Raises:
            Permanent: the provider cannot honour something that the message asks for.
        """
        ...

    def open(self) -> AbstractContextManager[Session[Payload]]:
        """A session, closed at the end of the block; does not connect yet."""
        ...


Channel = PayloadChannel[Any]
"""A channel whose payload is its own business: what `dispatch` is handed."""


@dataclass(frozen=True)
class LookedFor:
    """A message whose end is not known: its delivery, what the provider called it, and when it was attempted."""

    delivery_id: UUID
    provider_message_id: str | None
    started_at: datetime


@dataclass(frozen=True)
class FoundInLog:
    """What the provider's own log says of a message; `outcome` is accepted or rejected, never unknown."""

    delivery_id: UUID
    outcome: Outcome
    detail: str
    provider_message_id: str | None = None


class MessageLog(Protocol):
    """A provider whose log can be asked afterwards; a message that it does not name stays unknown."""

    @property
    def provider(self) -> str:
        """The provider's name, as of its channel."""
        ...

    def look_up(self, messages: Sequence[LookedFor]) -> Sequence[FoundInLog]:
        """Those of the messages that the log names.

        Raises:
            Transient: the log cannot be read now.
            Configuration: it refuses this installation.
        """
        ...
