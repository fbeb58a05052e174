"""What a recipient may do: unsubscribe, by a link that only this installation can have made.

The link names tenant and delivery and is signed; it holds no address and does not expire, because a person must be able
to say no to an old message too.
"""

import hashlib
import logging
from dataclasses import dataclass
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import TENANT_ID, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

UNSUBSCRIBE_PATH = "/unsubscribe/"


@dataclass(frozen=True)
class LinkTarget:
    """What an unsubscribe link points at."""

    tenant_id: str
    delivery_id: UUID


@dataclass(frozen=True)
class Subscription:
    """How the recipient of a delivery stands; `tenant_name` is who wrote to them."""

    tenant_name: str
    unsubscribed: bool


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


def subscription(warehouse: Warehouse, target: LinkTarget) -> Subscription | None:
    """How the recipient stands, or None where there is no such delivery; changes nothing."""
    with warehouse.connect(DatabaseRole.WRITER, target.tenant_id) as connection:
        row = connection.execute(statement("activation/read_delivery"), vars(target)).fetchone()
    return None if row is None else Subscription(tenant_name=row[0], unsubscribed=row[5])


def unsubscribe(warehouse: Warehouse, target: LinkTarget, *, source: str) -> Subscription | None:
    """Suppress the address and withdraw its consent to marketing, in one transaction; again changes nothing.

    The people at the address are locked first, as the beginning of an attempt locks its person: every attempt has
    begun before this was committed, or will not begin.

    Returns:
        How the recipient stands now, or None where there is no such delivery.
    """
    with warehouse.connect(DatabaseRole.WRITER, target.tenant_id) as connection:
        row = connection.execute(statement("activation/read_delivery"), vars(target)).fetchone()
        if row is None:
            return None
        tenant_name, customer_id, profile_id, channel, address_hash, _ = row
        values = {
            "tenant_id": target.tenant_id,
            "customer_id": customer_id,
            "profile_id": profile_id,
            "channel": channel,
            "address_hash": address_hash,
            "evidence": f"{source} of delivery {target.delivery_id}",
            "source": source,
        }
        connection.execute(statement("activation/lock_people_at_address"), values)
        connection.execute(statement("activation/suppress_address"), values)
        connection.execute(statement("activation/withdraw_consent"), values)
    logger.info("Delivery %s: its recipient unsubscribed (%s).", target.delivery_id, source)
    return Subscription(tenant_name=tenant_name, unsubscribed=True)
