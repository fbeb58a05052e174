"""The event webhook's key: ECDSA over P-256, as SendGrid signs and shows it. New at each start unless it is kept."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.poster import Event, Post

SIGNATURE_HEADER = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP_HEADER = "X-Twilio-Email-Event-Webhook-Timestamp"


class SigningKey:
    """A private key; two of them sign differently."""

    def __init__(self, key: ec.EllipticCurvePrivateKey | None = None) -> None:
        """Take a key, or draw a new one."""
        self._key = key or ec.generate_private_key(ec.SECP256R1())

    @classmethod
    def kept_in(cls, file: Path) -> "SigningKey":
        """The key in a file (PEM, PKCS 8), which is made where there is none, and its public half beside it (`.pub`).

        Raises:
            ValueError: the file holds no key of that kind.
        """
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
            file.write_bytes(
                ec.generate_private_key(ec.SECP256R1()).private_bytes(
                    serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
                )
            )
        key = serialization.load_pem_private_key(file.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{file} holds no key of an elliptic curve.")  # noqa: TRY004 - it is what was in the file
        kept = cls(key)
        file.with_suffix(".pub").write_text(kept.public_key)
        return kept

    @property
    def public_key(self) -> str:
        """The public half: DER SubjectPublicKeyInfo in base64, as the settings page of SendGrid shows it."""
        return base64.b64encode(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        ).decode()

    def headers(self, body: bytes, timestamp: int) -> dict[str, str]:
        """The two headers of a post: the signature is over the timestamp's digits followed by the raw body."""
        signature = self._key.sign(str(timestamp).encode() + body, ec.ECDSA(hashes.SHA256()))
        return {SIGNATURE_HEADER: base64.b64encode(signature).decode(), TIMESTAMP_HEADER: str(timestamp)}


class SignedPosts:
    """Events as SendGrid posts them: an array, signed by the account's key, or where they are forged by another one."""

    def __init__(self, key: SigningKey) -> None:
        """Take the account's key; the forger's is drawn."""
        self._key = key
        self._forger = SigningKey()

    def __call__(self, events: Sequence[Event], at: int, *, forged: bool) -> Post:
        """The signed post."""
        body = json.dumps(list(events), separators=(",", ":")).encode()
        return Post(body, (self._forger if forged else self._key).headers(body, at))
