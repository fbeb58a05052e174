"""Take hold of a campaign while it runs: pause, resume, stop, cancel; each at any moment, beside working workers.

Everything that holds more than one of them takes locks in this order: the campaign, its run, the run's deliveries; and
several runs by their number. A worker that begins an attempt holds people and deliveries only. So nobody waits in a
circle, and when one of these functions has returned, no attempt begins that it forbids; one that had begun before keeps
its own end.
"""

import logging
from datetime import datetime
from enum import StrEnum

from leo_activation.activation.rows import only_row
from leo_activation.activation.states import CampaignState
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

OVER = frozenset({CampaignState.FINISHED, CampaignState.STOPPED, CampaignState.CANCELLED})
NO_REASON = Told.of("no reason given")


class Act(StrEnum):
    """What somebody did to a campaign."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    CANCEL = "cancel"


def pause_campaign(warehouse: Warehouse, tenant_id: str, campaign_id: str, *, by: str, reason: str) -> bool:
    """Begin nothing more of a campaign until it is resumed; nothing is lost, and what was due is due then.

    When this returns, no attempt of the campaign begins: the first transaction says so to whoever looks from then on,
    the second takes back what workers had claimed before.

    Returns:
        Whether this paused it: False where it was paused already.

    Raises:
        Permanent: there is no such campaign, or it is over.
    """
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        state, paused_at = _held(connection, tenant_id, campaign_id)
        is_paused = paused_at is not None
        if state in OVER:
            raise Permanent(
                Told.of(
                    "The campaign '{campaign_id}' is {state}: there is nothing to pause.",
                    campaign_id=campaign_id,
                    state=state,
                )
            )
        if not is_paused:
            connection.execute(statement("activation/runs/set_campaign_pause"), {**named, "paused_by": by})
            _record(connection, tenant_id, campaign_id, None, Act.PAUSE, by, reason)
    # Also where it was paused already: whoever did that may have been killed between the two.
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        returned = connection.execute(statement("activation/runs/give_back_claims"), named).rowcount
    if not is_paused:
        logger.info("Campaign %s is paused; %d deliveries were given back.", campaign_id, returned)
    return not is_paused


def resume_campaign(
    warehouse: Warehouse, tenant_id: str, campaign_id: str, *, by: str, reason: str, paused_at: datetime | None = None
) -> bool:
    """Let a paused campaign go on; what is due is sent by the next look for due runs.

    Args:
        paused_at: when the pause began that is meant; None: whichever holds.

    Returns:
        Whether this resumed it: False where it was not paused, or by another pause than the one that is meant.

    Raises:
        Permanent: there is no such campaign.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        _, held_since = _held(connection, tenant_id, campaign_id)
        if held_since is None or (paused_at is not None and held_since != paused_at):
            return False
        connection.execute(
            statement("activation/runs/set_campaign_pause"),
            {"tenant_id": tenant_id, "campaign_id": campaign_id, "paused_by": None},
        )
        _record(connection, tenant_id, campaign_id, None, Act.RESUME, by, reason)
    logger.info("Campaign %s goes on.", campaign_id)
    return True


def stop_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_run_id: int,
    *,
    reason: str = NO_REASON,
    by: str = "system",
    then: CampaignState = CampaignState.STOPPED,
) -> int:
    """Stop a run for good, and its campaign with it unless that was submitted anew meanwhile or the run was a test.

    Args:
        reason: why, in one sentence; it is shown to whoever asked for the campaign.
        by: Airflow's user id, or the name of the rule that stopped it.
        then: where the campaign goes; ready, where nothing speaks against planning it anew.

    Returns:
        How many deliveries were cancelled; 0 where the run was over already.

    Raises:
        Permanent: there is no such run.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        campaign_id = lock_run(connection, tenant_id, campaign_run_id)
        return stop_locked_run(connection, tenant_id, campaign_id, campaign_run_id, by=by, reason=reason, then=then)


def cancel_campaign(warehouse: Warehouse, tenant_id: str, campaign_id: str, *, by: str, reason: str) -> int:
    """End a campaign for good: its open runs are stopped, and no more are planned.

    Returns:
        How many deliveries were cancelled; 0 where the campaign was cancelled already.

    Raises:
        Permanent: there is no such campaign, or it has ended otherwise.
    """
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        state, _ = _held(connection, tenant_id, campaign_id)
        if state is CampaignState.CANCELLED:
            return 0
        if state is CampaignState.FINISHED:
            raise Permanent(
                Told.of(
                    "The campaign '{campaign_id}' is {state}: there is nothing to cancel.",
                    campaign_id=campaign_id,
                    state=state,
                )
            )
        connection.execute(statement("activation/set_campaign_state"), {**named, "state": CampaignState.CANCELLED})
        runs = [int(row[0]) for row in connection.execute(statement("activation/runs/open_runs"), named)]
        cancelled = sum(
            stop_locked_run(connection, tenant_id, campaign_id, run, by=by, reason=reason, act=Act.CANCEL)
            for run in runs
        )
        if not runs:
            _record(connection, tenant_id, campaign_id, None, Act.CANCEL, by, reason)
    logger.info("Campaign %s is cancelled; %d deliveries were cancelled.", campaign_id, cancelled)
    return cancelled


def lock_run(connection: Connection, tenant_id: str, campaign_run_id: int) -> str:
    """Hold a run and, before it, its campaign; returns the campaign's id.

    Raises:
        Permanent: there is no such run.
    """
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    found = connection.execute(statement("activation/read_run"), named).fetchone()
    if found is None:
        raise Permanent(Told.of("There is no campaign run {campaign_run_id}.", campaign_run_id=campaign_run_id))
    campaign_id = str(found[0])
    connection.execute(statement("activation/lock_campaign"), {"tenant_id": tenant_id, "campaign_id": campaign_id})
    connection.execute(statement("activation/runs/lock_run"), named)
    return campaign_id


def stop_locked_run(
    connection: Connection,
    tenant_id: str,
    campaign_id: str,
    campaign_run_id: int,
    *,
    by: str,
    reason: str,
    act: Act = Act.STOP,
    then: CampaignState = CampaignState.STOPPED,
) -> int:
    """Stop a run that this transaction holds together with its campaign; returns how many deliveries were cancelled."""
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id, "reason": reason, "then": then}
    stopped, cancelled = only_row(connection.execute(statement("activation/runs/stop_run"), named))
    if stopped:
        _record(connection, tenant_id, campaign_id, campaign_run_id, act, by, reason)
        logger.info("Run %d is stopped; %d deliveries were cancelled.", campaign_run_id, cancelled)
    return int(cancelled)


def _held(connection: Connection, tenant_id: str, campaign_id: str) -> tuple[CampaignState, datetime | None]:
    """Where the campaign stands, and since when it is paused."""
    row = connection.execute(
        statement("activation/runs/hold_campaign"), {"tenant_id": tenant_id, "campaign_id": campaign_id}
    ).fetchone()
    if row is None:
        raise Permanent(Told.of("There is no campaign '{campaign_id}'.", campaign_id=campaign_id))
    return CampaignState(row[0]), row[1]


def _record(
    connection: Connection,
    tenant_id: str,
    campaign_id: str,
    campaign_run_id: int | None,
    act: Act,
    by: str,
    reason: str,
) -> None:
    connection.execute(
        statement("activation/runs/record_intervention"),
        {
            "tenant_id": tenant_id,
            "campaign_id": campaign_id,
            "campaign_run_id": campaign_run_id,
            "act": act,
            "acted_by": by,
            "reason": reason.strip() or NO_REASON,
        },
    )
