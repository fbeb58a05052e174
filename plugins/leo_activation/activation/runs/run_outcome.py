"""What became of runs, and which of them have something to send, for whoever drives and tells."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.states import RunState
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement


@dataclass(frozen=True)
class RunOutcome:
    """How a run ended, or stands; `note` is the last words of a person who decided about it."""

    name: str
    requested_by: str
    state: RunState
    is_test: bool
    within_limits: bool
    decided_by: str | None
    stop_reason: str | None
    to_send: int
    note: str | None

    def __post_init__(self) -> None:
        """Turn what the database gives into the type promised."""
        object.__setattr__(self, "state", RunState(self.state))


def run_outcome(warehouse: Warehouse, tenant_id: str, campaign_run_id: int) -> RunOutcome:
    """What became of a run.

    Raises:
        Permanent: there is no such run.
    """
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(RunOutcome)) as cursor,
    ):
        found = cursor.execute(statement("activation/runs/read_outcome"), named).fetchone()
    if found is None:
        raise Permanent(f"There is no campaign run {campaign_run_id}.")
    return found


def runs_to_drain(warehouse: Warehouse, tenant_id: str) -> list[int]:
    """The approved runs that have something due now, the most urgent campaign first; none of a paused campaign."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("activation/runs/runs_to_drain"), {"tenant_id": tenant_id})
        return [int(row[0]) for row in rows]


@dataclass(frozen=True)
class RunProgress:
    """How many deliveries of a run are in each state; `waiting` of them are not due before `next_at`."""

    states: Mapping[str, int]
    waiting: int
    next_at: datetime | None


def run_progress(warehouse: Warehouse, tenant_id: str, campaign_run_id: int) -> RunProgress:
    """How far a run is."""
    named = {"tenant_id": tenant_id, "campaign_run_id": campaign_run_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("activation/runs/count_states"), named).fetchall()
    return RunProgress(
        states={str(state): int(count) for state, count, _, _ in rows},
        waiting=sum(int(waiting) for _, _, waiting, _ in rows),
        next_at=min((next_at for *_, next_at in rows if next_at is not None), default=None),
    )
