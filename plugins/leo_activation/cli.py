"""The command `./leo`, for engineers and scripts.

Exit codes: 0 done; 1 an error that the message names; 2 the command line itself is wrong.
"""

import functools
import json
import logging
import sys
from collections.abc import Callable, Sequence
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
    from leo_activation.warehouse.tenants import refresh_graphs

    warehouse = warehouse_from(read_settings())
    applied = apply(warehouse)
    # Also where nothing was applied: an earlier start can have ended between the two.
    refresh_graphs(warehouse)
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


@main.group()
def quarantine() -> None:
    """Rows of the sources that broke a rule: what they are, and the way back for those that were repaired."""


@quarantine.command("list")
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--rule", help="Only rows that broke this rule.")
@one_sentence
def list_quarantine(tenant: str | None, rule: str | None) -> None:
    """Say what is set aside now: a JSON object for each collection and rule, with counts and ids, no values."""
    from leo_activation.sync.replay import list_aside

    settings = read_settings()
    for aside in list_aside(warehouse_from(settings), tenant or settings.default_tenant, rule=rule):
        click.echo(json.dumps(vars(aside)))


@quarantine.command("export")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", required=True)
@click.option("--rule", help="Only rows that broke this rule.")
@one_sentence
def export_quarantine(file: Path, tenant: str, rule: str | None) -> None:
    """Write what is set aside to FILE, a new one, to be repaired there. It then holds customer data."""
    from leo_activation.sync.replay import export_aside

    warehouse = warehouse_from(read_settings())
    rows = export_aside(warehouse, tenant, file, rule=rule)
    click.echo(f"{file} holds the customer data of {rows} rows. Only you can read it; delete it when you are done.")


@quarantine.command("replay")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--tenant", required=True)
@one_sentence
def replay_quarantine(file: Path, tenant: str) -> None:
    """Take the repaired rows of FILE in; those that still break a rule stay set aside, and are named with it."""
    from leo_activation.sync.replay import replay

    settings = read_settings()
    report = replay(warehouse_from(settings), tenant, file, pseudonym_key=settings.pseudonym_key())
    click.echo(json.dumps(vars(report)))


@main.group()
def customers() -> None:
    """Who is the same person: merges, and the cases that wait for a person. Decisions hold from the next sync on."""


@customers.command("list-merges")
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@one_sentence
def list_merges(tenant: str | None) -> None:
    """The latest merges as JSON, one a line; those that stand come first."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    _lines(decisions.list_merges(warehouse_from(settings), tenant or settings.default_tenant))


@customers.command("undo-merge")
@click.argument("merge_id", type=int)
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--by", "asked_by", required=True, help="Airflow user id of whoever decides.")
@one_sentence
def undo_merge(merge_id: int, tenant: str | None, asked_by: str) -> None:
    """Take a merge apart with the next sync, and never make it again."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    decisions.undo_merge(warehouse_from(settings), tenant or settings.default_tenant, merge_id, asked_by=asked_by)
    click.echo(f"Merge {merge_id} is undone by the next sync.")


@customers.command("cases")
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--state", type=click.Choice(["waiting", "approved", "refused", "lapsed"]), default="waiting")
@click.option("--profiles", "case_id", type=int, metavar="CASE", help="The ids of the profiles of one case instead.")
@one_sentence
def cases(tenant: str | None, state: str, case_id: int | None) -> None:
    """What waits for a person to decide, as JSON, one case a line."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    warehouse, tenant_id = warehouse_from(settings), tenant or settings.default_tenant
    if case_id is None:
        _lines(decisions.list_cases(warehouse, tenant_id, decisions.CaseState(state)))
    else:
        click.echo(json.dumps(decisions.case_profiles(warehouse, tenant_id, case_id)))


@customers.command("decide")
@click.argument("case_id", type=int)
@click.argument("decision", type=click.Choice(["approve", "refuse"]))
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--by", "decided_by", required=True, help="Airflow user id of whoever decides.")
@one_sentence
def decide(case_id: int, decision: str, tenant: str | None, decided_by: str) -> None:
    """Approve: the profiles of the case are one person. Refuse: they are not."""
    from leo_activation.sync import identity_decisions as decisions

    settings = read_settings()
    state = decisions.CaseState.APPROVED if decision == "approve" else decisions.CaseState.REFUSED
    decisions.decide_case(
        warehouse_from(settings), tenant or settings.default_tenant, case_id, state, decided_by=decided_by
    )
    click.echo(f"Case {case_id} is {state}; it holds from the next sync on.")


@customers.command("block")
@click.argument("kind", type=click.Choice(["crm", "email", "phone", "loyalty", "fintech", "zalo", "facebook"]))
@click.argument("value")
@click.option("--tenant", help="Default: LEO_DEFAULT_TENANT.")
@click.option("--reason", help="Why; needed to block.")
@click.option("--by", "blocked_by", required=True, help="Airflow user id of whoever decides.")
@click.option("--release", is_flag=True, help="Take the block back.")
@one_sentence
def block(kind: str, value: str, tenant: str | None, reason: str | None, blocked_by: str, release: bool) -> None:
    """Let VALUE join nobody any more, such as the telephone of a shop; only its keyed hash is kept."""
    from leo_activation.sync import identity_decisions as decisions

    if not reason and not release:
        raise click.UsageError("block needs --reason.")
    settings = read_settings()
    warehouse, tenant_id, key = warehouse_from(settings), tenant or settings.default_tenant, settings.pseudonym_key()
    of_kind = decisions.Kind(kind)
    if release:
        held = decisions.unblock_value(warehouse, tenant_id, of_kind, value, pseudonym_key=key)
    else:
        held = decisions.block_value(
            warehouse, tenant_id, of_kind, value, reason=reason or "", blocked_by=blocked_by, pseudonym_key=key
        )
    found = f"more than {decisions.MOST_APPROVED}" if held > decisions.MOST_APPROVED else str(held)
    click.echo(f"{'Released' if release else 'Blocked'}; {found} profiles have it. It holds from the next sync on.")


def _lines(rows: Sequence[object]) -> None:
    for row in rows:
        click.echo(json.dumps(vars(row), default=str))
