"""`./leo gate`: what the gate says of a query, without a database."""

import sys
from collections.abc import Mapping, Sequence
from typing import BinaryIO

import click

from leo_activation.cli.lines import MAX_LINE, Answer, Id, Line, answer_lines
from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import REFUSED, json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.errors import Permanent
from leo_activation.settings import read_settings
from leo_activation.warehouse.graph import Scalar

Given = Mapping[str, Scalar | Sequence[Scalar]] | None


@click.command()
@click.argument("file", type=click.File("rb"), required=False)
@click.option("--jsonl", is_flag=True, help='Answer lines {"id", "cypher"} of standard input, or of FILE.')
@tenant_option
@json_option
@one_sentence
def gate(file: BinaryIO | None, jsonl: bool, tenant: str | None, as_json: bool) -> None:
    """Judge the Cypher of FILE (- is standard input) by the accepted subset, and print it in its canonical form."""
    tenant_of(read_settings(), tenant)
    if jsonl:
        answer_lines(file or sys.stdin.buffer, "cypher", _of_line, not_judged)
        return
    if file is None:
        raise click.UsageError("Name a FILE (- is standard input), or give --jsonl.")
    told = judged(None, _text_of(file), None)
    if wants_json(as_json):
        write_json(told)
    else:
        write_words(_words(told))
    if not told["accepted"]:
        sys.exit(REFUSED)


def judged(line_id: Id, cypher: str, parameters: Given) -> Answer:
    """What the gate says of one query; without parameters the types of its `$names` stay open."""
    from leo_activation.segments.gate import Refused
    from leo_activation.segments.gate import gate as pass_gate

    try:
        passed = pass_gate(cypher, parameters)
    except Refused as refused:
        return _answer(
            line_id,
            rule=refused.rule.value,
            message=refused.message,
            line=refused.line,
            column=refused.column,
            accepted_form=refused.accepted_form,
        )
    return _answer(
        line_id, accepted=True, cypher=passed.text, parameters=dict(passed.parameters), hash=passed.hash
    )  # fmt: skip


def not_judged(line_id: Id, problem: str) -> Answer:
    """The answer of a line that is no query."""
    return _answer(line_id, error=problem)


def _answer(line_id: Id, **said: object) -> Answer:
    answer: Answer = {
        "id": line_id,
        "accepted": False,
        "rule": None,
        "message": None,
        "line": None,
        "column": None,
        "accepted_form": None,
        "cypher": None,
        "parameters": None,
        "hash": None,
        "error": None,
    }
    return answer | said


def _of_line(line: Line) -> Answer:
    given = line.values.get("parameters")
    if given is not None and not _are_parameters(given):
        raise Permanent("The object's “parameters” must map names to texts, numbers, truths, or lists of them.")
    return judged(line.id, line.text, given)  # type: ignore[arg-type]  # as `_are_parameters` found


def _are_parameters(given: object) -> bool:
    return isinstance(given, dict) and all(
        isinstance(each, str | int | float)
        for value in given.values()
        for each in (value if isinstance(value, list) else [value])
    )


def _text_of(file: BinaryIO) -> str:
    try:
        return file.read(MAX_LINE).decode()
    except UnicodeDecodeError:
        raise Permanent("The query is not UTF-8.") from None


def _words(told: Answer) -> list[str]:
    if told["accepted"]:
        return [str(told["cypher"]), f"Accepted; hash {told['hash']}."]
    hint = f" Write it as {told['accepted_form']}." if told["accepted_form"] else ""
    return [f"Refused by the rule '{told['rule']}' at line {told['line']}, column {told['column']}: {told['message']}."
            f"{hint}"]  # fmt: skip
