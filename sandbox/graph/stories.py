"""What a Page's webhook tells: of messages that were taken, and of what people do on their own."""

import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from sandbox.poster import Event, Post
from sandbox.scenarios import MessengerStory

STALE_AFTER_S = 600
WEEK_AND_MORE_S = 8 * 86_400
AD = {"source": "ADS", "type": "OPEN_THREAD", "ad_id": "6045246247433"}


class SignedPosts:
    """Entries as Meta posts them, signed by the app's secret, or where they are forged by another one."""

    def __init__(self, secret: str) -> None:
        """Take the app's secret; the forger's is drawn."""
        self._secret = secret
        self._forgers = secrets.token_hex(16)

    def __call__(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        """The signed post; each event is an entry of its own, its time that of the post.

        Meta's signature has no time: a stale post is one of more than a week ago, which somebody kept.
        """
        stale = at < time.time() - STALE_AFTER_S
        told = (_as_of_last_week(event) for event in events) if stale else iter(events)
        entries = [{**event, "time": (at - WEEK_AND_MORE_S * stale) * 1000} for event in told]
        body = json.dumps({"object": "page", "entry": entries}, separators=(",", ":")).encode()
        key = self._forgers if forged else self._secret
        signature = hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return Post(body, {"X-Hub-Signature-256": f"sha256={signature}"})


def id_of(event: Event) -> str:
    """What stands in `posted` for an entry."""
    parts = [*event.get("messaging", []), *(change["value"] for change in event.get("changes", []))]
    return ",".join(str(part.get("timestamp")) for part in parts)


def told_of_message(page: str, psid: str, mid: str, message: Mapping[str, Any], story: MessengerStory) -> list[Event]:
    """The entries of a message that was taken, in their order: its echo, then what became of it."""
    if story is MessengerStory.SILENT:
        return []
    now = _now()
    echo = {"mid": mid, "is_echo": True, "app_id": 1517776481860111, **message}
    told = [{"sender": {"id": page}, "recipient": {"id": psid}, "timestamp": now, "message": echo}]
    told.append(_of_person(page, psid, now + 1000, delivery={"mids": [mid], "watermark": now + 500}))
    if story in {MessengerStory.READ, MessengerStory.ANSWERED}:
        told.append(_of_person(page, psid, now + 60_000, read={"watermark": now + 59_000}))
    if story is MessengerStory.ANSWERED:
        told.append(does(page, psid, "message", now + 90_000))
    return [_entry(page, each) for each in told]


def told_of_offer(page: str, campaign: str, token: str, tracking_id: str, story: MessengerStory) -> list[Event]:
    """The entries of a marketing message that was taken."""
    if story is MessengerStory.SILENT:
        return []
    fields = ["marketing_message_echoes", "marketing_message_deliveries"]
    if story is not MessengerStory.OK:
        fields.append("marketing_message_reads")
    return [
        {
            "id": page,
            "changes": [
                {
                    "field": name,
                    "value": {
                        "page_id": int(page),
                        "timestamp": _now() + number * 30_000,
                        "marketing_message_tracking_id": tracking_id,
                        "messenger_subscription_token": token,
                        "message_id": campaign,
                    },
                }
            ],
        }
        for number, name in enumerate(fields)
    ]


def lies_about(page: str, psid: str) -> list[Event]:
    """What a person did not do: subscribe, and stop."""
    return [_entry(page, does(page, psid, what)) for what in ("subscribe", "stop")]


def told_of_person(page: str, psid: str, what: str, text: str = "") -> list[Event]:
    """The entry of something that a person does: message, postback, click (on an advertisement), referral
    (the first message after one), subscribe, stop.
    """
    return [_entry(page, does(page, psid, what, text=text))]


def does(page: str, psid: str, what: str, at: int | None = None, text: str = "Hello") -> dict[str, Any]:
    """The same, as an item of `messaging`."""
    mid = f"m_{secrets.token_urlsafe(24)}"
    optin = {
        "type": "notification_messages",
        "notification_messages_token": subscription_of(psid),
        "notification_messages_timezone": "Asia/Ho_Chi_Minh",
        "token_expiry_timestamp": _now() + 180 * 86_400_000,
        "user_token_status": "NOT_REFRESHED",
        "title": "Offers",
    }
    parts: Mapping[str, Mapping[str, Any]] = {
        "message": {"message": {"mid": mid, "text": text or "Hello"}},
        "postback": {"postback": {"mid": mid, "title": "Start", "payload": "GET_STARTED"}},
        "click": {"referral": AD},
        "referral": {"message": {"mid": mid, "text": text or "Hello", "referral": AD}},
        "subscribe": {"optin": optin},
        "stop": {"optin": {**optin, "notification_messages_status": "STOP NOTIFICATIONS"}},
    }
    return _of_person(page, psid, at or _now(), **parts[what])


def subscription_of(psid: str) -> str:
    """The subscription's token of a person of the stand-in's."""
    return str(int(hashlib.sha256(psid.encode()).hexdigest()[:15], 16))


def _of_person(page: str, psid: str, at: int, **parts: Any) -> dict[str, Any]:
    return {"sender": {"id": psid}, "recipient": {"id": page}, "timestamp": at, **parts}


def _as_of_last_week(event: Event) -> Event:
    items = [{**item, "timestamp": item["timestamp"] - WEEK_AND_MORE_S * 1000} for item in event.get("messaging", [])]
    return {**event, "messaging": items} if items else event


def _entry(page: str, item: Mapping[str, Any]) -> Event:
    return {"id": page, "messaging": [item]}


def _now() -> int:
    return int(time.time() * 1000)
