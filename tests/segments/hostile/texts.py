"""The hostile texts: requests, and values of customers' data, each with its category."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leo_activation.segments.requests import MAX_TEXT

FOLDER = Path(__file__).parent


@dataclass(frozen=True)
class HostileRequest:
    """A request as an attacker writes it; `number` is its line."""

    number: int
    category: str
    text: str


@dataclass(frozen=True)
class HostileValue:
    """A value of customers' data as an attacker writes it; `kind` is what it is the name of."""

    number: int
    category: str
    kind: str
    value: str


def _lines(name: str) -> Iterator[tuple[int, dict[str, str]]]:
    for number, line in enumerate((FOLDER / name).read_text(encoding="ascii").splitlines(), start=1):
        yield number, json.loads(line)


REQUESTS = tuple(
    HostileRequest(number, line["category"], (line["text"] * int(line.get("repeat", 1)))[:MAX_TEXT])
    for number, line in _lines("requests.jsonl")
)
VALUES = tuple(HostileValue(number, **line) for number, line in _lines("values.jsonl"))
