"""How each fault of the arangodump form looks in its document."""

from random import Random

from sandbox.sample_data.contacts import BLOCKED_PHONE, SHOP_PHONE
from sandbox.sample_data.faults import EventFault, ProfileFault
from sandbox.sample_data.moments import DAY, iso_ms
from sandbox.sample_data.streams import pick
from sandbox.sample_data.tenant import Document

_OVER_LONG = "Khách hàng thân thiết. " * 800


def spoil_profile(rng: Random, document: Document, kind: ProfileFault) -> None:
    """Change one thing in a sound profile document."""
    if kind is ProfileFault.BAD_EMAIL:
        _set_contact(
            document, "primaryEmail", "email", pick(rng, ("lan.nguyen@@example", "khong-co-email", "an@", "a b@c"))
        )
    elif kind is ProfileFault.IMPOSSIBLE_BIRTH_DATE:
        document["dateOfBirth"] = pick(rng, ("1872-05-01T00:00:00.000Z", "2047-01-01T00:00:00.000Z"))
    elif kind is ProfileFault.BAD_DATE:
        document["createdAt"] = pick(rng, ("2025-13-45T99:00:00.000Z", "yesterday"))
    elif kind is ProfileFault.BLOCKED_PHONE:
        _set_contact(document, "primaryPhone", "phone", BLOCKED_PHONE)
    elif kind is ProfileFault.SHOP_PHONE:
        _set_contact(document, "primaryPhone", "phone", SHOP_PHONE)
    elif kind is ProfileFault.BLANK_NAME:
        document["firstName"], document["lastName"] = "   ", "\t"
    elif kind is ProfileFault.OVER_LONG_TEXT:
        document["firstName"] = _OVER_LONG
    else:
        document["livingCountry"], document["livingCity"], document["locationCode"] = "Atlantis", "Poseidonis", "XQ"


def _set_contact(document: Document, name: str, prefix: str, value: str) -> None:
    """The address and, as LEO keeps it, the identity that is made of it."""
    document[name] = value
    identities = document["identities"]
    if isinstance(identities, list):
        others = [identity for identity in identities if not identity.startswith(f"{prefix}:")]
        document["identities"] = [*others, f"{prefix}:{value}"]


def spoil_event(document: Document, kind: EventFault, as_of: int, vanished_key: str) -> None:
    """Change one thing in a sound page view."""
    if kind is EventFault.FUTURE_EVENT:
        document["createdAt"] = iso_ms(as_of + 40 * DAY)
        document["timestamp"] = (as_of + 40 * DAY) // 1000
    elif kind is EventFault.UNKNOWN_METRIC:
        document["metricName"] = "teleport-to-shop"
    elif kind is EventFault.BAD_DATE:
        document["createdAt"] = "2026-02-30T25:61:00.000Z"
    elif kind is EventFault.NO_PROFILE:
        document["refProfileId"] = ""
    elif kind is EventFault.VANISHED_PROFILE:
        document["refProfileId"] = vanished_key
    elif kind is EventFault.NEGATIVE_VALUE:
        document["metricName"] = "purchase"
        document["isConversion"] = True
        document["transactionId"] = f"ORD-FAULTY-{document['_key']}"
        document["transactionValue"] = -150_000.0
        document["transactionCurrency"] = "VND"
        document["transactionStatus"] = "completed"
    else:
        document["message"] = _OVER_LONG
