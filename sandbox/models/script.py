"""The stand-ins' intelligence: which text gets which answer.

`scripted_answers.json` is a list of `{"pattern", "answer", "field"}`. Of the lines whose pattern is found in the
request's text the first counts that has a form which fits a schema that the client declared, as a model fills the
schema that it is shown: one text may have an answer for each task that reads it. A line's answer is given as it is or,
where `field` names one, as that field of a larger answer. Where no form fits, the first line found is given all the
same, so that a script can be wrong. A text that no pattern finds gets no structure, as from a model that does not
understand.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCRIPT_FILE = Path(__file__).parent / "scripted_answers.json"

Answer = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One scripted meaning in its forms."""

    pattern: re.Pattern[str]
    answers: tuple[Answer, ...]


class Script:
    """The answers of the file, before them those that a test added."""

    def __init__(self, path: Path = SCRIPT_FILE) -> None:
        """Read the file.

        Raises:
            KeyError: an entry lacks a part.
        """
        self._written = [
            _line(entry["pattern"], entry["answer"], *_in_its_field(entry))
            for entry in json.loads(path.read_text(encoding="utf-8"))
        ]
        self._added: list[Line] = []

    def add(self, pattern: str, answer: Answer) -> None:
        """Answer like this from now on; the latest addition is asked first."""
        self._added.insert(0, _line(pattern, answer))

    def forget_added(self) -> None:
        """Back to what the file says."""
        self._added.clear()

    def answers(self, text: str) -> tuple[Answer, ...]:
        """The forms of the answers to a request's text, best first; none where nothing is scripted for it.

        Where a test scripted the text itself, the file is not asked.
        """
        for lines in (self._added, self._written):
            found = tuple(form for line in lines if line.pattern.search(text) for form in line.answers)
            if found:
                return found
        return ()


def _in_its_field(entry: Answer) -> list[Answer]:
    return [{entry["field"]: entry["answer"]}] if "field" in entry else []


def _line(pattern: str, *answers: Answer) -> Line:
    return Line(re.compile(pattern, re.IGNORECASE | re.DOTALL), answers)
