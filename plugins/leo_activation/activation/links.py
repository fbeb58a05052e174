"""The links of a message that lead back here: only this installation can have made them.

A link is signed and names tenant and delivery; it holds no address. It does not expire, because a person must be able
to say no to an old message too.
"""

import hashlib
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from leo_activation.warehouse.connections import TENANT_ID

UNSUBSCRIBE_PATH = "/unsubscribe/"


@dataclass(frozen=True)
class LinkTarget:
    """What an unsubscribe link points at."""

    tenant_id: str
    delivery_id: UUID


class UnsubscribeLinks:
    """Makes and reads the links; HMAC-SHA-256 by itsdangerous, under a salt of their own."""

    def __init__(self, public_url: str, key: bytes) -> None:
        """Take the address under which the webhooks app is reached, and the installation's secret key."""
        self._base = public_url.rstrip("/") + UNSUBSCRIBE_PATH
        self._serializer = URLSafeSerializer(
            key,
            salt=b"leo_activation.unsubscribe",
            signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
        )

    def url(self, tenant_id: str, delivery_id: UUID) -> str:
        """The link of one delivery."""
        return self._base + str(self._serializer.dumps([tenant_id, delivery_id.hex]))

    def read(self, token: str) -> LinkTarget | None:
        """What a token points at, or None where it was not made here."""
        try:
            tenant_id, delivery_id = self._serializer.loads(token)
            target = LinkTarget(str(tenant_id), UUID(hex=delivery_id))
        except (BadData, ValueError, TypeError, AttributeError):
            return None
        return target if TENANT_ID.fullmatch(target.tenant_id) else None
