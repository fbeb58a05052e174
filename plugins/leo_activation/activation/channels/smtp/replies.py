"""What a mail server's reply means for one message, for its address and for everybody's messages.

The code's first digit decides (RFC 5321, 4.2.1); the enhanced status (RFC 3463, the list kept by IANA) says whose fault
it is. Where it does not say, the reply is about this one message.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome

ENHANCED = re.compile(r"\A([245]\.\d{1,3}\.\d{1,3})(?=\s|\Z)")

DEAD_ADDRESS = frozenset({"5.1.1", "5.1.2", "5.1.6", "5.1.10", "5.2.1"})
"""No such mailbox, no such domain, moved without a new address, a domain that takes no mail, a disabled mailbox."""

OUR_AUTHENTICATION = frozenset({"5.7.8", "5.7.9", "5.7.11", "5.7.14"})
"""The login is missing, wrong, too weak or not encrypted (RFC 4954, RFC 5248)."""

OUR_DOMAIN = frozenset({f"5.7.{detail}" for detail in range(20, 28)})
"""DKIM, SPF, reverse DNS or several of them fail for our sender (RFC 7372), or its domain takes no mail (RFC 7505)."""

LOGIN_REQUIRED = frozenset({530, 534, 535, 538})

REST = timedelta(minutes=15)
"""How long a server that said that we are too fast, or that it takes no mail now, is left alone."""


@dataclass(frozen=True)
class Reply:
    """One reply: its code, its enhanced status (empty where there is none) and its words."""

    code: int
    text: str

    @property
    def status(self) -> str:
        """The enhanced status of the first line, such as 5.1.1."""
        found = ENHANCED.match(self.text)
        return found.group(1) if found else ""

    @property
    def detail(self) -> str:
        """Code and words for the ledger."""
        return words(f"{self.code} {self.text}")


def read_reply(reply: tuple[int, bytes]) -> Reply:
    """What smtplib read from the wire."""
    return Reply(reply[0], reply[1].decode("utf-8", "replace"))


def refusal(phase: str, reply: Reply, *, about_sender: bool) -> Answer:
    """The answer to a 4xx or 5xx.

    about_sender: the reply came to MAIL, before any recipient was named. What is refused for good there is refused for
        everybody, so the message waits and the provider rests until a person has looked.
    """
    pause = _pause(reply, about_sender)
    for_good = 500 <= reply.code < 600 and pause is None
    return Answer(
        outcome=Outcome.REJECTED if for_good else Outcome.RETRY,
        phase=phase,
        detail=reply.detail,
        pause=pause,
        retry_after=None if pause is None else pause.lasts,
        address_is_dead=for_good and reply.status in DEAD_ADDRESS,
    )


def _pause(reply: Reply, about_sender: bool) -> ProviderPause | None:
    if reply.code in LOGIN_REQUIRED or reply.status in OUR_AUTHENTICATION:
        return ProviderPause(f"The mail server wants another login: {reply.detail}")
    if reply.status in OUR_DOMAIN:
        return ProviderPause(f"The mail server does not believe our sender: {reply.detail}")
    if about_sender and 500 <= reply.code < 600 and reply.status not in {"5.3.4", "5.2.3"}:
        return ProviderPause(f"The mail server does not take our sender: {reply.detail}")
    if reply.code == 421 and reply.status.startswith(("4.7.", "4.3.")):
        return ProviderPause(f"The mail server asks us to wait: {reply.detail}", REST)
    return None
