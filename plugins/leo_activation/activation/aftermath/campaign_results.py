"""What came of a campaign: the orders put down to it, and what it did beside people whom chance kept out.

How both are worked out is said once, in SQL (migration 0037: `activation.attribution_days`, `activation.lift_of`).
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class Comparison:
    """People who were to get it beside those of a group who were not; `other_…` are of the group.

    Shares are of 1. `lift` is the share of buyers less that of the group, and `revenue_lift_minor` what a person spent
    less what one of the group did, in minor units; `…_low` and `…_high` bound their 95 % intervals, None where too few
    people bought to say.
    """

    compared_with: str
    began_at: datetime
    ends_at: datetime
    people: int
    buyers: int
    orders: int
    revenue_minor: int
    other_people: int
    other_buyers: int
    other_orders: int
    other_revenue_minor: int
    lift: float
    lift_low: float
    lift_high: float
    revenue_lift_minor: float
    revenue_lift_low_minor: float | None
    revenue_lift_high_minor: float | None


@dataclass(frozen=True)
class Totals:
    """People who got, opened and clicked it (by themselves, no program), and the orders put down to it by reason.

    `known_until` is when the last finished sync began: later orders are not known yet.
    """

    campaign_id: str
    name: str
    currency: str
    minor_units: int
    received: int
    opened: int
    clicked: int
    customers: int
    orders_by_source: int
    orders_by_click: int
    orders_by_message: int
    revenue_minor: int
    known_until: datetime | None


@dataclass(frozen=True)
class CampaignResults:
    """The totals of a campaign, and a comparison for each group that people were kept out by."""

    totals: Totals
    comparisons: tuple[Comparison, ...]


def campaign_results(warehouse: Warehouse, tenant_id: str, campaign_id: str) -> CampaignResults:
    """What came of the campaign so far, over all its runs.

    Raises:
        Permanent: there is no such campaign.
    """
    values = {"tenant_id": tenant_id, "campaign_id": campaign_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        with connection.cursor(row_factory=class_row(Totals)) as cursor:
            totals = cursor.execute(statement("activation/aftermath/read_campaign_results"), values).fetchone()
        if totals is None:
            raise Permanent(f"There is no campaign '{campaign_id}'.")
        with connection.cursor(row_factory=class_row(Comparison)) as cursor:
            compared = cursor.execute(statement("activation/aftermath/read_lift"), values).fetchall()
    return CampaignResults(totals, tuple(compared))
