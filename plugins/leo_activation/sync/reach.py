"""Who can be reached, brought in line between two syncs: consents and suppressions do not wait for the next one."""

import logging

from psycopg import sql

from leo_activation.sync.kept import keep
from leo_activation.sync.projected import LABELS, REACHABILITY
from leo_activation.sync.projection import find_concerned, merge_label
from leo_activation.sync.runs import beside_syncs
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.graph import label_table, use_graph
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

_CHANNEL, _REACHABLE_BY = (
    next(label for label in LABELS if label.label == name) for name in ("Channel", "REACHABLE_BY")
)


def refresh_reachability(warehouse: Warehouse, tenant_id: str) -> int:
    """Bring `core.reachability` and its edges in line with today's addresses, consents and suppressions.

    Both or nothing, in one transaction, so that the graph and the tables say the same. Does nothing where a sync of the
    tenant is at work, which does it itself, or where no sync has filled the graph yet.

    Returns:
        Rows of the table made, changed or deleted.
    """
    with beside_syncs(warehouse, tenant_id) as alone:
        if alone is None:
            logger.info("A sync of tenant %s is at work; it brings in line who can be reached.", tenant_id)
            return 0
        connection, tenant = alone
        use_graph(connection)
        customers = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(label_table(tenant.graph_name, "Customer"))
        if not connection.execute(customers).fetchone():
            return 0
        values = {"tenant_id": tenant_id, "graph_name": tenant.graph_name}
        changed = keep(connection, values, [REACHABILITY])
        if changed:
            find_concerned(connection, REACHABILITY, values)
            # There are a handful of channels.
            for way, label, source in (
                ("whole", _CHANNEL, _CHANNEL.source.table),
                ("changed", _REACHABLE_BY, (REACHABILITY.place,)),
            ):
                wanted = sql.SQL(statement(label.wanted)).format(source=sql.Identifier(*source))
                merge_label(connection, way, label, wanted, values)
        return changed
