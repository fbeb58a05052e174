"""Who we are to push services: signed claims by RFC 8292, by py-vapid."""

import re
import time

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from py_vapid import Vapid02, VapidException

from leo_activation.errors import Configuration

LASTS_S = 12 * 3600
"""RFC 8292, 2: a day at most. Half of it, for clocks that go wrong."""
RENEWED_BEFORE_S = 3600
CONTACT = re.compile(
    r"mailto:[^\s<>@:]+@(?:[\w-]+\.)+[a-z]{2,}|https://(?:[\w-]+\.)+[a-z]{2,}(?:/[!-~]*)?", re.IGNORECASE
)
"""Where a push service's operator can reach us; Apple refuses blanks, brackets and localhost."""


class Vapid:
    """One key pair and one contact, for every push service."""

    def __init__(self, private_key: str, contact: str) -> None:
        """Read the key: PEM, or 32 bytes or DER in base64url.

        Raises:
            Configuration: it is no private key on P-256, or the contact is neither a mailto: nor an https: address.
        """
        try:
            self._vapid = _read(private_key)
        except (ValueError, TypeError, VapidException):
            raise Configuration("The VAPID key is no private key on P-256 in PEM or base64url.") from None
        if not CONTACT.fullmatch(contact):
            raise Configuration("VAPID needs a contact: 'mailto:' and an address, or an https address, of a real host.")
        self._contact = contact
        self._signed: dict[str, tuple[float, str]] = {}

    def authorization(self, origin: str) -> str:
        """The header's value for a push service; the same until an hour before it ends.

        origin: its scheme and host: a token is good for one service, so that none can pass it on.
        """
        ends_at, header = self._signed.get(origin, (0.0, ""))
        if ends_at - time.time() < RENEWED_BEFORE_S:
            ends_at = int(time.time()) + LASTS_S
            claims = {"aud": origin, "exp": ends_at, "sub": self._contact}
            header = str(self._vapid.sign(claims)["Authorization"])
            if len(self._signed) > 100:
                self._signed.clear()
            self._signed[origin] = (ends_at, header)
        return header


def _read(private_key: str) -> Vapid02:
    text = private_key.strip()
    if text.startswith("-----BEGIN"):
        key = load_pem_private_key(text.encode(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("no key on P-256")
        return Vapid02(key)
    vapid = Vapid02.from_string(text)
    if vapid.private_key.curve.name != ec.SECP256R1.name:
        raise ValueError("no key on P-256")
    return vapid
