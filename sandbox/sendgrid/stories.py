"""What becomes of a message after it was accepted: the events of the webhook, by scenario."""

import base64
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.scenarios import SendgridStory

Event = dict[str, Any]

MACHINE = "Mozilla/5.0"
READERS_DELAY_S = 60
BY_READERS = frozenset({"open", "click", "spamreport", "unsubscribe"})
PERSON = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"
STORIES: Mapping[SendgridStory, tuple[tuple[str, Mapping[str, Any]], ...]] = {
    SendgridStory.OK: (("processed", {}), ("delivered", {"response": "250 2.0.0 OK"})),
    SendgridStory.SILENT: (),
    SendgridStory.OPENED: (
        ("processed", {}),
        ("delivered", {"response": "250 2.0.0 OK"}),
        ("open", {"useragent": PERSON, "ip": "192.0.2.10", "sg_machine_open": False}),
    ),
    SendgridStory.OPENED_BY_MACHINE: (
        ("processed", {}),
        ("delivered", {"response": "250 2.0.0 OK"}),
        ("open", {"useragent": MACHINE, "ip": "192.0.2.11", "sg_machine_open": True}),
    ),
    SendgridStory.CLICKED: (
        ("processed", {}),
        ("delivered", {"response": "250 2.0.0 OK"}),
        ("open", {"useragent": PERSON, "ip": "192.0.2.10", "sg_machine_open": False}),
        ("click", {"useragent": PERSON, "ip": "192.0.2.10", "url": "https://shop.example/offer"}),
    ),
    SendgridStory.DEFERRED: (
        ("processed", {}),
        ("deferred", {"response": "451 4.7.1 Greylisted, try again later", "attempt": "1"}),
        ("delivered", {"response": "250 2.0.0 OK"}),
    ),
    SendgridStory.BOUNCED: (
        ("processed", {}),
        (
            "bounce",
            {
                "type": "bounce",
                "status": "5.1.1",
                "reason": "550 5.1.1 The email account that you tried to reach does not exist",
                "bounce_classification": "Invalid Address",
            },
        ),
    ),
    SendgridStory.BLOCKED: (
        ("processed", {}),
        (
            "bounce",
            {
                "type": "blocked",
                "status": "4.7.0",
                "reason": "421 4.7.0 Our system has detected an unusual rate of mail from your address",
                "bounce_classification": "Reputation",
            },
        ),
    ),
    SendgridStory.DROPPED: (("dropped", {"reason": "Bounced Address"}),),
    SendgridStory.COMPLAINED: (
        ("processed", {}),
        ("delivered", {"response": "250 2.0.0 OK"}),
        ("spamreport", {}),
    ),
    SendgridStory.UNSUBSCRIBED: (
        ("processed", {}),
        ("delivered", {"response": "250 2.0.0 OK"}),
        ("unsubscribe", {}),
    ),
}


@dataclass
class Sent:
    """An accepted message, as the e-mail activity tells of it; `events` grows as they happen."""

    msg_id: str
    sender: str
    recipient: str
    subject: str
    arguments: Mapping[str, str]
    accepted_at: int
    events: list[Event] = field(default_factory=list)

    @property
    def status(self) -> str:
        """Where it stands: delivered, not_delivered, or processed."""
        names = {event["event"] for event in self.events}
        if "delivered" in names:
            return "delivered"
        return "not_delivered" if names & {"bounce", "dropped"} else "processed"

    def summary(self) -> dict[str, Any]:
        """The message in a list of `GET /v3/messages`."""
        names = [event["event"] for event in self.events]
        return {
            "from_email": self.sender,
            "msg_id": self.msg_id,
            "subject": self.subject,
            "to_email": self.recipient,
            "status": self.status,
            "opens_count": names.count("open"),
            "clicks_count": names.count("click"),
            "last_event_time": _iso(self.events[-1]["timestamp"] if self.events else self.accepted_at),
        }

    def details(self) -> dict[str, Any]:
        """The message of `GET /v3/messages/{msg_id}`."""
        shown = [
            {
                "event_name": event["event"],
                "processed": _iso(event["timestamp"]),
                **{key: event[key] for key in ("reason", "url") if key in event},
            }
            for event in self.events
        ]
        keys = ("from_email", "msg_id", "subject", "to_email", "status")
        whole = self.summary()
        return {**{key: whole[key] for key in keys}, "unique_args": dict(self.arguments), "events": shown}


def events_of(sent: Sent, story: SendgridStory) -> list[Event]:
    """The events of a message in the order in which they happen.

    Each is a second after the one before, and what a reader does a minute later: nobody opens a message at once.
    """
    return [
        event_of(sent, name, details, sent.accepted_at + number + READERS_DELAY_S * (name in BY_READERS))
        for number, (name, details) in enumerate(STORIES[story])
    ]


def event_of(sent: Sent, name: str, details: Mapping[str, Any], timestamp: int) -> Event:
    """One event as the webhook posts it: custom arguments lie beside SendGrid's own fields."""
    return {
        **sent.arguments,
        "email": sent.recipient,
        "timestamp": timestamp,
        "smtp-id": f"<{sent.msg_id.partition('.')[0]}@geopod-ismtpd-0>",
        "event": name,
        "sg_event_id": base64.urlsafe_b64encode(secrets.token_bytes(16)).decode().rstrip("="),
        "sg_message_id": sent.msg_id,
        **details,
    }


def _iso(timestamp: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(timestamp))
