"""What has to hold at the moment of sending: beside consent and suppression, the audience and the bounds of a campaign.

`begin_attempt.sql` asks it in the transaction that begins an attempt, of the tables as they are then. The segments' own
conditions cannot be asked there; `StillQualifies` asks them just before a batch.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from leo_activation.activation.audience.bounds import Bounds, bounds_of
from leo_activation.activation.audience.eligibility import Routes, default_routes_for, routes_of
from leo_activation.activation.campaigns.content import CampaignContent
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.activation.states import MessageClass


class StillQualifies(Protocol):
    """Asks the segments' own conditions again, just before a batch is sent."""

    def __call__(self, customer_ids: Sequence[str]) -> Collection[str]:
        """Those of the customers for whom the conditions still hold.

        Raises:
            Transient: the data is older than the policy of the tenant allows, or cannot be asked now.
        """
        ...


@dataclass(frozen=True)
class Conditions:
    """What `begin_attempt.sql` asks of each person: a member of the first or another segment, and of none left out.

    `routes` None are those of a tenant that set none.
    """

    segment_id: str
    purpose: MessageClass
    guard: SendingGuard
    more_segment_ids: tuple[str, ...] = ()
    without_segment_ids: tuple[str, ...] = ()
    bounds: Bounds | None = None
    routes: Routes | None = None

    def parameters(self) -> dict[str, object]:
        """The parameters of the statement that are the same for every delivery of a run."""
        asked = {"caps": json.dumps([])}
        routes = self.routes or default_routes_for(self.purpose)
        return {
            "with_segments": [self.segment_id, *self.more_segment_ids],
            "without_segments": list(self.without_segment_ids),
            "purpose": self.purpose,
            "in_production": self.guard.in_production,
            **(asked if self.bounds is None else self.bounds.at_sending()),
            **routes.parameters(),
        }


def conditions_of(content: CampaignContent, guard: SendingGuard) -> Conditions:
    """The conditions of a campaign as it was approved."""
    first, *more = content.segment_ids
    return Conditions(
        segment_id=first,
        purpose=content.message_class,
        guard=guard,
        more_segment_ids=tuple(more),
        without_segment_ids=content.without_segment_ids,
        bounds=bounds_of(content.policy, content.tenant_policy.policy, content.message_class),
        routes=routes_of(content),
    )
