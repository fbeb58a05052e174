"""Bring the rows that passed into `core`, and what the source no longer has out of it, all of it or nothing."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import cast

from leo_activation.progress import Steps
from leo_activation.sync import deletions, history, identity, late_events, money, proof, quarantine, table_statistics
from leo_activation.sync.runs import Step, SyncState, require_done, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

# What a part fills, and the collections by whose rows its changes are judged.
_TABLES: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "profiles": (("core.customer", "core.profile", "core.consent", "core.channel_address"), table_statistics.PROFILES),
    "products": (("core.product",), table_statistics.PRODUCTS),
    "events": (("core.event",), table_statistics.EVENTS),
}

Values = Mapping[str, object]
"""What the statements of the merge may name: `Step.parameters` and pseudonym_key."""


@dataclass(frozen=True)
class MergedCounts:
    """Rows inserted, changed or deleted, by what they are; all 0 where the source has nothing new.

    history: former states of profiles. late_events: new events from before the last complete run. events_without_rate:
    new or changed rows of events whose money cannot be told in the tenant's currency.
    """

    customers: int = 0
    profiles: int = 0
    history: int = 0
    profiles_gone: int = 0
    history_gone: int = 0
    products: int = 0
    products_gone: int = 0
    event_metrics: int = 0
    event_metrics_gone: int = 0
    campaigns: int = 0
    campaigns_gone: int = 0
    events: int = 0
    events_deleted: int = 0
    events_gone: int = 0
    consents: int = 0
    addresses: int = 0
    addresses_retired: int = 0
    addresses_gone: int = 0
    identities: int = 0
    people_gone: int = 0
    late_events: int = 0
    events_without_rate: int = 0


def _sql(name: str) -> Callable[[Step, Values], int]:
    """A part that is one statement: it gives its number of rows as its only value, or by the rows that it touched."""

    def work(step: Step, values: Values) -> int:
        cursor = step.connection.execute(statement(name), values)
        if cursor.description is None:
            return cursor.rowcount
        row = cursor.fetchone()
        return int(row[0]) if row else 0

    return work


# In their order. Each touches only what differs, and notes what it changed in the stage (changed_…, moved_profile).
# Profiles come before what refers to them; what is gone goes when its namesakes have come.
_PARTS: Mapping[str, Callable[[Step, Values], int]] = {
    "customers": _sql("sync/merge_customers"),
    "profiles": _sql("sync/merge_profiles"),
    "history": lambda step, _: history.append(step),
    "profiles_gone": _sql("sync/empty_gone_profiles"),
    "history_gone": lambda step, _: history.forget(step),
    "products": _sql("sync/merge_products"),
    "products_gone": _sql("sync/delete_gone_products"),
    "event_metrics": _sql("sync/merge_event_metrics"),
    "event_metrics_gone": _sql("sync/delete_gone_event_metrics"),
    "campaigns": _sql("sync/merge_campaigns"),
    "campaigns_gone": _sql("sync/delete_gone_campaigns"),
    "events_gone": _sql("sync/delete_gone_events"),
    "events_deleted": _sql("sync/delete_superseded_events"),
    "events": _sql("sync/merge_events"),
    "consents": _sql("sync/append_consents"),
    "addresses": _sql("sync/merge_addresses"),
    "addresses_retired": _sql("sync/retire_addresses"),
    "addresses_gone": _sql("sync/delete_gone_addresses"),
    "identities": identity.resolve,
    "people_gone": deletions.forget_people_gone,
}


def merge(warehouse: Warehouse, tenant_id: str, sync_run_id: int, *, pseudonym_key: bytes) -> MergedCounts:
    """Merge the checked stage of a run into `core`, in one transaction, and prove that the copy is complete.

    Args:
        pseudonym_key: keys the hash by which an address is remembered.

    Raises:
        Permanent: the run has not passed the quality gate, or was stopped; or the copy would not be complete: then
            nothing was merged.
        Transient: another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.MERGED):
            return MergedCounts(**cast(Mapping[str, int], step.run.counts["merged"]))
        require_done(step.run, SyncState.CHECKED, "merge")
        # Beside the parts: the quarantine, the history, the orders before them, and the proof after them.
        steps = Steps(logger, f"Merging into core of {tenant_id}", len(_PARTS) + 4)
        # In a transaction of their own: making one locks the events of all tenants, and an empty one harms nobody.
        step.use_stage()
        step.connection.execute(statement("sync/ensure_partitions"))
        step.connection.commit()
        step.use_stage()
        values = {**step.parameters(), "pseudonym_key": pseudonym_key}
        # Before the events: those that a repair brought stay while their row at the source is the same.
        closed = quarantine.settle(step)
        steps.done("quarantine", sum(closed.values()))
        # What is told by comparing the stage with what was here.
        history.remember(step)
        steps.done("former states")
        changed = {
            "late_events": late_events.count_late_events(step),
            "events_without_rate": money.note_orders(step),
        }
        steps.done("late events and money", sum(changed.values()))
        for name, work in _PARTS.items():
            if name == "identities":
                # Not at the end: for a tenant whose rows no statistics know yet, the resolution would be planned for a
                # handful of them and take time by their square.
                _renew_statistics(step, changed)
            changed[name] = work(step, values)
            steps.done(name.replace("_", " "), changed[name])
        money.note_changes(step)
        step.connection.execute(statement("sync/merge_watermarks"), values)
        proof.settle(step)
        steps.done("proof")
        counts = MergedCounts(**changed)
        step.finish(SyncState.MERGED, "merged", asdict(counts))
    return counts


def _renew_statistics(step: Step, changed: Mapping[str, int]) -> None:
    for part, (tables, collections) in _TABLES.items():
        if table_statistics.mislead(changed[part], table_statistics.rows_at_source(step, collections)):
            table_statistics.analyze(step, tables)
