"""What a campaign did beside people whom chance kept out of it: over all runs, or in one; who bought, and who left.

`campaign_results` tells the first of these in money too. Here both measures are shares of people, so that what a
campaign brought and what it cost stand side by side, each with its interval.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.errors import QueryCanceled
from psycopg.rows import class_row

from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

FEWEST_PEOPLE = 30
"""With fewer on one side nothing is said of a difference, whatever its interval: one person more would turn it."""
LONGEST = "20s"


class Verdict(StrEnum):
    """What can be said of a difference."""

    EARLY = "early"
    """Too early or too few: its days are not over, or one side has fewer than `FEWEST_PEOPLE`."""
    UNSURE = "unsure"
    """The interval holds 0: it can be chance."""
    MORE = "more"
    FEWER = "fewer"


@dataclass(frozen=True)
class GroupComparison:
    """People who were to get it beside those of a group who were not (`other_…`), by one measure: bought, or left.

    Shares are of 1; `low` and `high` bound the 95 % interval of `difference` (Newcombe 1998, method 10).
    """

    measure: str
    compared_with: str
    began_at: datetime
    ends_at: datetime
    people: int
    did: int
    other_people: int
    other_did: int
    difference: float
    low: float
    high: float

    def verdict(self, known_until: datetime | None) -> Verdict:
        """What can be said; `known_until` is until when orders are known (the start of the last finished sync)."""
        if known_until is None or known_until < self.ends_at or min(self.people, self.other_people) < FEWEST_PEOPLE:
            return Verdict.EARLY
        if self.low > 0:
            return Verdict.MORE
        return Verdict.FEWER if self.high < 0 else Verdict.UNSURE


def compare_groups(
    warehouse: Warehouse, tenant_id: str, campaign_id: str, campaign_run_id: int | None = None
) -> list[GroupComparison]:
    """Every measure beside every group that people were kept out by; none where nobody was, or nothing was sent.

    Args:
        campaign_run_id: one run alone; None: all runs, each person once, in the first that drew them.

    Raises:
        Transient: it took longer than `LONGEST`.
    """
    values = {"tenant_id": tenant_id, "campaign_id": campaign_id, "campaign_run_id": campaign_run_id}
    try:
        with (
            warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
            connection.cursor(row_factory=class_row(GroupComparison)) as cursor,
        ):
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [LONGEST])
            return cursor.execute(statement("activation/aftermath/compare_groups"), values).fetchall()
    except QueryCanceled:
        raise Transient(f"Comparing the groups of '{campaign_id}' took longer than {LONGEST}.") from None
