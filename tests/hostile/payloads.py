"""Every provider's `build` with a message that it takes, and a reader of payloads that knows no provider."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from leo_activation.activation.channels import Channel
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.graph import GraphSettings
from leo_activation.activation.channels.messenger import MarketingSettings, MessengerChannel, MessengerSettings
from leo_activation.activation.channels.sendgrid import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp import SmtpChannel, SmtpSettings

OF_NO_CONCERN = frozenset({"Date", "Content-Transfer-Encoding"})
NOWHERE = Path("/nonexistent")


@dataclass(frozen=True)
class Way:
    """A provider with one of its ways: what a message of its channel carries there beside its words."""

    provider: str
    channel: str
    carrier: Callable[[], Channel]
    recipient: str
    parts: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        """Provider and route."""
        return " ".join((self.provider, str(self.parts.get("route") or "")))


def _page() -> Channel:
    graph = GraphSettings("1234567890", "page-token", "app-secret")
    return MessengerChannel(MessengerSettings(graph, MarketingSettings("12", "34", "system-token")))


WAYS: tuple[Way, ...] = (
    Way("smtp", "email", lambda: SmtpChannel(SmtpSettings("127.0.0.1")), "lan@example.com"),
    Way("sendgrid", "email", lambda: SendGridChannel(SendGridSettings("SG.key", "shop")), "lan@example.com"),
    Way("file", "email", lambda: FileChannel(FileSettings(NOWHERE)), "lan@example.com"),
    Way("file", "sms", lambda: FileChannel(FileSettings(NOWHERE, "sms")), "84901234567"),
    Way("messenger", "messenger", _page, "9876543210", {"route": "messenger_window"}),
    Way("messenger", "messenger", _page, "9876543210", {"route": "messenger_marketing", "grant": "subscription"}),
)


def leaves(payload: object) -> dict[str, str]:
    """Every text and number in a payload by the path to it: through dataclasses, JSON, mail and forms."""
    return dict(_leaves(payload, ""))


def _leaves(value: object, path: str) -> Iterator[tuple[str, str]]:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        for one in dataclasses.fields(value):
            yield from _leaves(getattr(value, one.name), f"{path}.{one.name}")
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _leaves(inner, f"{path}[{number}]")
    elif isinstance(value, bytes):
        yield from _leaves(_read(value), path)
    elif isinstance(value, EmailMessage):
        yield from _mail(value, path)
    else:
        yield path, str(value)


def _read(raw: bytes) -> object:
    try:
        return json.loads(raw)
    except ValueError:
        pass
    if b"\r\nMIME-Version:" in raw or b"\nMIME-Version:" in raw:
        return message_from_bytes(raw, policy=SMTP)
    text = raw.decode("utf-8", "surrogateescape")
    if "=" in text and "\n" not in text and " " not in text:
        return dict(parse_qsl(text, keep_blank_values=True, strict_parsing=True))
    return text


def _mail(mail: EmailMessage, path: str) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(mail.walk()):
        for name, value in part.items():
            boundary = "boundary" in str(value)
            if name not in OF_NO_CONCERN:
                yield f"{path}.{number}.{name}", "multipart" if boundary else str(value)
        if not part.is_multipart():
            yield f"{path}.{number}", str(part.get_content()).replace("\r\n", "\n").rstrip("\n")
