"""Rows that were set aside, and the way back for them."""

from pathlib import Path

import click

from leo_activation.cli.options import tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_json, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def quarantine() -> None:
    """Rows of the sources that broke a rule: what they are, and the way back for those that were repaired."""


@quarantine.command("list")
@tenant_option
@click.option("--rule", help="Only rows that broke this rule.")
@only_json_option
@one_sentence
def list_quarantine(tenant: str | None, rule: str | None) -> None:
    """Say what is set aside now: a JSON object for each collection and rule, with counts and ids, no values."""
    from leo_activation.sync.replay import list_aside

    settings = read_settings()
    write_lines(list_aside(warehouse_from(settings), tenant or settings.default_tenant, rule=rule))


@quarantine.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", required=True)
@click.option("--rule", help="Only rows that broke this rule.")
@json_option
@one_sentence
def export_quarantine(file: Path, tenant: str, rule: str | None, as_json: bool) -> None:
    """Write what is set aside to FILE, a new one, to be repaired there. It then holds customer data."""
    from leo_activation.sync.replay import export_aside

    warehouse = warehouse_from(read_settings())
    rows = export_aside(warehouse, tenant, file, rule=rule)
    words = f"{file} holds the customer data of {rows} rows. Only you can read it; delete it when you are done."
    say(words, as_json, file=str(file), rows=rows)


@quarantine.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", required=True)
@only_json_option
@one_sentence
def replay_quarantine(file: Path, tenant: str) -> None:
    """Take the repaired rows of FILE in; those that still break a rule stay set aside, and are named with it."""
    from leo_activation.sync.replay import replay

    settings = read_settings()
    report = replay(warehouse_from(settings), tenant, file, pseudonym_key=settings.pseudonym_key())
    write_json(vars(report))
