"""`./leo members`: who belongs to an active segment."""

from datetime import datetime
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole, read_settings

if TYPE_CHECKING:
    from leo_activation.cli.session import Session


@click.command()
@click.argument("segment")
@tenant_option
@as_of_option
@json_option
@one_sentence
def members(segment: str, tenant: str | None, as_of: datetime | None, as_json: bool) -> None:
    """The members of SEGMENT that the last refresh kept; with --as-of those that the approved version finds then."""
    from leo_activation.cli.session import Session

    settings = read_settings()
    with Session(settings, tenant_of(settings, tenant), as_of) as session:
        found = _kept(session, segment) if as_of is None else _found(session, segment)
    moment = None if as_of is None else as_of.isoformat()
    if wants_json(as_json):
        write_json({"segment": segment, "as_of": moment, "count": len(found), "members": found})
    else:
        write_words(found)


def _kept(session: "Session", segment: str) -> list[str]:
    from leo_activation.segments.stored import read_members

    return read_members(session.warehouse, session.tenant_id, segment)


def _found(session: "Session", segment: str) -> list[str]:
    from leo_activation.cli.plan_answers import find_members
    from leo_activation.segments.definition import define
    from leo_activation.segments.stored import read_active

    with session.warehouse.connect(DatabaseRole.WRITER, session.tenant_id) as connection:
        active = read_active(connection, session.tenant_id, segment)
    definition = define(active.plan, session.catalogue, active.readings, session.as_of)
    if not definition.hash == active.hash == active.approved_hash:
        raise Permanent(f"Version {active.version} of the segment '{segment}' is not what was approved.")
    return find_members(session, definition, active.plan)
