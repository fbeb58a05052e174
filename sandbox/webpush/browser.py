"""A browser: its subscription, and how it opens a message. Its keys follow from its endpoint, so that none are kept.

Written from RFC 8291 and RFC 8188 with the primitives alone, since the client encrypts by a library: one that read the
documents wrongly would agree with itself.
"""

import base64
import hashlib
import hmac
import struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ORDER_OF_P256 = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class NotForUs(ValueError):
    """The message cannot be opened with the browser's keys, or is not in the form of RFC 8291."""


class Browser:
    """One subscription's secret side."""

    def __init__(self, key: ec.EllipticCurvePrivateKey, auth: bytes) -> None:
        """Take the private key and the secret of 16 bytes."""
        self._key = key
        self._auth = auth

    @classmethod
    def at(cls, target: str) -> "Browser":
        """The browser whose endpoint has this path and query."""
        number = int.from_bytes(hashlib.sha512(f"key\0{target}".encode()).digest(), "big")
        key = ec.derive_private_key(number % (ORDER_OF_P256 - 1) + 1, ec.SECP256R1())
        return cls(key, hashlib.sha256(f"auth\0{target}".encode()).digest()[:16])

    @property
    def keys(self) -> dict[str, str]:
        """The member `keys` of the subscription that the browser hands out."""
        return {"auth": encoded(self._auth), "p256dh": encoded(_point(self._key.public_key()))}

    def open(self, body: bytes) -> bytes:
        """What a message says.

        Raises:
            NotForUs: it is not in this form, or for somebody else.
        """
        salt, rest = body[:16], body[16:]
        if len(rest) < 5:
            raise NotForUs("the header of RFC 8188 is cut short")
        size, length = struct.unpack("!LB", rest[:5])
        sender, cipher = rest[5 : 5 + length], rest[5 + length :]
        if size < 18 or len(cipher) > size:
            raise NotForUs("RFC 8291 has one record")
        try:
            shared = self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        except ValueError as error:
            raise NotForUs("the sender's key is no point on P-256") from error
        info = b"WebPush: info\0" + _point(self._key.public_key()) + sender
        secret = _hkdf(self._auth, shared, info, 32)
        key = _hkdf(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
        nonce = _hkdf(salt, secret, b"Content-Encoding: nonce\0", 12)
        try:
            padded = AESGCM(key).decrypt(nonce, cipher, None)
        except (InvalidTag, ValueError) as error:
            raise NotForUs("the message was encrypted for another key") from error
        text = padded.rstrip(b"\0")
        if not text.endswith(b"\2"):
            raise NotForUs("the last record ends with 0x02")
        return text[:-1]


def subscription(endpoint: str) -> dict[str, object]:
    """What `PushSubscription.toJSON()` gives for an endpoint of the stand-in's, whatever its host."""
    target = "/" + endpoint.split("//", 1)[1].partition("/")[2]
    return {"endpoint": endpoint, "expirationTime": None, "keys": Browser.at(target).keys}


def encoded(raw: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _point(key: ec.EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    """RFC 5869 for one block."""
    extracted = hmac.digest(salt, secret, "sha256")
    return hmac.digest(extracted, info + b"\1", "sha256")[:length]
