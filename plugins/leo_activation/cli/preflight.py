"""`./leo preflight`: whether the DNS lets a domain's mail be believed."""

import sys

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import REFUSED, json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.command()
@click.argument("domain")
@click.option("--selector", help="Of the DKIM key: s= in the signature of a message.")
@click.option("--envelope-domain", help="Where bounces go to, if that is another domain.")
@tenant_option
@json_option
@one_sentence
def preflight(
    domain: str, selector: str | None, envelope_domain: str | None, tenant: str | None, as_json: bool
) -> None:
    """Check SPF, DKIM and DMARC of DOMAIN, keep the result, and exit with 4 where it did not pass."""
    from leo_activation.activation.safety.deliverability import run_preflight
    from leo_activation.activation.safety.sending_domains import dns_settings

    settings = read_settings()
    found = run_preflight(
        warehouse_from(settings),
        tenant_of(settings, tenant),
        domain,
        dns_settings(settings),
        selector=selector,
        envelope_domain=envelope_domain,
    )
    if wants_json(as_json):
        checks = [vars(check) for check in found.checks]
        write_json({"domain": found.domain, "selector": found.selector, "passed": found.passed, "checks": checks})
    else:
        write_words(f"{check.state.upper():8} {check.sentence}" for check in found.checks)
    if not found.passed:
        sys.exit(REFUSED)
