"""`./leo gate`: one answer a line whatever the line is, and no database for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from leo_activation.cli import main
from leo_activation.cli.lines import MAX_LINE
from leo_activation.settings import REPOSITORY
from tests.cli.conftest import Leo, told, told_lines

READS = 'MATCH (c:Customer) WHERE c.country = "PL" RETURN c.customer_id'
WRITES = "MATCH (c:Customer)\n  SET c.age = 3 RETURN c.customer_id"
ODD_LINES = st.builds(
    lambda values: json.dumps(values).encode(),
    st.dictionaries(
        st.sampled_from(["id", "cypher", "parameters", "x"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.just("MATCH (c:Customer)"),
    ),
)
KEYS = {"id", "accepted", "rule", "message", "line", "column", "accepted_form", "cypher", "parameters", "hash", "error"}


def test_a_query_is_printed_in_its_canonical_form(leo: Leo, tmp_path: Path) -> None:
    file = tmp_path / "query.cypher"
    file.write_text(READS, encoding="utf-8")
    result = leo("gate", str(file), "--tenant", "shop")
    answer = told(result)
    assert result.exit_code == 0
    assert answer.keys() == KEYS
    assert answer["cypher"] == "MATCH (c:Customer)\nWHERE c.country = $v1\nRETURN c.customer_id AS customer_id"
    assert (answer["accepted"], answer["parameters"], len(answer["hash"])) == (True, {"v1": "PL"}, 64)


def test_a_refusal_names_rule_and_place_and_ends_with_4(leo: Leo) -> None:
    result = leo("gate", "-", given=WRITES)
    answer = told(result)
    assert result.exit_code == 4
    assert (answer["accepted"], answer["rule"], answer["line"], answer["column"]) == (False, "write", 2, 3)
    assert answer["message"]
    assert answer["cypher"] is answer["hash"] is None


def test_lines_are_answered_in_order_with_their_ids(leo: Leo) -> None:
    lines = [{"id": "a", "cypher": READS}, {"id": 2, "cypher": WRITES}, {"id": 3.5, "cypher": READS}]
    result = leo("gate", "--jsonl", given="".join(json.dumps(line) + "\n" for line in lines))
    assert result.exit_code == 0
    assert [(answer["id"], answer["accepted"]) for answer in told_lines(result)] == [
        ("a", True),
        (2, False),
        (3.5, True),
    ]


def test_parameters_may_come_with_the_query(leo: Leo) -> None:
    asked = {"id": 1, "cypher": READS.replace('"PL"', "$where"), "parameters": {"where": "PL"}}
    bad = {**asked, "parameters": {"where": {"a": 1}}}
    result = leo("gate", "--jsonl", given=f"{json.dumps(asked)}\n{json.dumps(bad)}\n")
    good, wrong = told_lines(result)
    assert (good["accepted"], good["parameters"]) == (True, {"where": "PL"})
    assert (wrong["id"], wrong["accepted"]) == (1, False)
    assert "must map names" in wrong["error"]


@pytest.mark.parametrize(
    ("line", "line_id", "problem"),
    [
        (b"no json", None, "not JSON"),
        (b"", None, "not JSON"),
        (b"[1]", None, "not a JSON object"),
        (b'{"cypher": "x"}', None, "“id” must be"),
        (b'{"id": null, "cypher": "x"}', None, "“id” must be"),
        (b'{"id": {"a": 1}, "cypher": "x"}', None, "“id” must be"),
        (b'{"id": NaN, "cypher": "x"}', None, "not JSON"),
        (b'{"id": 1e999, "cypher": "x"}', None, "cannot be written"),
        (b'{"id": "\\ud800", "cypher": "x"}', None, "cannot be written"),
        (b'{"id": "a"}', "a", "“cypher” must be a text"),
        (b'{"id": "a", "cypher": 7}', "a", "“cypher” must be a text"),
        (b'{"id": "a", "cypher": "\\udfff"}', "a", "half a character"),
        (b'{"id": "a", "cypher": "\xff"}', None, "not UTF-8"),
        (b'{"id": ' + b"9" * 5000 + b', "cypher": "x"}', None, "not JSON"),
        (b'{"id": ' + b"[" * 100_000 + b"}", None, "nests too deeply"),
        (b'{"id": "a", "cypher": "' + b"x" * MAX_LINE + b'"}', None, "at most"),
    ],
    ids=lambda value: repr(value)[:24],
)
def test_a_bad_line_gets_an_error_line_and_the_next_is_answered(
    leo: Leo, line: bytes, line_id: object, problem: str
) -> None:
    result = leo("gate", "--jsonl", given=line + b"\n" + json.dumps({"id": "next", "cypher": READS}).encode())
    assert result.exit_code == 0
    wrong, following = told_lines(result)
    assert wrong.keys() == KEYS
    assert (wrong["id"], wrong["accepted"]) == (line_id, False)
    assert problem in wrong["error"]
    assert (following["id"], following["accepted"]) == ("next", True)


def test_a_megabyte_of_text_is_refused_by_its_size(leo: Leo) -> None:
    result = leo("gate", "--jsonl", given=json.dumps({"id": 1, "cypher": "M" * 1_000_000}) + "\n")
    [answer] = told_lines(result)
    assert (answer["accepted"], answer["rule"]) == (False, "size")


@given(st.lists(st.binary(max_size=40).filter(lambda line: b"\n" not in line) | ODD_LINES, max_size=8))
def test_every_line_has_one_answer_whatever_its_bytes(lines: list[bytes]) -> None:
    result = CliRunner().invoke(main, ["gate", "--jsonl"], input=b"".join(line + b"\n" for line in lines))
    assert result.exit_code == 0
    assert [answer.keys() for answer in told_lines(result)] == [KEYS] * len(lines)


def test_an_id_keeps_its_letters(leo: Leo) -> None:
    result = leo("gate", "--jsonl", given=json.dumps({"id": "Nguyệt 🧦", "cypher": READS}) + "\n")
    assert "Nguyệt 🧦".encode() in result.stdout_bytes


def test_the_command_line_names_a_file_or_lines(leo: Leo) -> None:
    assert leo("gate").exit_code == 2
    assert leo("gate", "--tenant", "No Such", "-", given=READS).exit_code == 1


def test_neither_database_nor_heavy_modules_are_needed() -> None:
    code = (
        "import sys; from leo_activation.cli import main\n"
        "try: main(['gate', '-'])\n"
        "except SystemExit as end: print(end.code, file=sys.stderr)\n"
        "heavy = {'airflow', 'torch', 'onnxruntime', 'pandas', 'great_expectations', 'arango', 'duckdb'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        input=READS,
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(REPOSITORY / "plugins")},
    )
    assert run.stderr.splitlines() == ["0", "[]"]
    assert json.loads(run.stdout)["accepted"]
