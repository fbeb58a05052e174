"""How to reach the ArangoDB of one LEO tenant."""

from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from leo_activation.errors import Configuration

DEFAULT_PORT = 8529


class ArangodbAuth(StrEnum):
    """How the user is proved: with the password in each request, or with a token got for it."""

    BASIC = "basic"
    JWT = "jwt"


@dataclass(frozen=True)
class ArangodbSettings:
    """One database of an ArangoDB server. The password never shows in `repr`.

    url: `http://host:port` or `https://host:port`, without user, password and path.
    verify: True for the certificate authorities that come with `requests`, or the path of a PEM file or folder of your
        own. Certificates are always verified.
    connect_seconds, read_seconds: longest wait for a connection, and for the next bytes of an answer.
    answer_seconds: longest time for a whole answer, however steadily it drips.
    answer_bytes: largest answer; a page beyond it is asked for again at half its length.
    page_documents, page_keys: most documents of a page, and most keys of a page of keys.
    tries: how often a request is sent before it counts as failed; a renewed token makes no try.
    first_wait_seconds, longest_wait_seconds: bounds of the growing, random waits between tries.
    question_seconds: after this long no other try is made.
    """

    url: str
    database: str
    user: str
    password: str = field(repr=False)
    auth: ArangodbAuth = ArangodbAuth.BASIC
    verify: Literal[True] | str = True
    connect_seconds: float = 10
    read_seconds: float = 60
    answer_seconds: float = 300
    answer_bytes: int = 64 << 20
    page_documents: int = 1_000
    page_keys: int = 10_000
    tries: int = 5
    first_wait_seconds: float = 0.5
    longest_wait_seconds: float = 15
    question_seconds: float = 600

    def __post_init__(self) -> None:
        """Refuse what cannot work or is unsafe.

        Raises:
            Configuration: the sentence says which setting.
        """
        parts = urlsplit(self.url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise Configuration("The address of ArangoDB must be http://host:port or https://host:port.")
        if "@" in parts.netloc or parts.path.strip("/") or parts.query:
            raise Configuration("The address of ArangoDB must hold nothing but protocol, host and port.")
        if not self.database:
            raise Configuration(f"The database at {self.url} is not named.")
        if self.verify is not True and not (isinstance(self.verify, str) and Path(self.verify).exists()):
            raise Configuration(f"For {self.url}, 'verify' must be true or the path of a file or folder that exists.")
        amounts = (self.connect_seconds, self.read_seconds, self.answer_seconds, self.answer_bytes)
        if min(*amounts, self.page_documents, self.page_keys, self.tries) <= 0:
            raise Configuration(f"Time-outs, sizes and tries of the source {self.url} must be above 0.")

    @property
    def name(self) -> str:
        """The database as error messages name it."""
        return f"database {self.database} at {self.url}"


def arangodb_auth(name: str) -> ArangodbAuth:
    """The kind of authentication of this name.

    Raises:
        Configuration: there is none.
    """
    try:
        return ArangodbAuth(name)
    except ValueError:
        known = " or ".join(ArangodbAuth)
        raise Configuration(f"The authentication 'auth' of ArangoDB must be {known}.") from None
