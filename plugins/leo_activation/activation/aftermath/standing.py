"""How a person stands with a provider: what opens the windows in which the provider lets us write.

Kept by address in `activation.contact_standing`. **It is no consent**: whoever writes to us may be answered, and gets
no offers by it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Standing:
    """What was heard of one address; what is None was not told of.

    `address` in the form in which `core.channel_address` has it. `follows` and `followed_at` belong together: since
    when they follow, or do so no more. `grant` is what a subscription is used by, encrypted by the caller
    (`activation.safety.sealed`); it is forgotten with the subscription.
    """

    address: str = field(repr=False)
    interacted_at: datetime | None = None
    referred_at: datetime | None = None
    follows: bool | None = None
    followed_at: datetime | None = None
    subscribed_at: datetime | None = None
    subscribed_until: datetime | None = None
    unsubscribed_at: datetime | None = None
    grant: bytes | None = field(default=None, repr=False)

    @property
    def takes_back(self) -> bool:
        """Whether a way to write to them closes by it."""
        return self.follows is False or self.unsubscribed_at is not None


def keep_standing(connection: Connection, tenant_id: str, channel: str, changes: Sequence[Standing], key: bytes) -> int:
    """Keep what was heard: of each thing the newest, in whatever order it comes; again changes nothing.

    Times in the future count as now, so that no window stays open by a clock that is wrong.

    Args:
        key: the pseudonym key, by which addresses are hashed.

    Returns:
        How many addresses stand differently now.
    """
    if not changes:
        return 0
    values = {
        "tenant_id": tenant_id,
        "channel": channel,
        "key": key,
        "addresses": [change.address for change in changes],
        "interacted_at": [change.interacted_at for change in changes],
        "referred_at": [change.referred_at for change in changes],
        "follows": [change.follows for change in changes],
        "followed_at": [change.followed_at for change in changes],
        "subscribed_at": [change.subscribed_at for change in changes],
        "subscribed_until": [change.subscribed_until for change in changes],
        "unsubscribed_at": [change.unsubscribed_at for change in changes],
        "grants": [change.grant for change in changes],
    }
    return connection.execute(statement("activation/aftermath/keep_standing"), values).rowcount
