"""Interests: what each customer's events say about products, categories, brands, colours and keywords.

The weights, the decay and what counts are decided in `docs/decisions/interests.md`; the sums are SQL
(`include/sql/profiles/fill_computed_interest.sql`). Tables and graph are brought to the computed state by their
differences, so a second run writes nothing.
"""

import logging
from dataclasses import dataclass
from datetime import datetime

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import label_statement, use_graph
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_tenant

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InterestCounts:
    """Rows of `profile.interest` and `profile.topic`, and vertices and edges of the graph, that a run wrote."""

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

    Customers who refused profiling have none; what they had is removed. One transaction: readers see the interests
    before or after, and the graph agrees with the tables.

    Raises:
        Permanent: there is no such tenant.
        Transient: the warehouse cannot be reached.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        graph_name = read_tenant(connection, tenant_id).graph_name
        values = {"tenant_id": tenant_id, "as_of": as_of, "graph_name": graph_name}
        use_graph(connection)
        connection.execute(statement("profiles/lock_tenant"), values)
        # Every row of the tenant is read. Tables that were filled a moment ago have no statistics yet, and by nested
        # loops the 5,000 events of the audience-discovery data took more than five minutes.
        connection.execute("SET LOCAL enable_nestloop = off")
        connection.execute(statement("profiles/create_computed_interest"))
        computed = connection.execute(statement("profiles/fill_computed_interest"), values).rowcount
        connection.execute("ANALYZE computed_interest")
        [(topics_added, topics_removed)] = connection.execute(statement("profiles/merge_topics"), values)
        [(added, changed, removed)] = connection.execute(statement("profiles/merge_interests"), values)
        [(vertices_written, vertices_removed)] = connection.execute(
            label_statement("profiles/project_topics", graph_name, topics="Topic"), values
        )
        [(edges_written, edges_removed)] = connection.execute(
            label_statement("profiles/project_interests", graph_name, edges="INTERESTED_IN"), values
        )
    logger.info(
        "Interests of %s as of %s: %d computed, %d added, %d changed, %d removed.",
        tenant_id, as_of.isoformat(), computed, added, changed, removed,
    )  # fmt: skip
    return InterestCounts(
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
