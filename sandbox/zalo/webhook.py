"""What Zalo tells of a message that it took, signed as its documents say: plain SHA-256, the secret at the end."""

import hashlib
import json
import time
from collections.abc import Sequence
from typing import Any

from sandbox.poster import Event, Post
from sandbox.scenarios import ZaloStory

STOP = "STOP"
STALE_AFTER_S = 600
A_DAY_S = 24 * 3600


class Signer:
    """Writes and signs posts for one app and its Official Account."""

    def __init__(self, app_id: str, oa_id: str, secret: str) -> None:
        """Take the app's id, the account's, and the account's secret key."""
        self.app_id = app_id
        self.oa_id = oa_id
        self._secret = secret

    def write(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        """One event a post. Zalo tells again for two hours what was not answered; a stale one is a day old."""
        stale = at < time.time() - STALE_AFTER_S
        timestamp = str((at - A_DAY_S if stale else at) * 1000)
        body = json.dumps({**events[0], "app_id": self.app_id, "timestamp": timestamp}, ensure_ascii=False).encode()
        secret = "another secret" if forged else self._secret
        mac = hashlib.sha256(self.app_id.encode() + body + timestamp.encode() + secret.encode()).hexdigest()
        return Post(body, {"X-ZEvent-Signature": f"mac={mac}"})

    def received(self, recipient: str, msg_id: str, tracking_id: str) -> dict[str, Any]:
        """The message came to the person's device; a template to a phone number tells its tracking id and when."""
        message: dict[str, Any] = {"msg_id": msg_id}
        if tracking_id:
            message |= {"tracking_id": tracking_id, "delivery_time": str(int(time.time() * 1000))}
        return {
            "event_name": "user_received_message",
            "sender": {"id": self.oa_id},
            "recipient": {"id": recipient},
            "message": message,
        }

    def seen(self, user_id: str, msg_id: str) -> dict[str, Any]:
        """The person looked at the conversation."""
        return {
            "event_name": "user_seen_message",
            "sender": {"id": self.oa_id},
            "recipient": {"id": user_id},
            "message": {"msg_ids": [msg_id]},
        }

    def follows(self, user_id: str, *, follows: bool) -> dict[str, Any]:
        """The person follows the account, or does so no more."""
        return {
            "event_name": "follow" if follows else "unfollow",
            "oa_id": self.oa_id,
            "follower": {"id": user_id},
            "source": "oa_profile",
        }

    def wrote(self, user_id: str, text: str, msg_id: str) -> dict[str, Any]:
        """The person wrote to the account."""
        return {
            "event_name": "user_send_text",
            "sender": {"id": user_id},
            "recipient": {"id": self.oa_id},
            "message": {"text": text, "msg_id": msg_id},
        }

    def story(self, story: ZaloStory, recipient: str, msg_id: str, tracking_id: str) -> list[Event]:
        """What becomes of a message, in the order in which it happens."""
        received = self.received(recipient, msg_id, tracking_id)
        match story:
            case ZaloStory.SILENT:
                return []
            case ZaloStory.SEEN:
                return [received, self.seen(recipient, msg_id)]
            case ZaloStory.ANSWERED:
                return [received, self.wrote(recipient, "Cảm ơn shop", f"in-{msg_id}")]
            case ZaloStory.STOPPED:
                return [received, self.wrote(recipient, STOP, f"in-{msg_id}")]
            case ZaloStory.UNFOLLOWED:
                return [received, self.follows(recipient, follows=False)]
        return [received]


def name_of(event: Event) -> str:
    """The name under which an event stands among those that were posted."""
    message = event.get("message") or {}
    named = message.get("msg_id") or ",".join(message.get("msg_ids", ())) or event.get("follower", {}).get("id", "")
    return f"{event['event_name']} {named}"
