"""Versions whose phrases were read by another encoder than the one configured now.

A threshold means something only for the vectors that it was chosen on. So a new encoder never runs an approved version
silently: a request is made with the same plan, is drafted under the new encoder into the next version, and a person
sees who would enter and exit before it is approved. Until then the members stay as they are.
"""

import logging

from leo_activation.embedding import Encoder
from leo_activation.segments.requests import RE_EVALUATION
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

STALE = "The encoder was changed again before anybody decided about this one."


def re_evaluate(warehouse: Warehouse, tenant_id: str, encoder: Encoder) -> tuple[int, ...]:
    """Ask for every active version that another encoder read; returns the ids of the requests made, oldest first.

    A version is asked for once an encoder, however often this runs. Requests for an encoder that is not the configured
    one any more, and about which nobody has decided, are voided.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    values = {
        "tenant_id": tenant_id,
        "planner": RE_EVALUATION,
        "encoder": f"{encoder.model} ({encoder.precision})",
        "model": encoder.model,
        "precision": encoder.precision,
        "stale": STALE,
    }
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        # No segment's id has a hyphen: this lock is only that of other re-evaluations.
        connection.execute(statement("segments/lock_segment"), {"tenant_id": tenant_id, "segment_id": RE_EVALUATION})
        connection.execute(statement("segments/void_re_evaluations"), values)
        made = tuple(
            sorted(
                int(request_id)
                for (request_id,) in connection.execute(statement("segments/insert_re_evaluations"), values)
            )
        )
    if made:
        logger.warning("%s: %d active segments are asked for again under %s.", tenant_id, len(made), values["encoder"])
    return made
