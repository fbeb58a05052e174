"""How many members the largest active segments share, two by two, kept for whoever looks at a dashboard.

It is counted after a refresh and not when somebody looks: customers are in several segments, so that a count reads each
membership as often as its customer has others.
"""

import logging

from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

LARGEST = 20
"""So many segments are compared: 190 pairs."""


def count_overlaps(warehouse: Warehouse, tenant_id: str) -> int:
    """Count the members that the tenant's largest segments share, where members changed; the rows written,
    which are the pairs and each segment with itself.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    values = {"tenant_id": tenant_id, "largest": LARGEST}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        written = connection.execute(statement("segments/count_overlaps"), values).rowcount
    if written:
        logger.info("%s: its largest segments were compared (%d rows).", tenant_id, written)
    return written
