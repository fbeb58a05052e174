"""What Twilio posts of a message, and of somebody who answers: whether a form is Twilio's, and what it tells.

| `MessageStatus` | What follows |
| --- | --- |
| accepted, queued, sending, sent | accepted |
| delivered | delivered |
| read | opened |
| undelivered | bounced; the address is dead with 30005 (unknown handset) and 30006 (landline or unreachable carrier) |
| failed, canceled | dropped: it never left Twilio; with 21610 the person had said STOP before |

An answer of a person's is read for a word that means stop (`stop_words`, or Twilio's own `OptOutType`) and for nothing
else; it is not kept.

The signature is base64 of HMAC-SHA1 under the auth token, over the URL as Twilio was told it and then the name and
value of each field, sorted by name. It has no time: an event is kept once, and an opt-out that is told again withdraws
nothing that stands, but consent that was given since.

Twilio, "Webhooks security", "Outbound Message Status in Status Callbacks" and the error dictionary, read on
2026-11-22 in stored copies.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit, urlunsplit
from uuid import UUID

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.aftermath.heard import Heard, OptOut
from leo_activation.activation.aftermath.stop_words import is_stop
from leo_activation.activation.channels.sms_text import E164
from leo_activation.activation.states import EventKind
from leo_activation.errors import Permanent

PROVIDER = "twilio"
MOST_FIELDS = 200
STATUSES = {
    "accepted": EventKind.ACCEPTED,
    "queued": EventKind.ACCEPTED,
    "sending": EventKind.ACCEPTED,
    "sent": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "read": EventKind.OPENED,
    "undelivered": EventKind.BOUNCED,
    "failed": EventKind.DROPPED,
    "canceled": EventKind.DROPPED,
}
DEAD = frozenset({"30005", "30006"})
OPTED_OUT = "21610"
CODE = re.compile(r"[0-9]{1,6}", re.ASCII)
SID = re.compile(r"[A-Z]{2}[0-9a-fA-F]{32}")
PORTS = {"https": 443, "http": 80}

Fields = Sequence[tuple[str, str]]


def read_fields(body: bytes) -> Fields:
    """The fields of a form.

    Raises:
        Permanent: it is no form, or has more fields than Twilio posts.
    """
    try:
        return parse_qsl(
            body.decode("ascii"), keep_blank_values=True, strict_parsing=bool(body), max_num_fields=MOST_FIELDS
        )
    except ValueError:
        raise Permanent("The body is no form of Twilio's.") from None


def is_genuine(token: str, url: str, fields: Fields, signature: str | None) -> bool:
    """Whether whoever knows the token signed this form for this URL, written with or without its port."""
    if signature is None or not signature.isascii():
        return False
    signed = "".join(name + value for name, value in sorted(set(fields)))
    expected = (
        base64.b64encode(hmac.new(token.encode(), (each + signed).encode(), hashlib.sha1).digest()).decode()
        for each in _written(url)
    )
    return any(hmac.compare_digest(each, signature) for each in expected)


def read_status(delivery_id: str, fields: Fields, *, now: datetime | None = None) -> Heard:
    """What a status callback tells of the delivery in its path.

    Args:
        now: when it came, for Twilio tells no time.

    Raises:
        Permanent: it is not what Twilio posts of a message.
    """
    told = dict(fields)
    sid, status, code = told.get("MessageSid", ""), told.get("MessageStatus", ""), told.get("ErrorCode", "")
    try:
        delivery = UUID(delivery_id)
    except ValueError:
        raise Permanent("The path names no delivery.") from None
    if not SID.fullmatch(sid) or not status:
        raise Permanent("The form names no message of Twilio's with its status.")
    if status not in STATUSES:
        return Heard(ignored=1)
    at = now or datetime.now(UTC)
    known_code = code if CODE.fullmatch(code) else ""
    kind = STATUSES[status]
    events = [
        ProviderEvent(
            provider_event_id=f"{sid}:{status}",
            delivery_id=delivery,
            kind=kind,
            occurred_at=at,
            permanent=known_code in DEAD if kind is EventKind.BOUNCED else None,
            detail=f"{status} {known_code}".strip(),
        )
    ]
    if known_code == OPTED_OUT:
        events.append(ProviderEvent(f"{sid}:opted_out", delivery, EventKind.UNSUBSCRIBED, at, detail=known_code))
    return Heard(events=events)


def read_answer_of_a_person(fields: Fields) -> Heard:
    """What a person's own message tells: an opt-out, or nothing.

    Raises:
        Permanent: it is not what Twilio posts of a message that came in.
    """
    told = dict(fields)
    sender = told.get("From", "")
    if not SID.fullmatch(told.get("MessageSid", "")) or not sender:
        raise Permanent("The form is of no message that came in.")
    if not E164.fullmatch(sender):
        return Heard(ignored=1)
    if told.get("OptOutType", "").upper() == "STOP" or is_stop(told.get("Body", "")):
        return Heard(opt_outs=[OptOut(sender, "answered an SMS by a word that means stop")])
    return Heard(ignored=1)


def _written(url: str) -> Iterator[str]:
    """The URL as it is, and with its usual port added or left out: Twilio writes either."""
    yield url
    parts = urlsplit(url)
    usual = PORTS.get(parts.scheme)
    host = parts.netloc.rpartition("@")[2]
    if usual is None:
        return
    if parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{host}:{usual}"))
    else:
        yield urlunsplit(parts._replace(netloc=host.rpartition(":")[0]))
