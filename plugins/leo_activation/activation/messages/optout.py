"""What a recipient may do: unsubscribe, by a link of `links.UnsubscribeLinks`."""

import logging
from dataclasses import dataclass

from leo_activation.activation.messages.links import LinkTarget
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.transactions import in_transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Subscription:
    """How the recipient of a delivery stands; `tenant_name` is who wrote to them."""

    tenant_name: str
    unsubscribed: bool


def subscription(warehouse: Warehouse, target: LinkTarget) -> Subscription | None:
    """How the recipient stands, or None where there is no such delivery; changes nothing."""
    with warehouse.connect(DatabaseRole.WRITER, target.tenant_id) as connection:
        row = connection.execute(statement("activation/messages/read_delivery"), vars(target)).fetchone()
    return None if row is None else Subscription(tenant_name=row[0], unsubscribed=row[5])


def unsubscribe(warehouse: Warehouse, target: LinkTarget, *, source: str) -> Subscription | None:
    """Suppress the address and withdraw its consent to marketing, in one transaction; again changes nothing.

    The people at the address are locked first, as the beginning of an attempt locks its person: every attempt has
    begun before this was committed, or will not begin.

    Returns:
        How the recipient stands now, or None where there is no such delivery.

    Raises:
        Transient: the warehouse cannot be reached, or deadlocks went on; nothing was kept.
    """

    def work(connection: Connection) -> Subscription | None:
        row = connection.execute(statement("activation/messages/read_delivery"), vars(target)).fetchone()
        if row is None:
            return None
        tenant_name, customer_id, profile_id, channel, address_hash, _ = row
        values = {
            **vars(target),
            "customer_id": customer_id,
            "profile_id": profile_id,
            "channel": channel,
            "address_hash": address_hash,
            "evidence": f"{source} of delivery {target.delivery_id}",
            "source": source,
        }
        connection.execute(statement("activation/messages/lock_people_at_address"), values)
        connection.execute(statement("activation/messages/suppress_address"), values)
        connection.execute(statement("activation/messages/withdraw_consent"), values)
        connection.execute(statement("activation/messages/note_unsubscribe"), values)
        return Subscription(tenant_name=tenant_name, unsubscribed=True)

    found = in_transaction(warehouse, DatabaseRole.WRITER, target.tenant_id, work)
    if found is not None:
        logger.info("Delivery %s: its recipient unsubscribed (%s).", target.delivery_id, source)
    return found
