"""Bring the rows that passed into `core`, all of them or none."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from leo_activation.sync.runs import SyncState, require_done, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

# Fewer changes than this leave the statistics good enough for the planner.
CHANGES_WORTH_ANALYZING = 500
_ANALYZED = ("core.customer", "core.profile", "core.product", "core.event", "core.consent", "core.channel_address")


@dataclass(frozen=True)
class MergedCounts:
    """Rows inserted, changed or deleted, by what they are; all 0 where the source has nothing new."""

    customers: int
    profiles: int
    products: int
    event_metrics: int
    events: int
    events_deleted: int
    consents: int
    addresses: int
    addresses_retired: int


# Each reads the stage and touches only what differs; profiles come before what refers to them.
_STATEMENTS: Mapping[str, str] = {
    "customers": "sync/merge_customers",
    "profiles": "sync/merge_profiles",
    "products": "sync/merge_products",
    "event_metrics": "sync/merge_event_metrics",
    "events_deleted": "sync/delete_superseded_events",
    "events": "sync/merge_events",
    "consents": "sync/append_consents",
    "addresses": "sync/merge_addresses",
    "addresses_retired": "sync/retire_addresses",
}


def merge(warehouse: Warehouse, tenant_id: str, sync_run_id: int, *, pseudonym_key: bytes) -> MergedCounts:
    """Merge the checked stage of a run into `core`, in one transaction.

    Args:
        pseudonym_key: keys the hash by which an address is remembered.

    Raises:
        Permanent: the run has not passed the quality gate, or was stopped.
        Transient: another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.MERGED):
            return MergedCounts(**cast(Mapping[str, int], step.run.counts["merged"]))
        require_done(step.run, SyncState.CHECKED, "merge")
        # In a transaction of their own: making one locks the events of all tenants, and an empty one harms nobody.
        step.use_stage()
        step.connection.execute(statement("sync/ensure_partitions"))
        step.connection.commit()
        step.use_stage()
        values = {**step.parameters(), "pseudonym_key": pseudonym_key}
        changed: dict[str, int] = {}
        for name, statement_name in _STATEMENTS.items():
            changed[name] = step.connection.execute(statement(statement_name), values).rowcount
            logger.info("Merged %s: %s rows changed.", name, changed[name])
        if sum(changed.values()) >= CHANGES_WORTH_ANALYZING:
            for table in _ANALYZED:
                step.connection.execute("SELECT ops.analyze_table(%s::regclass)", [table])
        counts = MergedCounts(**changed)
        step.finish(SyncState.MERGED, "merged", asdict(counts))
    return counts
