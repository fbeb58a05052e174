"""Mail that mail servers write about mail: delivery reports (DSN, RFC 3464) and complaints (ARF, RFC 5965).

A report is untrusted: anybody can write one. So it names one of our deliveries by the Message-ID that only its
recipient and the servers on the way have seen (a random UUID), and it is acted on only where the recipient that it
names is the one of that delivery (`activation/match_reports`). Whoever knows both can suppress nobody but that
recipient. A signed return address would prove no more than the Message-ID does.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, message_from_string
from email.message import Message
from email.utils import parsedate_to_datetime
from enum import StrEnum
from uuid import UUID

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.states import EventKind

MOST_RECIPIENTS = 100
LONGEST_ADDRESS = 320
OUR_MESSAGE_ID = re.compile(
    r"<?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:@[^\s<>@]+>?|>?$)", re.I
)
STATUS = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
ACTIONS = {
    "delayed": EventKind.DEFERRED,
    "delivered": EventKind.DELIVERED,
    "relayed": EventKind.ACCEPTED,
    "expanded": EventKind.ACCEPTED,
}
COMPLAINTS = {"abuse": EventKind.COMPLAINED, "fraud": EventKind.COMPLAINED, "opt-out": EventKind.UNSUBSCRIBED}
PASSING = frozenset({("2", "2"), ("2", "3"), ("3", "4"), ("4", "7")})
"""Failures that say nothing against the address (RFC 3463): mailbox full, message too long for it or for the system,
delivery time expired."""
POLICY = "7"
"""RFC 3463's class of security and policy: the message was refused, not the address."""


class Aside(StrEnum):
    """Why a mail of the mailbox is put aside; also the name of the folder that it goes to."""

    NO_REPORT = "no_report"
    TOO_LARGE = "too_large"
    UNREADABLE = "unreadable"
    NO_CONCERN = "no_concern"
    UNKNOWN_MESSAGE = "unknown_message"
    OTHER_RECIPIENT = "other_recipient"


class NotAReport(Exception):
    """A mail that tells nothing of a message of ours."""

    def __init__(self, reason: Aside) -> None:
        """Keep the reason for whoever looks into the folder."""
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Reported:
    """What a report says of one message, and whom it names as its recipient; complaints may name nobody."""

    event: ProviderEvent
    recipients: tuple[str, ...] = field(repr=False)


def read_report(raw: bytes, received_at: datetime) -> list[Reported]:
    """What a mail reports; `received_at` is taken where it has no date that can be.

    Raises:
        NotAReport: it is something else, or about no message that could be ours.
    """
    try:
        mail = message_from_bytes(raw)
        parts = mail.get_payload() if mail.get_content_type() == "multipart/report" else None
        if not isinstance(parts, list):
            raise NotAReport(Aside.NO_REPORT)
        found = list(_reported(mail, [part for part in parts if isinstance(part, Message)], received_at))
    except (ValueError, ArithmeticError, LookupError, RecursionError, TypeError, AttributeError) as error:
        raise NotAReport(Aside.UNREADABLE) from error
    if not found:
        raise NotAReport(Aside.NO_CONCERN)
    return found


def _reported(mail: Message, parts: list[Message], received_at: datetime) -> Iterator[Reported]:
    told_at = _date(mail, received_at)
    for part in parts:
        blocks = _blocks(part)
        if part.get_content_type() == "message/delivery-status" and len(blocks) > 1:
            delivery_id = _delivery_id(blocks[0], parts)
            for block in blocks[1 : MOST_RECIPIENTS + 1]:
                yield from _of_recipient(block, delivery_id, told_at)
            return
        if part.get_content_type() == "message/feedback-report" and blocks:
            yield from _of_complaint(blocks[0], _delivery_id(blocks[0], parts), parts, told_at)
            return
    raise NotAReport(Aside.NO_REPORT)


def _of_recipient(block: Message, delivery_id: UUID, told_at: datetime) -> Iterator[Reported]:
    action = _text(block, "Action").lower()
    status = _status(block)
    permanent: bool | None = None
    if action == "failed" and status is not None:
        kind = EventKind.BLOCKED if status[0] == "5" and status[1] == POLICY else EventKind.BOUNCED
        if kind is EventKind.BOUNCED:
            permanent = status[0] == "5" and status[1:] not in PASSING
    elif action in ACTIONS:
        kind = ACTIONS[action]
    else:
        return
    said = f"{action} {'.'.join(status)}" if status else action
    recipients = tuple(
        address for name in ("Original-Recipient", "Final-Recipient") if (address := _address(_text(block, name)))
    )
    if recipients:
        event = ProviderEvent(_event_id("dsn", delivery_id, said), delivery_id, kind, told_at, permanent, said)
        yield Reported(event, recipients)


def _of_complaint(block: Message, delivery_id: UUID, parts: list[Message], told_at: datetime) -> Iterator[Reported]:
    feedback = _text(block, "Feedback-Type").lower()
    if feedback not in COMPLAINTS:
        return
    named = [_address(str(value)) for value in block.get_all("Original-Rcpt-To", [])]
    named += [_address(_text(headers, "To")) for headers in _returned(parts)] if not any(named) else []
    event = ProviderEvent(
        _event_id("arf", delivery_id, feedback), delivery_id, COMPLAINTS[feedback], told_at, None, feedback
    )
    yield Reported(event, tuple(address for address in named if address)[:MOST_RECIPIENTS])


def _delivery_id(fields: Message, parts: list[Message]) -> UUID:
    """Our delivery, by the fields of the report or the headers that were sent back.

    Raises:
        NotAReport: none of them is of ours.
    """
    named = [_text(fields, name) for name in ("Original-Message-ID", "X-Original-Message-ID", "Original-Envelope-Id")]
    named += [_text(headers, "Message-ID") for headers in _returned(parts)]
    for text in named:
        if found := OUR_MESSAGE_ID.match(text):
            return UUID(found[1])
    raise NotAReport(Aside.UNKNOWN_MESSAGE)


def _returned(parts: list[Message]) -> Iterator[Message]:
    """The headers of the message that the report is about, as far as they were sent back."""
    for part in parts:
        kind = part.get_content_type()
        if kind in {"message/rfc822", "message/rfc822-headers", "message/global"}:
            yield from _blocks(part)[:1]
        elif kind == "text/rfc822-headers":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                yield message_from_string(content.decode("utf-8", "replace"))


def _blocks(part: Message) -> list[Message]:
    """The groups of fields of a part of type message; the standard library reads them so."""
    payload = part.get_payload()
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []


def _status(block: Message) -> tuple[str, str, str] | None:
    """The status code, or the receiving server's own where that says more."""
    codes = [STATUS.search(_text(block, name)) for name in ("Status", "Diagnostic-Code")]
    found = [(code[1], code[2], code[3]) for code in codes if code]
    return next((code for code in found if code[1:] != ("0", "0")), found[0] if found else None)


def _address(text: str) -> str | None:
    """The address of 'rfc822; anh@example.com' or '<anh@example.com>', or None where it is none."""
    address = text.rpartition(";")[2].strip().rpartition("<")[2].rstrip("> ")
    fits = 3 <= len(address) <= LONGEST_ADDRESS and "@" in address[1:-1]
    return address if fits and address.isprintable() and " " not in address else None


def _text(fields: Message, name: str) -> str:
    return str(fields.get(name) or "").strip()


def _date(mail: Message, received_at: datetime) -> datetime:
    try:
        date = parsedate_to_datetime(_text(mail, "Date"))
    except (ValueError, OverflowError):
        return received_at
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return date if received_at - timedelta(days=30) < date < received_at else received_at


def _event_id(kind: str, delivery_id: UUID, said: str) -> str:
    """The same each time a report says the same of a message, so that a report that comes twice counts once."""
    return f"{kind}:{hashlib.sha256(f'{delivery_id} {said}'.encode()).hexdigest()}"
