"""Who sends: the header `Authorization: vapid t=…, k=…` checked by RFC 8292."""

import json
import re
import time

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from sandbox.webpush.browser import decoded

FURTHEST_S = 24 * 3600
SKEW_S = 60
CONTACT = re.compile(r"mailto:[^\s<>@]+@[^\s<>@]+\.[^\s<>@]+|https://[^\s/]+\.[^\s]+")
HEADER = re.compile(r"vapid\s+(?P<parts>.+)", re.IGNORECASE)


class NotVapid(ValueError):
    """The header does not say who sends; the words say why."""


def audience(header: str) -> str:
    """The `aud` of a header that holds: the origin of the service that the token is for.

    Raises:
        NotVapid: it does not hold.
    """
    found = HEADER.fullmatch(header.strip())
    parts = dict(re.findall(r"([tk])=([A-Za-z0-9_.-]+)", found["parts"])) if found else {}
    if parts.keys() != {"t", "k"}:
        raise NotVapid("the scheme is vapid, with t and k")
    signed, _, signature = parts["t"].rpartition(".")
    try:
        head, claims = (json.loads(decoded(part)) for part in signed.split("."))
        raw = decoded(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decoded(parts["k"]))
        pair = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
        key.verify(pair, signed.encode(), ec.ECDSA(hashes.SHA256()))
    except (ValueError, InvalidSignature) as error:
        raise NotVapid("the token is not signed by k") from error
    if not isinstance(head, dict) or not isinstance(claims, dict) or head.get("alg") != "ES256" or len(raw) != 64:
        raise NotVapid("the token is a JWT by ES256")
    ends, now = claims.get("exp"), time.time()
    if not isinstance(ends, int) or not now - SKEW_S < ends <= now + FURTHEST_S + SKEW_S:
        raise NotVapid("exp is within 24 hours")
    if not CONTACT.fullmatch(str(claims.get("sub"))):
        raise NotVapid("sub is a mailto: or https: address")
    return str(claims.get("aud"))
