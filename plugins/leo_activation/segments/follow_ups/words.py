"""What each language says around an edit: rules of whole clauses, names of properties, and questions."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from leo_activation.segments.plan import CustomerProperty


class Operation(StrEnum):
    """What a clause does to the plan at hand."""

    NARROW = "narrow"
    EXCLUDE = "exclude"
    WIDEN = "widen"
    UNITE = "unite"
    REPLACE = "replace"
    SWAP = "swap"
    DROP = "drop"
    UNCUT = "uncut"
    NAME = "name"
    SEND = "send"
    SEND_NOTHING = "send_nothing"
    START_OVER = "start_over"


@dataclass(frozen=True)
class Rule:
    """A form of a whole clause; the group `x` is what the edit is about, `y` what comes instead.

    Where a message is added and none replaced, a group `also` says so.
    """

    operation: Operation
    written: re.Pattern[str]
    without_marks: re.Pattern[str]

    def match(self, text: str) -> dict[str, str] | None:
        """The groups of a text that has this form as a whole, as they were written; None where it has not."""
        bare = plain(text)
        found = self.written.fullmatch(text) or (self.without_marks.fullmatch(text) if bare == text else None)
        return None if found is None else {name: words.strip() for name, words in found.groupdict().items() if words}


def rule(operation: Operation, pattern: str) -> Rule:
    """A rule whose pattern is in lower case and, in Vietnamese, has its marks; texts without any fit as well."""
    return Rule(operation, re.compile(pattern, re.IGNORECASE), re.compile(plain(pattern), re.IGNORECASE))


def plain(text: str) -> str:
    """A text without its marks, letter by letter: of composed text (NFC) it keeps the length."""
    return "".join({"đ": "d", "Đ": "D"}.get(letter, unicodedata.normalize("NFD", letter)[0]) for letter in text)


@dataclass(frozen=True)
class Phrasing:
    """The words and questions of one language.

    `before` and `after` are politeness around a clause, `between` what joins two. The forms `as_condition` to
    `as_sending` make a request of a fragment, which the grammar of requests reads; each has one place `{}`.
    """

    before: re.Pattern[str]
    after: re.Pattern[str]
    between: re.Pattern[str]
    rules: tuple[Rule, ...]
    first_so_many: Rule
    means: Rule
    properties: Mapping[str, tuple[CustomerProperty, ...]]
    windows: frozenset[str]
    as_condition: tuple[str, ...]
    as_window: tuple[str, ...]
    as_length: str
    as_goods: tuple[str, ...]
    as_money: tuple[str, ...]
    as_cut: tuple[str, ...]
    as_name: str
    as_sending: tuple[str, ...]
    what_to_change: str
    instead_or_too: str
    readings_of_whole: tuple[str, ...]
    which_one: str
    reading_of_swap: str
    reading_of_limit: str
    nothing_like_it: str
    nobody_left: str
    reading_of_drop: str
    already: str
    everybody_already: str
    not_cut: str
    one_message: str
    nothing_to_send: str
    among_alternatives: str
    cannot_be_planned: str
    only_or_all: str
    reading_of_union: str
    reading_of_one: str
    added: str
    removed: str
    became: str
    joined: str
    changed: str
    no_conditions: str
    cut_changed: str
    no_cut: str
    named: str
    sends: str
    sends_nothing: str
    whole: str
    left_aside: str
    read_as: str
