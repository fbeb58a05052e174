"""A web push subscription: what a browser hands to a web site, and what an address on the channel web_push is.

The address is the subscription's JSON in its one canonical form: `endpoint`, `keys.auth`, `keys.p256dh`, no blanks,
keys in order, base64url without padding. `core.push_subscription` makes it in the database; here it is read back.
"""

import base64
import binascii
import json
import re
from dataclasses import dataclass, field

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

from leo_activation.errors import Permanent

LONGEST_ENDPOINT = 1_000
ENDPOINT = re.compile(r"https://(?:[a-z0-9_-]+\.)+[a-z][a-z0-9-]*(?::443)?/[!#-\[\]-~]*", re.IGNORECASE)
"""HTTPS, a name that is no address, no login, no port but HTTPS's own; one word of ASCII, no quotes or backslashes."""
INTERNAL = re.compile(
    r".*\.(?:local|localhost|localdomain|internal|intranet|lan|home|corp|private|home\.arpa)", re.IGNORECASE
)
"""Ends of names that mean something within a network only; what a name leads to is looked at besides."""
AUTH_BYTES = 16


@dataclass(frozen=True)
class Subscription:
    """Where a browser's push service takes messages for it, and the keys that only the browser can open.

    `p256dh` is the browser's public point on P-256, `auth` its secret of 16 bytes (RFC 8291, 3.2).
    """

    endpoint: str = field(repr=False)
    p256dh: bytes = field(repr=False)
    auth: bytes = field(repr=False)

    @property
    def origin(self) -> str:
        """Scheme and host of the push service, as RFC 6454 writes them."""
        return f"https://{self.host}"

    @property
    def host(self) -> str:
        """The push service's name in ASCII, in lower case."""
        return httpx.URL(self.endpoint).raw_host.decode("ascii")

    @property
    def target(self) -> str:
        """Path and query of the endpoint."""
        return httpx.URL(self.endpoint).raw_path.decode("ascii")


def read_subscription(address: str) -> Subscription:
    """The subscription of an address.

    Raises:
        Permanent: it is none, or its endpoint is not one that a push service would have; the words hold nothing of it.
    """
    try:
        given = json.loads(address)
        endpoint, keys = given["endpoint"], given["keys"]
        p256dh, auth = _decoded(keys["p256dh"]), _decoded(keys["auth"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Permanent("The address is no web push subscription.") from None
    if not isinstance(endpoint, str) or len(endpoint) > LONGEST_ENDPOINT or not ENDPOINT.fullmatch(endpoint):
        raise Permanent("The subscription's endpoint is no HTTPS address of a push service.")
    try:
        host = httpx.URL(endpoint).raw_host.decode("ascii")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), p256dh)
    except (httpx.InvalidURL, ValueError):
        raise Permanent("The subscription's endpoint or key is malformed.") from None
    if INTERNAL.fullmatch(host):
        raise Permanent("The subscription's endpoint has a name that means something within a network only.")
    if len(auth) != AUTH_BYTES:
        raise Permanent("The subscription's secret has not 16 bytes.")
    return Subscription(endpoint, p256dh, auth)


def _decoded(text: str) -> bytes:
    if not re.fullmatch(r"[A-Za-z0-9_-]{1,200}={0,2}", text):
        raise ValueError("no base64url")
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except binascii.Error as error:
        raise ValueError("no base64url") from error
