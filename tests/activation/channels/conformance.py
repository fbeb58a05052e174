"""What every channel must do, whatever its provider: the same faults lead to the outcomes that they prove.

A channel passes by a subclass of `ChannelConformance` that makes its `provider` fixture give a `ProviderUnderTest`, and
that names the faults which its provider can have. `docs/guides/adding-a-channel.md` shows one.
"""

import time
from collections.abc import Mapping
from dataclasses import replace
from enum import StrEnum
from typing import ClassVar, Protocol
from uuid import UUID, uuid4

import pytest

from leo_activation.activation.channels import Answer, Channel, Message
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent, Transient


class Fault(StrEnum):
    """What a provider, or the way to it, does to one message."""

    BUSY = "busy"
    """It says that it takes no message now."""
    REFUSED = "refused"
    """It says that it will never take this message."""
    DEAD_ADDRESS = "dead_address"
    """It says that nobody is at this address."""
    OUR_FAULT = "our_fault"
    """It says that it takes nothing from this installation: key, login, sender, credit."""
    LOST_BEFORE = "lost_before"
    """The way is lost before the whole message has left."""
    LOST_UNREAD = "lost_unread"
    """The provider hangs up without having read the message; whether it had, nobody here can know."""
    LOST_AFTER = "lost_after"
    """It takes the message, and the way is lost before its answer."""
    SILENT = "silent"
    """It takes the message and never answers."""
    DRIPPING = "dripping"
    """It takes the message and answers so slowly that no single step takes long."""
    UNREADABLE = "unreadable"
    """It takes the message and answers something that nobody documented."""


MAY_END_AS: Mapping[Fault, frozenset[Outcome]] = {
    Fault.BUSY: frozenset({Outcome.RETRY}),
    Fault.REFUSED: frozenset({Outcome.REJECTED}),
    Fault.DEAD_ADDRESS: frozenset({Outcome.REJECTED}),
    Fault.OUR_FAULT: frozenset({Outcome.RETRY}),
    Fault.LOST_BEFORE: frozenset({Outcome.RETRY}),
    Fault.LOST_UNREAD: frozenset({Outcome.RETRY, Outcome.UNKNOWN}),
    Fault.LOST_AFTER: frozenset({Outcome.UNKNOWN}),
    Fault.SILENT: frozenset({Outcome.UNKNOWN}),
    Fault.DRIPPING: frozenset({Outcome.UNKNOWN}),
    Fault.UNREADABLE: frozenset({Outcome.UNKNOWN}),
}
TAKEN = frozenset({Fault.LOST_AFTER, Fault.SILENT, Fault.DRIPPING, Fault.UNREADABLE})
"""Faults in which the provider does take the message."""
LONGEST_TEXT = 500
LONGEST_S = 10.0
"""Within this a send must end, with the short time limits that tests set."""


class ProviderUnderTest(Protocol):
    """A stand-in of one provider with the channel that talks to it."""

    @property
    def channel(self) -> Channel:
        """The channel, set up to reach the stand-in, with time limits of about a second."""
        ...

    @property
    def unreachable(self) -> Channel:
        """The same channel, set up to reach a place where nobody listens."""
        ...

    @property
    def message(self) -> Message:
        """A message that the channel can honour whole, with a link to unsubscribe where it knows one."""
        ...

    def inject(self, fault: Fault) -> None:
        """Have the next send meet the fault."""
        ...

    def heal(self) -> None:
        """Have the sends after it meet none."""
        ...

    def taken(self, delivery_id: UUID) -> int:
        """How often the provider took a message that names this delivery."""
        ...


class ChannelConformance:
    """The suite; subclasses give the fixture `provider`."""

    faults: ClassVar[frozenset[Fault]]
    """The faults that this provider can have."""

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """One test for each fault of the subclass."""
        if "fault" in metafunc.fixturenames:
            metafunc.parametrize("fault", sorted(self.faults))

    def test_a_message_is_taken_once_and_names_its_delivery(self, provider: ProviderUnderTest) -> None:
        (answer,) = send(provider.channel, provider.message)

        assert answer.outcome is Outcome.ACCEPTED
        assert provider.taken(provider.message.delivery_id) == 1

    def test_building_touches_nothing(self, provider: ProviderUnderTest) -> None:
        provider.channel.build(provider.message)
        provider.unreachable.build(provider.message)

        assert provider.taken(provider.message.delivery_id) == 0

    def test_each_fault_ends_as_what_it_proves(self, provider: ProviderUnderTest, fault: Fault) -> None:
        healthy = replace(provider.message, delivery_id=uuid4())
        with provider.channel.open() as session:
            session.ready()
            provider.inject(fault)
            began = time.monotonic()
            answer = session.send(provider.channel.build(provider.message))
            took = time.monotonic() - began
            provider.heal()
            session.ready()
            after = session.send(provider.channel.build(healthy))

        assert answer.outcome in MAY_END_AS[fault]
        assert provider.taken(provider.message.delivery_id) == (fault in TAKEN)
        assert (answer.pause is not None) >= (fault is Fault.OUR_FAULT)
        assert answer.address_is_dead == (fault is Fault.DEAD_ADDRESS)
        assert took < LONGEST_S
        says_nothing_of(provider.message.recipient, answer)
        assert (after.outcome, provider.taken(healthy.delivery_id)) == (Outcome.ACCEPTED, 1)

    def test_an_outage_shows_before_an_attempt(self, provider: ProviderUnderTest) -> None:
        with provider.unreachable.open() as session, pytest.raises((Transient, Configuration)):
            session.ready()

    def test_a_session_that_was_never_made_ready_takes_nothing_and_says_so(self, provider: ProviderUnderTest) -> None:
        with provider.unreachable.open() as session:
            answer = session.send(provider.unreachable.build(provider.message))

        assert answer.outcome is Outcome.RETRY
        assert provider.taken(provider.message.delivery_id) == 0

    @pytest.mark.parametrize("mark", ["\r\n", "\n", "\r", "\0", "\u2028"])
    def test_a_recipient_of_two_lines_is_refused(self, provider: ProviderUnderTest, mark: str) -> None:
        address = f"{provider.message.recipient}{mark}Bcc: all@example.com"
        with pytest.raises(Permanent):
            provider.channel.build(replace(provider.message, recipient=address))

    def test_a_channel_has_the_name_of_its_provider(self, provider: ProviderUnderTest) -> None:
        assert provider.channel.provider == provider.unreachable.provider
        assert provider.channel.provider.isidentifier()


def says_nothing_of(recipient: str, answer: Answer) -> None:
    """What goes on record is one short line each, without the address."""
    assert answer.detail
    assert answer.phase
    for text in [answer.detail, answer.phase, "" if answer.pause is None else answer.pause.reason]:
        assert recipient not in text
        assert len(text) < LONGEST_TEXT
        assert text.isprintable()


def send(channel: Channel, *messages: Message) -> list[Answer]:
    """Send messages one after the other over one session."""
    answers = []
    with channel.open() as session:
        for message in messages:
            session.ready()
            answers.append(session.send(channel.build(message)))
    return answers
