"""What Meta posts of a Page's messages and of its people: whether a body is Meta's, and what it tells.

| In `messaging` or `standby` | What follows |
| --- | --- |
| `message` with `is_echo` | accepted: the delivery named by `metadata`, else by `mid` |
| `delivery` | delivered: by `mids`, else everything accepted that the person was sent before `watermark` |
| `read` | opened: everything accepted that the person was sent before `watermark` |
| `message`, `postback` | the person's own word: the window opens; a text that is nothing but "stop" is an opt-out too |
| `referral` of an advertisement in one of these two | the longer window opens, from that message |
| `optin` of type `notification_messages` | subscribed, with the token, sealed; or the person stopped it |

| In `changes` | What follows |
| --- | --- |
| `marketing_message_echoes`, `_deliveries`, `_reads` | accepted, delivered, opened: by the tracking id |

A stop is said of marketing messages as such, so it is an opt-out here too; resuming gives the subscription back and not
the consent, which comes from the shop alone. `marketing_message_delivery_failed` and `_clicks` name no message that we
know; a click on an advertisement without a word, an m.me link and a reaction open no window here. They are counted and
left.

The signature is HMAC-SHA256 of the raw body under the app's secret (`X-Hub-Signature-256`). It has no time: what is
older than a week is left, everything newer is kept once whatever comes how often. What people write is not kept.

Meta, "Messenger Platform policy" (updated 2026-09-28): the longer window begins with the "first message after clicking
a Click-to-Messenger ad". "Webhook Events Reference", `messages`, `message-echoes`, `message-deliveries`,
`message-reads`, `messaging_postbacks`, `messaging_referrals`, `messaging_optins`, and "Send Messages on Marketing
Message API for Messenger", read on 2026-11-22.
"""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeGuard
from uuid import UUID

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.aftermath.heard import Heard, MessageEvent, OptOut
from leo_activation.activation.aftermath.standing import Standing
from leo_activation.activation.aftermath.stop_words import is_stop
from leo_activation.activation.channels.facebook.answers import SAFE_ID
from leo_activation.activation.channels.facebook.graph import META_ID
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.activation.states import EventKind
from leo_activation.errors import Permanent
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

PROVIDER = "messenger"
SIGNATURE_PREFIX = "sha256="
OLDEST = timedelta(days=7)
"""Meta tells again for some days what was not answered; an older body is a repetition of somebody else's."""
LONGEST_WINDOW_OF_RECEIPTS = timedelta(days=30)
"""How far before its watermark a receipt is believed to speak of our messages."""
LARGEST_SECONDS = 100_000_000_000
"""Beyond this a number is milliseconds: Meta writes both."""
STOPPED = "STOP NOTIFICATIONS"
RECEIPTS = {"delivery": EventKind.DELIVERED, "read": EventKind.OPENED}
MARKETING = {
    "marketing_message_echoes": EventKind.ACCEPTED,
    "marketing_message_deliveries": EventKind.DELIVERED,
    "marketing_message_reads": EventKind.OPENED,
}


def is_genuine(secret: str, body: bytes, signature: str | None) -> bool:
    """Whether the app with this secret signed these very bytes; `signature` is the header as it came."""
    if signature is None or not signature.startswith(SIGNATURE_PREFIX) or not signature.isascii():
        return False
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, signature.removeprefix(SIGNATURE_PREFIX))


@dataclass(frozen=True)
class Receipt:
    """That everything a person was sent before a moment was delivered, or read."""

    address: str = field(repr=False)
    until: datetime
    kind: EventKind


@dataclass
class _Told:
    """What the entries come to so far."""

    sealer: Sealer
    events: list[ProviderEvent] = field(default_factory=list)
    by_message: list[MessageEvent] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    opt_outs: list[OptOut] = field(default_factory=list)
    elsewhere: int = 0
    ignored: int = 0


def read_meta(
    body: bytes,
    sealer: Sealer,
    key: bytes,
    tenant_id: str,
    page_id: str | None = None,
    now: Callable[[], float] = time.time,
) -> Heard:
    """What a genuine body tells; an entry that cannot be read does not cost the others.

    Args:
        key: the pseudonym key, by which the people of receipts are found.
        page_id: the tenant's Page; entries of another are counted and left. None: the app serves one Page only.

    Raises:
        Permanent: the body is not what Meta posts of a Page.
    """
    try:
        posted = json.loads(body)
    except (ValueError, RecursionError):
        posted = None
    entries = posted.get("entry") if isinstance(posted, dict) and posted.get("object") == "page" else None
    if not isinstance(entries, list):
        raise Permanent("The body is not one of a Page's webhook.")
    told = _Told(sealer)
    oldest = datetime.fromtimestamp(now(), UTC) - OLDEST
    for entry in entries:
        if not isinstance(entry, dict):
            told.ignored += 1
        elif page_id is not None and entry.get("id") != page_id:
            told.elsewhere += 1
        else:
            _read_entry(told, entry, oldest)
    return Heard(
        events=told.events,
        by_message=told.by_message,
        look_up=_look_up(told.receipts, tenant_id, key) if told.receipts else None,
        standings=told.standings,
        opt_outs=told.opt_outs,
        elsewhere=told.elsewhere,
        ignored=told.ignored,
    )


def _read_entry(told: _Told, entry: Mapping[str, Any], oldest: datetime) -> None:
    for item in _items(entry, "messaging", "standby"):
        at = _moment(item.get("timestamp")) or _moment(entry.get("time"))
        known = at is not None and at >= oldest and _read_messaging(told, item, at)
        told.ignored += not known
    for change in _items(entry, "changes"):
        value = change.get("value")
        at = _moment(value.get("timestamp")) if isinstance(value, dict) else None
        kind = MARKETING.get(str(change.get("field")))
        tracking_id = value.get("marketing_message_tracking_id") if isinstance(value, dict) else None
        if kind is None or at is None or at < oldest or not _is_safe(tracking_id):
            told.ignored += 1
        else:
            told.by_message.append(MessageEvent(tracking_id, f"{kind}:{_digest(tracking_id)}", kind, at))


def _read_messaging(told: _Told, item: Mapping[str, Any], at: datetime) -> bool:
    """True where the item was one of those that something follows from."""
    message, postback, optin = (_part(item, name) for name in ("message", "postback", "optin"))
    if message is not None and message.get("is_echo") is True:
        return _read_echo(told, message, at)
    person = _id(item.get("sender"))
    if person is None:
        return False
    for name, kind in RECEIPTS.items():
        if (receipt := _part(item, name)) is not None:
            return _read_receipt(told, person, receipt, kind, at)
    if optin is not None:
        return _read_optin(told, person, optin, at)
    said = [part for part in (message, postback) if part is not None]
    if not said:
        return False
    referrals = [_part(part, "referral") for part in said]
    came = any(referral is not None and referral.get("source") == "ADS" for referral in referrals)
    told.standings.append(Standing(person, interacted_at=at, referred_at=at if came else None))
    text = message.get("text") if message is not None else None
    if isinstance(text, str) and is_stop(text):
        told.opt_outs.append(OptOut(person, "wrote a word for stop to the Page"))
    return True


def _read_echo(told: _Told, message: Mapping[str, Any], at: datetime) -> bool:
    """An echo is the Page's own message: the proof that Meta took it."""
    mid = message.get("mid")
    if not _is_safe(mid):
        return False
    event_id = f"echo:{_digest(mid)}"
    try:
        delivery_id = UUID(message["metadata"])
    except (KeyError, ValueError, TypeError, AttributeError):
        told.by_message.append(MessageEvent(mid, event_id, EventKind.ACCEPTED, at))
    else:
        told.events.append(ProviderEvent(event_id, delivery_id, EventKind.ACCEPTED, at, provider_message_id=mid))
    return True


def _read_receipt(told: _Told, person: str, receipt: Mapping[str, Any], kind: EventKind, at: datetime) -> bool:
    mids = receipt.get("mids")
    named = [mid for mid in mids if _is_safe(mid)] if isinstance(mids, list) else []
    told.by_message += [MessageEvent(mid, f"{kind}:{_digest(mid)}", kind, at) for mid in named]
    until = _moment(receipt.get("watermark"))
    if not named and until is not None:
        told.receipts.append(Receipt(person, until, kind))
    return bool(named) or until is not None


def _read_optin(told: _Told, person: str, optin: Mapping[str, Any], at: datetime) -> bool:
    if optin.get("type") != "notification_messages":
        return False
    if optin.get("notification_messages_status") == STOPPED:
        told.standings.append(Standing(person, unsubscribed_at=at))
        told.opt_outs.append(OptOut(person, "stopped the marketing messages on Messenger"))
        return True
    token = optin.get("notification_messages_token")
    if not _is_safe(token):
        return False
    told.standings.append(
        Standing(
            person,
            subscribed_at=at,
            subscribed_until=_moment(optin.get("token_expiry_timestamp")),
            grant=told.sealer.seal(token),
        )
    )
    return True


def _look_up(
    receipts: Sequence[Receipt], tenant_id: str, key: bytes
) -> Callable[[Connection], Sequence[ProviderEvent]]:
    def look_up(connection: Connection) -> Sequence[ProviderEvent]:
        found = connection.execute(
            statement("activation/aftermath/find_by_receipt"),
            {
                "tenant_id": tenant_id,
                "key": key,
                "provider": PROVIDER,
                "addresses": [receipt.address for receipt in receipts],
                "until": [receipt.until for receipt in receipts],
                "kinds": [receipt.kind for receipt in receipts],
                "reaches_back": LONGEST_WINDOW_OF_RECEIPTS,
            },
        ).fetchall()
        return [
            ProviderEvent(f"{kind}:{delivery_id}", delivery_id, EventKind(kind), until)
            for delivery_id, kind, until in found
        ]

    return look_up


def _items(entry: Mapping[str, Any], *names: str) -> Iterator[Mapping[str, Any]]:
    for name in names:
        listed = entry.get(name)
        yield from (item for item in listed if isinstance(item, dict)) if isinstance(listed, list) else ()


def _part(item: Mapping[str, Any], name: str) -> Mapping[str, Any] | None:
    part = item.get(name)
    return part if isinstance(part, dict) else None


def _id(party: object) -> str | None:
    given = party.get("id") if isinstance(party, dict) else None
    return given if isinstance(given, str) and META_ID.fullmatch(given) else None


def _is_safe(given: object) -> TypeGuard[str]:
    return isinstance(given, str) and SAFE_ID.fullmatch(given) is not None


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _moment(given: object) -> datetime | None:
    """A moment in seconds or milliseconds since 1970, as a number or its digits."""
    try:
        number = int(given) if isinstance(given, (int, str)) and not isinstance(given, bool) else None
        if number is None or number <= 0:
            return None
        return datetime.fromtimestamp(number / 1000 if number > LARGEST_SECONDS else number, UTC)
    except (ValueError, OverflowError, OSError):
        return None
