"""The graph follows `core`: vertices and edges are made, changed and deleted until both say the same."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import cast

from psycopg import sql
from psycopg.rows import class_row

from leo_activation.errors import Permanent
from leo_activation.sync.kept import keep
from leo_activation.sync.projected import SOURCES
from leo_activation.sync.projection import Projection, Way
from leo_activation.sync.runs import Step, SyncState, require_done, step_of
from leo_activation.sync.touches import note_touches_kept, touched_customers
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import use_graph
from leo_activation.warehouse.graph_schema import schema_version
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GraphCounts:
    """What the graph holds of the sync's labels, and how many of it this run made, changed or deleted.

    way: built, compared or followed; see `projection`.
    schema: the graph's schema of which the run brought the graph in line.
    """

    by_label: Mapping[str, int]
    changed: int
    way: str
    schema: str


@dataclass(frozen=True)
class _Plan:
    as_of: datetime
    last_as_of: datetime | None
    last_started_at: datetime | None
    last_schema: str | None


def project(warehouse: Warehouse, tenant_id: str, sync_run_id: int) -> GraphCounts:
    """Bring the tenant's graph in line with `core`, in one transaction, and compare the counts of both.

    An empty graph is built. Otherwise only what the run changed is followed, unless the run is to compare the whole
    graph, the graph's schema has changed since, or the counts do not agree afterwards.

    Sets the run's as-of to the first midnight in UTC after the latest event, where it was not given.

    Raises:
        Permanent: the run is not merged or was stopped, or graph and tables do not agree.
        Transient: another step of a sync of this tenant is at work, or a label to be built is being read.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.PROJECTED):
            return _counts_of(step.run.counts["graph"])
        require_done(step.run, SyncState.MERGED, "project")
        step.connection.execute(statement("sync/record_as_of"), step.parameters())
        use_graph(step.connection)
        _keep(step)
        counts = _bring_in_line(step, warehouse)
        step.connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(step.run.schema)))
        step.finish(SyncState.PROJECTED, "graph", asdict(counts))
    return counts


def _keep(step: Step) -> None:
    values = step.parameters()
    stage = step.run.schema
    customers = None if step.run.compare_graph else touched_customers(step.connection, values, stage)
    keep(step.connection, {**values, "customers": customers}, SOURCES)
    note_touches_kept(step.connection, values)


def _bring_in_line(step: Step, warehouse: Warehouse) -> GraphCounts:
    with step.connection.cursor(row_factory=class_row(_Plan)) as cursor:
        plan = cursor.execute(statement("sync/plan_projection"), step.parameters()).fetchone()
    if plan is None:
        raise Permanent(f"The tenant {step.tenant.tenant_id} has no sync run {step.run.sync_run_id}.")
    values = {"as_of": plan.as_of, "last_as_of": plan.last_as_of, "last_started_at": plan.last_started_at}
    projection = Projection(step, values)
    wanted = projection.count_wanted()
    if projection.is_empty():
        way, changed = Way.BUILT, projection.build(warehouse)
    elif step.run.compare_graph or plan.last_schema != schema_version():
        way, changed = Way.COMPARED, projection.compare()
    else:
        way, changed = Way.FOLLOWED, projection.follow()
    found = projection.count()
    if found != wanted and way is Way.FOLLOWED:
        logger.warning("The graph of tenant %s was not as its last sync left it; compared.", step.tenant.tenant_id)
        compared = projection.compare()
        way, changed = Way.COMPARED, {label: changed.get(label, 0) + rows for label, rows in compared.items()}
        found = projection.count()
    for label, rows in wanted.items():
        if found.get(label) != rows:
            raise Permanent(
                f"The graph of tenant {step.tenant.tenant_id} has {found.get(label)} {label} "
                f"where the tables have {rows}."
            )
    return GraphCounts(found, sum(changed.values()), way, schema_version())


def _counts_of(done: Mapping[str, object]) -> GraphCounts:
    # Runs of earlier versions noted neither how nor of which schema.
    return GraphCounts(
        cast(Mapping[str, int], done["by_label"]),
        cast(int, done["changed"]),
        cast(str, done.get("way", Way.COMPARED)),
        cast(str, done.get("schema", "")),
    )
