"""A Page's feed: post on it once, and read what stands on it.

| Answer to `POST /{page}/feed` | Outcome | Beside it | Source |
| --- | --- | --- | --- |
| 200 with an `id` of this Page | accepted | | P |
| 1, 2 | unknown | "possibly a temporary issue": nothing says that it was not posted | H |
| 4, 17, 32, 341, 613 | retry | a rate limit | H |
| 3, 10, 102, 104, 190, 200 to 299, 368; 100 about `appsecret_proof` | retry | all posts wait | H |
| 100, 506 (the same words just before), 1609005 (the link cannot be read) | rejected | | H |

Anything else is unknown, and so is every 5xx.

P "Posts" of the Pages API, H "Handling Errors" of the Graph API, developers.facebook.com, read on 2026-11-22.
"""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from leo_activation.activation.channels import Answer, ProviderPause
from leo_activation.activation.channels.facebook.graph import (
    GraphSettings,
    check_page,
    error_of,
    is_about_the_proof,
    read_object,
)
from leo_activation.activation.channels.http import HttpAnswer, HttpConnection, Lost, Phase
from leo_activation.activation.channels.words import words
from leo_activation.activation.states import Outcome

PHASE = Phase.ANSWER
PERHAPS_POSTED = frozenset({1, 2})
RATE_LIMITED = frozenset({4, 17, 32, 341, 613})
REFUSED_INSTALLATION = frozenset({3, 10, 102, 104, 190, *range(200, 300), 368})
REFUSED_POST = frozenset({100, 506, 1609005})
A_PAGE = 25
MOST_PAGES = 20
"""Pages of the feed that are read, the newest first."""


@dataclass(frozen=True)
class PostOnPage:
    """What stands on the Page."""

    facebook_id: str
    message: str
    created_at: datetime


class PageFeed:
    """The feed of one Page."""

    def __init__(self, settings: GraphSettings) -> None:
        """Remember how to reach the Page."""
        self._settings = settings

    @property
    def page_id(self) -> str:
        """The Page that is posted on."""
        return self._settings.page_id

    @contextmanager
    def open(self) -> Iterator["FeedSession"]:
        """A session; it connects when it is first made ready."""
        with self._settings.connection() as connection:
            yield FeedSession(connection, self._settings)


class FeedSession:
    """One connection."""

    def __init__(self, connection: HttpConnection, settings: GraphSettings) -> None:
        """Start without having asked anything."""
        self._connection = connection
        self._settings = settings

    def ready(self) -> None:
        """Know that Graph answers and that the token is this Page's.

        Raises:
            Transient: Facebook cannot be reached, or is too busy to say.
            Configuration: it refuses the token or its proof, or the token is another Page's.
        """
        check_page(self._connection, self._settings)

    def publish(self, message: str, link: str | None) -> Answer:
        """Post once; raises nothing for what Facebook did."""
        body = {"message": message, **({} if link is None else {"link": link})}
        try:
            answer = self._connection.ask(
                "POST",
                f"/{self._settings.page_id}/feed",
                content=json.dumps(body).encode(),
                **self._settings.under(self._settings.page_token),
            )
        except Lost as lost:
            return lost.answer()
        return read_answer(answer, self._settings.page_id)

    def read(self, since: datetime) -> Sequence[PostOnPage]:
        """The posts since a moment, the newest first, at most 500. A page of them may be short and not the last.

        Raises:
            Transient: the feed cannot be read now.
            Configuration: Facebook refuses this installation.
        """
        found: list[PostOnPage] = []
        asked = {"fields": "id,message,created_time", "since": str(int(since.timestamp())), "limit": str(A_PAGE)}
        for _ in range(MOST_PAGES):
            page = read_object(self._connection, self._settings, f"/{self._settings.page_id}/feed", asked)
            listed = page.get("data")
            found += [post for each in (listed if isinstance(listed, list) else []) for post in _post(each)]
            after = _next(page.get("paging"))
            if after is None:
                break
            asked["after"] = after
        return found


def read_answer(answer: HttpAnswer, page_id: str) -> Answer:
    """The outcome of a post; see the module's table."""
    error = error_of(answer)
    detail = error.detail if error is not None else words(f"{answer.status} without a documented body")
    if 300 <= answer.status < 400:
        pause = ProviderPause(f"Facebook's address answers with a redirect: {detail}")
        return Answer(Outcome.UNKNOWN, PHASE, detail, pause=pause)
    if error is None:
        body = answer.json()
        post_id = body.get("id") if isinstance(body, dict) else None
        if answer.status == 200 and isinstance(post_id, str) and _is_of(page_id, post_id):
            return Answer(Outcome.ACCEPTED, PHASE, "200", provider_message_id=post_id)
        return Answer(Outcome.UNKNOWN, PHASE, detail)
    if answer.status >= 500 or error.code in PERHAPS_POSTED:
        return Answer(Outcome.UNKNOWN, PHASE, detail)
    if error.code in RATE_LIMITED:
        return Answer(Outcome.RETRY, PHASE, detail)
    if error.code in REFUSED_INSTALLATION or is_about_the_proof(error):
        pause = ProviderPause(f"Facebook takes no posts of this Page: {detail}")
        return Answer(Outcome.RETRY, PHASE, detail, pause=pause)
    if error.code in REFUSED_POST:
        return Answer(Outcome.REJECTED, PHASE, detail)
    return Answer(Outcome.UNKNOWN, PHASE, detail)


def _is_of(page_id: str, post_id: str) -> bool:
    page, _, number = post_id.partition("_")
    return page == page_id and number.isascii() and number.isdigit()


def _next(paging: object) -> str | None:
    """The cursor of the next page. The link that Graph gives with it is not followed: it holds the token."""
    if not isinstance(paging, dict) or not paging.get("next") or not isinstance(paging.get("cursors"), dict):
        return None
    after = paging["cursors"].get("after")
    return after if isinstance(after, str) and after else None


def _post(listed: object) -> Iterator[PostOnPage]:
    """A post of the feed with words; what was posted without any cannot be told from another."""
    if not isinstance(listed, dict):
        return
    post_id, message, created = (listed.get(name) for name in ("id", "message", "created_time"))
    if isinstance(post_id, str) and isinstance(message, str) and isinstance(created, str):
        try:
            at = datetime.fromisoformat(created)
        except ValueError:
            return
        if at.tzinfo is not None:
            yield PostOnPage(post_id, message, at)
