"""Posts come in, are listed, and are taken back."""

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from leo_activation.activation.lines import without_hidden
from leo_activation.activation.messages.link_check import check_address, check_links, link_policy
from leo_activation.activation.page_posts.post import NewPost, PostState
from leo_activation.activation.safety.tenant_policy import read_policy
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement

MOST_LISTED = 200


@dataclass(frozen=True)
class Submitted:
    """Where a post stands after it was submitted."""

    post_id: int
    version: int
    state: PostState


@dataclass(frozen=True)
class ListedPost:
    """A post with what became of it; `outcome` and `answer` are those of its last attempt."""

    post_id: int
    name: str
    version: int
    state: str
    state_changed_at: datetime
    page_id: str
    message: str
    link: str | None
    not_before: datetime
    publish_by: datetime
    requested_by: str
    facebook_id: str | None
    settled_by: str | None
    outcome: str | None
    answer: str | None
    decided_by: str | None


def submit_post(warehouse: Warehouse, tenant_id: str, post: NewPost, requested_by: str) -> Submitted:
    """Take in a post, or other words for one that is not published yet: then it is decided about again.

    Raises:
        Permanent: it links to a host that the tenant does not allow, hides characters, or is published already, on its
            way, or not known to be either.
    """
    if without_hidden(post.message) != post.message:
        raise Permanent("The post has characters that are not seen; write it without them.")
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        links = link_policy(read_policy(connection, tenant_id).policy)
        check_links("The post", links, text=post.message, html=None)
        if post.link is not None:
            check_address("The post", links, post.link)
        connection.execute(
            statement("activation/page_posts/submit_post"),
            {
                "tenant_id": tenant_id,
                "name": post.name,
                "page_id": post.page_id,
                "message": post.message,
                "link": post.link,
                "not_before": post.not_before,
                "publish_by": post.publish_by,
                "requested_by": requested_by,
                "hash": post.hash,
            },
        )
        found = connection.execute(
            statement("activation/page_posts/find_post"), {"tenant_id": tenant_id, "name": post.name}
        ).fetchone()
    if found is None or found[3] != post.hash or found[2] not in {PostState.SUBMITTED, PostState.APPROVED}:
        raise Permanent(
            f"The post '{post.name}' was published, is on its way, or its end is not known: "
            "give the new one another name."
        )
    return Submitted(found[0], found[1], PostState(found[2]))


def list_posts(warehouse: Warehouse, tenant_id: str, name: str | None = None) -> list[ListedPost]:
    """The newest posts, or the one of a name."""
    with (
        warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection,
        connection.cursor(row_factory=class_row(ListedPost)) as cursor,
    ):
        values = {"tenant_id": tenant_id, "name": name, "at_most": MOST_LISTED}
        return cursor.execute(statement("activation/page_posts/list_posts"), values).fetchall()


def withdraw_post(warehouse: Warehouse, tenant_id: str, name: str) -> None:
    """Take a post back before it is tried.

    Raises:
        Permanent: there is none of that name that could be taken back.
    """
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        values = {"tenant_id": tenant_id, "name": name}
        if connection.execute(statement("activation/page_posts/withdraw_post"), values).fetchone() is None:
            raise Permanent(f"There is no post '{name}' that could still be taken back.")
