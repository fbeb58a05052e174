"""A message that came in made readable: headers, plain text and HTML, out of raw bytes or of a request's JSON."""

import json
import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy

from sandbox import smtp
from sandbox.journal import Outcome, Record
from sandbox.sendgrid.api import CHANNEL as SENDGRID

CHANNELS = (smtp.CHANNEL, SENDGRID)

WEB_ADDRESS = re.compile(r"<(https?://[^>\s]+)>")


@dataclass(frozen=True)
class Mail:
    """What the page shows of one message; `html` is empty where the message has no HTML part.

    A message that was refused before its content was read has no headers and no text.
    """

    seq: int
    channel: str
    outcome: Outcome
    scenario: str
    answer: str
    received_at: datetime
    recipient: str
    queue_id: str
    message_id: str
    size: int
    headers: dict[str, str]
    text: str
    html: str

    @property
    def subject(self) -> str:
        """The subject, or words that say that there is none."""
        return self.headers.get("Subject") or ("(no subject)" if self.size else "(refused unread)")

    @property
    def unsubscribe_url(self) -> str:
        """The first web address of List-Unsubscribe, empty where there is none."""
        found = WEB_ADDRESS.search(self.headers.get("List-Unsubscribe", ""))
        return found[1] if found else ""

    @property
    def sender(self) -> str:
        """The From header as written."""
        return self.headers.get("From", "")


def read_mail(record: Record) -> Mail:
    """The message of a journal record.

    Parts that cannot be decoded are shown as far as they can be; the journal keeps the bytes.
    """
    effect = record.effect
    text, html = _of_json(effect.message) if effect.channel == SENDGRID else _of_bytes(effect.message)
    return Mail(
        seq=record.seq,
        channel=effect.channel,
        outcome=effect.outcome,
        scenario=effect.scenario,
        answer=effect.answer,
        received_at=record.at,
        recipient=effect.recipient,
        queue_id=effect.provider_message_id,
        message_id=effect.message_id,
        size=effect.size,
        headers=effect.headers,
        text=text,
        html=html,
    )


def _of_json(message: str) -> tuple[str, str]:
    """Plain text and HTML of the body of a request to SendGrid."""
    parts = {part["type"]: part["value"] for part in json.loads(message).get("content") or []}
    return parts.get("text/plain", ""), parts.get("text/html", "")


def _of_bytes(message: str) -> tuple[str, str]:
    """Plain text and HTML of a message as RFC 5322 writes it."""
    parsed = message_from_bytes(message.encode("utf-8", "surrogateescape"), policy=email_policy)
    return _part(parsed, "plain"), _part(parsed, "html")


def _part(message: EmailMessage, subtype: str) -> str:
    part = message.get_body(preferencelist=(subtype,))
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    charset = part.get_content_charset() or "utf-8"
    try:
        return payload.decode(charset, "replace")
    except LookupError:
        return payload.decode("utf-8", "replace")
