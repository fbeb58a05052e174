"""The audience waterfall: from the members of a segment to those a run will send to, everybody with a reason."""

import logging
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.content import CampaignContent, read_content
from leo_activation.activation.guard import SendingGuard
from leo_activation.activation.rows import only_row
from leo_activation.activation.states import CampaignState, SkipReason
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

WATERFALL: tuple[tuple[str, SkipReason | None], ...] = (
    ("matched", None),
    ("not_suppressed", SkipReason.SUPPRESSED),
    ("consented", SkipReason.NO_CONSENT),
    ("addressable", SkipReason.NO_ADDRESS),
    ("one_message_an_address", SkipReason.DUPLICATE_ADDRESS),
    ("allowed", SkipReason.NOT_ALLOWED),
    ("not_held_out", SkipReason.HOLDOUT),
    ("to_send", None),
)
"""The steps in order, each with the reason of those whom it drops; `plan_audience.sql` judges in the same order."""


@dataclass(frozen=True)
class AudienceStep:
    """One step of the waterfall: how many people are left after it, and how many it dropped."""

    step: str
    kept: int
    dropped: int


@dataclass(frozen=True)
class CampaignRun:
    """A planned run, in numbers; `hash` is what an approval has to name."""

    campaign_run_id: int
    campaign_id: str
    hash: str
    steps: tuple[AudienceStep, ...]

    @property
    def matched(self) -> int:
        """How many people the segment holds."""
        return self.steps[0].kept

    @property
    def to_send(self) -> int:
        """How many people a message is planned for."""
        return self.steps[-1].kept


def plan_run(
    warehouse: Warehouse,
    tenant_id: str,
    campaign_id: str,
    orchestrator_run_id: str,
    as_of: datetime,
    *,
    guard: SendingGuard,
) -> CampaignRun:
    """Write the whole waterfall of a run in one transaction; nothing is sent.

    The same `orchestrator_run_id` finds the run that it planned before.

    Raises:
        Permanent: the campaign is not ready to be planned.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        named = {"tenant_id": tenant_id, "campaign_id": campaign_id, "orchestrator_run_id": orchestrator_run_id}
        connection.execute(statement("activation/lock_campaign"), named)
        found = connection.execute(statement("activation/find_run"), named).fetchone()
        if found is not None:
            return read_run(connection, tenant_id, int(found[0]))
        content = read_content(connection, tenant_id, campaign_id)
        if content.state is not CampaignState.READY:
            raise Permanent(f"The campaign '{campaign_id}' is {content.state}; only a ready one is planned.")
        connection.execute(statement("activation/set_campaign_state"), {**named, "state": CampaignState.IN_REVIEW})
        opened = connection.execute(
            statement("activation/open_run"),
            {**named, "as_of": as_of, "segment_version": content.segment_version, "hash": content.hash},
        )
        campaign_run_id = int(only_row(opened)[0])
        _write_audience(connection, tenant_id, campaign_run_id, content, guard)
        run = read_run(connection, tenant_id, campaign_run_id)
    logger.info(
        "Run %d of campaign %s: %d of %d people to send to.", run.campaign_run_id, campaign_id, run.to_send, run.matched
    )
    return run


def read_run(connection: Connection, tenant_id: str, campaign_run_id: int) -> CampaignRun:
    """A planned run with its waterfall.

    Raises:
        Permanent: there is no such run.
    """
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    row = connection.execute(statement("activation/read_run"), named).fetchone()
    if row is None:
        raise Permanent(f"There is no campaign run {campaign_run_id}.")
    with connection.cursor(row_factory=class_row(AudienceStep)) as cursor:
        steps = tuple(cursor.execute(statement("activation/read_audience_steps"), named))
    return CampaignRun(campaign_run_id=campaign_run_id, campaign_id=row[0], hash=row[3], steps=steps)


def _write_audience(
    connection: Connection, tenant_id: str, campaign_run_id: int, content: CampaignContent, guard: SendingGuard
) -> None:
    connection.execute(
        statement("activation/plan_audience"),
        {
            "tenant_id": tenant_id,
            "campaign_id": content.campaign_id,
            "campaign_run_id": campaign_run_id,
            "segment_id": content.segment_id,
            "channels": list(content.channels),
            "purpose": content.message_class,
            "in_production": guard.in_production,
            "holdout_share": content.policy.holdout_share,
        },
    )
    connection.execute(
        statement("activation/write_audience_steps"),
        {
            "tenant_id": tenant_id,
            "campaign_run_id": campaign_run_id,
            "steps": [step for step, _ in WATERFALL],
            "reasons": [reason or "" for _, reason in WATERFALL],
        },
    )
