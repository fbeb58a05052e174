"""The review of a post on the tenant's Facebook Page: its words, where and when."""

from typing import Any

from airflow.sdk import Context

from leo_activation.activation.page_posts.approval import (
    PostAnswerRefused,
    PostDecision,
    decide_post,
    read_post,
    review_post,
)
from leo_activation.activation.page_posts.post import PostState
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.reviews import Answer, NotCounted, Option, Review, Sheet


class PagePostReview(Review):
    """Wait for a decision on one version of a post; whoever wrote it cannot approve it."""

    def __init__(self, *, tenant: str, post_id: str, version: str, **kwargs: Any) -> None:
        super().__init__(options=(Option.APPROVE, Option.REJECT), **kwargs)
        self.tenant = tenant
        self.post_id = post_id
        self.version = version

    template_fields = ("tenant", "post_id", "version")

    def recorded(self) -> dict[str, str] | None:
        """The post's state, where somebody decided or took it back; another version has a run of its own."""
        found = read_post(warehouse(), self.tenant, int(self.post_id))
        if found.version != int(self.version):
            return self._told(PostState.WITHDRAWN)
        return None if found.state is PostState.SUBMITTED else self._told(found.state)

    def sheet(self, context: Context) -> Sheet:
        """The post as it will stand on the Page."""
        found = review_post(read_post(warehouse(), self.tenant, int(self.post_id)))
        return Sheet(subject=found.subject, body=found.body, requested_by=found.requested_by, hash=found.hash)

    def decide(self, context: Context, answer: Answer) -> dict[str, str]:
        """Record the decision on exactly what was shown."""
        try:
            state = decide_post(
                warehouse(),
                self.tenant,
                int(self.post_id),
                decision=PostDecision(answer.option.lower()),
                decided_by=answer.decided_by,
                decided_at=answer.decided_at,
                hash=answer.hash or "",
                note=answer.note,
            )
        except PostAnswerRefused as refusal:
            raise NotCounted(str(refusal)) from refusal
        return self._told(state)

    def _told(self, state: PostState) -> dict[str, str]:
        return {"tenant": self.tenant, "post_id": self.post_id, "state": str(state)}
