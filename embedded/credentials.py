"""The generated passwords and keys of one instance: made once, kept in a file that only its owner may read."""

import base64
import hmac
import json
import os
import secrets
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from embedded.failure import SetupError

JWT_SECRET_BYTES = 64  # Airflow asks for at least 64 characters


def _password() -> str:
    return secrets.token_urlsafe(18)


@dataclass(frozen=True)
class Credentials:
    """One generated value per field; the field's name is its key in the file."""

    postgres: str
    leo_owner: str
    leo_loader: str
    leo_writer: str
    leo_reader: str
    leo_reporter: str
    airflow: str
    superset: str
    airflow_admin: str
    airflow_reviewer: str
    airflow_marketer: str
    airflow_jwt: str
    airflow_fernet: str
    superset_admin: str
    superset_business: str
    superset_retail: str
    superset_secret_key: str
    pseudonym_key: str
    token_key: str
    vapid_key: str
    sandbox: str

    def of_sandbox(self, provider: str) -> str:
        """The secret that a provider's stand-in signs with, and that the webhooks believe it by."""
        return hmac.digest(self.sandbox.encode(), provider.encode(), "sha256").hex()

    @classmethod
    def load(cls, path: Path) -> "Credentials":
        """Read the file, making it (or the values it lacks) first. Raises SetupError where it is not readable."""
        known: dict[str, str] = {}
        if path.exists():
            try:
                known = json.loads(path.read_text())
            except (OSError, ValueError) as error:
                raise SetupError(f"{path} is not readable as JSON ({error}); mend it, or run `make clean`.") from error
        wanted = {field.name for field in fields(cls)}
        if wanted <= known.keys():
            return cls(**{name: known[name] for name in wanted})
        fresh = {name: _password() for name in wanted}
        fresh["airflow_jwt"] = secrets.token_urlsafe(JWT_SECRET_BYTES)
        fresh["airflow_fernet"] = base64.urlsafe_b64encode(os.urandom(32)).decode()
        fresh["superset_secret_key"] = secrets.token_urlsafe(48)
        fresh["pseudonym_key"] = secrets.token_hex(32)
        fresh["token_key"] = secrets.token_hex(32)
        # A private key on P-256 is a number of 32 bytes, the very highest left out.
        fresh["vapid_key"] = base64.urlsafe_b64encode(b"\x00" + os.urandom(31)).decode().rstrip("=")
        made = cls(**{name: known.get(name, fresh[name]) for name in wanted})
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(".partial")
        partial.unlink(missing_ok=True)
        partial.touch(mode=0o600, exist_ok=False)
        partial.write_text(json.dumps(asdict(made), indent=2))
        partial.replace(path)
        return made
