"""Secrets that must be kept in the database, sealed with a key that is not in it.

A provider's rotated token or a person's subscription to marketing messages changes while the program runs, so it can
stand in no Airflow connection; a dump of the database must still not let anybody send. The key of the seal is derived
(HKDF, RFC 5869) from the secret of the installation, so that no other use of that secret has the same key.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from leo_activation.errors import Configuration
from leo_activation.settings import Settings

KEY_VARIABLE = "LEO_TOKEN_KEY"
SHORTEST_KEY = 32
PURPOSE = b"leo_activation sealed secrets 1"


class Sealer:
    """Seals texts with one key; what another key sealed cannot be opened."""

    def __init__(self, key: bytes) -> None:
        """Derive the key of the seal.

        Raises:
            Configuration: the key is too short to resist guessing.
        """
        if len(key) < SHORTEST_KEY:
            raise Configuration(f"The key that seals tokens must have at least {SHORTEST_KEY} characters.")
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=PURPOSE).derive(key)
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def seal(self, text: str) -> bytes:
        """The text encrypted and signed; twice the same text gives two different seals."""
        return self._fernet.encrypt(text.encode())

    def open(self, sealed: bytes) -> str:
        """The text again.

        Raises:
            Configuration: it was sealed with another key, or changed since.
        """
        try:
            return self._fernet.decrypt(bytes(sealed)).decode()
        except InvalidToken:
            raise Configuration(
                f"A sealed secret cannot be opened: {KEY_VARIABLE} (or the pseudonym key) is not what it was."
            ) from None


def sealer_from(settings: Settings) -> Sealer:
    """The sealer of `LEO_TOKEN_KEY`, or of the pseudonym key where that is not set.

    Raises:
        Configuration: the key is missing or too short.
    """
    own = settings.optional(KEY_VARIABLE)
    return Sealer(settings.pseudonym_key() if own is None else own.encode())
