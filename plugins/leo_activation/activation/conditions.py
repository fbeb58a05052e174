"""Whether the conditions of a campaign's segments still hold for people whose membership was computed a while ago."""

from collections.abc import Collection, Sequence
from typing import Protocol


class StillQualifies(Protocol):
    """Asks the segments' own conditions again, just before a batch is sent."""

    def __call__(self, customer_ids: Sequence[str]) -> Collection[str]:
        """Those of the customers for whom the conditions still hold.

        Raises:
            Transient: the data is older than the policy of the tenant allows, or cannot be asked now.
        """
        ...
