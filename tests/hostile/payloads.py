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
from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameSettings
from leo_activation.activation.channels.facebook.graph import GraphSettings
from leo_activation.activation.channels.facebook.messenger import MarketingSettings, MessengerChannel, MessengerSettings
from leo_activation.activation.channels.fcm.channel import FcmChannel, FcmSettings
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.activation.channels.webpush.channel import WebPushChannel, WebPushSettings
from leo_activation.activation.channels.zalo.account import ZaloAccount
from leo_activation.activation.channels.zalo.channel import AccessToken, ZaloChannel
from leo_activation.errors import Configuration
from sandbox.fcm.account import Account
from sandbox.webpush.browser import subscription

OF_NO_CONCERN = frozenset({"Date", "Content-Transfer-Encoding"})
WORDS = "Nguyen-Lan"
"""What stands in every part that words can stand in, to be looked for again."""
VAPID_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
SUBSCRIPTION = json.dumps(
    {
        name: value
        for name, value in subscription("https://push.example.com/send/1").items()
        if name in {"endpoint", "keys"}
    },
    separators=(",", ":"),
    sort_keys=True,
)
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


def _zalo() -> Channel:
    return ZaloChannel(ZaloAccount("4200000000000000001", "app-secret"), _NoTokens())


def _fcm() -> Channel:
    key = Account().as_json("https://oauth2.googleapis.com/token")
    return FcmChannel(FcmSettings(key, "shop"))


def _webpush() -> Channel:
    return WebPushChannel(WebPushSettings(VAPID_KEY, "mailto:push@shop.example", "shop"))


def _twilio() -> Channel:
    return TwilioChannel(TwilioSettings(f"AC{'0' * 32}", "token", "shop", "https://leo.example"))


def _brandname() -> Channel:
    return BrandnameChannel(BrandnameSettings("key", "shop", "https://sms.example"))


class _NoTokens:
    """Nothing is sent, so nobody asks."""

    def current(self) -> AccessToken:
        raise Configuration("there is no token")

    def after(self, refused: AccessToken) -> AccessToken:
        raise Configuration("there is no token")


ON_ZALO = {
    "route": "zalo_template",
    "provider_template_id": "100002",
    "parameters": {"customer_name": WORDS, "offer": "warm feet"},
}
WAYS: tuple[Way, ...] = (
    Way("smtp", "email", lambda: SmtpChannel(SmtpSettings("127.0.0.1")), "lan@example.com"),
    Way("sendgrid", "email", lambda: SendGridChannel(SendGridSettings("SG.key", "shop")), "lan@example.com"),
    Way("file", "email", lambda: FileChannel(FileSettings(NOWHERE)), "lan@example.com"),
    Way("file", "sms", lambda: FileChannel(FileSettings(NOWHERE, "sms")), "84901234567"),
    Way("zalo", "zalo", _zalo, "4500000000000000001", {"route": "zalo_care", "unsubscribe_url": None}),
    Way("zalo", "zalo", _zalo, "4500000000000000001", ON_ZALO),
    Way("zalo", "zalo", _zalo, "84901234567", ON_ZALO),
    Way("fcm", "mobile_push", _fcm, "token-of-a-device_" * 6),
    Way("webpush", "web_push", _webpush, SUBSCRIPTION),
    Way("twilio", "sms", _twilio, "+84901234567"),
    Way("brandname", "sms", _brandname, "+84901234567"),
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
