"""What is cut off a segment after its query ran: the same for the graph and for the tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal


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
