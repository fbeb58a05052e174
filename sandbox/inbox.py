"""A message that came in made readable: headers, plain text and HTML, out of raw bytes or of a request's JSON."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as email_policy

from sandbox import smtp
from sandbox.journal import Outcome, Record
from sandbox.sendgrid.api import CHANNEL as SENDGRID

CHANNELS: Mapping[str, str] = {
    smtp.CHANNEL: "E-mail by SMTP",
    SENDGRID: "E-mail by SendGrid",
    "zalo": "Zalo",
    "messenger": "Messenger",
    "messenger_marketing": "Messenger, paid",
    "page_posts": "Page posts",
    "fcm": "Mobile push",
    "webpush": "Web push",
    "twilio": "SMS by Twilio",
    "brandname": "SMS by brand name",
}
"""Whatever takes messages here, as the page calls it."""
WEB_ADDRESS = re.compile(r"<(https?://[^>\s]+)>")
TITLES = ("subject", "title")
TEXTS = ("text", "body", "message")
DEEPEST = 8
LONGEST_RECIPIENT = 60
LONGEST_SUBJECT = 90


@dataclass(frozen=True)
class Received:
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
    title: str
    text: str
    html: str

    @property
    def subject(self) -> str:
        """The subject or title, else how the text begins, or words that say that there is neither."""
        said = self.headers.get("Subject") or self.title or " ".join(self.text.split())[:LONGEST_SUBJECT]
        return said or ("(no subject)" if self.size else "(refused unread)")

    @property
    def channel_name(self) -> str:
        """The channel as people call it."""
        return CHANNELS.get(self.channel, self.channel)

    @property
    def short_recipient(self) -> str:
        """The address, cut: those of push are long."""
        long = len(self.recipient) > LONGEST_RECIPIENT
        return f"{self.recipient[:LONGEST_RECIPIENT]}…" if long else self.recipient

    @property
    def is_mail(self) -> bool:
        """Whether it has what a mail has: a way to unsubscribe in its headers."""
        return self.channel in {smtp.CHANNEL, SENDGRID}

    @property
    def unsubscribe_url(self) -> str:
        """The first web address of List-Unsubscribe, empty where there is none."""
        found = WEB_ADDRESS.search(self.headers.get("List-Unsubscribe", ""))
        return found[1] if found else ""

    @property
    def sender(self) -> str:
        """The From header as written."""
        return self.headers.get("From", "")


def read_message(record: Record) -> Received:
    """The message of a journal record.

    Parts that cannot be decoded are shown as far as they can be; the journal keeps the bytes.
    """
    effect = record.effect
    title = html = ""
    if effect.channel == smtp.CHANNEL:
        text, html = _of_bytes(effect.message)
    elif effect.channel == SENDGRID:
        text, html = _of_sendgrid(effect.message)
    else:
        title, text = _of_request(effect.message)
    return Received(
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
        title=title,
        text=text,
        html=html,
    )


def _of_sendgrid(message: str) -> tuple[str, str]:
    """Plain text and HTML of the body of a request to SendGrid."""
    parts = {part["type"]: part["value"] for part in json.loads(message).get("content") or []}
    return parts.get("text/plain", ""), parts.get("text/html", "")


def _of_request(message: str) -> tuple[str, str]:
    """Title and text of a request in JSON, wherever its provider has them; of a template, the whole request.

    What is no JSON is a text itself.
    """
    try:
        told = json.loads(message)
    except (ValueError, RecursionError):
        return "", message
    if not isinstance(told, dict):
        return "", message
    strings = list(_strings(told, DEEPEST))
    title = next((value for name, value in strings if name in TITLES), "")
    text = next((value for name, value in strings if name in TEXTS), "")
    return title, text or json.dumps(told, indent=2, ensure_ascii=False)


def _strings(told: Mapping[str, object], depth: int) -> Iterator[tuple[str, str]]:
    """The names and values of all that is text, the outermost first."""
    if depth == 0:
        return
    yield from ((name, value) for name, value in told.items() if isinstance(value, str))
    for value in told.values():
        if isinstance(value, dict):
            yield from _strings(value, depth - 1)


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
