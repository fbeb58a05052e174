"""Headers of the SQL files: Purpose, Grain, Parameters, Rerun."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from embedded.places import REPOSITORY

FOLDER = REPOSITORY / "include" / "sql"
PARTS = ("Purpose", "Grain", "Parameters", "Rerun")
_PART = re.compile(rf"(?:^|(?<=[.:] ))({'|'.join(PARTS)}):(?: |$)")
_GRAIN = re.compile(
    r"((?:^--[^\n]*\n)+)CREATE (?:UNLOGGED )?(?:TABLE|(?:MATERIALIZED )?VIEW)(?: IF NOT EXISTS)? ([a-z_]+\.[a-z0-9_]+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Header:
    """One statement's header; a part that it lacks is not in `parts`."""

    name: str
    parts: dict[str, str]

    @property
    def lacks(self) -> list[str]:
        """The parts that are missing or empty."""
        return [part for part in PARTS if not self.parts.get(part)]


def read_header(file: Path) -> Header:
    """The header of one file; a part begins a line or follows the end of a sentence, and may go on over lines."""
    comment = takewhile(lambda line: line.startswith("--"), file.read_text(encoding="utf-8").splitlines())
    pieces = _PART.split(" ".join(line.removeprefix("--").strip() for line in comment))
    parts = {name: text.strip() for name, text in zip(pieces[1::2], pieces[2::2], strict=True)}
    return Header(file.relative_to(FOLDER).with_suffix("").as_posix(), parts)


def read_headers() -> list[Header]:
    """All statements but the migrations, by name."""
    files = (file for file in FOLDER.rglob("*.sql") if "migrations" not in file.relative_to(FOLDER).parts)
    return sorted((read_header(file) for file in files), key=lambda header: header.name)


def read_grains() -> dict[str, str]:
    """{schema.relation: what the comment before its CREATE says of a row}, the last migration's word."""
    return dict(grain for file in sorted((FOLDER / "migrations").glob("*.sql")) for grain in _grains(file))


def _grains(file: Path) -> Iterator[tuple[str, str]]:
    for found in _GRAIN.finditer(file.read_text(encoding="utf-8")):
        text = " ".join(line.removeprefix("--").strip() for line in found[1].splitlines())
        yield found[2], text.removeprefix("Grain:").strip()
