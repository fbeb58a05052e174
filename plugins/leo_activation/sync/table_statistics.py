"""Statistics for the planner after a bulk change: gathered where a tenant's rows changed so much that old ones mislead.

Not by autovacuum's count of the whole table: a tenant's first rows can be few among those of others, and no statistics
know them. And not after each run: an ANALYZE costs with the table's size, a run that changes little must not.
"""

from collections.abc import Iterable, Mapping
from typing import cast

from leo_activation.sync.runs import Step

# Autovacuum's own share (autovacuum_analyze_scale_factor), of the tenant's rows.
LEAST_SHARE = 0.10
LEAST_CHANGES = 500

PROFILES = ("cdp_profile", "crm_customers")
PRODUCTS = ("cdp_productitem",)
EVENTS = ("cdp_trackingevent", "clickstream_events")


def mislead(changed: int, rows: float) -> bool:
    """Whether statistics of a tenant's `rows` are of no use any more after so many changes."""
    return changed >= LEAST_CHANGES and changed >= LEAST_SHARE * rows


def rows_at_source(step: Step, collections: Iterable[str]) -> int:
    """The rows that the source has of those collections, of which it has one or none."""
    rows = cast(Mapping[str, int], step.run.counts["staged"]["source_rows"])
    return sum(rows.get(collection, 0) for collection in collections)


def analyze(step: Step, tables: Iterable[str]) -> None:
    """Gather statistics of tables that the loader does not own; one that another tenant is at is left out."""
    for table in tables:
        step.connection.execute("SELECT ops.analyze_table(%s::regclass)", [table])
