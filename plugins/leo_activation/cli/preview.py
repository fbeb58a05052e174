"""`./leo preview`: what a request, an active segment or a query would find, without keeping anything."""

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from leo_activation.cli.lines import MAX_LINE, Answer
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
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, read_settings

if TYPE_CHECKING:
    from leo_activation.cli.session import Session
    from leo_activation.segments.definition import Definition, Readings
    from leo_activation.segments.plan import SegmentPlan
    from leo_activation.segments.request import Language, NeedsClarification


@click.command()
@click.argument("text", type=Words(), required=False)
@click.option("--segment", help="The id of an active segment instead of TEXT.")
@click.option("--cypher", type=click.File("rb"), help="A file with a query instead of TEXT; - is standard input.")
@tenant_option
@as_of_option
@json_option
@one_sentence
def preview(
    text: str | None,
    segment: str | None,
    cypher: BinaryIO | None,
    tenant: str | None,
    as_of: datetime | None,
    as_json: bool,
) -> None:
    """How many the request TEXT would find, what each condition keeps, who can be reached, and some ids."""
    if sum(each is not None for each in (text, segment, cypher)) != 1:
        raise click.UsageError("Give one of TEXT, --segment and --cypher.")
    from leo_activation.cli.session import Session

    settings = read_settings()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        if cypher is not None:
            told = _of_cypher(session, cypher)
        elif segment is not None:
            told = _of_segment(session, segment)
        else:
            told = _of_text(session, text or "")
    if wants_json(as_json):
        write_json(told)
    else:
        write_words(_words(told))
    if told["status"] == "needs_clarification":
        sys.exit(ASKED_BACK)
    if told["status"] == "refused":
        sys.exit(REFUSED)


def _of_text(session: "Session", text: str) -> Answer:
    from leo_activation.cli.plan_answers import Planned, plan_request
    from leo_activation.segments.planners.grammar import GrammarPlanner
    from leo_activation.segments.sentences import describe

    planned = plan_request(session, GrammarPlanner(), text)
    if not isinstance(planned, Planned):
        return _asked_back(planned)
    sentence = describe(planned.request, session.catalogue)
    language = planned.request.language
    return _of_plan(session, planned.request.plan, planned.readings, planned.definition, sentence, language)


def _of_segment(session: "Session", segment: str) -> Answer:
    from leo_activation.segments.definition import define
    from leo_activation.segments.request import Language
    from leo_activation.segments.sentences import explain
    from leo_activation.segments.stored import read_active

    with session.warehouse.connect(DatabaseRole.WRITER, session.tenant_id) as connection:
        active = read_active(connection, session.tenant_id, segment)
    definition = define(active.plan, session.catalogue, active.readings, session.as_of)
    sentence = explain(active.plan, session.catalogue)
    told = _of_plan(session, active.plan, active.readings, definition, sentence, Language.ENGLISH)
    return told | {
        "segment": segment,
        "version": active.version,
        "is_what_was_approved": definition.hash == active.hash == active.approved_hash,
    }


def _of_plan(
    session: "Session",
    plan: "SegmentPlan",
    readings: "Readings",
    definition: "Definition",
    sentence: str,
    language: "Language",
) -> Answer:
    from leo_activation.segments.agreement import Agreement, Disagreement
    from leo_activation.segments.preview import preview_definition

    try:
        found = preview_definition(
            session.warehouse,
            definition,
            plan,
            session.catalogue,
            readings,
            session.as_of,
            session.encoder,
            language=language,
        )
    except Disagreement as problem:
        told = {"status": "refused", "unplaced": [], "questions": [{"text": str(problem), "readings": []}]}
        return told | {"agreement": asdict(problem.agreement)}
    return _previewed(
        agreement=asdict(Agreement(found.agreed_count, found.agreed_count, (), (), agrees=True)),
        sentence=sentence,
        as_of=found.as_of.isoformat(),
        count=found.member_count,
        funnel=[asdict(step) for step in found.funnel],
        reachable=dict(found.reachable),
        sample=list(found.sample),
        close_calls=[call.model_dump(mode="json") for call in found.close_calls],
        took_ms=round(found.took_ms, 3),
        cypher=definition.cypher,
        parameters=dict(definition.parameters),
    )


def _of_cypher(session: "Session", file: BinaryIO) -> Answer:
    from leo_activation.segments.gate import Refused
    from leo_activation.segments.handwritten import is_administrator, preview_cypher
    from leo_activation.segments.preview import count_reachable

    try:
        text = file.read(MAX_LINE).decode()
    except UnicodeDecodeError:
        raise Permanent("The query is not UTF-8.") from None
    warehouse = session.warehouse
    try:
        found = preview_cypher(warehouse, session.tenant_id, text, is_admin=is_administrator(warehouse))
    except Refused as refused:
        return {"status": "refused", "unplaced": [], "questions": [{"text": str(refused), "readings": []}]}
    with warehouse.connect(DatabaseRole.WRITER, session.tenant_id) as connection:
        reachable = count_reachable(connection, session.tenant_id, found.customer_ids)
    return _previewed(
        count=found.count,
        reachable=reachable,
        sample=list(found.sample),
        took_ms=round(found.took_ms, 3),
        cypher=found.gated.text,
        parameters=dict(found.gated.parameters),
        estimate=asdict(found.estimate),
    )


def _previewed(**said: object) -> Answer:
    answer: Answer = {
        "status": "previewed",
        "sentence": None,
        "as_of": None,
        "count": None,
        "funnel": [],
        "reachable": {},
        "sample": [],
        "close_calls": [],
        "took_ms": None,
        "agreement": None,
        "estimate": None,
        "cypher": None,
        "parameters": None,
    }
    return answer | said


def _asked_back(asked: "NeedsClarification") -> Answer:
    return {
        "status": "refused" if asked.refused else "needs_clarification",
        "unplaced": list(asked.unplaced),
        "questions": [question.model_dump(mode="json") for question in asked.questions],
    }


def _words(told: Mapping[str, Any]) -> list[str]:
    from leo_activation.cli.plan import words_of_questions

    if told["status"] != "previewed":
        return words_of_questions(told["questions"], told["unplaced"])
    moment = f" as of {told['as_of']}" if told["as_of"] else ""
    lines = [told["sentence"] or told["cypher"], "", f"{told['count']:,} customers{moment}"]
    lines += [f"  {step['kept']:>12,}  {step['condition']}" for step in told["funnel"]]
    reached = ", ".join(f"{channel} {people:,}" for channel, people in told["reachable"].items()) or "nobody"
    lines += [f"Reachable for marketing: {reached}"]
    lines += [f"Graph and tables agree: {told['agreement']['graph_count']:,} customers."] if told["agreement"] else []
    lines += [f"Some of them: {', '.join(told['sample'])}"] if told["sample"] else []
    return lines
