"""Who may use the server: passwords, tokens, and what each user may do in which database."""

import base64
import binascii
import hmac
import secrets
import time
from dataclasses import dataclass, field
from enum import IntEnum

import jwt

from sandbox.arangodb.errors import BAD_PARAMETER, DUPLICATE_USER, UNAUTHORIZED, ArangoError, unauthorized

ROOT = "root"
EVERY_DATABASE = "*"
TOKEN_SECONDS = 3600
_ISSUER = "arangodb"
_ALGORITHM = "HS256"


class Level(IntEnum):
    """What a user may do in a database."""

    NONE = 0
    READ = 1
    WRITE = 2


LEVELS = {"none": Level.NONE, "ro": Level.READ, "rw": Level.WRITE}


@dataclass
class User:
    """A user and the level in each database; that of `*` holds where a database has none."""

    name: str
    password: str
    levels: dict[str, Level] = field(default_factory=dict)
    active: bool = True

    def level(self, database: str) -> Level:
        """What the user may do in a database."""
        return self.levels.get(database, self.levels.get(EVERY_DATABASE, Level.NONE))


class Users:
    """The users of one server; tokens are signed with a secret that ends with it."""

    def __init__(self, root_password: str) -> None:
        """Root may do everything everywhere."""
        self._secret = secrets.token_hex(32)
        self._users = {ROOT: User(ROOT, root_password, {EVERY_DATABASE: Level.WRITE})}

    def add(self, name: str, password: str, levels: dict[str, Level] | None = None, *, active: bool = True) -> User:
        """A new user.

        Raises:
            ArangoError: 1702, there is one of that name.
        """
        if name in self._users:
            raise ArangoError(DUPLICATE_USER)
        self._users[name] = User(name, password, dict(levels or {}), active)
        return self._users[name]

    def find(self, name: str) -> User | None:
        """The user of a name."""
        return self._users.get(name)

    def names(self) -> list[str]:
        """All users' names."""
        return sorted(self._users)

    def remove(self, name: str) -> bool:
        """Take out a user; False where there is none."""
        return self._users.pop(name, None) is not None

    def token(self, name: object, password: object, seconds: int = TOKEN_SECONDS) -> str:
        """A token for a user, valid for that many seconds.

        Raises:
            ArangoError: 401 for wrong credentials, 400 where they are no texts.
        """
        if not isinstance(name, str) or not isinstance(password, str):
            raise ArangoError(BAD_PARAMETER, "invalid JSON")
        if not self._is_right(name, password):
            raise ArangoError(UNAUTHORIZED)
        now = int(time.time())
        claims = {"preferred_username": name, "iss": _ISSUER, "iat": now, "exp": now + seconds}
        return jwt.encode(claims, self._secret, algorithm=_ALGORITHM)

    def authenticate(self, header: str | None) -> User:
        """The user whom the Authorization header names.

        Raises:
            ArangoError: 401, no or wrong credentials, or a token that is not ours or has expired.
        """
        scheme, _, credentials = (header or "").partition(" ")
        if scheme.lower() == "basic":
            return self._basic(credentials)
        if scheme.lower() == "bearer":
            return self._bearer(credentials)
        raise unauthorized()

    def _basic(self, credentials: str) -> User:
        try:
            name, colon, password = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise unauthorized() from None
        if not colon:
            raise unauthorized()
        if not self._is_right(name, password):
            raise unauthorized()
        return self._users[name]

    def _bearer(self, token: str) -> User:
        try:
            claims = jwt.decode(
                token, self._secret, algorithms=[_ALGORITHM], issuer=_ISSUER, options={"require": ["exp", "iss"]}
            )
        except jwt.InvalidTokenError:
            raise unauthorized() from None
        user = self._users.get(str(claims.get("preferred_username")))
        if user is None or not user.active:
            raise unauthorized()
        return user

    def _is_right(self, name: str, password: str) -> bool:
        user = self._users.get(name)
        same = hmac.compare_digest((user.password if user else "").encode(), password.encode())
        return user is not None and user.active and same
