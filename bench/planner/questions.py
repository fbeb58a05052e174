"""The requests and their answers, as they are written by hand in the TOML files beside this one."""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

HERE = Path(__file__).parent
_DAYS = re.compile(r"\{(\d+) days\}")


class Expected(StrEnum):
    """What is to become of a request."""

    GOLD = "gold"
    ASKED = "asked"
    REFUSED = "refused"


@dataclass(frozen=True)
class Question:
    """A request in one language; `sql` gives its members where it is one that can be planned."""

    expected: Expected
    kind: str
    language: str
    text: str
    sql: str | None = None


def read_questions(form: str) -> Iterator[Question]:
    """The requests on data of a form, 'discovery' or 'retail', in the order of the files."""
    for file in sorted(HERE.glob(f"{form}*.toml")):
        written = tomllib.loads(file.read_text(encoding="utf-8"))
        for expected in Expected:
            for entry in written.get(expected, ()):
                for language in ("en", "vi"):
                    for text in entry.get(language, ()):
                        yield Question(expected, entry["kind"], language, text, entry.get("sql"))


def gold_sql(sql: str) -> str:
    """The SQL of an answer with its short forms written out; `%(as_of)s` is left to be bound.

    Ties of an answer that is cut are told by the order of its rows.
    """
    window = r"(at >= %(as_of)s::timestamptz - interval '\1 days' AND at < %(as_of)s::timestamptz)"
    return _DAYS.sub(window, sql.replace("%", "%%")).replace("{now}", "%(as_of)s::timestamptz").replace("%%(", "%(")
