"""A post as a YAML file; `docs/guides/facebook.md` shows the form."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from leo_activation.activation.page_posts.post import NewPost
from leo_activation.activation.yaml_files import read_yaml
from leo_activation.errors import Permanent

LONGEST_MESSAGE = 5_000
"""Ours: Facebook takes more, and nobody reads it."""
LONGEST_WAIT = timedelta(days=2)
"""Within it a post is published after its time where the file says nothing else."""


class _Form(BaseModel):
    """The fields of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
    page: Annotated[str, Field(pattern=r"^[0-9]{1,32}$")]
    message: Annotated[str, Field(min_length=1, max_length=LONGEST_MESSAGE)]
    link: Annotated[str, Field(min_length=1, max_length=2_000)] | None = None
    not_before: AwareDatetime | None = None
    publish_by: AwareDatetime | None = None


def read_post_file(text: str, file: str, now: datetime) -> NewPost:
    """The post that a file describes; it may go at once where the file says no time.

    Args:
        file: what errors call it.
        now: from which a post without a time may be published.

    Raises:
        Permanent: the text is no YAML of one post, or its time is over; the sentence names the file.
    """
    form = read_yaml(text, file, _Form, a_what="a post", such_as="name: autumn-socks")
    not_before = form.not_before or now.replace(second=0, microsecond=0)
    publish_by = form.publish_by or max(not_before, now) + LONGEST_WAIT
    if publish_by <= max(not_before, now):
        raise Permanent(f"{file}: publish_by is over before the post could be published.")
    return NewPost(
        form.name, form.page, form.message.strip(), not_before.astimezone(UTC), publish_by.astimezone(UTC), form.link
    )
