"""The authorisation of the app: access tokens that end, refresh tokens that can be used once.

Kept in a file, so that the stand-in may be started anew under a client that holds the last pair.
"""

import json
import os
import secrets
import time
from pathlib import Path

ACCESS_S = 25 * 3600
REFRESH_S = 90 * 24 * 3600
FIRST = "first-"
"""A refresh token with this before it is taken once: as if an administrator had authorised the app just now."""


class Tokens:
    """What was handed out and is still good."""

    def __init__(self, file: Path | None = None) -> None:
        """Read the file, where there is one."""
        self._file = file
        self._access: dict[str, float] = {}
        self._refresh: dict[str, float] = {}
        self._spent: set[str] = set()
        self.renewals = 0
        if file is not None and file.exists():
            kept = json.loads(file.read_text(encoding="ascii"))
            self._access, self._refresh, self._spent = kept["access"], kept["refresh"], set(kept["spent"])

    def authorise(self) -> str:
        """A refresh token, as an administrator's consent leads to."""
        token = secrets.token_urlsafe(24)
        self._refresh[token] = time.time() + REFRESH_S
        self._keep()
        return token

    def renew(self, refresh_token: str) -> dict[str, str] | None:
        """A new pair for a refresh token that was not used before, else None."""
        first = refresh_token.startswith(FIRST) and refresh_token not in self._spent
        if not first and self._refresh.get(refresh_token, 0.0) < time.time():
            return None
        self._refresh.pop(refresh_token, None)
        self._spent.add(refresh_token)
        pair = {
            "access_token": secrets.token_urlsafe(32),
            "refresh_token": secrets.token_urlsafe(24),
            "expires_in": str(ACCESS_S),
        }
        self._access[pair["access_token"]] = time.time() + ACCESS_S
        self._refresh[pair["refresh_token"]] = time.time() + REFRESH_S
        self.renewals += 1
        self._keep()
        return pair

    def knows(self, access_token: str) -> bool:
        """Whether requests are taken with it."""
        return self._access.get(access_token, 0.0) > time.time()

    def end(self, *, grants: bool) -> None:
        """Have every access token ended; with `grants` every refresh token too, as when the grant is withdrawn."""
        self._access.clear()
        if grants:
            self._refresh.clear()
        self._keep()

    def _keep(self) -> None:
        if self._file is None:
            return
        state = {"access": self._access, "refresh": self._refresh, "spent": sorted(self._spent)}
        fresh = self._file.with_suffix(".new")
        with fresh.open("w", encoding="ascii") as file:
            json.dump(state, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self._file)
