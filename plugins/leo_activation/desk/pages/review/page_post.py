"""A post on a Facebook Page: its words as they will stand there, where and when."""

from collections.abc import Mapping

from leo_activation.activation.page_posts.post import PostState
from leo_activation.desk.app import Desk, Visit
from leo_activation.desk.pages.review.matter import Decided, Decision, Kind, Matter
from leo_activation.desk.pages.review.source import Fault, Looked
from leo_activation.desk.reading import read_rows
from leo_activation.desk.required_actions import WaitingTask

LONGEST_ESSENCE = 5000


class PagePosts:
    """The posts of a tenant, to be decided about."""

    kind = Kind.POST
    template = "review_post.html"

    def __init__(self, desk: Desk) -> None:
        """Read nothing yet."""
        self._desk = desk

    def look(self, visit: Visit, number: int) -> Looked | None:
        """The post as it is now; each version is decided about by itself."""
        rows = read_rows(self._desk.warehouse, visit.tenant_id, "desk/review_of_post", {"post_id": number})
        if not rows:
            return None
        [post] = rows
        decided: tuple[Decided, ...] = ()
        if post["decision"] is not None:
            decided = (Decided(post["decision"], post["decided_by"], post["decided_at"], post["note"]),)
        matter = Matter(
            kind=Kind.POST,
            number=number,
            title=post["name"],
            state=post["state"],
            is_open=post["state"] == PostState.SUBMITTED,
            requested_by=post["requested_by"],
            requested_at=post["submitted_at"],
            authors=(post["requested_by"],),
            task=WaitingTask("review_page_posts", f"post-{visit.tenant_id}-{number}-{post['version']}"),
            options=(Decision.APPROVE, Decision.REJECT),
            hash=post["hash"],
            decided=decided,
            essence={"message": post["message"][:LONGEST_ESSENCE]},
        )
        return Looked(matter, {"post": post})

    def fields(self, looked: Looked, decision: Decision, form: Mapping[str, str]) -> dict[str, object] | Fault:
        """The task has no fields of its own."""
        return {}
