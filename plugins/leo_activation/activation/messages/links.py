"""The links of a message that lead back here: only this installation can have made them.

A link is signed and names tenant and delivery; it holds no address. It does not expire, because a person must be able
to say no to an old message too.
"""

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from leo_activation.warehouse.connections import TENANT_ID

UNSUBSCRIBE_PATH = "/unsubscribe/"
CLICK_PATH = "/c/"
OPEN_PATH = "/o/"
LONGEST_TOKEN = 6_000
LONGEST_URL = 2_000


@dataclass(frozen=True)
class LinkTarget:
    """What an unsubscribe link points at."""

    tenant_id: str
    delivery_id: UUID


@dataclass(frozen=True)
class Click:
    """A tracked link that was followed: the delivery, which of the message's links (from 0), and where it leads."""

    target: LinkTarget
    index: int
    url: str


class UnsubscribeLinks:
    """Makes and reads the links; HMAC-SHA-256 by itsdangerous, under a salt of their own.

    `tracked` makes the links of the same installation that count clicks and opens.
    """

    def __init__(self, public_url: str, key: bytes) -> None:
        """Take the address under which the webhooks app is reached, and the installation's secret key."""
        self._base = public_url.rstrip("/") + UNSUBSCRIBE_PATH
        self._serializer = _serializer(key, b"leo_activation.unsubscribe")
        self.tracked = TrackedLinks(public_url, key)

    def url(self, tenant_id: str, delivery_id: UUID) -> str:
        """The link of one delivery."""
        return self._base + str(self._serializer.dumps([tenant_id, delivery_id.hex]))

    def read(self, token: str) -> LinkTarget | None:
        """What a token points at, or None where it was not made here."""
        loaded = _loaded(self._serializer, token, 2)
        return None if loaded is None else _target(*loaded)


class TrackedLinks:
    """Makes and reads the links by which clicks and opens are counted.

    A click's token holds the address that it leads to, under the same signature: whoever did not make the link can
    neither read another address into it nor use this installation to lead somebody elsewhere. Each kind has a salt of
    its own, so that a token of one is none of another.
    """

    def __init__(self, public_url: str, key: bytes) -> None:
        """Take what `UnsubscribeLinks` takes."""
        self._base = public_url.rstrip("/")
        self._clicks = _serializer(key, b"leo_activation.click")
        self._opens = _serializer(key, b"leo_activation.open")

    def click_url(self, tenant_id: str, delivery_id: UUID, index: int, url: str) -> str:
        """The link that leads to `url` and counts the click."""
        return self._base + CLICK_PATH + str(self._clicks.dumps([tenant_id, delivery_id.hex, index, url]))

    def open_url(self, tenant_id: str, delivery_id: UUID) -> str:
        """The address of the picture that counts an opening."""
        return f"{self._base}{OPEN_PATH}{self._opens.dumps([tenant_id, delivery_id.hex])!s}.gif"

    def read_click(self, token: str) -> Click | None:
        """What a click's token says, or None where it was not made here."""
        loaded = _loaded(self._clicks, token, 4)
        target = None if loaded is None else _target(loaded[0], loaded[1])
        if loaded is None or target is None:
            return None
        return Click(target, int(loaded[2]), str(loaded[3]))

    def read_open(self, token: str) -> LinkTarget | None:
        """What an opening's token says, or None where it was not made here."""
        loaded = _loaded(self._opens, token, 2)
        return None if loaded is None else _target(*loaded)


def _serializer(key: bytes, salt: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=salt, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256})


def _loaded(serializer: URLSafeSerializer, token: str, parts: int) -> list[Any] | None:
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        loaded = serializer.loads(token)
    except BadData:
        return None
    return loaded if isinstance(loaded, list) and len(loaded) == parts else None


def _target(tenant_id: object, delivery_id: object) -> LinkTarget | None:
    try:
        target = LinkTarget(str(tenant_id), UUID(hex=str(delivery_id)))
    except ValueError:
        return None
    return target if TENANT_ID.fullmatch(target.tenant_id) else None
