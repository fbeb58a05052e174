"""Drain runs of campaigns by the tenant's channels; the ledger decides, so any number of tasks may do it at once."""

import logging
import time
from datetime import timedelta
from typing import Any

from airflow.sdk import Context

from leo_activation import activation
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import LeoError, Permanent
from leo_activation.orchestration.campaign_notices import tell_about_run
from leo_activation.orchestration.connections import channels, sending_guard, unsubscribe_links, warehouse
from leo_activation.orchestration.still_qualifies import still_qualifies
from leo_activation.progress import Progress
from leo_activation.settings import read_settings

logger = logging.getLogger(__name__)


DRAIN_FOR = timedelta(minutes=8)
"""How long one look for what is due sends: it is over before the next one, which looks for harmful runs first."""
SHORTEST_DRAIN = timedelta(seconds=1)


def drain(
    context: Context,
    tenant_id: str,
    campaign_run_id: int,
    worker: str,
    limits: activation.DispatchLimits | None = None,
) -> dict[str, Any]:
    """Send what a run has due, and stop the run where its campaign is not what was approved any more.

    Returns:
        What was done, in numbers; `state` of the run after it.

    Raises:
        SendingStopped, Configuration, Transient: as `activation.dispatch`; what was not sent stays ready.
    """
    counts = activation.DispatchCounts()
    try:
        counts = activation.dispatch(
            warehouse(),
            tenant_id,
            campaign_run_id,
            channels(tenant_id),
            worker=worker,
            guard=sending_guard(),
            links=unsubscribe_links(),
            limits=limits,
            still_qualifies=still_qualifies(warehouse(), tenant_id, campaign_run_id),
            sealer=sealer_from(read_settings()),
        )
    except activation.StaleApproval as error:
        logger.warning("Run %d is stopped: %s", campaign_run_id, error)
        activation.stop_run(
            warehouse(),
            tenant_id,
            campaign_run_id,
            reason=str(error),
            by=activation.CHANGED,
            then=activation.CampaignState.READY,
        )
        tell_about_run(context, tenant_id, campaign_run_id)
    except Permanent as error:
        if activation.run_standing(warehouse(), tenant_id, campaign_run_id).state is not activation.RunState.STOPPED:
            raise
        logger.info("Run %d was stopped meanwhile: %s", campaign_run_id, error)
    standing = activation.run_standing(warehouse(), tenant_id, campaign_run_id)
    return {**vars(counts), "state": str(standing.state)}


def what_is_left(tenant_id: str, campaign_run_id: int) -> dict[str, Any]:
    """How a run stands when its tasks have ended, said in the log: what waits for a later moment is not lost."""
    found = activation.run_progress(warehouse(), tenant_id, campaign_run_id)
    if found.waiting and found.next_at is not None:
        logger.info(
            "Run %d: %d deliveries wait for a later moment, the first for %s; reconcile_deliveries sends them.",
            campaign_run_id,
            found.waiting,
            found.next_at.isoformat(timespec="minutes"),
        )
    return {"states": dict(found.states), "waiting": found.waiting}


def drain_due(context: Context, tenant_id: str, worker: str, *, within: timedelta = DRAIN_FOR) -> dict[str, int]:
    """Drain every run of the tenant that has something due: deferred, retried, resumed, or left by a task that died.

    Each run has its share of the time, and what the runs before it left over; the next look goes on with the rest. So a
    long run, or one that waits for its provider's rate, keeps back neither the others nor the next look.

    A run that cannot be sent does not keep back the others: its error is raised when they are done. While the kill
    switch is engaged nothing is sent, and that is no error here: the next look sends it.

    Returns:
        How many messages were accepted, rejected and so on, over all runs.

    Raises:
        LeoError: the first error of a run.
    """
    total: dict[str, int] = {}
    failed: list[LeoError] = []
    ends_at = time.monotonic() + within.total_seconds()
    runs = activation.runs_to_drain(warehouse(), tenant_id)
    progress = Progress(logger, f"Sending what is due of {tenant_id}", len(runs), "runs")
    for number, campaign_run_id in enumerate(runs):
        share = timedelta(seconds=ends_at - time.monotonic()) / (len(runs) - number)
        limits = activation.DispatchLimits(time_limit=max(share, SHORTEST_DRAIN))
        try:
            counts = drain(context, tenant_id, campaign_run_id, worker, limits)
        except activation.SendingStopped as stopped:
            logger.warning("%s", stopped)
            break
        except LeoError as error:
            logger.warning("Run %d of %s could not be sent: %s", campaign_run_id, tenant_id, error)
            failed.append(error)
        else:
            for name, count in counts.items():
                if isinstance(count, int):
                    total[name] = total.get(name, 0) + count
        progress.done(number + 1)
    if failed:
        raise failed[0]
    return total
