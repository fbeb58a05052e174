"""The next channel for whom the first one did not reach.

A person is tried on a later channel of the campaign only where it is proved that the one before reached them not: the
provider refused the message, or at the moment of sending the address, the consent for it, or the leave to use it was
gone. An unknown end is never followed by another message, because the first one may have arrived.
"""

import logging

from leo_activation.activation.audience.bounds import bounds_of
from leo_activation.activation.audience.eligibility import routes_of
from leo_activation.activation.audience.waterfall import read_run
from leo_activation.activation.campaigns.content import read_content
from leo_activation.activation.rows import only_row
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.errors import Permanent
from leo_activation.progress import Progress
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


def fall_back(warehouse: Warehouse, tenant_id: str, *, guard: SendingGuard) -> int:
    """Make deliveries on later channels in every run of the tenant where somebody is to be tried on one.

    Consent, suppression, address, routes, one message an address, caps and quiet hours of the later channel are judged
    as they are now. Doing it again makes nothing twice. A run that was finished sends again. A campaign that is not
    what was approved any more is left as it is.

    Returns:
        How many deliveries were made; they are ready to be drained.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/audience/runs_to_fall_back"), {"tenant_id": tenant_id}
        ).fetchall()
    progress = Progress(logger, f"Looking for the next channel in {tenant_id}", len(rows), "runs")
    made = 0
    for number, (run, campaign_id) in enumerate(rows, start=1):
        made += _fall_back(warehouse, tenant_id, campaign_id, int(run), guard)
        progress.done(number)
    return made


def _fall_back(
    warehouse: Warehouse, tenant_id: str, campaign_id: str, campaign_run_id: int, guard: SendingGuard
) -> int:
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        # Whoever paused, stopped or cancelled the campaign since it was found has done so by now, or comes after this.
        connection.execute(statement("activation/lock_campaign"), {"tenant_id": tenant_id, "campaign_id": campaign_id})
        if not only_row(connection.execute(statement("activation/audience/hold_run"), named))[0]:
            return 0
        run = read_run(connection, tenant_id, campaign_run_id)
        try:
            content = read_content(connection, tenant_id, run.campaign_id)
        except Permanent as problem:
            logger.warning("Nobody of run %d is tried on another channel: %s", campaign_run_id, problem)
            return 0
        if content.hash != run.hash:
            return 0
        bounds = bounds_of(content.policy, content.tenant_policy.policy, content.message_class)
        made = connection.execute(
            statement("activation/audience/fall_back"),
            {
                **named,
                "channels": list(content.channels),
                "purpose": content.message_class,
                "in_production": guard.in_production,
                **bounds.at_sending(),
                **routes_of(content).parameters(),
            },
        ).rowcount
        if made:
            connection.execute(statement("activation/audience/reopen_run"), named)
            logger.info("Run %d of %s: %d people are tried on their next channel.", campaign_run_id, tenant_id, made)
    return made
