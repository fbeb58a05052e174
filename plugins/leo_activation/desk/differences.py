"""What changed between two sentences, word by word, for people who know the first one."""

from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

LEAST_ALIKE = 0.4
"""Of sentences that have less in common than this, only the new one is told: every other word would be crossed out."""


class Change(StrEnum):
    """What became of some words."""

    SAME = "same"
    GONE = "gone"
    NEW = "new"


@dataclass(frozen=True)
class Words:
    """A stretch of words and what became of them."""

    change: Change
    text: str


def differences(before: str, after: str) -> tuple[Words, ...]:
    """The new sentence with what is gone in its place; all of it as the same where the two are hardly alike."""
    old, new = before.split(), after.split()
    compared = SequenceMatcher(None, old, new, autojunk=False)
    if compared.ratio() < LEAST_ALIKE:
        return (Words(Change.SAME, after),)
    found: list[Words] = []
    for change, old_from, old_to, new_from, new_to in compared.get_opcodes():
        if change == "equal":
            found.append(Words(Change.SAME, " ".join(new[new_from:new_to])))
            continue
        if old_to > old_from:
            found.append(Words(Change.GONE, " ".join(old[old_from:old_to])))
        if new_to > new_from:
            found.append(Words(Change.NEW, " ".join(new[new_from:new_to])))
    return tuple(found)
