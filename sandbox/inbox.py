"""A received message made readable: headers, plain text and HTML out of the raw bytes."""

import re
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy

from sandbox.journal import Record

WEB_ADDRESS = re.compile(r"<(https?://[^>\s]+)>")


@dataclass(frozen=True)
class Mail:
    """What the page shows of one message; `html` is empty where the message has no HTML part."""

    seq: int
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
        """The subject, or a word that says there is none."""
        return self.headers.get("Subject") or "(no subject)"

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
    raw = effect.message.encode("utf-8", "surrogateescape")
    parsed = message_from_bytes(raw, policy=email_policy)
    return Mail(
        seq=record.seq,
        received_at=record.at,
        recipient=effect.recipient,
        queue_id=effect.provider_message_id,
        message_id=effect.message_id,
        size=effect.size,
        headers=effect.headers,
        text=_part(parsed, "plain"),
        html=_part(parsed, "html"),
    )


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
