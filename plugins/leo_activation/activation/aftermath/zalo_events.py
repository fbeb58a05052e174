"""What Zalo posts of an Official Account: whether a body is Zalo's, and what it tells.

| `event_name` | What follows |
| --- | --- |
| `follow` | follows since then, and interacted |
| `unfollow` | follows no more |
| `user_send_*` | interacted; a text that is nothing but a word for "stop" is an opt-out |
| `user_received_message` | delivered: by `tracking_id` (the delivery's id), else by the message's id |
| `user_seen_message` | opened: by the messages' ids |

Everything else is left, and so is what people write. Who follows or writes may be answered by Zalo's rules; it is no
consent.

The signature is a plain SHA-256 over the app's id, the raw body, the `timestamp` inside it and the account's secret key
(`X-ZEvent-Signature: mac=…`). Zalo tells again after 30 seconds, 5, 15 and 30 minutes and an hour what was not answered
by 200, so bodies of the last hours are taken; they change nothing twice. Sources: docs/guides/zalo.md.
"""

import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.aftermath.heard import Heard, MessageEvent, OptOut
from leo_activation.activation.aftermath.standing import Standing
from leo_activation.activation.aftermath.stop_words import is_stop
from leo_activation.activation.channels.zalo.answers import MESSAGE_ID
from leo_activation.activation.channels.zalo.channel import CHANNEL, USER_ID
from leo_activation.activation.states import EventKind
from leo_activation.errors import Permanent, Transient
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

PROVIDER = "zalo"
MAC = re.compile(r"mac=([0-9a-f]{64})", re.I)
MILLISECONDS = re.compile(r"[0-9]{10,14}")
OLDEST = timedelta(hours=3)
"""The last repetition comes two hours after the first post."""
LARGEST_SKEW = timedelta(minutes=5)
MOST_SEEN = 100
"""Messages that one `user_seen_message` is read for."""


@dataclass(frozen=True)
class ZaloVerifier:
    """Tells Zalo's bodies by the app's id and the account's secret key."""

    app_id: str
    secret: str = field(repr=False)
    now: Callable[[], float] = time.time

    def is_genuine(self, body: bytes, signature: str | None) -> bool:
        """Whether Zalo signed these very bytes, within the hours in which it tells again."""
        signed = MAC.fullmatch(signature or "")
        told = _read(body)
        timestamp = None if told is None else told.get("timestamp")
        if signed is None or not isinstance(timestamp, str) or not MILLISECONDS.fullmatch(timestamp):
            return False
        age_s = self.now() - int(timestamp) / 1000
        if not -LARGEST_SKEW.total_seconds() <= age_s <= OLDEST.total_seconds():
            return False
        made = hashlib.sha256(self.app_id.encode() + body + timestamp.encode() + self.secret.encode()).hexdigest()
        return hmac.compare_digest(made, signed[1].lower())


def read_zalo(body: bytes, tenant_id: str) -> Heard:
    """What a genuine body tells.

    Raises:
        Permanent: it is not an event of Zalo's.
    """
    event = _read(body)
    if event is None or not isinstance(event.get("event_name"), str):
        raise Permanent("The body is not an event of Zalo's.")
    at = _moment(event.get("timestamp"))
    if at is None:
        raise Permanent("The event does not say when it happened.")
    name = str(event["event_name"])
    if name in {"follow", "unfollow"}:
        return _follows(_id_of(event, "follower"), at, follows=name == "follow")
    if name.startswith("user_send_") and not name.startswith("user_send_group_"):
        return _wrote(_id_of(event, "sender"), at, event)
    if name == "user_received_message":
        return _received(event, at, tenant_id)
    if name == "user_seen_message":
        return _seen(event, at, tenant_id)
    return Heard(ignored=1)


def _follows(user_id: str | None, at: datetime, *, follows: bool) -> Heard:
    if user_id is None:
        return Heard(ignored=1)
    return Heard(standings=[Standing(user_id, interacted_at=at if follows else None, follows=follows, followed_at=at)])


def _wrote(user_id: str | None, at: datetime, event: Mapping[str, Any]) -> Heard:
    if user_id is None:
        return Heard(ignored=1)
    message = event.get("message")
    text = message.get("text") if isinstance(message, dict) else None
    stops = event["event_name"] == "user_send_text" and isinstance(text, str) and is_stop(text)
    return Heard(
        standings=[Standing(user_id, interacted_at=at)],
        opt_outs=[OptOut(user_id, "wrote a word for stop to the Zalo account")] if stops else [],
    )


def _received(event: Mapping[str, Any], at: datetime, tenant_id: str) -> Heard:
    message = event.get("message")
    if not isinstance(message, dict):
        return Heard(ignored=1)
    delivered_at = _moment(message.get("delivery_time")) or at
    delivery_id = _delivery(message.get("tracking_id"))
    msg_id = _message_id(message.get("msg_id"))
    if delivery_id is not None:
        named = f"received:{msg_id or delivery_id}"
        told = ProviderEvent(named, delivery_id, EventKind.DELIVERED, delivered_at, provider_message_id=msg_id)
        return Heard(events=[told])
    if msg_id is None:
        return Heard(ignored=1)
    return Heard(
        by_message=[MessageEvent(msg_id, f"received:{msg_id}", EventKind.DELIVERED, delivered_at)],
        look_up=_after_the_answer(tenant_id, _id_of(event, "recipient"), [msg_id]),
    )


def _seen(event: Mapping[str, Any], at: datetime, tenant_id: str) -> Heard:
    message = event.get("message")
    if not isinstance(message, dict):
        return Heard(ignored=1)
    listed = message.get("msg_ids")
    told = [*(listed if isinstance(listed, list) else []), message.get("msg_id")]
    ids = list(dict.fromkeys(each for each in map(_message_id, told) if each is not None))[:MOST_SEEN]
    if not ids:
        return Heard(ignored=1)
    return Heard(
        by_message=[MessageEvent(each, f"seen:{each}", EventKind.OPENED, at) for each in ids],
        look_up=_after_the_answer(tenant_id, _id_of(event, "recipient") or _id_of(event, "sender"), ids),
    )


def _after_the_answer(
    tenant_id: str, user_id: str | None, message_ids: Sequence[str]
) -> Callable[[Connection], Sequence[ProviderEvent]] | None:
    """Nothing to find; but an event that overtook its own message's answer is sent back for Zalo to tell it again.

    A worker writes down several answers at once, some seconds after the first. Until then nobody knows which delivery a
    message's id is of, and the event would be taken for one of a message that a person wrote in Zalo's own window.
    """
    if user_id is None:
        return None

    def wait(connection: Connection) -> Sequence[ProviderEvent]:
        values = {
            "tenant_id": tenant_id,
            "provider": PROVIDER,
            "channel": CHANNEL,
            "address": user_id,
            "message_ids": list(message_ids),
        }
        if connection.execute(statement("activation/aftermath/awaits_its_answer"), values).fetchone() is not None:
            raise Transient("An event came before the answer to its message was written down.")
        return ()

    return wait


def _read(body: bytes) -> Mapping[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None


def _id_of(event: Mapping[str, Any], part: str) -> str | None:
    named = event.get(part)
    user_id = named.get("id") if isinstance(named, dict) else None
    return user_id if isinstance(user_id, str) and USER_ID.fullmatch(user_id) else None


def _message_id(told: object) -> str | None:
    return told if isinstance(told, str) and MESSAGE_ID.fullmatch(told) else None


def _delivery(told: object) -> UUID | None:
    try:
        return UUID(told) if isinstance(told, str) and len(told) == 36 else None
    except ValueError:
        return None


def _moment(told: object) -> datetime | None:
    if not isinstance(told, str) or not MILLISECONDS.fullmatch(told):
        return None
    return datetime.fromtimestamp(int(told) / 1000, UTC)
