"""The committed pages: written, or compared with what they should be."""

from collections.abc import Mapping
from pathlib import Path

from embedded.places import REPOSITORY
from embedded.reference.markdown import NOTICE

FOLDER = REPOSITORY / "docs" / "reference" / "generated"
INDEX = "index.md"


def with_index(pages: Mapping[str, str]) -> dict[str, str]:
    """The pages and index.md, which lists them by their titles."""
    lines = [f"- [{_title(text)}]({path})" for path, text in sorted(pages.items())]
    text = (
        f"# Generated reference\n\n{NOTICE}"
        "Made from docstrings, DAG files, headers of SQL files and a migrated database by `make reference`, and\n"
        "compared with them by `tests/embedded/test_reference.py`.\n\n" + "\n".join(lines) + "\n"
    )
    return {**pages, INDEX: text}


def committed(folder: Path = FOLDER) -> dict[str, str]:
    """{path below the folder: text} of what lies there."""
    return {
        file.relative_to(folder).as_posix(): file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.md"))
    }


def write(pages: Mapping[str, str], folder: Path = FOLDER) -> list[str]:
    """Write the pages that differ and remove those that are none any more; returns the paths touched."""
    before = committed(folder)
    for path in before.keys() - pages.keys():
        (folder / path).unlink()
    differing = [path for path, text in pages.items() if before.get(path) != text]
    for path in differing:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(pages[path], encoding="utf-8")
    return sorted([*differing, *(before.keys() - pages.keys())])


def _title(text: str) -> str:
    return next(line.removeprefix("# ") for line in text.splitlines() if line.startswith("# "))
