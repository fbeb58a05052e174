"""The reference below docs/reference/generated is what the code says now; `make reference` writes it anew."""

import re
from pathlib import Path

import psycopg
import pytest

from embedded.reference.pages import make_pages
from embedded.reference.statements import FOLDER as STATEMENTS
from embedded.reference.statements import read_header, read_headers
from embedded.reference.written import committed, write
from leo_activation.settings import DatabaseRole
from tests.conftest import fresh_warehouse


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """Every page, made anew, from a warehouse in which no other test left a stage of its own."""
    with fresh_warehouse() as fresh, psycopg.connect(fresh.url_of(DatabaseRole.OWNER)) as connection:
        return make_pages(connection)


def test_each_committed_page_is_what_the_code_says_now(pages: dict[str, str]) -> None:
    written = committed()
    differing = sorted(path for path in pages.keys() | written.keys() if pages.get(path) != written.get(path))
    assert differing == [], "Run `make reference`, and commit what it wrote."


def test_each_statement_says_purpose_grain_parameters_and_rerun() -> None:
    lacking = {header.name: header.lacks for header in read_headers() if header.lacks}
    assert lacking == {}


def test_each_value_that_a_statement_binds_stands_in_its_header() -> None:
    """By its name, or by what all of them are: the columns of a table, the fields of a type, those of an inner part."""
    wrong = {}
    for header in read_headers():
        lines = (STATEMENTS / f"{header.name}.sql").read_text(encoding="utf-8").splitlines()
        bound = set(re.findall(r"%\((\w+)\)s", "\n".join(line for line in lines if not line.lstrip().startswith("--"))))
        told = " ".join(header.parts.values())
        silent = sorted(name for name in bound if not re.search(rf"\b{name}\b", told))
        if silent and not re.search(r"\bcolumns\b|\bfields of\b|\bthose of \{", header.parts["Parameters"]):
            wrong[header.name] = silent
    assert wrong == {}


def test_each_table_and_view_says_what_a_row_is(pages: dict[str, str]) -> None:
    silent = [
        heading
        for path, text in pages.items()
        if path.startswith("tables/") or path == "views.md"
        for heading, after in _sections(text)
        if not after or after.startswith("|")
    ]
    assert silent == []


def test_a_page_that_changed_is_written_and_one_that_nothing_makes_is_removed(tmp_path: Path) -> None:
    write({"a.md": "# A\n", "sql/b.md": "# B\n"}, tmp_path)
    assert committed(tmp_path) == {"a.md": "# A\n", "sql/b.md": "# B\n"}
    assert write({"a.md": "# A\n", "c.md": "# C\n"}, tmp_path) == ["c.md", "sql/b.md"]
    assert committed(tmp_path) == {"a.md": "# A\n", "c.md": "# C\n"}


def test_a_header_is_read_over_its_lines_and_ends_with_the_statement() -> None:
    header = read_header(STATEMENTS / "segments" / "add_customers_of_days.sql")
    assert header.name == "segments/add_customers_of_days"
    assert header.parts["Purpose"].endswith("since the last refresh.")
    assert header.parts["Grain"] == "one row a customer."
    assert "SELECT" not in header.parts["Rerun"]


def _sections(text: str) -> list[tuple[str, str]]:
    """Each second heading with the first line after it."""
    return [
        (part.partition("\n")[0], part.partition("\n")[2].strip().partition("\n")[0])
        for part in text.split("\n## ")[1:]
    ]
