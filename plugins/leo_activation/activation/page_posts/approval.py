"""Decisions about a post: by one person who did not write it, bound to the hash of what was shown."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from psycopg.rows import class_row

from leo_activation.activation.page_posts.post import PagePost, PostState
from leo_activation.errors import Permanent
from leo_activation.markdown import escaped, fenced
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement


class PostDecision(StrEnum):
    """What a person may decide about a post."""

    APPROVE = "approve"
    REJECT = "reject"


class PostAnswerRefused(Permanent):
    """This person's answer does not count, or is about something else."""


@dataclass(frozen=True)
class PostReview:
    """What whoever decides is shown; `body` is Markdown."""

    subject: str
    body: str
    requested_by: str
    hash: str


def posts_to_review(warehouse: Warehouse, tenant_id: str) -> list[tuple[int, int]]:
    """The ids and versions of the posts that nobody has decided about."""
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        rows = connection.execute(statement("activation/page_posts/posts_to_review"), {"tenant_id": tenant_id})
        return [(post_id, version) for post_id, version in rows]


def read_post(warehouse: Warehouse, tenant_id: str, post_id: int) -> PagePost:
    """The post as it stands now.

    Raises:
        Permanent: there is none.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        return _held(connection, tenant_id, post_id)


def review_post(post: PagePost) -> PostReview:
    """The sheet about a post: its words as they will stand on the Page."""
    lines = [
        f"**Page** {post.page_id}, **between** {post.not_before:%Y-%m-%d %H:%M} **and** "
        f"{post.publish_by:%Y-%m-%d %H:%M} UTC",
        "",
        fenced(post.message),
    ]
    if post.link is not None:
        lines += ["", f"**Link** {escaped(post.link)}"]
    lines += ["", f"Asked for by {escaped(post.requested_by)}, version {post.version}."]
    return PostReview(f"Post “{post.name}” on Facebook", "\n".join(lines), post.requested_by, post.hash)


def decide_post(
    warehouse: Warehouse,
    tenant_id: str,
    post_id: int,
    *,
    decision: PostDecision,
    decided_by: str,
    decided_at: datetime,
    hash: str,  # noqa: A002 - the word of the tables and of the review
    note: str | None = None,
) -> PostState:
    """Record a decision about exactly this hash; again it changes nothing.

    Raises:
        PostAnswerRefused: the author approved, or the post has other words now.
        Permanent: there is no such post.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        post = _held(connection, tenant_id, post_id)
        if post.state is not PostState.SUBMITTED:
            return post.state
        if decision is PostDecision.APPROVE and decided_by == post.requested_by:
            raise PostAnswerRefused(f"{decided_by} asked for the post and cannot approve it.")
        if hash != post.hash:
            raise PostAnswerRefused("The post was changed after it was shown.")
        state = PostState.APPROVED if decision is PostDecision.APPROVE else PostState.REJECTED
        connection.execute(
            statement("activation/page_posts/record_decision"),
            {
                "tenant_id": tenant_id,
                "post_id": post_id,
                "version": post.version,
                "hash": hash,
                "decision": decision,
                "decided_by": decided_by,
                "decided_at": decided_at,
                "note": note,
                "state": state,
            },
        )
    return state


def _held(connection: Connection, tenant_id: str, post_id: int) -> PagePost:
    with connection.cursor(row_factory=class_row(_Row)) as cursor:
        values = {"tenant_id": tenant_id, "post_id": post_id}
        found = cursor.execute(statement("activation/page_posts/read_post"), values).fetchone()
    if found is None:
        raise Permanent(f"There is no post {post_id}.")
    return PagePost(**{**vars(found), "state": PostState(found.state)})


@dataclass(frozen=True)
class _Row:
    post_id: int
    name: str
    version: int
    page_id: str
    message: str
    link: str | None
    not_before: datetime
    publish_by: datetime
    requested_by: str
    hash: str
    state: str
