"""What the logs of Airflow say about requests that have no segment yet; why, and what to do next.

`docs/guides/why-no-segment.md` is the path of whoever looks for it.
"""

import logging

from leo_activation.orchestration.connections import warehouse
from leo_activation.segments.standing import in_words, open_standings, read_standing

logger = logging.getLogger(__name__)


def say_where_it_stands(tenant_id: str, request_id: int) -> None:
    """One sentence at the end of a task's log: where the request of the run stands.

    Raises:
        Permanent: there is no such request.
        Transient: the warehouse cannot be reached.
    """
    logger.info("%s", in_words(tenant_id, read_standing(warehouse(), tenant_id, request_id)))


def say_what_is_open(tenant_id: str) -> None:
    """A line a request of the tenant that waits for somebody or something, the newest first; bounded.

    Raises:
        Transient: the warehouse cannot be reached.
    """
    found = open_standings(warehouse(), tenant_id)
    if not found:
        logger.info("No request of %s waits for anything.", tenant_id)
        return
    for standing in found:
        logger.info("%s", in_words(tenant_id, standing))
    if (left_out := found[0].in_all - len(found)) > 0:
        logger.info("%d older requests of %s wait too; the Segment desk lists all.", left_out, tenant_id)
