"""Events that came late: they are taken like all others, counted, and named as the cause of what they change."""

import logging
from datetime import timedelta

from leo_activation.sync.runs import Step
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

ALLOWANCE = timedelta(hours=1)
"""An event may be this much older than what the last run saw without being late: clocks that differ, events that wait
in the source's queue, and the time around a watermark that every run reads again."""


def count_late_events(step: Step) -> int:
    """How many events of the stage are new and occurred before the last complete run; asked before the merge."""
    values = {**step.parameters(), "allowance": ALLOWANCE}
    row = step.connection.execute(statement("sync/count_late_events"), values).fetchone()
    late = int(row[0]) if row else 0
    if late:
        logger.info("%s events came late: they occurred before the last complete run.", late)
    return late
