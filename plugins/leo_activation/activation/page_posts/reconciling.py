"""Bring every post to an end that is proved: by the Page's own feed, or by nothing.

A post that the feed does not show may still come: it stays unknown, is never posted again, and is looked for until two
days have passed; then `./leo post list` still says so. A person looks at the Page, and submits it under another name
where it is not there.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from leo_activation.activation.page_posts.feed import PageFeed, PostOnPage
from leo_activation.activation.page_posts.post import PostState
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
LOOKED_FOR = timedelta(days=2)
MOST_LOOKED_FOR = 50
CLOCKS_DIFFER = timedelta(minutes=2)
LATEST = timedelta(hours=1)
"""How long after its attempt a post of the feed is believed to be of it."""


@dataclass(frozen=True)
class UnknownPost:
    """A post whose end is not known, with when its last attempt began."""

    post_id: int
    fence: int
    message: str
    started_at: datetime


def reap_posts(warehouse: Warehouse, tenant_id: str) -> dict[str, int]:
    """End what nobody works on any more; says how many became unknown and how many expired."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(
            statement("activation/page_posts/reap"), {"tenant_id": tenant_id, "lease": LEASE}
        ).fetchall()
    states = [state for _, state in rows]
    return {state: states.count(state) for state in (PostState.UNKNOWN, PostState.EXPIRED)}


def settle_unknown_posts(warehouse: Warehouse, tenant_id: str, feed: PageFeed) -> int:
    """Look for unknown posts in the Page's feed; says how many stand there.

    Raises:
        Transient: the feed cannot be read now.
        Configuration: Facebook refuses this installation.
    """
    unknown = _unknown(warehouse, tenant_id, feed.page_id)
    if not unknown:
        return 0
    with feed.open() as session:
        session.ready()
        standing = session.read(unknown[0].started_at - CLOCKS_DIFFER)
    settled = 0
    for post in unknown:
        for found in _matches(post, standing):
            if _settle(warehouse, tenant_id, post, found.facebook_id):
                settled += 1
                break
    logger.info("%d of %d posts of %s whose end was not known stand on the Page.", settled, len(unknown), tenant_id)
    return settled


def _unknown(warehouse: Warehouse, tenant_id: str, page_id: str) -> Sequence[UnknownPost]:
    values = {"tenant_id": tenant_id, "page_id": page_id, "younger_than": LOOKED_FOR, "at_most": MOST_LOOKED_FOR}
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(UnknownPost)) as cursor,
    ):
        return cursor.execute(statement("activation/page_posts/unknown_posts"), values).fetchall()


def _matches(post: UnknownPost, standing: Sequence[PostOnPage]) -> list[PostOnPage]:
    """The feed's posts with these very words, posted at the time of the attempt, the oldest first."""
    first, last = post.started_at - CLOCKS_DIFFER, post.started_at + LATEST
    same = (each for each in standing if _words(each.message) == _words(post.message))
    return sorted((each for each in same if first <= each.created_at <= last), key=lambda each: each.created_at)


def _words(message: str) -> list[str]:
    """Facebook may set blanks and line ends otherwise."""
    return message.split()


def _settle(warehouse: Warehouse, tenant_id: str, post: UnknownPost, facebook_id: str) -> bool:
    values = {"tenant_id": tenant_id, "post_id": post.post_id, "fence": post.fence, "facebook_id": facebook_id}
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return connection.execute(statement("activation/page_posts/settle_by_feed"), values).fetchone() is not None
