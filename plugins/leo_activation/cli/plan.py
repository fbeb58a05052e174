"""`./leo plan`: what a request in words means, without submitting it."""

import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from leo_activation.cli.lines import Answer, Line, answer_lines
from leo_activation.cli.options import Words, as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import (
    ASKED_BACK,
    REFUSED,
    json_option,
    one_sentence,
    wants_json,
    write_json,
    write_words,
)
from leo_activation.settings import read_settings


@click.command()
@click.argument("text", type=Words(), required=False)
@click.option("--jsonl", is_flag=True, help='Answer lines {"id", "text"} of standard input, one line each.')
@tenant_option
@as_of_option
@click.option("--members", is_flag=True, help="Also find who it is: the customers' ids.")
@json_option
@one_sentence
def plan(
    text: str | None, jsonl: bool, tenant: str | None, as_of: datetime | None, members: bool, as_json: bool
) -> None:
    """Say what the request TEXT means: its plan, the sentence it reads back as, its Cypher; nothing is written."""
    if (text is None) is not jsonl:
        raise click.UsageError("Give either TEXT or --jsonl.")
    from leo_activation.cli.plan_answers import NEEDS_CLARIFICATION, PLANNED, answer_request, not_planned
    from leo_activation.cli.session import Session
    from leo_activation.segments.planners.grammar import GrammarPlanner

    settings = read_settings()
    planner = GrammarPlanner()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        # What is wrong with all lines is said once, before the first is read.
        _ = session.catalogue, session.as_of

        def answer(line: Line) -> Answer:
            return answer_request(session, planner, line.id, line.text, with_members=members)

        if text is None:
            answer_lines(sys.stdin.buffer, "text", answer, not_planned)
            return
        told = answer_request(session, planner, None, text, with_members=members)
    if wants_json(as_json):
        write_json(told)
    else:
        write_words(_words(told))
    if told["status"] != PLANNED:
        sys.exit(ASKED_BACK if told["status"] == NEEDS_CLARIFICATION else REFUSED)


def words_of_questions(questions: Sequence[Mapping[str, Any]], unplaced: Sequence[str]) -> list[str]:
    """What is asked back, for a person."""
    lines = [f"Not understood: {', '.join(f'“{words}”' for words in unplaced)}."] if unplaced else []
    for question in questions:
        lines.append(str(question["text"]))
        lines.extend(f"  - {reading}" for reading in question["readings"])
    return lines


def _words(told: Mapping[str, Any]) -> list[str]:
    ignored = [f"Ignored, because it instructs the system: “{words}”." for words in told["ignored"]]
    if told["cypher"] is None:
        return [*words_of_questions(told["questions"], told["unplaced"]), *ignored]
    lines = [told["sentence"], *told["notes"], *ignored, "", told["cypher"]]
    lines += [f"  ${name} = {value!r}" for name, value in told["parameters"].items()]
    if told["count"] is not None:
        lines += ["", f"{told['count']:,} customers", *told["members"]]
    return lines
