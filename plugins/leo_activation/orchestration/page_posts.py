"""Posts of one tenant, by the Airflow connection of its Page."""

import logging

from leo_activation.activation.page_posts.feed import PageFeed
from leo_activation.activation.page_posts.publishing import publish_due
from leo_activation.activation.page_posts.reconciling import reap_posts, settle_unknown_posts
from leo_activation.errors import Transient
from leo_activation.orchestration.connections import page_connection, sending_guard, warehouse
from leo_activation.orchestration.providers.messenger import graph_settings
from leo_activation.settings import read_settings

logger = logging.getLogger(__name__)


def bring_posts_on(tenant_id: str, worker: str) -> dict[str, int]:
    """Reap, look for what is unknown, publish what is due; numbers by what became of the posts.

    A tenant without a Page has nothing to do here: its posts wait, and expire. A feed that cannot be read keeps back
    nothing that is due: its error is raised afterwards.

    Raises:
        Transient: Facebook cannot be reached now.
        Configuration: it takes nothing from this installation.
    """
    reaped = reap_posts(warehouse(), tenant_id)
    connection = page_connection(tenant_id)
    if connection is None:
        logger.info("%s has no connection leo_messenger: nothing can be posted.", tenant_id)
        return reaped
    feed = PageFeed(graph_settings(connection))
    settled, unread = 0, None
    try:
        settled = settle_unknown_posts(warehouse(), tenant_id, feed)
    except Transient as error:
        unread = error
    key = read_settings().pseudonym_key()
    done = publish_due(warehouse(), tenant_id, feed, worker=worker, guard=sending_guard(), key=key)
    if unread is not None:
        raise unread
    return {**reaped, "settled": settled, **vars(done)}
