"""Stop what hurts the sender: runs whose messages bounce or are complained of beyond a limit.

Limits and where they come from:

- bounces for good over 5 %: Amazon SES puts an account under review there, and stops it at 10 % ("Amazon SES sending
  review process FAQs");
- complaints over 0.3 %: Gmail's and Yahoo's rules for senders ("keep your spam rate below 0.1 % and never let it reach
  0.3 %", Google's Email sender guidelines; Yahoo Sender Hub names 0.3 %).

A share of few messages says little, so each limit holds from a number of messages on, and a single complaint stops
nothing.
"""

import logging
from dataclasses import dataclass

from leo_activation.activation.runs.interventions import stop_run
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

STOPPED_BY = "stop_bad_runs"
TROUBLE = {"bounced": "bounced for good", "complained": "were complained of"}


@dataclass(frozen=True)
class BadRunLimits:
    """From when on a run is stopped; shares of the messages that a provider took."""

    bounce_share: float = 0.05
    bounces_of_at_least: int = 100
    complaint_share: float = 0.003
    complaints_of_at_least: int = 500
    least_complaints: int = 2


@dataclass(frozen=True)
class StoppedRun:
    """A run that was stopped: whose it was, why in sentences, and how many messages did not leave."""

    campaign_run_id: int
    campaign_id: str
    requested_by: str
    reason: str
    cancelled: int


def stop_bad_runs(warehouse: Warehouse, tenant_id: str, limits: BadRunLimits | None = None) -> list[StoppedRun]:
    """Stop every run that is over a limit by itself, or by what its sender's last 24 hours came to.

    The second holds for marketing only. What was sent stays sent; a stopped run does not go on by itself.

    Returns:
        The runs that were stopped, so that their requesters can be told.
    """
    limits = limits or BadRunLimits()
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/aftermath/bad_runs"), {"tenant_id": tenant_id, **vars(limits)}
        ).fetchall()
    allowed = {"bounced": limits.bounce_share, "complained": limits.complaint_share}
    reasons: dict[tuple[int, str, str], list[str]] = {}
    for campaign_run_id, campaign_id, requested_by, scope, channel, kind, troubled, accepted in rows:
        sentence = _sentence(scope, channel, kind, int(troubled), int(accepted), allowed[kind])
        reasons.setdefault((campaign_run_id, campaign_id, requested_by), []).append(sentence)
    stopped = []
    for (campaign_run_id, campaign_id, requested_by), sentences in reasons.items():
        reason = " ".join(sentences)
        cancelled = stop_run(warehouse, tenant_id, campaign_run_id, reason=reason, by=STOPPED_BY)
        logger.warning("Run %d was stopped: %s", campaign_run_id, reason)
        stopped.append(StoppedRun(campaign_run_id, campaign_id, requested_by, reason, cancelled))
    return stopped


def _sentence(scope: str, channel: str, kind: str, troubled: int, accepted: int, allowed: float) -> str:
    whose = f"on {channel}" if scope == "run" else f"that left on {channel} in the last 24 hours"
    return (
        f"{troubled:,} of {accepted:,} messages {whose} {TROUBLE[kind]}: "
        f"{troubled / accepted:.2%}, and the limit is {allowed:.2%}."
    )
