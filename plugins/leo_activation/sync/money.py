"""Orders net of what was taken back, and amounts in the tenant's own currency: what of them a merge changes.

The views `core.order_item`, `core.order` and `core.customer_total` always say what holds; what stands in the graph is
written anew for the events and customers that are noted here.
"""

import logging

from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)


def note_orders(step: Step) -> int:
    """Note the orders that the merge is about to change, before it changes events, until the transaction ends.

    Returns:
        The rows of events, new or changed, whose money cannot be told in the tenant's currency for want of a rate.
    """
    step.connection.execute(statement("sync/create_touched_order"), step.parameters())
    missing = step.connection.execute(statement("sync/count_events_without_rate"), step.parameters()).fetchall()
    for currency, events in missing:
        logger.warning(
            "%s rows of events in %s have no rate to %s: their amounts are missing from totals until one is loaded.",
            events, currency, step.tenant.currency,
        )  # fmt: skip
    return sum(int(events) for _, events in missing)


def note_changes(step: Step) -> None:
    """Note the events and customers whose net amounts changed, after events merged and identities were resolved."""
    step.connection.execute(statement("sync/note_netted_purchases"), step.parameters())
    step.connection.execute(statement("sync/note_revalued_events"), step.parameters())
