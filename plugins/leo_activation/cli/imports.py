"""`./leo import-segments`: LEO CDP's own segments as plans, and, if asked, as drafts that wait for approval."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from leo_activation.cli.lines import Answer
from leo_activation.cli.options import as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.statements import statement

if TYPE_CHECKING:
    from leo_activation.cli.session import Session
    from leo_activation.segments.leo_rules import ImportedSegment


@click.command("import-segments")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--draft", is_flag=True, help="Submit what can be imported; it waits for review as any request does.")
@click.option("--by", "requested_by", help="Airflow user id of whoever asks; needed by --draft.")
@tenant_option
@as_of_option
@json_option
@one_sentence
def import_segments(
    file: Path, draft: bool, requested_by: str | None, tenant: str | None, as_of: datetime | None, as_json: bool
) -> None:
    """Read LEO's cdp_segment documents of FILE (JSON lines, an array, or an arangodump's data file) into plans."""
    if draft and not requested_by:
        raise click.UsageError("--draft needs --by.")
    from leo_activation.cli.session import Session
    from leo_activation.segments.leo_rules import ImportStatus, import_segment, item_ids, read_documents
    from leo_activation.segments.naming import segment_id_for

    settings = read_settings()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        documents = list(read_documents(file))
        objects = [each for each in documents if isinstance(each, dict)]
        items = _names_of_items(session, set().union(*map(item_ids, objects)))
        segments = {
            str(each["_key"]): segment_id_for(str(each["name"]), "", 0)
            for each in objects
            if each.get("_key") and each.get("name")
        }
        names: set[str] = set()
        for document in documents:
            if isinstance(document, str):
                told = _line(None, None, ImportStatus.REFUSED, problems=[_problem(document)])
            else:
                found = import_segment(document, session.catalogue, session.as_of, items=items, segments=segments)
                told = _told(found)
                if draft and found.status is ImportStatus.IMPORTED:
                    told |= _drafted(session, found, str(requested_by), names)
            if wants_json(as_json):
                write_json(told)
            else:
                write_words(_words(told))


def _names_of_items(session: "Session", wanted: Iterable[str]) -> dict[str, str]:
    values = {"tenant_id": session.tenant_id, "item_ids": sorted(wanted)}
    if not values["item_ids"]:
        return {}
    with session.warehouse.connect(DatabaseRole.WRITER, session.tenant_id) as connection:
        rows = connection.execute(statement("segments/list_item_names"), values)
        return {str(item): str(name) for item, name in rows}


def _drafted(session: "Session", found: "ImportedSegment", requested_by: str, names: set[str]) -> Answer:
    """What changes in the answer when the segment is submitted; `names` are those that this file had before."""
    from leo_activation.segments.leo_rules import ImportStatus, draft_import, keep_key
    from leo_activation.segments.naming import segment_id_for
    from leo_activation.segments.request import PlannedRequest
    from leo_activation.segments.requests import RequestState

    assert found.plan is not None  # noqa: S101 - what is imported has a plan
    name = found.name or f"LEO segment {found.key or ''}".strip()
    segment_id = segment_id_for(name, "", 0)
    if segment_id in names:
        reason = f"Another segment of the file has the name of this one here ({segment_id})."
        return {"status": ImportStatus.REFUSED, "problems": [_problem(reason)]}
    names.add(segment_id)
    request = PlannedRequest(plan=found.plan, segment_name=name, notes=found.notes)
    try:
        draft = draft_import(
            session.warehouse,
            session.catalogue,
            request,
            requested_by=requested_by,
            as_of=session.as_of,
            encoder=session.encoder,
        )
    except Permanent as problem:
        return {"status": ImportStatus.REFUSED, "problems": [_problem(str(problem))]}
    if found.key is not None and (draft is None or draft.state is RequestState.DRAFTED):
        keep_key(session.warehouse, session.tenant_id, found.key, segment_id)
    if draft is None:
        reason = f"The newest version of the segment {segment_id} has this plan already."
        return {"status": ImportStatus.SKIPPED, "problems": [_problem(reason)]}
    if draft.state is not RequestState.DRAFTED:
        reason = draft.problem or " ".join(draft.questions)
        return {"status": ImportStatus.REFUSED, "request_id": draft.request_id, "problems": [_problem(reason)]}
    return {
        "request_id": draft.request_id,
        "segment": draft.segment_id,
        "version": draft.version,
        "count": draft.member_count,
    }


def _told(found: "ImportedSegment") -> Answer:
    return _line(
        found.key,
        found.name,
        found.status,
        plan=None if found.plan is None else found.plan.model_dump(mode="json", exclude_none=True),
        sentence=found.sentence,
        notes=list(found.notes),
        problems=[asdict(problem) for problem in found.problems],
    )


def _line(key: str | None, name: str | None, status: str, **said: object) -> Answer:
    answer: Answer = {
        "key": key,
        "name": name,
        "status": status,
        "plan": None,
        "sentence": None,
        "notes": [],
        "problems": [],
        "request_id": None,
        "segment": None,
        "version": None,
        "count": None,
    }
    return answer | said


def _problem(reason: str) -> dict[str, str | None]:
    return {"path": "", "field": None, "operator": None, "reason": reason}


def _words(told: Mapping[str, Any]) -> list[str]:
    lines = [f"{told['status']}: {told['name'] or told['key'] or 'a document without a name'}"]
    lines += [f"  {told['sentence']}"] if told["sentence"] else []
    for problem in told["problems"]:
        place = ", ".join(part for part in (problem["path"], problem["field"], problem["operator"]) if part)
        lines.append(f"  {place}: {problem['reason']}" if place else f"  {problem['reason']}")
    lines += [f"  Request {told['request_id']} waits for review."] if told["version"] else []
    return lines
