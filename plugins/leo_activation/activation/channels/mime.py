"""An e-mail as RFC 5322 wants it, the same for every provider that takes a whole message.

Headers are written here, bodies by the standard library: `EmailMessage` loses spaces between encoded words when it
folds a long Vietnamese subject, and encodes a long List-Unsubscribe link so that no mail program finds it (seen with
Python 3.11).
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr, quote
from uuid import UUID

from leo_activation.activation.channels import Message
from leo_activation.activation.lines import is_one_line
from leo_activation.errors import Permanent

LONGEST_LINK = 900
LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+")
"""A dot-atom of RFC 5322, dots wherever they stand: what needs quotes would be read in other ways by other programs."""
HOST = re.compile(r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?|\[[0-9A-Fa-f:.]+\]")
CRLF = "\r\n"
SEVEN_BITS = SMTP.clone(cte_type="7bit")


@dataclass(frozen=True)
class Mail:
    """A message ready for the wire: the addresses in ASCII, the content in seven bits with CRLF line ends."""

    delivery_id: UUID
    sender: str
    recipient: str
    content: bytes


@dataclass(frozen=True)
class Sender:
    """Who an e-mail comes from; `name` is empty where there is only an address."""

    name: str
    address: str

    @property
    def domain(self) -> str:
        """What stands behind the @."""
        return self.address.rpartition("@")[2]


def build_mail(message: Message) -> Mail:
    """The message as an e-mail.

    Raises:
        Permanent: it asks for a provider's template; it has no subject; a header has more than one line; an address is
            malformed or has a local part beyond ASCII, which few servers take (RFC 6531).
    """
    if message.provider_template_id is not None:
        raise Permanent("An e-mail cannot honour a provider's template.")
    if message.subject is None:
        raise Permanent("An e-mail needs a subject.")
    sender = read_sender(message.sender)
    recipient = wire_address(message.recipient, "recipient")
    headers = [
        _from_header(sender),
        f"To: <{recipient}>",
        _text_header("Subject", message.subject),
        f"Date: {format_datetime(datetime.now(UTC))}",
        f"Message-ID: {message_id(message.delivery_id, sender)}",
        *(f"{name}: {value}" for name, value in unsubscribe_headers(message).items()),
    ]
    body = EmailMessage(policy=SEVEN_BITS)
    body.set_content(message.text)
    if message.html is not None:
        body.add_alternative(message.html, subtype="html")
    content = CRLF.join(headers).encode("ascii") + b"\r\n" + body.as_bytes()
    return Mail(message.delivery_id, sender.address, recipient, content)


def message_id(delivery_id: UUID, sender: Sender) -> str:
    """The Message-ID: the delivery's id at the sender's domain, the same on every attempt."""
    return f"<{delivery_id}@{sender.domain}>"


def unsubscribe_headers(message: Message) -> dict[str, str]:
    """The headers of RFC 8058 where the message has a link, else none.

    Raises:
        Permanent: the link is not plain ASCII, or too long for a header that may not be folded.
    """
    if message.unsubscribe_url is None:
        return {}
    return {
        "List-Unsubscribe": f"<{_plain_link(message.unsubscribe_url)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def read_sender(text: str) -> Sender:
    """Name and address of 'Brand <news@example.com>'.

    Raises:
        Permanent: it has a line break, or no usable address.
    """
    name, address = parseaddr(single_line(text))
    return Sender(name, wire_address(address, "sender"))


def wire_address(address: str, whose: str) -> str:
    """The address with its domain in ASCII (IDNA); `whose` is for the error.

    Raises:
        Permanent: it is malformed, or its local part is beyond ASCII.
    """
    local, _, domain = single_line(address).rpartition("@")
    if not local or not domain or any(mark.isspace() or mark in "<>" for mark in address):
        raise Permanent(f"The {whose}'s address is malformed.")
    if not local.isascii():
        raise Permanent(f"The {whose}'s address has a local part beyond ASCII, which this channel cannot honour.")
    if not LOCAL_PART.fullmatch(local):
        raise Permanent(f"The {whose}'s address is malformed.")
    try:
        host = domain.encode("idna").decode("ascii")
    except UnicodeError as error:
        raise Permanent(f"The domain of the {whose}'s address is malformed.") from error
    if not HOST.fullmatch(host):
        raise Permanent(f"The domain of the {whose}'s address is malformed.")
    return f"{local}@{host}"


def single_line(text: str) -> str:
    """The text itself.

    Raises:
        Permanent: it could not stand in a header, as it holds a line break or another control character.
    """
    if not is_one_line(text):
        raise Permanent("A header of the e-mail holds a line break or another control character.")
    return text


def _from_header(sender: Sender) -> str:
    if not sender.name:
        return f"From: <{sender.address}>"
    if _stands_for_itself(sender.name):
        return f'From: "{quote(sender.name)}" <{sender.address}>'
    return f"{_text_header('From', sender.name)}{CRLF} <{sender.address}>"


def _text_header(name: str, text: str) -> str:
    """A header of free text, as encoded words (RFC 2047) where it is not ASCII, which hold the spaces between too."""
    if _stands_for_itself(single_line(text)):
        return f"{name}: {text}"
    return f"{name}: {Header(text, 'utf-8', header_name=name).encode(linesep=CRLF)}"


def _stands_for_itself(text: str) -> bool:
    """Whether a mail program shows the text as it is written: what looks like an encoded word it would decode."""
    return text.isascii() and "=?" not in text


def _plain_link(url: str) -> str:
    """The link as it stands: folded or encoded, no mail program would read it (RFC 8058 wants it plain)."""
    if not single_line(url).isascii() or any(mark in " <>" for mark in url) or len(url) > LONGEST_LINK:
        raise Permanent("The unsubscribe link cannot be written into a header.")
    return url
