"""What the mail server's journal says was taken, against what the ledger believes.

The checker shares no code with the dispatcher: it reads the tables and the journal and counts contradictions.
"""

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any

from tests.activation.shop import SEGMENT, Shop
from tests.faults.crowd import address_of

FINAL = frozenset({"accepted", "rejected", "unknown", "skipped"})
DENIED = frozenset({"rejected", "skipped"})
# Faults after which a client cannot know whether its message was taken.
DOUBTFUL = frozenset({"close_before_reading", "accept_then_close", "stall"})
DELIVERY_OF_MESSAGE = re.compile(r"<(?P<delivery>[0-9a-f-]{36})@")


@dataclass(frozen=True)
class Attempt:
    """One row of `activation.attempt`; `outcome` is None where the worker never came back."""

    delivery_id: str
    worker: str
    started_at: datetime
    outcome: str | None
    late: bool


@dataclass(frozen=True)
class Records:
    """One run as the ledger has it: members, deliveries as (customer, state), attempts in order, opt-outs.

    `opted_out_at` was read under the lock that an attempt takes too, so it orders the two.
    """

    members: frozenset[str]
    deliveries: Mapping[str, tuple[str, str]]
    attempts: Sequence[Attempt]
    opted_out_at: Mapping[str, datetime]


@dataclass(frozen=True)
class Findings:
    """Contradictions, each of which a correct pipeline has none of."""

    lost: int
    phantom_accepts: int
    denied_effects: int
    sent_more_than_once: int
    effects_without_an_attempt: int
    attempts_after_an_opt_out: int
    unexplained_unknowns: int

    def table(self) -> str:
        """One line a finding."""
        return "\n".join(f"  {each.name.replace('_', ' '):34}{getattr(self, each.name):8}" for each in fields(self))


NONE = Findings(*[0] * len(fields(Findings)))


def read_records(shop: Shop, campaign_run_id: int) -> Records:
    """The ledger of one run."""
    tenant = shop.tenant_id
    members = shop.execute(
        "SELECT customer_id FROM segment.membership WHERE tenant_id = %s AND segment_id = %s", tenant, SEGMENT
    )
    deliveries = shop.execute(
        "SELECT delivery_id::text, customer_id, state FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s",
        tenant,
        campaign_run_id,
    )
    attempts = shop.execute(
        "SELECT delivery_id::text, worker, started_at, attempt.outcome, late FROM activation.attempt "
        "JOIN activation.delivery USING (tenant_id, delivery_id) "
        "WHERE tenant_id = %s AND campaign_run_id = %s ORDER BY delivery_id, attempt.fence",
        tenant,
        campaign_run_id,
    )
    opt_outs = shop.execute(
        "SELECT customer_id, min(since) FROM core.consent JOIN core.profile USING (tenant_id, profile_id) "
        "WHERE tenant_id = %s AND consent.channel = 'email' AND consent.purpose = 'marketing' "
        "AND consent.state = 'denied' GROUP BY customer_id",
        tenant,
    )
    return Records(
        members=frozenset(row[0] for row in members),
        deliveries={row[0]: (row[1], row[2]) for row in deliveries},
        attempts=[Attempt(*row) for row in attempts],
        opted_out_at=dict(opt_outs),
    )


@dataclass(frozen=True)
class Disturbances:
    """What was done to the workers, beside the faults of the mail server.

    `workers` were killed or stopped, by the name that they were started with. `cuts` are the moments at which every
    worker lost its connection to the database; an attempt that began at most `lease` before one may have no answer.
    """

    workers: Collection[str] = ()
    cuts: Sequence[datetime] = ()
    lease: timedelta = timedelta(0)

    def explain(self, attempt: Attempt) -> bool:
        """Whether one of them can have kept the attempt's answer from the ledger."""
        return attempt.worker.partition(":")[0] in self.workers or any(
            attempt.started_at <= cut <= attempt.started_at + self.lease for cut in self.cuts
        )


def compare(records: Records, journal: Sequence[Mapping[str, Any]], disturbances: Disturbances) -> Findings:
    """Count what journal and ledger say against each other; `journal` is every line since the run began."""
    effects = _effects(journal)
    doubted = {line["recipient"] for line in journal if line["scenario"] in DOUBTFUL}
    begun = {attempt.delivery_id for attempt in records.attempts}
    last = {attempt.delivery_id: attempt for attempt in records.attempts}
    final = {customer for customer, state in records.deliveries.values() if state in FINAL}
    states = {delivery: state for delivery, (_, state) in records.deliveries.items()}

    def explained(delivery: str) -> bool:
        attempt = last.get(delivery)
        if attempt is None:
            return False
        if attempt.outcome is None or attempt.late:
            return disturbances.explain(attempt)
        return address_of(records.deliveries[delivery][0]) in doubted

    return Findings(
        lost=len(records.members - final),
        phantom_accepts=sum(state == "accepted" and not effects[delivery] for delivery, state in states.items()),
        denied_effects=sum(state in DENIED and effects[delivery] > 0 for delivery, state in states.items()),
        sent_more_than_once=sum(count > 1 for count in effects.values()),
        effects_without_an_attempt=len(effects.keys() - begun),
        attempts_after_an_opt_out=sum(
            attempt.started_at > records.opted_out_at[customer]
            for attempt in records.attempts
            if (customer := records.deliveries[attempt.delivery_id][0]) in records.opted_out_at
        ),
        unexplained_unknowns=sum(state == "unknown" and not explained(delivery) for delivery, state in states.items()),
    )


def _effects(journal: Sequence[Mapping[str, Any]]) -> Counter[str]:
    """How often the server took the message of each delivery, whose id is the message's."""
    counted: Counter[str] = Counter()
    for line in journal:
        if line["outcome"] == "accepted":
            found = DELIVERY_OF_MESSAGE.match(line["message_id"])
            counted[found["delivery"] if found else line["message_id"]] += 1
    return counted
