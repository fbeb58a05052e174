"""Decisions about a planned run: by one person, by two, or by the limits of what people approved before.

The tables decide, under the locks of the campaign and its run: whoever asks again, or is killed and starts over, finds
what was decided. An approval names the hash of what was shown, and counts only while the campaign is still that.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from leo_activation.activation.audience.waterfall import CampaignRun, read_run
from leo_activation.activation.campaigns.content import CampaignContent, read_content
from leo_activation.activation.finishing import finish_runs
from leo_activation.activation.rows import only_row
from leo_activation.activation.runs.interventions import lock_run, stop_locked_run
from leo_activation.activation.runs.run_limits import approvals_needed, earlier_runs, why_a_person_is_asked
from leo_activation.activation.states import CampaignState, DeliveryState, RunState
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

NOBODY = "deadline"
"""Who decided where nobody did in time."""
LIMITS = "limits"
"""Who decided where a version that was approved before allows the run."""
CHANGED = "changed"
"""Who stopped a run whose campaign is not what was planned or approved any more."""


class Decision(StrEnum):
    """What a person may decide about a planned run."""

    APPROVE = "approve"
    REJECT = "reject"


class StaleApproval(Permanent):
    """What was approved is not what would run now."""


class ApprovalRefused(Permanent):
    """This person's approval does not count."""


@dataclass(frozen=True)
class Standing:
    """Where a run stands between people: who approved it so far, and how many have to."""

    state: RunState
    requested_by: str
    approved_by: tuple[str, ...]
    needed: int


def decide_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    *,
    decision: Decision,
    decided_by: str,
    decided_at: datetime,
    hash: str,  # noqa: A002 - the word of the tables and of the review
    note: str | None = None,
) -> RunState:
    """Record a decision; with the last one that is needed the deliveries follow: ready, or cancelled.

    The same decision again changes nothing. A rejection needs no hash: it is safe whatever it was about.

    Returns:
        Where the run stands: still planned after the first approval of a run that needs two.

    Raises:
        StaleApproval: audience definition, content or policy changed since they were shown.
        ApprovalRefused: whoever asked for the campaign approved it.
        Permanent: there is no such run, or it was decided otherwise before.
    """
    approved = decision is Decision.APPROVE
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        lock_run(connection, tenant_id, campaign_run_id)
        run = read_run(connection, tenant_id, campaign_run_id)
        state = run_state(connection, tenant_id, campaign_run_id)
        if state is not RunState.PLANNED:
            if (state is RunState.REJECTED) == approved:
                raise Permanent(
                    Told.of(
                        "The campaign run {campaign_run_id} is {state} already.",
                        campaign_run_id=campaign_run_id,
                        state=state,
                    )
                )
            return state
        needed = 1
        if approved:
            content = _as_planned(connection, tenant_id, run)
            if isinstance(content, str):
                raise StaleApproval(content)
            _check_approval(content, run, decided_by, hash)
            needed = _needed(connection, tenant_id, content, run)
        connection.execute(
            statement("activation/runs/record_approval"),
            {
                "tenant_id": tenant_id,
                "campaign_run_id": campaign_run_id,
                "decided_by": decided_by,
                "decision": decision,
                "hash": run.hash,
                "note": note,
                "decided_at": decided_at,
            },
        )
        if approved and len(_approved_by(connection, tenant_id, campaign_run_id)) < needed:
            logger.info("Run %d was approved by %s and needs one more.", campaign_run_id, decided_by)
            return RunState.PLANNED
        aim = RunState.APPROVED if approved else RunState.REJECTED
        _settle(connection, tenant_id, run, aim, by=decided_by, at=decided_at)
    return aim


def pass_within_limits(warehouse: Warehouse, tenant_id: str, campaign_run_id: int, *, at: datetime) -> RunState:
    """Decide what needs no person: a run to nobody, one that changed since it was planned, or one within the limits.

    A run to nobody is finished. One whose campaign changed is stopped and says so. One of exactly the content that
    people approved before, within the limits of its policy, is approved. Any other stays planned and waits for people.

    Returns:
        Where the run stands.

    Raises:
        Permanent: there is no such run.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        campaign_id = lock_run(connection, tenant_id, campaign_run_id)
        state = run_state(connection, tenant_id, campaign_run_id)
        if state is not RunState.PLANNED:
            return state
        run = read_run(connection, tenant_id, campaign_run_id)
        content = _as_planned(connection, tenant_id, run)
        if isinstance(content, str):
            stop_locked_run(
                connection,
                tenant_id,
                campaign_id,
                campaign_run_id,
                by=CHANGED,
                reason=content,
                then=CampaignState.READY,
            )
            return RunState.STOPPED
        if run.to_send == 0:
            # Sent to everybody there was: closing it is left to what closes every run that has nothing left to do.
            _settle(connection, tenant_id, run, RunState.SENDING, by=LIMITS, at=at)
            connection.commit()
            finish_runs(connection, tenant_id)
            return run_state(connection, tenant_id, campaign_run_id)
        needed = _needed(connection, tenant_id, content, run)
        if _approved_by(connection, tenant_id, campaign_run_id):
            return RunState.PLANNED
        before = earlier_runs(connection, tenant_id, campaign_id, campaign_run_id, run.hash)
        if why_a_person_is_asked(content.policy, run.to_send, needed, before):
            return RunState.PLANNED
        _settle(connection, tenant_id, run, RunState.APPROVED, by=LIMITS, at=at)
    return RunState.APPROVED


def run_standing(warehouse: Warehouse, tenant_id: str, campaign_run_id: int) -> Standing:
    """Who has decided about a run so far.

    Raises:
        Permanent: there is no such run.
    """
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(statement("activation/runs/read_standing"), named).fetchone()
        if row is None:
            raise Permanent(Told.of("There is no campaign run {campaign_run_id}.", campaign_run_id=campaign_run_id))
        return Standing(RunState(row[0]), row[1], _approved_by(connection, tenant_id, campaign_run_id), int(row[2]))


def run_state(connection: Connection, tenant_id: str, campaign_run_id: int) -> RunState:
    """Where a run stands.

    Raises:
        Permanent: there is no such run.
    """
    row = connection.execute(
        statement("activation/read_run"), {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    ).fetchone()
    if row is None:
        raise Permanent(Told.of("There is no campaign run {campaign_run_id}.", campaign_run_id=campaign_run_id))
    return RunState(row[4])


def changed_since_planned(run: CampaignRun) -> str:
    """The sentence about a run whose campaign is not what was planned any more."""
    return Told.of(
        "The campaign '{campaign_id}' changed after run {campaign_run_id} was planned: its audience, content, schedule "
        "or policy. It is planned and asked about anew when it is due again or is submitted again.",
        campaign_id=run.campaign_id,
        campaign_run_id=run.campaign_run_id,
    )


def _as_planned(connection: Connection, tenant_id: str, run: CampaignRun) -> CampaignContent | str:
    """The content where it is what the run was planned with, else why it is not."""
    try:
        content = read_content(connection, tenant_id, run.campaign_id)
    except Permanent as error:
        return error.sentence
    return content if content.hash == run.hash else changed_since_planned(run)


def _check_approval(content: CampaignContent, run: CampaignRun, decided_by: str, shown: str) -> None:
    if decided_by == content.requested_by:
        raise ApprovalRefused(f"The campaign '{run.campaign_id}' cannot be approved by {decided_by}, who asked for it.")
    if not shown == run.hash == content.hash:
        raise StaleApproval(changed_since_planned(run))


def _needed(connection: Connection, tenant_id: str, content: CampaignContent, run: CampaignRun) -> int:
    """How many people have to approve the run; written to it for whoever reads the tables."""
    of_tenant = content.tenant_policy.policy.second_approver
    needed = approvals_needed(content.policy, run.to_send, of_tenant.above if of_tenant is not None else None)
    connection.execute(
        statement("activation/runs/set_approvals_needed"),
        {"tenant_id": tenant_id, "campaign_run_id": run.campaign_run_id, "approvals_needed": needed},
    )
    return needed


def _approved_by(connection: Connection, tenant_id: str, campaign_run_id: int) -> tuple[str, ...]:
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    return tuple(str(row[0]) for row in connection.execute(statement("activation/runs/read_approvals"), named))


def _settle(connection: Connection, tenant_id: str, run: CampaignRun, aim: RunState, *, by: str, at: datetime) -> None:
    approved = aim is RunState.APPROVED
    moved = connection.execute(
        statement("activation/runs/decide_run"),
        {
            "tenant_id": tenant_id,
            "campaign_run_id": run.campaign_run_id,
            "run_state": aim,
            "delivery_state": DeliveryState.READY if approved else DeliveryState.CANCELLED,
            "decided_by": by,
            "decided_at": at,
            "within_limits": approved and by == LIMITS,
        },
    )
    followed = int(only_row(moved)[0])
    connection.execute(
        statement("activation/runs/settle_campaign"),
        {
            "tenant_id": tenant_id,
            "campaign_id": run.campaign_id,
            "state": CampaignState.REJECTED if aim is RunState.REJECTED else CampaignState.APPROVED,
        },
    )
    logger.info("Run %d is %s by %s; %d deliveries follow.", run.campaign_run_id, aim, by, followed)
