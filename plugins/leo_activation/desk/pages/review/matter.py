"""What waits for a decision, and where it stands for one person: by the tables, by the rounds, and by Airflow.

The tables say what is decided. Until they do, the last round says whom the waiting task asked about what, and Airflow
whether somebody has answered: between an answer and its record the task resumes, which takes some seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from leo_activation.desk.identity import Capability, Person
from leo_activation.desk.reading import Row
from leo_activation.desk.required_actions import Given, Question, WaitingTask

SETTLING = timedelta(seconds=5)
"""So long after it asked a task is left alone: of one that is answered while Airflow still books its end as a running
task, Airflow starts another try, which asks again and loses the answer."""


class Kind(StrEnum):
    """What can wait, as it stands in the addresses of its pages."""

    REQUEST = "requests"
    RUN = "runs"
    HOLD = "holds"
    POST = "posts"


class Decision(StrEnum):
    """What can be decided; the options of the waiting tasks begin with a capital."""

    APPROVE = "approve"
    REJECT = "reject"
    ASK = "ask"
    EDIT = "edit"

    @property
    def option(self) -> str:
        """The word of the task's own form."""
        return self.capitalize()


class Stand(StrEnum):
    """How far a decision has come, for one person."""

    YOURS = "yours"
    """It waits, and this person may decide."""
    NOT_YOURS = "not_yours"
    PREPARING = "preparing"
    """Nobody was asked yet, or nobody again."""
    RECORDING = "recording"
    """Somebody has answered, and the tables do not say so yet."""
    CLOSED = "closed"


class Why(StrEnum):
    """Why somebody may not decide."""

    MAY_NOT = "may_not"
    AUTHOR = "author"
    APPROVED = "approved"
    """They have approved it, and it needs somebody else too."""
    NOT_ASKED = "not_asked"


@dataclass(frozen=True)
class Decided:
    """A decision on record; `note` is what was said with it."""

    decision: str
    by: str
    at: datetime
    note: str | None


@dataclass(frozen=True)
class Matter:
    """One thing that waits, or waited.

    `state` is as its table spells it, `is_open` whether that waits for people. `authors` may not decide. `hash` is what
    an answer has to name, None where it names nothing. `essence` are the few words and numbers that a decision is
    about: a form carries them, so that it can be said what changed while somebody read.
    """

    kind: Kind
    number: int
    title: str
    state: str
    is_open: bool
    requested_by: str
    requested_at: datetime
    authors: tuple[str, ...]
    task: WaitingTask
    options: tuple[Decision, ...]
    hash: str | None = None
    decided: tuple[Decided, ...] = ()
    essence: Mapping[str, str] = field(default_factory=dict)

    @property
    def state_code(self) -> str:
        """What the words of its state are found by."""
        return f"{_OF_STATES[self.kind]} {self.state}"


_OF_STATES = {Kind.REQUEST: "request", Kind.RUN: "run", Kind.HOLD: "hold", Kind.POST: "post"}


@dataclass(frozen=True)
class Standing:
    """Where a matter stands for one person; `void` are the rounds whose answers did not count."""

    stand: Stand
    why: Why | None = None
    asked: tuple[str, ...] = ()
    shown_at: datetime | None = None
    expires_at: datetime | None = None
    given: Given | None = None
    void: tuple[Row, ...] = ()

    @property
    def moves(self) -> bool:
        """Whether it changes by itself, so that its page looks again."""
        return self.stand in (Stand.PREPARING, Stand.RECORDING)


def standing_of(
    person: Person, matter: Matter, rounds: Sequence[Row], question: Question | None, now: datetime
) -> Standing:
    """Where it stands.

    Args:
        rounds: in their order.
        question: what the task asks, by Airflow; None: it asks nothing.
        now: by the clock that the rounds go by.
    """
    void = tuple(one for one in rounds if one["void_reason"] is not None)
    if not matter.is_open:
        return Standing(Stand.CLOSED, void=void)
    last = rounds[-1] if rounds else None
    if last is None or last["void_reason"] is not None or question is None:
        return Standing(Stand.PREPARING, void=void)
    asked = tuple(last["assigned"])
    told = {"asked": asked, "shown_at": last["shown_at"], "expires_at": last["expires_at"], "void": void}
    if question.given is not None:
        return Standing(Stand.RECORDING, given=question.given, **told)
    if now < last["shown_at"] + SETTLING:
        return Standing(Stand.PREPARING, void=void)
    why = _why_not(person, matter, asked)
    return Standing(Stand.YOURS if why is None else Stand.NOT_YOURS, why, **told)


def _why_not(person: Person, matter: Matter, asked: tuple[str, ...]) -> Why | None:
    if person.user_id in matter.authors:
        return Why.AUTHOR
    if any(one.by == person.user_id for one in matter.decided):
        return Why.APPROVED
    if Capability.REVIEW not in person.may:
        return Why.MAY_NOT
    if person.user_id not in asked:
        return Why.NOT_ASKED
    return None
