"""The command `./leo`, for engineers and scripts.

Exit codes: 0 done; 1 an error that the message names; 2 the command line itself is wrong.
"""

import functools
import json
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

import click

from leo_activation import __version__
from leo_activation.errors import LeoError
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

P = ParamSpec("P")
R = TypeVar("R")


def one_sentence(command: Callable[P, R]) -> Callable[P, R]:
    """Turn an error that was raised on purpose into its sentence and exit code 1; anything else stays a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except LeoError as error:
            click.echo(f"leo: {error}", err=True)
            sys.exit(1)

    return run


@click.group()
@click.version_option(__version__)
def main() -> None:
    """LEO Activation Pipeline: from a customer data platform to reviewed segments and accountable sends."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


@main.command()
@one_sentence
def migrate() -> None:
    """Bring the warehouse's schema up to date (as the owner); says what was applied."""
    from leo_activation.warehouse.migrations import migrate as apply

    applied = apply(warehouse_from(read_settings()))
    click.echo(f"{len(applied)} migrations applied." if applied else "The warehouse is up to date.")


@main.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8091, show_default=True)
@one_sentence
def webhooks(port: int) -> None:
    """Serve what providers and mail programs call back (unsubscribe), on loopback; put a TLS proxy before it."""
    from leo_activation.webhooks import serve

    settings = read_settings()
    serve(port, warehouse_from(settings), settings)


@main.command()
@click.argument("text")
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--by", "requested_by", required=True, help="Airflow user id of whoever asks.")
@one_sentence
def request(text: str, tenant: str | None, requested_by: str) -> None:
    """Submit a segment request in words; Airflow drafts it within a minute."""
    from leo_activation.segments import submit_request

    settings = read_settings()
    tenant_id = tenant or settings.default_tenant
    request_id = submit_request(warehouse_from(settings), tenant_id, text, requested_by)
    click.echo(json.dumps({"tenant": tenant_id, "request_id": request_id}))


@main.command("kill-switch")
@click.argument("state", type=click.Choice(["engage", "release", "show"]))
@click.option("--reason", help="Why; needed to engage.")
@click.option("--by", "changed_by", help="Who; needed to engage or release.")
@one_sentence
def kill_switch(state: str, reason: str | None, changed_by: str | None) -> None:
    """Stop every send of every tenant at once, let sending go on, or show which holds."""
    from leo_activation.activation.guard import engage_kill_switch, kill_switch_reason, release_kill_switch

    warehouse = warehouse_from(read_settings())
    if state == "engage":
        if not reason or not changed_by:
            raise click.UsageError("engage needs --reason and --by.")
        engage_kill_switch(warehouse, reason=reason, changed_by=changed_by)
    elif state == "release":
        if not changed_by:
            raise click.UsageError("release needs --by.")
        release_kill_switch(warehouse, changed_by=changed_by)
    engaged = kill_switch_reason(warehouse)
    click.echo(f"Engaged: {engaged}" if engaged is not None else "Released: sending goes on.")


@main.group()
def rates() -> None:
    """Currency rates by day, by which amounts are told in a tenant's own currency."""


@rates.command("load")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--source", help="Who publishes the rates. Default: the file's name.")
@one_sentence
def load_rates(file: Path, source: str | None) -> None:
    """Add and correct the rates of FILE (date,from,to,rate, or the ECB's eurofxref-hist.csv)."""
    from leo_activation.sync.rates import load_rates as load

    counts = load(warehouse_from(read_settings()), file, source=source or file.name)
    click.echo(json.dumps(vars(counts)))
