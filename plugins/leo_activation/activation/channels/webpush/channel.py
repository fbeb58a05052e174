"""Web push: messages to browsers by the push service that each browser chose (RFC 8030), encrypted for the browser
alone (RFC 8291) by http-ece and signed for the service (RFC 8292) by py-vapid.

pywebpush sends with no time limit and a TTL of 0, and follows redirects; so the request is our own. The address comes
from a browser, so from anybody: see `subscriptions`, `public_addresses` and `webpush_answers`.
"""

import json
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

import http_ece
from cryptography.hazmat.primitives.asymmetric import ec

from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.channels.http import HttpConnection, Lost, refuse_clear_text
from leo_activation.activation.channels.public_addresses import Reach, Resolve, reach_of
from leo_activation.activation.channels.webpush.answers import read_answer
from leo_activation.activation.channels.webpush.subscriptions import Subscription, read_subscription
from leo_activation.activation.channels.webpush.vapid import Vapid
from leo_activation.activation.lines import is_one_line
from leo_activation.activation.states import Outcome
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import read_settings

CHANNEL = "web_push"
MOST_BYTES = 3 * 1024
"""Encrypted; RFC 8030 (7.2) has every service take 4,096 bytes, and some take less."""
OVERHEAD = 16 + 4 + 1 + 65 + 1 + 16
"""RFC 8188 and 8291: salt, record size, length of the key, key, delimiter, tag."""
LONGEST_TTL = timedelta(weeks=4)
MOST_CONNECTIONS = 8
"""Push services to which a session stays connected; browsers have about four."""
Urgency = Literal["very-low", "low", "normal", "high"]
URGENCIES = ("very-low", "low", "normal", "high")


@dataclass(frozen=True)
class WebPushSettings:
    """How a web site speaks to push services.

    `private_key` and `contact` are those of `Vapid`; browsers subscribe under the key's public half. `ttl` is how long
    a service keeps a message for a browser that is closed. `stand_in`: where every message goes in place of the
    endpoint's own host, for tests and the sandbox. The others are those of `HttpConnection`.
    """

    private_key: str = field(repr=False)
    contact: str
    tenant_id: str
    timeout_s: float = 20.0
    ttl: timedelta = timedelta(hours=4)
    urgency: Urgency = "normal"
    stand_in: str | None = None
    authorities: str | None = None
    reach: Reach | None = None
    resolve: Resolve | None = None


@dataclass(frozen=True)
class WebPushPayload:
    """What a browser is to read, and where; encrypted when it is sent, under a key of that moment."""

    subscription: Subscription
    plain: bytes = field(repr=False)
    topic: str


class WebPushChannel:
    """Push messages to the browsers that subscribed to one web site."""

    provider = "webpush"

    def __init__(self, settings: WebPushSettings) -> None:
        """Remember the site's key.

        Raises:
            Configuration: the key or contact is none, no service keeps a message for so long, or there is no such
                urgency.
        """
        if not timedelta(0) <= settings.ttl <= LONGEST_TTL:
            raise Configuration("Push services keep a message for 0 s to 4 weeks: ttl_s must be from 0 to 2419200.")
        if settings.urgency not in URGENCIES:
            raise Configuration(f"The urgency must be one of {', '.join(URGENCIES)}.")
        reach = reach_of(read_settings()) if settings.reach is None else settings.reach
        if settings.stand_in is not None and reach is not Reach.ANYWHERE:
            refuse_clear_text(settings.stand_in)
        self._settings = settings
        self._vapid = Vapid(settings.private_key, settings.contact)

    def build(self, message: Message) -> WebPushPayload:
        """What the site's service worker is handed: JSON with title, body and the links.

        The topic is the delivery's: were a message to be taken twice, the second takes the place of the first.

        Raises:
            Permanent: the address is no subscription, or the message has no title, a part that a notification does not
                have, or is too long.
        """
        if message.html is not None or message.provider_template_id is not None or message.parameters or message.grant:
            raise Permanent("A push message has no HTML, no provider's template and no grant.")
        if not message.subject or not is_one_line(message.subject) or not message.text:
            raise Permanent("A web push message needs a title of one line and a text.")
        content = {"title": message.subject, "body": message.text, "delivery_id": str(message.delivery_id)}
        content["tenant_id"] = self._settings.tenant_id
        for name, url in (("action_url", message.action_url), ("unsubscribe_url", message.unsubscribe_url)):
            if url is not None:
                if not url.startswith(("https://", "http://")) or not url.isprintable() or " " in url:
                    raise Permanent(f"The {name} of a push message must be a web address in one word.")
                content[name] = url
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        if len(plain) + OVERHEAD > MOST_BYTES:
            raise Permanent(f"The push message has {len(plain) + OVERHEAD} bytes; every service takes {MOST_BYTES}.")
        return WebPushPayload(read_subscription(message.recipient), plain, message.delivery_id.hex)

    @contextmanager
    def open(self) -> Iterator["WebPushSession"]:
        """A session; it connects to each push service when a message is for it."""
        session = WebPushSession(self._settings, self._vapid)
        try:
            yield session
        finally:
            session.close()


class WebPushSession:
    """A connection to each of a few push services, the least used of them closed for another."""

    def __init__(self, settings: WebPushSettings, vapid: Vapid) -> None:
        """Start without a connection."""
        self._settings = settings
        self._vapid = vapid
        self._connections: OrderedDict[str, HttpConnection] = OrderedDict()
        self._known: set[str] = set()
        self._can_connect = False

    def ready(self) -> None:
        """Know that connections can be made as the settings say, before anybody's attempt.

        Nothing else to prove: there is a push service for each browser, and the outage of one is not that of the rest.
        A message for a service that is out of reach is one of which nothing had left, and is tried again later.

        Raises:
            Configuration: the certificate authorities cannot be read, or the stand-in has no URL.
        """
        if not self._can_connect:
            self._connect(self._settings.stand_in or "https://push.invalid").close()
            self._can_connect = True

    def send(self, payload: WebPushPayload) -> Answer:
        """Send once."""
        subscription = payload.subscription
        origin = subscription.origin
        base = self._settings.stand_in.rstrip("/") if self._settings.stand_in else origin
        headers = {
            "Authorization": self._vapid.authorization(origin),
            "TTL": str(int(self._settings.ttl.total_seconds())),
            "Urgency": self._settings.urgency,
            "Topic": payload.topic,
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
        }
        try:
            # The whole URL: a path that begins with two slashes would name another host.
            answer = self._connection(origin, base).ask(
                "POST", base + subscription.target, content=encrypted(payload.plain, subscription), headers=headers
            )
        except Lost as lost:
            if lost.is_refused_here:
                return Answer(Outcome.REJECTED, lost.phase, "The endpoint leads to an address that is not public.")
            return lost.answer()
        read = read_answer(
            answer, subscription.host, knows_our_key=origin in self._known, key_is_taken=bool(self._known)
        )
        if read.outcome is Outcome.ACCEPTED and len(self._known) < MOST_CONNECTIONS:
            self._known.add(origin)
        return read

    def close(self) -> None:
        """Hang up everywhere."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()

    def _connection(self, origin: str, base: str) -> HttpConnection:
        connection = self._connections.pop(origin, None)
        if connection is None:
            connection = self._connect(base)
            if len(self._connections) >= MOST_CONNECTIONS:
                self._connections.popitem(last=False)[1].close()
        self._connections[origin] = connection
        return connection

    def _connect(self, base: str) -> HttpConnection:
        settings = self._settings
        return HttpConnection(
            base, {}, settings.timeout_s, settings.authorities, reach=settings.reach, resolve=settings.resolve
        )


def encrypted(
    plain: bytes,
    subscription: Subscription,
    *,
    key: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """The message as RFC 8291 has it, in one record; key and salt are new each time, but for the RFC's own example."""
    content: bytes = http_ece.encrypt(
        plain,
        salt=salt,
        private_key=key or ec.generate_private_key(ec.SECP256R1()),
        dh=subscription.p256dh,
        auth_secret=subscription.auth,
        version="aes128gcm",
    )
    return content
