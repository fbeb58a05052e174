"""`./leo segments`: which there are, and the end of one."""

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def segments() -> None:
    """The tenant's segments: which there are, and the end of one."""


@segments.command("list")
@tenant_option
@only_json_option
@one_sentence
def list_segments(tenant: str | None) -> None:
    """Say which segments there are: a JSON object for each, with its newest and active version and its members."""
    from leo_activation.segments.stored import list_segments as list_stored

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    with warehouse_from(settings).connect(DatabaseRole.WRITER, tenant_id) as connection:
        found = list_stored(connection, tenant_id)
    write_lines(found)


@segments.command("retire")
@click.argument("segment")
@tenant_option
@click.option("--by", required=True, help="Airflow user id of whoever ends it.")
@click.option("--because", default="", help="Why, kept beside the version.")
@json_option
@one_sentence
def retire_segment(segment: str, tenant: str | None, by: str, because: str, as_json: bool) -> None:
    """End SEGMENT: its members leave; its versions and its history stay."""
    from leo_activation.segments.retiring import retire

    settings = read_settings()
    done = retire(warehouse_from(settings), tenant_of(settings, tenant), segment, by, because=because)
    words = f"Version {done.version} of '{done.segment_id}' is retired; {done.exited} members left."
    say(words, as_json, segment=done.segment_id, version=done.version, exited=done.exited)
