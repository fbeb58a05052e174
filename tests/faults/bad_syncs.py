"""Ways to get a sync wrong, each as somebody might write it: what the fault test's comparisons have to catch.

Each takes a tenant that has lived through the first stage, does its harm, and lets good syncs follow where a mistake of
its kind would be followed by them.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime

from leo_activation import sync
from leo_activation.settings import DatabaseRole
from leo_activation.sources import Collection, RawRow, SourceKind, open_source
from leo_activation.sync.runs import SyncState, step_of
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import Tenant
from tests.faults.sync_runs import DUMP_LIFE, LIVE_LIFE, Stage, Syncs

_ANYTHING_GOES = sync.QualityLimits(largest_bad_share=1, least_key_share=0, least_volume=0, largest_gone_share=1)
_COMPLETE = DUMP_LIFE[1]
_NEW = LIVE_LIFE[1]


class BreaksOff:
    """A dump whose reader takes a page that could not be read for the end."""

    kind = SourceKind.ARANGODUMP

    def __init__(self, location: str) -> None:
        self._dump = open_source(self.kind, location)

    def collections(self) -> Sequence[Collection]:
        return self._dump.collections()

    def count(self, collection: str) -> int:
        return sum(1 for _ in self.read(collection))

    def read(self, collection: str) -> Iterator[RawRow]:
        rows = list(self._dump.read(collection))
        yield from rows[: len(rows) - len(rows) // 3]


def commit_each_statement_of_a_merge(syncs: Syncs, tenant: Tenant) -> None:
    """The process dies between two of them."""
    run = _checked(syncs, tenant, _COMPLETE)
    with step_of(syncs.warehouse, tenant.tenant_id, run) as step:
        step.use_stage()
        step.connection.execute(statement("sync/ensure_partitions"))
        for name in ("sync/merge_customers", "sync/merge_profiles"):
            step.connection.execute(statement(name), step.parameters())
            step.connection.commit()
            step.use_stage()


def delete_after_a_failed_read(syncs: Syncs, tenant: Tenant) -> None:
    """What was not read counts as gone, and nobody asks how much that is."""
    location = str(syncs.states.first)
    run = _open(syncs, tenant, DUMP_LIFE[0], "broken off")
    sync.extract(syncs.warehouse, tenant.tenant_id, run, BreaksOff(location))
    sync.check(syncs.warehouse, tenant.tenant_id, run, limits=_ANYTHING_GOES)
    sync.merge(syncs.warehouse, tenant.tenant_id, run, pseudonym_key=syncs.key)
    sync.project(syncs.warehouse, tenant.tenant_id, run)


def set_the_watermark_before_the_merge(syncs: Syncs, tenant: Tenant) -> None:
    """The run dies after its extraction, and the next one begins where it had read to."""
    run = _open(syncs, tenant, _NEW, "dies")
    sync.extract(syncs.warehouse, tenant.tenant_id, run, syncs.source(_NEW))
    with step_of(syncs.warehouse, tenant.tenant_id, run) as step:
        step.use_stage()
        step.connection.execute(statement("sync/merge_watermarks"), step.parameters())
        step.connection.commit()
    syncs.run(tenant, "next", _NEW)


def merge_an_overtaken_run(syncs: Syncs, tenant: Tenant) -> None:
    """Older rows are written over the newer ones of a run that began later."""
    older = _open(syncs, tenant, DUMP_LIFE[0], "older")
    syncs.run(tenant, "newer", _COMPLETE)
    with syncs.warehouse.connect(DatabaseRole.LOADER, tenant.tenant_id) as connection:
        connection.execute(
            "UPDATE ops.sync_run SET state = 'opened', problem = NULL, finished_at = NULL WHERE sync_run_id = %s",
            [older],
        )
    sync.extract(syncs.warehouse, tenant.tenant_id, older, syncs.source(DUMP_LIFE[0]))
    sync.check(syncs.warehouse, tenant.tenant_id, older)
    sync.merge(syncs.warehouse, tenant.tenant_id, older, pseudonym_key=syncs.key)


def say_projected_without_a_look(syncs: Syncs, tenant: Tenant) -> None:
    """The graph keeps what it had before."""
    run = _checked(syncs, tenant, _COMPLETE)
    sync.merge(syncs.warehouse, tenant.tenant_id, run, pseudonym_key=syncs.key)
    with step_of(syncs.warehouse, tenant.tenant_id, run) as step:
        step.finish(SyncState.PROJECTED, "graph", {})


def _open(syncs: Syncs, tenant: Tenant, stage: Stage, run_id: str) -> int:
    return sync.open_run(
        syncs.warehouse,
        tenant.tenant_id,
        run_id,
        as_of=datetime.fromisoformat(stage.as_of),
        mode=sync.SyncMode(stage.mode),
    )


def _checked(syncs: Syncs, tenant: Tenant, stage: Stage) -> int:
    run = _open(syncs, tenant, stage, f"bad {stage.name}")
    sync.extract(syncs.warehouse, tenant.tenant_id, run, syncs.source(stage))
    sync.check(syncs.warehouse, tenant.tenant_id, run)
    return run
