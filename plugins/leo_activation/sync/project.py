"""The graph follows `core`: vertices and edges are made, changed and deleted until both say the same."""

import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import cast

from psycopg import sql

from leo_activation.errors import Permanent
from leo_activation.sync.merge import CHANGES_WORTH_ANALYZING
from leo_activation.sync.runs import Step, SyncState, require_done, step_of
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import label_statement, label_table, use_graph
from leo_activation.warehouse.graph_schema import EDGES, EVENT_EDGES
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class GraphCounts:
    """What the graph holds of the sync's labels, and how many of it this run made, changed or deleted."""

    by_label: Mapping[str, int]
    changed: int


def project(warehouse: Warehouse, tenant_id: str, sync_run_id: int) -> GraphCounts:
    """Bring the tenant's graph in line with `core`, in one transaction, and compare the counts of both.

    Sets the run's as-of to the first midnight in UTC after the latest event, where it was not given.

    Raises:
        Permanent: the run is not merged or was stopped, or graph and tables do not agree.
        Transient: another step of a sync of this tenant is at work.
    """
    with step_of(warehouse, tenant_id, sync_run_id) as step:
        if step.run.has_done(SyncState.PROJECTED):
            done = step.run.counts["graph"]
            return GraphCounts(cast(Mapping[str, int], done["by_label"]), cast(int, done["changed"]))
        require_done(step.run, SyncState.MERGED, "project")
        use_graph(step.connection)
        step.connection.execute(statement("sync/record_as_of"), step.parameters())
        step.connection.execute(statement("sync/name_vertices"), step.parameters())
        changed = _Projection(step).run()
        for label, rows in changed.items():
            if rows >= CHANGES_WORTH_ANALYZING:
                table = label_table(step.tenant.graph_name, label).as_string(step.connection)
                step.connection.execute("SELECT ops.analyze_table(%s::regclass)", [table])
        counts = GraphCounts(_compare_counts(step), sum(changed.values()))
        step.connection.execute(sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(step.run.schema)))
        step.finish(SyncState.PROJECTED, "graph", asdict(counts))
    return counts


class _Projection:
    """The statements of one projection, with the rows that each label's changed."""

    def __init__(self, step: Step) -> None:
        self._step = step
        self._graph = step.tenant.graph_name
        row = step.connection.execute(
            "SELECT as_of FROM ops.sync_run WHERE sync_run_id = %s", [step.run.sync_run_id]
        ).fetchone()
        self._as_of = row[0] if row else None
        self._changed: dict[str, int] = {}

    def run(self) -> Mapping[str, int]:
        """Vertices before the edges between them."""
        self._vertices("Customer", "sync/project_customers")
        self._vertices("Product", "sync/project_products")
        self._vertices("Category", "sync/project_names")
        self._vertices("Brand", "sync/project_names")
        self._edges("IN_CATEGORY", "sync/project_product_edges")
        self._edges("OF_BRAND", "sync/project_product_edges")
        for event_type, label in EVENT_EDGES.items():
            self._edges(label, "sync/project_event_edges", event_type=event_type)
        if self._changed["Customer"]:
            self._delete_dangling_edges()
        return self._changed

    def _vertices(self, label: str, name: str) -> None:
        query = label_statement(name, self._graph, vertices=label)
        values = {
            **self._step.parameters(),
            "graph_name": self._graph,
            "label": label,
            "as_of": self._as_of,
        }
        self._note(label, self._step.connection.execute(query, values).rowcount)

    def _edges(self, edge: str, name: str, **values: str) -> None:
        query = label_statement(name, self._graph, edges=edge)
        parameters = {
            **self._step.parameters(),
            "graph_name": self._graph,
            "edge_label": edge,
            "start_label": EDGES[edge].start,
            "end_label": EDGES[edge].end,
            **values,
        }
        self._note(edge, self._step.connection.execute(query, parameters).rowcount)

    def _delete_dangling_edges(self) -> None:
        for edge in EDGES.values():
            if edge.start == "Customer" and edge.label not in EVENT_EDGES.values():
                query = label_statement(
                    "sync/delete_dangling_edges", self._graph, edges=edge.label, vertices="Customer"
                )
                self._note(edge.label, self._step.connection.execute(query).rowcount)

    def _note(self, label: str, rows: int) -> None:
        self._changed[label] = rows
        logger.info("Projected %s: %s changed.", label, rows)


def _compare_counts(step: Step) -> dict[str, int]:
    """What each label holds; refused where the relational tables say otherwise."""
    wanted = dict.fromkeys(("Customer", "Product", "Category", "Brand", "IN_CATEGORY", "OF_BRAND"), 0)
    wanted |= dict.fromkeys(EVENT_EDGES.values(), 0)
    wanted |= dict(step.connection.execute(statement("sync/count_core"), step.parameters()).fetchall())
    counted: dict[str, int] = {}
    for label, rows in wanted.items():
        query = sql.SQL("SELECT count(*) FROM {}").format(label_table(step.tenant.graph_name, label))
        row = step.connection.execute(query).fetchone()
        counted[label] = int(row[0]) if row else 0
        if counted[label] != rows:
            raise Permanent(
                f"The graph of tenant {step.tenant.tenant_id} has {counted[label]} {label} "
                f"where the tables have {rows}."
            )
    return counted
