"""The one service account that the stand-in knows: its key, and the tokens that it was given.

Tokens by RFC 7523 as Google has it: https://developers.google.com/identity/protocols/oauth2/service-account
"""

import base64
import json
import secrets
import time
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT = "leo-sandbox"
EMAIL = f"sender@{PROJECT}.iam.gserviceaccount.com"
KEY_ID = "sandbox-key"
SCOPES = frozenset(
    {
        "https://www.googleapis.com/auth/firebase.messaging",
        "https://www.googleapis.com/auth/cloud-platform",
    }
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
AUDIENCE = "https://oauth2.googleapis.com/token"
"""Always, in Google's page: the service that grants, whatever host it is reached by."""
LASTS_S = 3599
LONGEST_ASSERTION_S = 3600
SKEW_S = 300


class NotGranted(Exception):
    """The assertion is not taken; the words are those of Google's `error_description`."""


class Account:
    """A service account with its private key, which only the client needs."""

    def __init__(self, key: rsa.RSAPrivateKey | None = None) -> None:
        """Take a key, or make one."""
        self._key = key or rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._tokens: dict[str, float] = {}

    @classmethod
    def kept_in(cls, path: Path) -> "Account":
        """The account of a key file in PEM, which is made where it is not there."""
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(cls()._pem())
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise ValueError(f"{path} holds no RSA key")  # noqa: TRY004 - the file is wrong, not a type
        return cls(key)

    def as_json(self, token_uri: str) -> dict[str, str]:
        """The file that Google would let its owner download."""
        return {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": KEY_ID,
            "private_key": self._pem().decode(),
            "client_email": EMAIL,
            "client_id": "100000000000000000001",
            "token_uri": token_uri,
        }

    def grant(self, assertion: str) -> str:
        """An access token for a signed assertion.

        Raises:
            NotGranted: it is not this account's, not for this service, or out of date.
        """
        try:
            signed, _, signature = assertion.rpartition(".")
            head, claims = (json.loads(_decoded(part)) for part in signed.split("."))
            key = self._key.public_key()
            key.verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        except (ValueError, InvalidSignature):
            raise NotGranted("Invalid JWT Signature.") from None
        now = time.time()
        if head.get("alg") != "RS256" or claims.get("iss") != EMAIL or claims.get("aud") != AUDIENCE:
            raise NotGranted("Invalid JWT: it is not of this account, or not for this service.")
        issued, ends = claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(ends, int) or ends - issued > LONGEST_ASSERTION_S:
            raise NotGranted("Invalid JWT: Token must be a short-lived token (60 minutes).")
        if not issued - SKEW_S <= now <= ends + SKEW_S:
            raise NotGranted("Invalid JWT: it is out of date.")
        if not SCOPES & set(str(claims.get("scope", "")).split()):
            raise NotGranted("Invalid JWT: no scope of FCM's.")
        token = f"ya29.sandbox-{secrets.token_urlsafe(24)}"
        self._tokens[token] = now + LASTS_S
        return token

    def knows(self, token: str) -> bool:
        """Whether the token was given, and holds still."""
        return self._tokens.get(token, 0.0) > time.time()

    def revoke(self) -> None:
        """Take every token back."""
        self._tokens.clear()

    def _pem(self) -> bytes:
        form = serialization.PrivateFormat.PKCS8
        return self._key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
