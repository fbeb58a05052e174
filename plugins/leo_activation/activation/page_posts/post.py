"""What a post is, and where it stands."""

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class PostState(StrEnum):
    """`activation.page_post.state` spells them so."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"
    PUBLISHING = "publishing"
    PUBLISHED = "published"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class NewPost:
    """A post as its author wrote it; `name` is the author's own name of it.

    It is published between `not_before` and `publish_by`, else not at all.
    """

    name: str
    page_id: str
    message: str
    not_before: datetime
    publish_by: datetime
    link: str | None = None

    @property
    def hash(self) -> str:
        """What a decision is bound to: where, what and when."""
        bound = [
            self.page_id,
            self.message,
            self.link,
            self.not_before.timestamp(),
            self.publish_by.timestamp(),
        ]
        return hashlib.sha256(json.dumps(bound, ensure_ascii=True).encode()).hexdigest()


@dataclass(frozen=True)
class PagePost:
    """A post as the table has it."""

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
    state: PostState
