"""What an operator does with the installation: the schema, the webhooks, the kill switch, currency rates."""

from pathlib import Path

import click

from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_json
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.command()
@json_option
@one_sentence
def migrate(as_json: bool) -> None:
    """Bring the warehouse's schema up to date (as the owner); says what was applied."""
    from leo_activation.warehouse.migrations import migrate as apply
    from leo_activation.warehouse.tenants import refresh_graphs

    warehouse = warehouse_from(read_settings())
    applied = apply(warehouse)
    # Also where nothing was applied: an earlier start can have ended between the two.
    refresh_graphs(warehouse)
    words = f"{len(applied)} migrations applied." if applied else "The warehouse is up to date."
    say(words, as_json, applied=[str(name) for name in applied])


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8091, show_default=True)
@one_sentence
def webhooks(port: int) -> None:
    """Serve what providers and mail programs call back (unsubscribe), on loopback; put a TLS proxy before it."""
    from leo_activation.webhooks import serve

    settings = read_settings()
    serve(port, warehouse_from(settings), settings)


@click.command("kill-switch")
@click.argument("state", type=click.Choice(["engage", "release", "show"]))
@click.option("--reason", help="Why; needed to engage.")
@click.option("--by", "changed_by", help="Who; needed to engage or release.")
@click.option("--only", "tenant_id", metavar="TENANT", help="This tenant alone. Default: every tenant.")
@json_option
@one_sentence
def kill_switch(state: str, reason: str | None, changed_by: str | None, tenant_id: str | None, as_json: bool) -> None:
    """Stop every send of every tenant, or of one, at once; let sending go on; or show which holds."""
    from leo_activation.activation.safety import guard

    warehouse = warehouse_from(read_settings())
    if state == "engage":
        if not reason or not changed_by:
            raise click.UsageError("engage needs --reason and --by.")
        if tenant_id is None:
            guard.engage_kill_switch(warehouse, reason=reason, changed_by=changed_by)
        else:
            guard.stop_tenant(warehouse, tenant_id, reason=reason, stopped_by=changed_by)
    elif state == "release":
        if not changed_by:
            raise click.UsageError("release needs --by.")
        if tenant_id is None:
            guard.release_kill_switch(warehouse, changed_by=changed_by)
        else:
            guard.release_tenant(warehouse, tenant_id, released_by=changed_by)
    if tenant_id is None:
        engaged = guard.kill_switch_reason(warehouse)
    else:
        engaged = next((stop.reason for stop in guard.list_stops(warehouse, tenant_id) if not stop.released_at), None)
    words = f"Engaged: {engaged}" if engaged is not None else "Released: sending goes on."
    say(words, as_json, engaged=engaged is not None, reason=engaged)


@click.group()
def rates() -> None:
    """Currency rates by day, by which amounts are told in a tenant's own currency."""


@rates.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", help="Who publishes the rates. Default: the file's name.")
@only_json_option
@one_sentence
def load_rates(file: Path, source: str | None) -> None:
    """Add and correct the rates of FILE (date,from,to,rate, or the ECB's eurofxref-hist.csv)."""
    from leo_activation.sync.rates import load_rates as load

    counts = load(warehouse_from(read_settings()), file, source=source or file.name)
    write_json(vars(counts))
