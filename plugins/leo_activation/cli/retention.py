"""`./leo retention`: for how long each table keeps its rows, and what is beyond its time."""

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def retention() -> None:
    """For how long each table keeps its rows (include/policies/retention.yaml)."""


@retention.command("show")
@json_option
@one_sentence
def show(as_json: bool) -> None:
    """Every table with its days, or why its rows stay."""
    from leo_activation.rights.retention import read_retention

    policy = read_retention()
    if wants_json(as_json):
        write_json(policy.model_dump(mode="json", exclude_none=True))
        return
    click.echo(f"# Version {policy.version}.")
    for table, keep in policy.tables.items():
        click.echo(f"{table}: {keep.keep or f'{keep.days} days from {keep.moment}, then {keep.act}'}")


@retention.command("run")
@tenant_option
@click.option("--dry-run", is_flag=True, help="Count what is beyond its time, and delete nothing.")
@json_option
@one_sentence
def run(tenant: str | None, dry_run: bool, as_json: bool) -> None:
    """Delete what is beyond its time, as the DAG enforce_retention does every night."""
    from leo_activation.actions.people import enforce_retention

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    rows = enforce_retention(warehouse_from(settings), tenant_id, dry_run=dry_run)
    if wants_json(as_json):
        write_json({"tenant": tenant_id, "dry_run": dry_run, "rows": rows})
        return
    for table, number in rows.items():
        click.echo(f"{table}: {number:,} rows")
    click.echo("Nothing was deleted." if dry_run else f"{sum(rows.values()):,} rows were deleted or emptied.")
