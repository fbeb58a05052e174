"""The runs of the sync: where each stands, who may work on it, and what "now" means after it."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg import sql
from psycopg.rows import class_row

from leo_activation.errors import Permanent, Transient
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant, read_tenant

# The first half of the advisory locks of this package; the second is the tenant.
LOCK_CLASS = 0x1E0_0002


class SyncState(StrEnum):
    """The last step of a run that was committed."""

    OPENED = "opened"
    STAGED = "staged"
    CHECKED = "checked"
    MERGED = "merged"
    PROJECTED = "projected"
    STOPPED = "stopped"


_ORDER = tuple(SyncState)


class SyncMode(StrEnum):
    """How much of the source a run reads.

    A source that can only be read whole is; so is a live one that has no watermark yet.
    """

    WHOLE = "whole"
    INCREMENTAL = "incremental"
    COMPARISON = "comparison"
    REPLAY = "replay"


@dataclass(frozen=True)
class SyncRun:
    """One row of `ops.sync_run`. `counts` holds what each finished step reported.

    mode: as asked for until the extraction is done, which sets it to what was really read.
    compare_graph: whether the projection compares the whole graph with the tables, and not only what this run changed.
    """

    sync_run_id: int
    state: str
    source_kind: str | None
    as_of: datetime | None
    counts: Mapping[str, Mapping[str, object]]
    problem: str | None
    mode: str
    compare_graph: bool
    started_at: datetime

    @property
    def schema(self) -> str:
        """The schema of the run's stage."""
        return f"stage_{self.sync_run_id}"

    def has_done(self, state: SyncState) -> bool:
        """Whether the step that leads to `state` is done."""
        return _ORDER.index(SyncState(self.state)) >= _ORDER.index(state)


@dataclass(frozen=True)
class Step:
    """One step at work: its connection as the loader, bound to the tenant and holding the tenant's lock."""

    connection: Connection
    tenant: Tenant
    run: SyncRun

    def parameters(self) -> dict[str, object]:
        """What every statement of the step may name."""
        return {
            "tenant_id": self.tenant.tenant_id,
            "sync_run_id": self.run.sync_run_id,
            "currency": self.tenant.currency,
            "minor_units": self.tenant.minor_units,
        }

    def use_stage(self) -> None:
        """Let the names of stage tables mean those of this run, until the transaction ends."""
        path = sql.SQL("SET LOCAL search_path = {}, pg_catalog").format(sql.Identifier(self.run.schema))
        self.connection.execute(path)

    def finish(self, state: SyncState, name: str, counts: Mapping[str, object]) -> None:
        """Note that the step called `name` is done, in the transaction of its work, and commit both."""
        values = {**self.parameters(), "state": state, "step": name, "counts": json.dumps(counts)}
        self.connection.execute(statement("sync/record_step"), values)
        self.connection.commit()


def open_run(
    warehouse: Warehouse,
    tenant_id: str,
    orchestrator_run_id: str,
    *,
    as_of: datetime | None = None,
    mode: SyncMode = SyncMode.INCREMENTAL,
) -> int:
    """Enter a run and give its id; the same `orchestrator_run_id` gives the same run.

    Earlier runs of the tenant that were not finished are stopped: their rows are older than what this one will read.

    Args:
        as_of: what "now" means downstream; later events are then in the future. None: the moment at which the source
            stands still, where it does; else it follows from the data.
        mode: how much of the source is to be read. A run that was entered before keeps its own.

    Raises:
        Permanent: there is no such tenant.
        Transient: another step of a sync of this tenant is at work.
    """
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        _lock(connection, tenant_id)
        read_tenant(connection, tenant_id)
        values = {"tenant_id": tenant_id, "orchestrator_run_id": orchestrator_run_id, "as_of": as_of, "mode": mode}
        entered = connection.execute(statement("sync/open_run"), values).rowcount
        row = connection.execute(statement("sync/find_run"), values).fetchone()
        if row is None:
            raise Permanent(f"The sync run {orchestrator_run_id} of tenant {tenant_id} could not be entered.")
        sync_run_id = int(row[0])
        if entered:
            connection.execute(
                statement("sync/stop_overtaken_runs"), {"tenant_id": tenant_id, "sync_run_id": sync_run_id}
            )
            for (schema,) in connection.execute(statement("sync/list_finished_stages"), values).fetchall():
                connection.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        connection.commit()
        _unlock(connection, tenant_id)
        return sync_run_id


def data_as_of(warehouse: Warehouse, tenant_id: str) -> datetime:
    """What "now" means for the tenant's data: the as-of of its last complete sync, in UTC.

    Raises:
        Permanent: no sync of the tenant was ever complete.
    """
    as_of = _last_as_of(warehouse, tenant_id)
    if as_of is None:
        raise Permanent(f"The tenant {tenant_id} has no data yet: none of its syncs was complete.")
    return as_of


def has_data(warehouse: Warehouse, tenant_id: str) -> bool:
    """Whether a sync of the tenant was ever complete."""
    return _last_as_of(warehouse, tenant_id) is not None


def _last_as_of(warehouse: Warehouse, tenant_id: str) -> datetime | None:
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        row = connection.execute(statement("sync/read_data_as_of"), {"tenant_id": tenant_id}).fetchone()
    return row[0] if row else None


@contextmanager
def step_of(warehouse: Warehouse, tenant_id: str, sync_run_id: int) -> Iterator[Step]:
    """A step of a run, alone with its tenant until the block ends.

    Raises:
        Permanent: there is no such run, or it was stopped; the sentence says why it was.
        Transient: another step of a sync of this tenant is at work.
    """
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        _lock(connection, tenant_id)
        values = {"tenant_id": tenant_id, "sync_run_id": sync_run_id}
        with connection.cursor(row_factory=class_row(SyncRun)) as cursor:
            run = cursor.execute(statement("sync/read_run"), values).fetchone()
        if run is None:
            raise Permanent(f"The tenant {tenant_id} has no sync run {sync_run_id}.")
        if run.state == SyncState.STOPPED:
            raise Permanent(f"Sync run {sync_run_id} of tenant {tenant_id} was stopped: {run.problem}")
        yield Step(connection, read_tenant(connection, tenant_id), run)
        _unlock(connection, tenant_id)


def require_done(run: SyncRun, state: SyncState, step: str) -> None:
    """Refuse a step whose predecessor is not done.

    Raises:
        Permanent: the run has not reached `state`.
    """
    if not run.has_done(state):
        raise Permanent(f"Sync run {run.sync_run_id} is {run.state}; to {step} it must be {state}.")


@contextmanager
def beside_syncs(warehouse: Warehouse, tenant_id: str) -> Iterator[tuple[Connection, Tenant] | None]:
    """A connection as the loader, alone with its tenant until the block ends; None where a sync is at work."""
    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        if not _try_lock(connection, tenant_id):
            yield None
            return
        yield connection, read_tenant(connection, tenant_id)
        connection.commit()
        _unlock(connection, tenant_id)


def _try_lock(connection: Connection, tenant_id: str) -> bool:
    # Held by the session, so that it outlives the commits within a step and ends with a killed process.
    row = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK_CLASS, tenant_id]).fetchone()
    connection.commit()
    return bool(row and row[0])


def _unlock(connection: Connection, tenant_id: str) -> None:
    # The server ends a closed session when it gets to it; the next step may be there before.
    connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", [LOCK_CLASS, tenant_id])


def _lock(connection: Connection, tenant_id: str) -> None:
    if not _try_lock(connection, tenant_id):
        raise Transient(f"Another sync of tenant {tenant_id} is at work; this one can go on when it has ended.")
