"""Seed lists: addresses of one's own that get a copy of what a campaign sends.

A seed is no customer: it counts in no report, no cap and no exposure, needs no consent, and gets the message of an
invented person. Its address must be on the allow-list outside production, like everybody's.
"""

from collections.abc import Mapping, Sequence

from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.tenant_policy import CHANNELS
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


def set_seed_list(
    warehouse: Warehouse,
    tenant_id: str,
    seed_list_id: str,
    addresses: Mapping[str, Sequence[str]],
    *,
    changed_by: str,
    key: bytes,
) -> int:
    """Put exactly these addresses on a list, by channel; runs that are planned already keep what they have.

    Args:
        key: the pseudonym key, by which addresses are hashed.

    Returns:
        How many addresses the list has now; one that was given twice counts once.

    Raises:
        Permanent: a channel that there is not, or an address for e-mail that is none; nothing is changed then.
    """
    if unknown := sorted(set(addresses) - set(CHANNELS)):
        raise Permanent(f"'{unknown[0]}' is no channel; there are {', '.join(CHANNELS)}.")
    for number, address in enumerate(addresses.get("email", ()), start=1):
        if "@" not in address:
            raise Permanent(f"Address {number} of the seed list '{seed_list_id}' is no e-mail address: it has no @.")
    pairs = [(channel, address) for channel, those in addresses.items() for address in those]
    named = {"tenant_id": tenant_id, "seed_list_id": seed_list_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(statement("activation/audience/set_seed_list"), {**named, "changed_by": changed_by})
        counted = connection.execute(
            statement("activation/audience/set_seed_addresses"),
            {
                **named,
                "channels": [channel for channel, _ in pairs],
                "addresses": [address for _, address in pairs],
                "key": key,
            },
        )
        return int(only_row(counted)[0])


def add_seeds(connection: Connection, tenant_id: str, campaign_run_id: int, content: CampaignContent) -> int:
    """Add a planned copy for each address of the campaign's seed list on its channels; again adds nothing.

    Returns:
        How many copies were added.
    """
    return connection.execute(
        statement("activation/audience/add_seeds"),
        {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id, "channels": list(content.channels)},
    ).rowcount
