"""What the staff is told by e-mail, in English or Vietnamese; pure: words in, words out.

A notice holds what was asked, counts and a link, and no customer's data: contact data that somebody typed into a
request or a note is left out. The words are put into templates as values, and are never templates themselves.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import cache

from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from leo_activation.segments.planners.llm_masking import masked
from leo_activation.settings import REPOSITORY

TEMPLATES = REPOSITORY / "include" / "templates" / "staff"
LONGEST_TITLE = 160
LONGEST_WORDS = 1000


class Event(StrEnum):
    """What happened to a review, a request, a campaign's run, a provider or a task, or what is due by law or late."""

    WAITS = "waits"
    WAITS_AGAIN = "waits_again"
    APPROVED = "approved"
    REJECTED = "rejected"
    SENT_BACK = "sent_back"
    NEEDS_CLARIFICATION = "needs_clarification"
    ANSWERED = "answered"
    EXPIRED = "expired"
    VOIDED = "voided"
    FAILED = "failed"
    RUN_APPROVED = "run_approved"
    RUN_REJECTED = "run_rejected"
    RUN_EXPIRED = "run_expired"
    RUN_STOPPED = "run_stopped"
    RIGHTS_DUE = "rights_due"
    PROVIDER_REFUSES = "provider_refuses"
    TASK_FAILED = "task_failed"
    RUN_LATE = "run_late"


@dataclass(frozen=True)
class Notice:
    """One thing to tell. `title` is what was asked; `reason` a person's or the system's words about it.

    `count` is how many customers a segment finds, `people` how many a campaign goes to.
    """

    event: Event
    title: str
    link: str | None = None
    request_id: int | None = None
    count: int | None = None
    people: int | None = None
    reason: str | None = None
    questions: tuple[str, ...] = ()
    explanation: str | None = None
    expires_at: datetime | None = None

    def subject(self, language: str) -> str:
        """The subject of the mail, on one line."""
        return " ".join(_render(f"subject.{language}.txt", self._told()).split())

    def html(self, language: str) -> str:
        """The mail."""
        return _render(f"notice.{language}.html", self._told())

    def _told(self) -> "Notice":
        return replace(
            self,
            title=_words(self.title, LONGEST_TITLE),
            reason=_words(self.reason, LONGEST_WORDS) if self.reason else None,
            questions=tuple(_words(question, LONGEST_WORDS) for question in self.questions),
            explanation=_words(self.explanation, LONGEST_WORDS) if self.explanation else None,
        )


def _words(text: str, longest: int) -> str:
    """One line without contact data and control characters, cut where it is long."""
    line = " ".join("".join(one if one.isprintable() else " " for one in masked(text)).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}…"


def _render(name: str, notice: Notice) -> str:
    environment = _environment(escape=name.endswith(".html"))
    return environment.from_string((TEMPLATES / name).read_text(encoding="utf-8")).render(vars(notice))


@cache
def _environment(*, escape: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(autoescape=escape, undefined=StrictUndefined)
