"""Every command, DAG, table, variable and file that a page names is there, and every statement in a page can be run."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import psycopg
import pytest

from embedded.command import parser
from leo_activation.cli import main
from leo_activation.settings import REPOSITORY, DatabaseRole
from leo_activation.warehouse.connections import Warehouse

DOCS = REPOSITORY / "docs"
GENERATED = DOCS / "reference" / "generated"
PAGES = sorted([REPOSITORY / "README.md", *(page for page in DOCS.rglob("*.md") if not page.is_relative_to(GENERATED))])
SCHEMAS = ("activation", "audit", "core", "llm", "ops", "profile", "report", "rights", "segment")
FOLDERS = ("bench", "dags", "deploy", "docs", "embedded", "include", "plugins", "sandbox", "superset", "tests")
_SANDBOX = "\n".join(file.read_text(encoding="utf-8") for file in (REPOSITORY / "sandbox").rglob("*.py"))
PACKAGE_FOLDERS = (
    REPOSITORY / "plugins" / "leo_activation",
    REPOSITORY / "plugins" / "leo_activation" / "activation",
    REPOSITORY / "plugins",
)
DAGS = {file.stem for file in (REPOSITORY / "dags").glob("*.py")}

_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LEO = re.compile(r"(?:^|\s)\./leo (.*)")
_STANDS_FOR = re.compile(r"<[^<>]*>|…")
_TABLE = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.[a-z_][a-z0-9_]*(?:\.[a-z_][a-z0-9_]*)?")
_PATH = re.compile(rf"^(?:{'|'.join(FOLDERS)})/[\w./*-]+$")


def codes(page: Path) -> Iterator[str]:
    """What a page writes as code: between backticks, and the lines of its blocks."""
    text = page.read_text(encoding="utf-8")
    for language, block in _BLOCK.findall(text):
        if language != "mermaid":
            yield from block.splitlines()
    yield from _CODE.findall(_BLOCK.sub("", text))


def said(pattern: re.Pattern[str]) -> list[tuple[str, str]]:
    """(page, the pattern's first group) of every code of every page that it is found in."""
    return [
        (str(page.relative_to(REPOSITORY)), found[1])
        for page in PAGES
        for code in codes(page)
        for found in pattern.finditer(code)
    ]


def test_each_leo_command_and_option_is_one_of_the_command_line() -> None:
    wrong = [(page, line, fault) for page, line in said(_LEO) if (fault := _fault_of(line)) is not None]
    assert wrong == []


def test_the_reference_of_the_command_line_has_every_command() -> None:
    page = (DOCS / "reference" / "command-line.md").read_text(encoding="utf-8")
    named = set(re.findall(r"[a-z][a-z-]+", " ".join(_CODE.findall(page))))
    assert sorted(set(main.commands) - named) == []


def test_each_make_target_and_verb_of_the_set_up_is_there() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (REPOSITORY / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    made = said(re.compile(r"(?:^|\$ |&& )make ([a-z][a-z-]*)"))
    assert [(page, target) for page, target in made if target not in targets] == []
    assert len(made) > 20
    verbs = next(action.choices for action in parser()._actions if action.dest == "verb")
    assert verbs is not None
    asked = said(re.compile(r"python3? -m embedded ([a-z]+)"))
    assert [(page, verb) for page, verb in asked if verb not in verbs] == []


def test_each_dag_that_is_named_is_there_and_each_dag_is_named() -> None:
    texts = {page: page.read_text(encoding="utf-8") for page in PAGES}
    named = [(page.name, name) for page, text in texts.items() for name in re.findall(r"\bDAGs? `(\w+)`", text)]
    assert [(page, name) for page, name in named if name not in DAGS] == []
    everything = "\n".join(texts.values())
    assert sorted(dag_id for dag_id in DAGS if f"`{dag_id}`" not in everything) == []


def test_each_table_view_column_and_function_is_there(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url_of(DatabaseRole.OWNER)) as connection:
        known = {
            str(name)
            for (name,) in connection.execute(
                """
                SELECT n.nspname || '.' || c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = ANY (%(schemas)s)
                UNION
                SELECT n.nspname || '.' || p.proname FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace
                WHERE n.nspname = ANY (%(schemas)s)
                UNION
                SELECT n.nspname || '.' || c.relname || '.' || a.attname
                FROM pg_attribute AS a
                JOIN pg_class AS c ON c.oid = a.attrelid
                JOIN pg_namespace AS n ON n.oid = c.relnamespace
                WHERE n.nspname = ANY (%(schemas)s) AND a.attnum > 0
                """,
                {"schemas": list(SCHEMAS)},
            )
        }
    named = said(re.compile(f"(?<![\\w/.])({_TABLE.pattern})(?![\\w(]*[/*])"))
    # Files, names of Python and the actions of the audit log have the same look: ops.md, segments.plan, rights.open.
    things = {(page, name) for page, name in named if not re.search(r"\.(py|md|sql|html|yaml|json|js|po)$", name)}
    things = {(page, name) for page, name in things if page != "docs/concepts/audit.md"}
    assert (wrong := sorted(one for one in things if one[1] not in known and not _is_of_python(one[1]))) == [], wrong
    assert len(things) > 100


def test_each_statement_of_sql_can_be_run(warehouse: Warehouse) -> None:
    with psycopg.connect(warehouse.url_of(DatabaseRole.OWNER), autocommit=True) as connection:
        broken = []
        for page in PAGES:
            for language, block in _BLOCK.findall(page.read_text(encoding="utf-8")):
                for asked in (part for part in block.split(";\n") if language == "sql" and part.strip()):
                    try:
                        connection.execute(f"EXPLAIN {asked.strip().rstrip(';')}".encode())
                    except psycopg.Error as error:
                        broken.append((page.name, asked, str(error)))
    assert broken == []


def test_each_variable_is_read_somewhere() -> None:
    folders = [REPOSITORY / name for name in ("plugins", "embedded", "deploy", "superset", "tests", "bench", "sandbox")]
    files = [
        file for folder in folders for file in folder.rglob("*") if file.suffix in (".py", ".sh", ".yaml", ".toml")
    ]
    files += [REPOSITORY / "Makefile", REPOSITORY / "docker-compose.yml"]
    read = set(re.findall(r"\bLEO_[A-Z0-9_]+", "\n".join(file.read_text(encoding="utf-8") for file in files)))
    named = {(page, name.rstrip("_")) for page, name in said(re.compile(r"\b(LEO_[A-Z0-9_]+)"))}
    assert sorted((page, name) for page, name in named if name not in read and not _is_made_of(name, read)) == []


def test_each_file_and_folder_is_there() -> None:
    named = {(page, path) for page, path in said(re.compile(r"(?:^|\s)(\S+)")) if _PATH.match(path)}
    missing = [(page, path) for page, path in named if not list(REPOSITORY.glob(path.rstrip("/")))]
    # Modules are also named from the package on: sources/source.py. Those of Airflow are not ours.
    below = {
        (page, path)
        for page, path in said(re.compile(r"(?:^|\s)(?!airflow/)([a-z_]+/[\w/]+\.py)\b"))
        if not _PATH.match(path)
    }
    missing += [(page, path) for page, path in below if not any((folder / path).exists() for folder in PACKAGE_FOLDERS)]
    assert sorted(missing) == [], sorted(missing)
    assert len(named) > 100


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_each_link_of_the_first_pages_leads_to_a_page_and_a_heading(name: str) -> None:
    """MkDocs asks the same of everything below docs."""
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    wrong = []
    for target in re.findall(r"\]\((?!https?:|mailto:)([^)\s]+)\)", text):
        path, _, anchor = target.partition("#")
        page = REPOSITORY / (path or name)
        if not page.exists() or (anchor and anchor not in _anchors(page)):
            wrong.append(target)
    assert wrong == []


def test_the_index_of_decisions_lists_every_page_once() -> None:
    folder = DOCS / "decisions"
    listed = re.findall(
        r"^\| \[[\w-]+\]\(([\w-]+\.md)\)", (folder / "index.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert sorted(listed) == sorted(page.name for page in folder.glob("*.md") if page.name != "index.md")


@pytest.mark.parametrize("line", ["no-such-command", "audit no-such", "status --no-such-option", "campaign list --no"])
def test_a_command_that_is_not_there_is_found(line: str) -> None:
    assert _fault_of(line) is not None


def _anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as MkDocs and GitHub make them of plain words."""
    headings = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\s-]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


def _fault_of(line: str) -> str | None:
    """Why a line after `./leo` is no command, None where it is one; alternatives are parted by a bar, … ends it."""
    line = _STANDS_FOR.sub("X", line.replace("\\|", "|"))
    # What follows a pipe or a comment is no part of it.
    line = re.split(r" \||[;&#]", line)[0]
    try:
        words = shlex.split(line.rstrip(" .,:)]"))
    except ValueError:
        return "its quotes are not closed"
    command: click.Command = main
    while isinstance(command, click.Group):
        if words and words[0].startswith("-"):
            break
        if not words:
            return None
        name = words.pop(0).strip("[]")
        if name.isupper():
            return None
        if name not in command.commands:
            return f"{command.name} has no command {name}"
        command = command.commands[name]
    options = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    options |= {"--help", "--version"}
    asked = [word.strip("[]").partition("=")[0] for word in words if word.strip("[").startswith("--")]
    unknown = [option for option in asked if option not in options and option != "--"]
    return f"{command.name} has no option {', '.join(unknown)}" if unknown else None


def _is_of_python(name: str) -> bool:
    """Whether a dotted name is a module of the package, or something that a module there defines."""
    first, *_, last = name.split(".")
    folder = REPOSITORY / "plugins" / "leo_activation" / first
    defines = re.compile(rf"^(?:def|class) {last}\b", re.MULTILINE)
    return any(file.stem == last or defines.search(file.read_text(encoding="utf-8")) for file in folder.rglob("*.py"))


def _is_made_of(name: str, read: set[str]) -> bool:
    """A name that is put together: of a role, a tenant (LEO_X_<TENANT>), a file (LEO_X_FILE), the sandbox's options."""
    if name in {f"LEO_{role.name}_URL" for role in DatabaseRole}:
        return True
    option = name.removeprefix("LEO_SANDBOX_").lower().replace("_", "-")
    if name.startswith("LEO_SANDBOX_") and f'"--{option}"' in _SANDBOX:
        return True
    return any(known.startswith(f"{name}_") or name == f"{known}_FILE" for known in read)
