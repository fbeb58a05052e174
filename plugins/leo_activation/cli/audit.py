"""The audit log: seal what was noted, verify that nothing was changed, and read what is recorded."""

import sys

import click

from leo_activation.cli.options import tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_json, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def audit() -> None:
    """Who asked, who decided, what was sent and what was erased, in a log whose changes are seen."""


@audit.command("verify")
@tenant_option
@json_option
@one_sentence
def verify_log(tenant: str | None, as_json: bool) -> None:
    """Work out every hash again and compare with the anchors; exit code 1 where something was changed."""
    from leo_activation.audit import verify

    settings = read_settings()
    found = verify(warehouse_from(settings), tenant or settings.default_tenant, settings.audit_folder)
    if as_json:
        write_json(vars(found) | {"findings": [vars(finding) for finding in found.findings], "intact": found.intact})
    else:
        for finding in found.findings:
            click.echo(f"{finding.kind}: {finding.sentence}")
        verdict = "nothing was changed" if found.intact else "the log was changed"
        click.echo(
            f"{found.entries:,} entries in {found.batches:,} batches against {found.anchors:,} anchors: {verdict}. "
            f"{found.pending:,} entries wait to be sealed."
        )
    sys.exit(0 if found.intact else 1)


@audit.command("seal")
@tenant_option
@json_option
@one_sentence
def seal_log(tenant: str | None, as_json: bool) -> None:
    """Seal what was noted since, and anchor it; the DAG seal_audit does so every ten minutes."""
    from leo_activation.audit import seal

    settings = read_settings()
    done = seal(
        warehouse_from(settings), tenant or settings.default_tenant, settings.audit_folder, settings.pseudonym_key()
    )
    words = f"{done.entries:,} entries sealed in {done.batches:,} batches, {done.anchored:,} anchors written."
    say(words, as_json, **vars(done))


@audit.command("show")
@click.argument("reference", required=False)
@click.option("--customer", metavar="ID", help="What was done to this customer.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=200, show_default=True)
@tenant_option
@only_json_option
@one_sentence
def show(reference: str | None, customer: str | None, limit: int, tenant: str | None) -> None:
    """The latest sealed entries as JSON, one a line: all, or those about REFERENCE (run:12, delivery:…, request:7)."""
    from leo_activation.audit import entries_about, pseudonym

    settings = read_settings()
    tenant_id = tenant or settings.default_tenant
    person = None if customer is None else pseudonym(tenant_id, "customer", customer, settings.pseudonym_key())
    write_lines(entries_about(warehouse_from(settings), tenant_id, reference=reference, person=person, limit=limit))
