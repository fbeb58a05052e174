"""The hostile strings, each with its category: what a name, a product, a message or a code may be made of."""

import json
from dataclasses import dataclass
from pathlib import Path

DATA = Path(__file__).parent / "strings.jsonl"


@dataclass(frozen=True)
class Hostile:
    """One string; `number` is its line in the data."""

    number: int
    category: str
    text: str

    @property
    def storable(self) -> bool:
        """Whether PostgreSQL can hold it: it knows neither NUL nor surrogates."""
        return "\0" not in self.text and not any("\ud800" <= mark <= "\udfff" for mark in self.text)


def _read() -> tuple[Hostile, ...]:
    lines = [json.loads(line) for line in DATA.read_text(encoding="ascii").splitlines()]
    return tuple(
        Hostile(number, line["category"], line["text"] * line.get("repeat", 1))
        for number, line in enumerate(lines, start=1)
    )


STRINGS = _read()
