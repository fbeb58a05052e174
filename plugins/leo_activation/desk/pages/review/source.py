"""What each kind of matter has to say for itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from leo_activation.desk.app import Visit
from leo_activation.desk.pages.review.matter import Decision, Kind, Matter

LONGEST_NOTE = 2000
"""Characters that a waiting task takes."""
WORDS_NEEDED = frozenset({Decision.REJECT, Decision.ASK, Decision.EDIT})


@dataclass(frozen=True)
class Looked:
    """A matter with what its own template shows of it."""

    matter: Matter
    shown: Mapping[str, Any]


@dataclass(frozen=True)
class Fault:
    """What is wrong with a field of a form; `code` names the sentence, and `limit` stands in it."""

    field: str
    code: str
    limit: int = 0


class Source(Protocol):
    """One kind of matter."""

    kind: Kind
    template: str

    def look(self, visit: Visit, number: int) -> Looked | None:
        """The matter as it is now; None where there is none."""

    def fields(self, looked: Looked, decision: Decision, form: Mapping[str, str]) -> dict[str, object] | Fault:
        """The task's own fields beside note and definition, as somebody filled them in."""


def note_fault(decision: Decision, note: str) -> Fault | None:
    """What is wrong with the words of a decision."""
    if decision in WORDS_NEEDED and not note:
        return Fault("note", f"{decision} without words")
    if len(note) > LONGEST_NOTE:
        return Fault("note", "words too long", LONGEST_NOTE)
    return None
