"""Which way a campaign goes; `set_campaign_state.sql` holds the ways, `docs/guides/campaigns.md` draws them."""

from leo_activation.activation.states import CampaignState
from leo_activation.errors import Permanent
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

OVER = frozenset({CampaignState.FINISHED, CampaignState.CANCELLED})
"""The ends: nothing comes after them, and what is still to be sent is submitted under another id."""


def move_campaign(connection: Connection, tenant_id: str, campaign_id: str, state: CampaignState) -> None:
    """Move a campaign on, in the caller's transaction.

    Raises:
        Permanent: there is no such campaign, or what it is cannot become this.
    """
    moved = connection.execute(
        statement("activation/set_campaign_state"),
        {"tenant_id": tenant_id, "campaign_id": campaign_id, "state": state},
    )
    if moved.fetchone() is None:
        raise Permanent(
            Told.of(
                "The campaign '{campaign_id}' cannot become {state}: nothing leads there from where it stands.",
                campaign_id=campaign_id,
                state=state,
            )
        )
