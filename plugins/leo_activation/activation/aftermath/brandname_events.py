"""What an SMS aggregator posts of its messages, and of people who want no more.

The contract is `docs/reference/brandname-contract.md`.

| `status` of a report | What follows |
| --- | --- |
| accepted, sent | accepted |
| delivered | delivered |
| undelivered | bounced; the address is dead with `invalid_number` |
| rejected | dropped |
"""

import hashlib
import hmac
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from leo_activation.activation.aftermath.events import ProviderEvent
from leo_activation.activation.aftermath.heard import Heard, OptOut
from leo_activation.activation.channels.sms_text import E164
from leo_activation.activation.states import EventKind
from leo_activation.errors import Permanent

PROVIDER = "brandname"
MOST_ENTRIES = 1_000
LONGEST_ID = 200
STATUSES = {
    "accepted": EventKind.ACCEPTED,
    "sent": EventKind.ACCEPTED,
    "delivered": EventKind.DELIVERED,
    "undelivered": EventKind.BOUNCED,
    "rejected": EventKind.DROPPED,
}
SIGNATURE = re.compile(r"t=(?P<at>[0-9]{1,12}),v1=(?P<mac>[0-9a-f]{64})", re.ASCII)
CODE = re.compile(r"[a-z_]{1,40}")


def signed_at(signature: str | None) -> float | None:
    """The time (seconds since 1970) of a signature in the form of the contract, None where it is not in it."""
    found = SIGNATURE.fullmatch(signature or "")
    return None if found is None else float(found["at"])


def is_genuine(secret: str, body: bytes, signature: str | None) -> bool:
    """Whether whoever knows the secret signed these very bytes, with their time."""
    found = SIGNATURE.fullmatch(signature or "")
    if found is None:
        return False
    expected = hmac.new(secret.encode(), f"{found['at']}.".encode() + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, found["mac"])


def read_post(body: bytes, tenant_id: str) -> Heard:
    """What a genuine body tells; an entry that cannot be read does not cost the others.

    Raises:
        Permanent: the body is not in the form of the contract.
    """
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Permanent("The body is no object of JSON.")
    reports, stops = _entries(told, "reports"), _entries(told, "opt_outs")
    ours = [report for report in reports if report.get("reference") == tenant_id]
    events = [event for report in ours for event in _event(report)]
    opt_outs = [
        OptOut(str(stop["from"]), "told the SMS aggregator to stop")
        for stop in stops
        if isinstance(stop.get("from"), str) and E164.fullmatch(stop["from"])
    ]
    return Heard(
        events=events,
        opt_outs=opt_outs,
        elsewhere=len(reports) - len(ours),
        ignored=len(ours) - len(events) + len(stops) - len(opt_outs),
    )


def _entries(told: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = told.get(name, [])
    if not isinstance(entries, list) or len(entries) > MOST_ENTRIES:
        raise Permanent(f"The body's '{name}' is no list of at most {MOST_ENTRIES} entries.")
    return [entry if isinstance(entry, dict) else {} for entry in entries]


def _event(report: Mapping[str, Any]) -> Iterator[ProviderEvent]:
    status, code, name = report.get("status"), report.get("code"), report.get("event_id")
    try:
        delivery_id = UUID(str(report.get("request_id")))
        told_at = datetime.fromisoformat(str(report.get("at")))
        at = told_at.replace(tzinfo=UTC) if told_at.tzinfo is None else told_at.astimezone(UTC)
    except (ValueError, OverflowError):
        return
    # Neither the server nor UTF-8 takes every character that JSON can write.
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID or not name.isprintable():
        return
    if not isinstance(status, str) or status not in STATUSES:
        return
    known_code = code if isinstance(code, str) and CODE.fullmatch(code) else ""
    kind = STATUSES[status]
    yield ProviderEvent(
        provider_event_id=name,
        delivery_id=delivery_id,
        kind=kind,
        occurred_at=at,
        permanent=known_code == "invalid_number" if kind is EventKind.BOUNCED else None,
        detail=f"{status} {known_code}".strip(),
    )
