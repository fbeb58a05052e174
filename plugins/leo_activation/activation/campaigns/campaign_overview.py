"""What there is: the campaigns in short, and one with its versions and runs."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import class_row
from pydantic import ValidationError

from leo_activation.activation.campaigns.schedules import SCHEDULE, next_moment
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class CampaignInShort:
    """A line of the list; `missing` is how many things a draft lacks."""

    campaign_id: str
    name: str
    state: str
    version: int | None
    is_paused: bool
    schedule: str
    priority: int
    channels: list[str]
    missing: int
    last_planned_at: datetime | None


@dataclass(frozen=True)
class VersionInShort:
    """One version: what it said, and since when."""

    version: int
    hash: str
    definition: Mapping[str, Any]
    submitted_by: str
    created_at: datetime


@dataclass(frozen=True)
class RunInShort:
    """One run: for which moment, and how many deliveries stand where."""

    campaign_run_id: int
    kind: str
    version: int | None
    due_at: datetime | None
    planned_at: datetime
    state: str
    stop_reason: str | None
    deliveries: Mapping[str, int]


@dataclass(frozen=True)
class CampaignOverview:
    """A campaign with its versions and latest runs, the newest first; `next_at` is the next moment of its schedule."""

    campaign_id: str
    name: str
    state: str
    version: int | None
    missing: tuple[str, ...]
    requested_by: str
    paused_at: datetime | None
    paused_by: str | None
    next_at: datetime | None
    versions: tuple[VersionInShort, ...]
    runs: tuple[RunInShort, ...]


@dataclass(frozen=True)
class _Row:
    campaign_id: str
    name: str
    state: str
    version: int | None
    missing: list[str]
    requested_by: str
    paused_at: datetime | None
    paused_by: str | None
    schedule: object
    time_zone: str
    now: datetime


def list_campaigns(warehouse: Warehouse, tenant_id: str) -> list[CampaignInShort]:
    """Every campaign, those that go first first."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(CampaignInShort)) as cursor,
    ):
        return cursor.execute(statement("activation/campaigns/list_campaigns"), {"tenant_id": tenant_id}).fetchall()


def show_campaign(warehouse: Warehouse, tenant_id: str, campaign_id: str) -> CampaignOverview:
    """One campaign.

    Raises:
        Permanent: there is no such campaign.
    """
    named = {"tenant_id": tenant_id, "campaign_id": campaign_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        with connection.cursor(row_factory=class_row(_Row)) as cursor:
            row = cursor.execute(statement("activation/campaigns/show_campaign"), named).fetchone()
        if row is None:
            raise Permanent(Told.of("There is no campaign '{campaign_id}'.", campaign_id=campaign_id))
        with connection.cursor(row_factory=class_row(VersionInShort)) as cursor:
            versions = tuple(cursor.execute(statement("activation/campaigns/list_versions"), named))
        with connection.cursor(row_factory=class_row(RunInShort)) as cursor:
            runs = tuple(cursor.execute(statement("activation/campaigns/list_runs"), named))
    return CampaignOverview(
        campaign_id=row.campaign_id,
        name=row.name,
        state=row.state,
        version=row.version,
        missing=tuple(row.missing),
        requested_by=row.requested_by,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        next_at=_next_at(row),
        versions=versions,
        runs=runs,
    )


def _next_at(row: _Row) -> datetime | None:
    """None also where somebody wrote a schedule that cannot be read: `missing` says so."""
    try:
        schedule = SCHEDULE.validate_python(row.schedule)
    except ValidationError:
        return None
    return next_moment(schedule, row.now, row.time_zone)
