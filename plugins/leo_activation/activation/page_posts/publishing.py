"""Posts go out, one after the other: the attempt is committed, then the first byte leaves."""

import logging
from dataclasses import dataclass
from datetime import timedelta

from psycopg.rows import class_row

from leo_activation.activation.channels import Answer
from leo_activation.activation.page_posts.feed import PageFeed
from leo_activation.activation.page_posts.post import PostState
from leo_activation.activation.safety.guard import SendingGuard
from leo_activation.errors import Configuration
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 50
MOST_ATTEMPTS = 5
RETRY_AFTER = timedelta(minutes=10)


@dataclass(frozen=True)
class Taken:
    """A post whose attempt is on record."""

    post_id: int
    fence: int
    message: str
    link: str | None


@dataclass(frozen=True)
class Published:
    """How many posts came to which end."""

    published: int = 0
    refused: int = 0
    later: int = 0
    unknown: int = 0


def publish_due(
    warehouse: Warehouse, tenant_id: str, feed: PageFeed, *, worker: str, guard: SendingGuard, key: bytes
) -> Published:
    """Publish what is approved and due, at most 50 posts.

    Args:
        key: the pseudonym key, by which the allow-list is kept.

    Raises:
        Transient: Facebook cannot be reached; nothing was begun.
        Configuration: Facebook takes nothing from this installation; what was not published waits.
    """
    states: list[PostState] = []
    with feed.open() as session:
        for _ in range(MOST_AT_ONCE):
            # Before the attempt: an outage uses up nobody's.
            session.ready()
            taken = begin_attempt(warehouse, tenant_id, feed.page_id, worker=worker, guard=guard, key=key)
            if taken is None:
                break
            answer = session.publish(taken.message, taken.link)
            state = record_answer(warehouse, tenant_id, taken, answer)
            logger.info("Post %d of %s: %s, %s.", taken.post_id, tenant_id, state, answer.detail)
            if state is not None:
                states.append(state)
            if answer.pause is not None:
                raise Configuration(answer.pause.reason)
    return Published(
        published=states.count(PostState.PUBLISHED),
        refused=states.count(PostState.REFUSED),
        later=states.count(PostState.APPROVED),
        unknown=states.count(PostState.UNKNOWN),
    )


def begin_attempt(
    warehouse: Warehouse, tenant_id: str, page_id: str, *, worker: str, guard: SendingGuard, key: bytes
) -> Taken | None:
    """Take the next post that is due and commit its attempt; None where nothing may be published now."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(Taken)) as cursor,
    ):
        return cursor.execute(
            statement("activation/page_posts/begin_attempt"),
            {
                "tenant_id": tenant_id,
                "page_id": page_id,
                "worker": worker,
                "in_production": guard.in_production,
                "key": key,
            },
        ).fetchone()


def record_answer(warehouse: Warehouse, tenant_id: str, taken: Taken, answer: Answer) -> PostState | None:
    """Put the end of an attempt on record; None where the post is no longer this attempt's."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        row = connection.execute(
            statement("activation/page_posts/record_answer"),
            {
                "tenant_id": tenant_id,
                "post_id": taken.post_id,
                "fence": taken.fence,
                "outcome": answer.outcome,
                "phase": answer.phase,
                "answer": answer.detail,
                "facebook_id": answer.provider_message_id,
                "retry_after": answer.retry_after or RETRY_AFTER,
                # Where Facebook takes nothing of us the post is not at fault.
                "most_attempts": MOST_ATTEMPTS if answer.pause is None else None,
            },
        ).fetchone()
    return None if row is None else PostState(row[0])
