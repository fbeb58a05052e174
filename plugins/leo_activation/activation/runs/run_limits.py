"""What a run may do without asking a person, and how many people it has to ask.

A version that people approved follows the data by itself within two numbers of its policy. What came before a run is
read in the same transaction in which it is decided, under the campaign's lock.
"""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.states import RunState
from leo_activation.errors import Permanent
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

SMALL_CHANGE = 20
"""A difference of at most so many people is within any change: two more than three people are 67 %."""


@dataclass(frozen=True)
class EarlierRuns:
    """What came before a run of a campaign; None where there was nothing of the kind.

    `last_alike` is to how many the last run of exactly this content went, `approvals` how many people approved it.
    """

    campaign_run_id: int | None
    state: str | None
    hash: str | None
    version: int | None
    planned_at: datetime | None
    to_send: int | None
    last_alike: int | None
    approvals: int


def earlier_runs(
    connection: Connection,
    tenant_id: str,
    campaign_id: str,
    campaign_run_id: int,
    hash: str,  # noqa: A002 - the word of the tables and of the review
) -> EarlierRuns:
    """What came before a run of this hash."""
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id, "campaign_run_id": campaign_run_id, "hash": hash}
    with connection.cursor(row_factory=class_row(EarlierRuns)) as cursor:
        found = cursor.execute(statement("activation/runs/earlier_runs"), named).fetchone()
    if found is None:
        raise Permanent("What came before a run is one row, and there was none.")
    return found


def approvals_needed(policy: Policy, to_send: int, of_tenant: int | None = None) -> int:
    """How many people have to approve a run to so many.

    Args:
        of_tenant: above how many people the tenant's policy wants a second approver; the smaller of the two holds.
    """
    thresholds = [one for one in (policy.require_second_approver_above, of_tenant) if one is not None]
    return 2 if thresholds and to_send > min(thresholds) else 1


def why_a_person_is_asked(policy: Policy, to_send: int, needed: int, before: EarlierRuns) -> tuple[Told, ...]:
    """The sentences that say why this run waits for a person; none: it goes within the limits."""
    if before.approvals == 0:
        return (Told("No run of exactly this content was approved before.", "asked new content"),)
    reasons = []
    if before.state in (RunState.REJECTED, RunState.STOPPED):
        reasons.append(Told(f"The last run was {before.state}.", f"asked after {before.state}"))
    if before.approvals < needed:
        reasons.append(
            Told(
                f"A run to {to_send:,} people needs {needed} approvals, and the one before had {before.approvals}.",
                "asked more approvals",
                first=needed,
                second=before.approvals,
            )
        )
    if policy.largest_audience is None:
        reasons.append(
            Told("The policy names no largest audience, so each run is asked about.", "asked no largest audience")
        )
    elif to_send > policy.largest_audience:
        reasons.append(
            Told(
                f"It goes to {to_send:,} people, and the largest audience is {policy.largest_audience:,}.",
                "asked too large",
                first=to_send,
                second=policy.largest_audience,
            )
        )
    if policy.largest_change is not None and before.last_alike is not None:
        change = abs(to_send - before.last_alike)
        if change > max(SMALL_CHANGE, policy.largest_change * before.last_alike):
            reasons.append(
                Told(
                    f"It goes to {to_send:,} people and the last one went to {before.last_alike:,}; the largest change "
                    f"is {policy.largest_change:.0%}.",
                    "asked too different",
                    first=before.last_alike,
                    second=float(100 * policy.largest_change),
                )
            )
    return tuple(reasons)


def what_goes_without_asking(policy: Policy) -> Told:
    """One sentence about later runs, for the person who approves this one."""
    if policy.largest_audience is None:
        return Told("Each later run is asked about: the policy names no largest audience.", "later each is asked")
    bound = f"at most {policy.largest_audience:,} people"
    code, change = "later up to", 0.0
    if policy.largest_change is not None:
        bound += f" and differ from the last by at most {policy.largest_change:.0%} (or {SMALL_CHANGE} people)"
        code, change = "later up to, alike", float(100 * policy.largest_change)
    sentence = f"Later runs of exactly this content go without asking while they reach {bound}."
    return Told(sentence, code, first=policy.largest_audience, second=change)
