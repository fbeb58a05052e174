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
from collections.abc import Iterator
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

    def said_to(self, text: str) -> Iterator[Answer]:
        """The forms of the answer to a text; “{count}” in them is what the pattern's group of that name has found."""
        found = self.pattern.search(text)
        if found is not None:
            yield from (_with(found.groupdict(), answer) for answer in self.answers)


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
            found = tuple(form for line in lines for form in line.said_to(text))
            if found:
                return found
        return ()


def _with(groups: dict[str, str | None], answer: Any) -> Any:
    match answer:
        case str():
            for name, value in groups.items():
                answer = answer.replace(f"{{{name}}}", value or "")
            return answer
        case dict():
            return {name: _with(groups, each) for name, each in answer.items()}
        case list():
            return [_with(groups, each) for each in answer]
        case _:
            return answer


def _in_its_field(entry: Answer) -> list[Answer]:
    return [{entry["field"]: entry["answer"]}] if "field" in entry else []


def _line(pattern: str, *answers: Answer) -> Line:
    return Line(re.compile(pattern, re.IGNORECASE | re.DOTALL), answers)
