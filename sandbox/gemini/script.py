"""The stand-in's intelligence: which text gets which answer.

`scripted_answers.json` is a list of `{"pattern", "answer"}`: the first pattern found in the request's text
wins, and its answer is the object that the declared schema asks for. A text that no pattern finds gets no
structure, as from a model that does not understand.
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
    """One scripted answer."""

    pattern: re.Pattern[str]
    answer: Answer


class Script:
    """The answers of the file, before them those that a test added."""

    def __init__(self, path: Path = SCRIPT_FILE) -> None:
        """Read the file.

        Raises:
            ValueError: the file is not a list of patterns and answers.
        """
        self._written = [_line(entry["pattern"], entry["answer"]) for entry in json.loads(path.read_text("utf-8"))]
        self._added: list[Line] = []

    def add(self, pattern: str, answer: Answer) -> None:
        """Answer like this from now on; the latest addition is asked first."""
        self._added.insert(0, _line(pattern, answer))

    def forget_added(self) -> None:
        """Back to what the file says."""
        self._added.clear()

    def answer(self, text: str) -> Answer | None:
        """The answer to a request's text, or None where nothing is scripted for it."""
        return next((line.answer for line in [*self._added, *self._written] if line.pattern.search(text)), None)


def _line(pattern: str, answer: Answer) -> Line:
    return Line(re.compile(pattern, re.IGNORECASE | re.DOTALL), answer)
