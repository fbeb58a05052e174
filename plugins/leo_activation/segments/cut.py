"""What is cut off a segment after its query ran: the same for the graph and for the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from leo_activation.errors import Permanent
from leo_activation.segments.plan import SegmentPlan


@dataclass(frozen=True)
class Cut:
    """The first `limit`, or the first `percent` (a decimal number as text, rounded up to a whole customer)."""

    limit: int | None = None
    percent: str | None = None

    def of(self, customer_ids: Sequence[str]) -> list[str]:
        """What is left of customers in the plan's order."""
        if self.percent is not None:
            share = Decimal(len(customer_ids)) * Decimal(self.percent) / 100
            return list(customer_ids[: int(share.to_integral_value(ROUND_CEILING))])
        return list(customer_ids[: self.limit])


def decides_each_by_itself(plan: SegmentPlan) -> bool:
    """Whether the plan can be asked about some customers alone: it has no order and cuts nothing off."""
    return plan.order is None and plan.limit is None and plan.percent is None


def require_each_by_itself(plan: SegmentPlan) -> None:
    """See `decides_each_by_itself`.

    Raises:
        Permanent: who is a member depends on all customers.
    """
    if not decides_each_by_itself(plan):
        raise Permanent("The plan orders or cuts its customers, so it cannot be asked about some of them alone.")
