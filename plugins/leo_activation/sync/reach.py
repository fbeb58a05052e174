"""Who can be reached and what became of messages, brought in line between two syncs: neither waits for the next."""

import logging
from collections.abc import Callable, Mapping

from psycopg import sql

from leo_activation.progress import Steps
from leo_activation.sync.kept import keep
from leo_activation.sync.projected import CAMPAIGN, CAMPAIGN_TOUCH, LABELS, REACHABILITY, GraphSource, ProjectedLabel
from leo_activation.sync.projection import find_concerned, merge_label
from leo_activation.sync.runs import beside_syncs
from leo_activation.sync.touches import note_touches_kept, touched_customers
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.graph import label_table, use_graph
from leo_activation.warehouse.graph_schema import EXPOSURE_EDGES
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

_CHANNEL, _REACHABLE_BY, _CAMPAIGN = (
    next(label for label in LABELS if label.label == name) for name in ("Channel", "REACHABLE_BY", "Campaign")
)
_EXPOSURES = tuple(label for label in LABELS if label.label in EXPOSURE_EDGES.values())

Values = Mapping[str, object]


def refresh_reachability(warehouse: Warehouse, tenant_id: str) -> int:
    """Bring `core.reachability` and its edges in line with today's addresses, consents and suppressions.

    Both or nothing, in one transaction, so that the graph and the tables say the same. Does nothing where a sync of the
    tenant is at work, which does it itself, or where no sync has filled the graph yet.

    Returns:
        Rows of the table made, changed or deleted.
    """

    def refresh(connection: Connection, values: Values) -> int:
        changed = keep(connection, values, [REACHABILITY])
        if changed:
            # There are a handful of channels.
            _follow(connection, values, [REACHABILITY], whole=[_CHANNEL], changed=[_REACHABLE_BY])
        return changed

    return _between_syncs(warehouse, tenant_id, refresh, "who can be reached")


def refresh_exposure(warehouse: Warehouse, tenant_id: str) -> int:
    """Bring `core.campaign_touch` and its edges in line with the messages that left and what people did with them.

    As `refresh_reachability` otherwise. A click that is told late can give an order to another message.

    Returns:
        Rows of the table made, changed or deleted.
    """

    def refresh(connection: Connection, values: Values) -> int:
        customers = touched_customers(connection, values, stage=None)
        sources = [CAMPAIGN_TOUCH, CAMPAIGN]
        changed = keep(connection, {**values, "customers": customers}, sources)
        if changed:
            _follow(connection, values, sources, whole=[], changed=[_CAMPAIGN, *_EXPOSURES])
        note_touches_kept(connection, values)
        return changed

    return _between_syncs(warehouse, tenant_id, refresh, "what became of messages")


def _between_syncs(
    warehouse: Warehouse, tenant_id: str, refresh: Callable[[Connection, Values], int], what: str
) -> int:
    with beside_syncs(warehouse, tenant_id) as alone:
        if alone is None:
            logger.info("A sync of tenant %s is at work; it brings in line %s.", tenant_id, what)
            return 0
        connection, tenant = alone
        use_graph(connection)
        customers = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(label_table(tenant.graph_name, "Customer"))
        if not connection.execute(customers).fetchone():
            return 0
        return refresh(connection, {"tenant_id": tenant_id, "graph_name": tenant.graph_name})


def _follow(
    connection: Connection,
    values: Values,
    sources: list[GraphSource],
    *,
    whole: list[ProjectedLabel],
    changed: list[ProjectedLabel],
) -> None:
    """Bring labels in line with their sources: wholly, or where the sources' rows changed; vertices first."""
    for source in sources:
        find_concerned(connection, source, values)
    steps = Steps(logger, f"Projecting the graph of {values['tenant_id']}", len(whole) + len(changed))
    for way, labels in (("whole", whole), ("changed", changed)):
        for label in labels:
            place = label.source.table if way == "whole" else (label.source.place,)
            wanted = sql.SQL(statement(label.wanted)).format(source=sql.Identifier(*place))
            steps.done(label.label, merge_label(connection, way, label, wanted, values))
