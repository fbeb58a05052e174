"""SendGrid's signed event webhook: whether a body is SendGrid's, and what it tells.

The signature is ECDSA over P-256 with SHA-256 of the timestamp header followed by the raw body, checked by SendGrid's
own library. An event names its delivery and tenant by the custom arguments that the message was sent with; they come
back beside SendGrid's own fields (Twilio SendGrid, "Event Webhook Reference").
"""

import hashlib
import json
import re
import time
from binascii import Error as NotBase64
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from sendgrid.helpers.eventwebhook import EventWebhook

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.states import EventKind
from leo_activation.errors import Configuration, Permanent

PROVIDER = "sendgrid"
LARGEST_SKEW_S = 300
LONGEST_ID = 100
"""SendGrid's own limit of sg_event_id."""
SAFE_ID = re.compile(r"[\x21-\x7e]+")

KINDS = {
    "processed": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "deferred": EventKind.DEFERRED,
    "bounce": EventKind.BOUNCED,
    "blocked": EventKind.BLOCKED,
    "dropped": EventKind.DROPPED,
    "spamreport": EventKind.COMPLAINED,
    "open": EventKind.OPENED,
    "click": EventKind.CLICKED,
    "unsubscribe": EventKind.UNSUBSCRIBED,
    "group_unsubscribe": EventKind.UNSUBSCRIBED,
}
"""Others (group_resubscribe, account changes) change nothing here: consent comes back only through the shop."""

ABOUT_THE_SENDER = frozenset({"content", "frequency or volume too high", "frequency/volume", "reputation", "technical"})
"""Classes of bounces that say nothing against the address."""


@dataclass(frozen=True)
class Told:
    """What one body tells of a tenant; how many entries were another's, and how many unreadable or of no concern."""

    events: tuple[ProviderEvent, ...]
    elsewhere: int
    ignored: int


@dataclass(frozen=True)
class SendgridVerifier:
    """Checks bodies against one public key, as the page of SendGrid's mail settings shows it."""

    public_key: str = field(repr=False)
    now: Callable[[], float] = time.time
    _webhook: EventWebhook = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Read the key.

        Raises:
            Configuration: it is none.
        """
        try:
            webhook = EventWebhook(self.public_key)
        except (ValueError, UnsupportedAlgorithm):
            webhook = EventWebhook()
        if not isinstance(webhook.public_key, EllipticCurvePublicKey):
            raise Configuration("SendGrid's public key of the event webhook cannot be read.")
        object.__setattr__(self, "_webhook", webhook)

    def is_timely(self, timestamp: str | None) -> bool:
        """Whether the timestamp header is within five minutes of now, either way."""
        if timestamp is None or not re.fullmatch(r"[0-9]{1,12}", timestamp):
            return False
        return abs(self.now() - int(timestamp)) <= LARGEST_SKEW_S

    def is_genuine(self, body: bytes, signature: str | None, timestamp: str | None) -> bool:
        """Whether the body was signed with SendGrid's key, lately."""
        if signature is None or timestamp is None or not self.is_timely(timestamp):
            return False
        try:
            return bool(self._webhook.verify_signature(body.decode(), signature, timestamp))
        except (NotBase64, ValueError):
            return False


def read_events(body: bytes, tenant_id: str) -> Told:
    """What a genuine body tells of one tenant; an entry that cannot be read does not cost the others.

    Raises:
        Permanent: the body is not a JSON array.
    """
    try:
        entries = json.loads(body)
    except (ValueError, RecursionError):
        entries = None
    if not isinstance(entries, list):
        raise Permanent("The body is not a JSON array of events.")
    events, elsewhere, ignored = [], 0, 0
    for entry in entries:
        if not isinstance(entry, dict) or str(entry.get("event")) not in KINDS:
            ignored += 1
        elif entry.get("tenant_id") != tenant_id:
            elsewhere += 1
        elif (event := _event(entry)) is None:
            ignored += 1
        else:
            events.append(event)
    return Told(tuple(events), elsewhere, ignored)


def _event(entry: Mapping[str, Any]) -> ProviderEvent | None:
    try:
        delivery_id = UUID(entry["delivery_id"])
        occurred_at = datetime.fromtimestamp(int(entry["timestamp"]), UTC)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, OSError):
        return None
    kind = KINDS[str(entry["event"])]
    if kind is EventKind.BOUNCED and entry.get("type") == "blocked":
        kind = EventKind.BLOCKED
    agent = entry.get("useragent")
    return ProviderEvent(
        provider_event_id=_event_id(entry, delivery_id),
        delivery_id=delivery_id,
        kind=kind,
        occurred_at=occurred_at,
        permanent=_is_permanent(entry) if kind is EventKind.BOUNCED else None,
        detail=_detail(entry),
        machine_flag=entry.get("sg_machine_open") is True,
        user_agent=agent if isinstance(agent, str) else None,
    )


def _event_id(entry: Mapping[str, Any], delivery_id: UUID) -> str:
    given = entry.get("sg_event_id")
    if isinstance(given, str) and len(given) <= LONGEST_ID and SAFE_ID.fullmatch(given):
        return given
    named = [entry.get(name) for name in ("event", "timestamp", "sg_message_id", "sg_event_id")]
    made_of = json.dumps([str(delivery_id), *named])
    return "sha256:" + hashlib.sha256(made_of.encode()).hexdigest()


def _is_permanent(entry: Mapping[str, Any]) -> bool:
    classified = str(entry.get("bounce_classification") or "").lower()
    passing = str(entry.get("status") or "").startswith("4") or entry.get("type") == "expired"
    return not passing and classified not in ABOUT_THE_SENDER


def _detail(entry: Mapping[str, Any]) -> str | None:
    """Codes and SendGrid's own classes only: what a receiving server wrote can name the recipient."""
    said = [entry.get("status"), entry.get("type"), entry.get("bounce_classification")]
    if entry.get("event") == "dropped":
        said.append(entry.get("reason"))
    words = " ".join(text.encode(errors="replace").decode() for text in said if isinstance(text, str) and text)
    return words or None
