"""Which campaigns are to be planned now, and for which moment of their schedules."""

import logging
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row
from pydantic import ValidationError

from leo_activation.activation.campaigns.campaign_states import move_campaign
from leo_activation.activation.campaigns.schedules import SCHEDULE, AnySchedule, OnEntry, due_moment, is_over
from leo_activation.activation.faults import fault_sentence
from leo_activation.activation.states import CampaignState
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DueCampaign:
    """A campaign to be planned, and the moment of its schedule that the run is for."""

    campaign_id: str
    due_at: datetime


@dataclass(frozen=True)
class _Asked:
    campaign_id: str
    schedule: object
    schedule_since: datetime
    time_zone: str
    last_due_at: datetime | None
    entered_at: datetime | None
    now: datetime


@dataclass(frozen=True)
class _Ending:
    campaign_id: str
    schedule: object
    time_zone: str
    now: datetime


def due_campaigns(warehouse: Warehouse, tenant_id: str, *, now: datetime | None = None) -> list[DueCampaign]:
    """The campaigns to be planned now, those of the first priority first; plan them in this order.

    A campaign whose schedule came to its end and has no open run is closed here.

    Args:
        now: when it is asked; None: now by the database's clock.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        with connection.cursor(row_factory=class_row(_Asked)) as cursor:
            asked = cursor.execute(statement("activation/campaigns/due_campaigns"), {"tenant_id": tenant_id}).fetchall()
        moments = {campaign.campaign_id: _moment(campaign, now or campaign.now) for campaign in asked}
        due = [DueCampaign(campaign_id, moment) for campaign_id, moment in moments.items() if moment is not None]
        # A last moment that is still to be planned comes before the end.
        _close_ended(connection, tenant_id, now, {campaign.campaign_id for campaign in due})
    return due


def _moment(asked: _Asked, now: datetime) -> datetime | None:
    schedule = _schedule(asked.campaign_id, asked.schedule)
    if schedule is None:
        return None
    moment = due_moment(schedule, asked.last_due_at, asked.schedule_since, now, asked.time_zone)
    if moment is None or not isinstance(schedule, OnEntry):
        return moment
    if asked.entered_at is None:
        return None
    # What a slow refresh found may bear a moment that was taken already.
    is_new = asked.last_due_at is None or asked.entered_at > asked.last_due_at
    return asked.entered_at if is_new else now


def _close_ended(connection: Connection, tenant_id: str, now: datetime | None, but_for: Collection[str]) -> None:
    with connection.cursor(row_factory=class_row(_Ending)) as cursor:
        rows = cursor.execute(statement("activation/campaigns/ended_schedules"), {"tenant_id": tenant_id}).fetchall()
    for row in rows:
        schedule = _schedule(row.campaign_id, row.schedule)
        if row.campaign_id not in but_for and schedule is not None and is_over(schedule, now or row.now, row.time_zone):
            move_campaign(connection, tenant_id, row.campaign_id, CampaignState.FINISHED)
            logger.info("Campaign %s is finished: its schedule is over.", row.campaign_id)


def _schedule(campaign_id: str, stored: object) -> AnySchedule | None:
    """The schedule, or None where somebody wrote one that cannot be read: the others are planned all the same."""
    try:
        return SCHEDULE.validate_python(stored)
    except ValidationError as error:
        logger.warning("Campaign %s is not planned: schedule: %s.", campaign_id, fault_sentence(error))
        return None
