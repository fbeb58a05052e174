"""Interests: what each customer's events say about products, categories, brands, colours and keywords.

The weights, the decay and what counts are decided in `docs/decisions/interests.md`; the sums are SQL
(`include/sql/profiles/fill_computed_interest.sql`). Tables and graph are brought to the computed state by their
differences, of the customers of whom something changed, so a second run writes nothing.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from leo_activation.progress import Steps
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InterestCounts:
    """Customers whose interests were computed, and the rows, vertices and edges that a run wrote."""

    customers: int
    added: int
    changed: int
    removed: int
    topics_added: int
    topics_removed: int
    vertices_written: int
    vertices_removed: int
    edges_written: int
    edges_removed: int


def compute_interests(warehouse: Warehouse, tenant_id: str, as_of: datetime) -> InterestCounts:
    """Bring interests, topics and their part of the graph to what was known of the time before `as_of`.

    Only customers of whom something changed since the last run are computed. Those who refused profiling have no
    interests; what they had is removed. One transaction: readers see the interests before or after, and the graph
    agrees with the tables.

    Raises:
        Permanent: there is no such tenant.
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        graph_name = read_tenant(connection, tenant_id).graph_name
        values = {"tenant_id": tenant_id, "as_of": as_of, "graph_name": graph_name}
        steps = Steps(logger, f"Computing interests of {tenant_id}", 6)
        use_graph(connection)
        connection.execute(statement("profiles/lock_tenant"), values)
        # Every event of the tenant is read. Tables that were filled a moment ago have no statistics yet, and by nested
        # loops the 5,000 events of the audience-discovery data took more than five minutes.
        connection.execute("SET LOCAL enable_nestloop = off")
        connection.execute(statement("profiles/create_due_customer"))
        customers = connection.execute(statement("profiles/fill_due_customer"), values).rowcount
        connection.execute("ANALYZE due_customer")
        steps.done("customers of whom something changed", customers)
        connection.execute(statement("profiles/create_computed_interest"))
        computed = connection.execute(statement("profiles/fill_computed_interest"), values).rowcount
        connection.execute("ANALYZE computed_interest")
        steps.done("interests computed", computed)
        topics_added = connection.execute(statement("profiles/add_topics"), values).rowcount
        steps.done("topics added", topics_added)
        [(added, changed, removed)] = connection.execute(statement("profiles/merge_interests"), values)
        topics_removed = connection.execute(statement("profiles/delete_topics"), values).rowcount
        connection.execute(statement("profiles/merge_interest_inputs"), values)
        steps.done("interests written", added + changed + removed)
        [(vertices_written, vertices_removed)] = connection.execute(
            label_statement("profiles/project_topics", graph_name, topics="Topic"), values
        )
        steps.done("topics of the graph", vertices_written + vertices_removed)
        edges_written, edges_removed = _project_edges(connection, graph_name, values)
        steps.done("interests of the graph", edges_written + edges_removed)
    logger.info(
        "Interests of %s as of %s: %d customers computed, %d interests added, %d changed, %d removed.",
        tenant_id, as_of.isoformat(), customers, added, changed, removed,
    )  # fmt: skip
    return InterestCounts(
        customers=customers,
        added=added,
        changed=changed,
        removed=removed,
        topics_added=topics_added,
        topics_removed=topics_removed,
        vertices_written=vertices_written,
        vertices_removed=vertices_removed,
        edges_written=edges_written,
        edges_removed=edges_removed,
    )


def _project_edges(connection: Connection, graph_name: str, values: Mapping[str, object]) -> tuple[int, int]:
    """Edges written and removed: those of the customers computed, and everybody's where the graph had lost some."""
    project = label_statement("profiles/project_interests", graph_name, edges="INTERESTED_IN")
    count = label_statement("profiles/count_interests_and_edges", graph_name, edges="INTERESTED_IN")
    [(written, removed)] = connection.execute(project, {**values, "everybody": False})
    [(interests, edges)] = connection.execute(count, values)
    if interests != edges:
        logger.warning("The graph %s has %d interests of %d; all are written again.", graph_name, edges, interests)
        [(more_written, more_removed)] = connection.execute(project, {**values, "everybody": True})
        return written + more_written, removed + more_removed
    return written, removed
