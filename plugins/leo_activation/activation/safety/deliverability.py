"""The checks of the domains that a tenant sends from: kept with their time, asked for before a campaign is sent.

A check that is missing, old or did not pass is a warning for the person who reviews a campaign. In production nothing
is sent from a domain before one has passed.
"""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

from leo_activation.activation.safety.sending_domains import (
    CheckState,
    DnsSettings,
    Preflight,
    check_domain,
    domain_of,
)
from leo_activation.errors import Configuration
from leo_activation.settings import DatabaseRole
from leo_activation.told import Told
from leo_activation.warehouse.connections import Connection, Warehouse
from leo_activation.warehouse.statements import statement

STALE_AFTER = timedelta(days=30)


def run_preflight(
    warehouse: Warehouse,
    tenant_id: str,
    domain: str,
    dns_at: DnsSettings,
    *,
    selector: str | None = None,
    envelope_domain: str | None = None,
) -> Preflight:
    """Check a domain and keep what was found, with the time."""
    found = check_domain(domain, dns_at, selector=selector, envelope_domain=envelope_domain)
    checks = [{"name": check.name, "state": check.state, "sentence": check.sentence} for check in found.checks]
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        connection.execute(
            statement("activation/safety/keep_preflight"),
            {
                "tenant_id": tenant_id,
                "domain": found.domain,
                "selector": selector,
                "passed": found.passed,
                "checks": json.dumps(checks),
            },
        )
    return found


def warnings(connection: Connection, tenant_id: str, senders: Sequence[str]) -> tuple[str, ...]:
    """What stands against sending from the domains of these senders, in sentences; empty where nothing does.

    A domain that was never checked, or not for 30 days, is a warning too.

    Raises:
        Permanent: a sender has no domain.
    """
    told: list[str] = []
    for domain in sorted({domain_of(sender) for sender in senders}):
        row: tuple[datetime, bool, list[dict[str, str]], bool, bool] | None = connection.execute(
            statement("activation/safety/latest_preflight"),
            {"tenant_id": tenant_id, "domain": domain, "stale_after": STALE_AFTER},
        ).fetchone()
        if row is None:
            told.append(Told.of("The DNS of {domain} was never checked: run ./leo preflight {domain}.", domain=domain))
            continue
        checked_at, _, checks, is_stale, _ = row
        if is_stale:
            told.append(
                Told.of(
                    "The DNS of {domain} was last checked on {checked_at:%Y-%m-%d}: check it again.",
                    domain=domain,
                    checked_at=checked_at,
                )
            )
        told += [check["sentence"] for check in checks if check["state"] != CheckState.PASSED]
    return tuple(told)


def refuse_unchecked(connection: Connection, tenant_id: str, senders: Sequence[str]) -> None:
    """Pass only where a check of every sender's domain has passed once; asked in production before anything is sent.

    A check that fails later is a warning and stops nothing: the DNS may only have been slow to answer.

    Raises:
        Configuration: a domain was never checked, or no check of it has passed.
        Permanent: a sender has no domain.
    """
    for domain in sorted({domain_of(sender) for sender in senders}):
        row = connection.execute(
            statement("activation/safety/latest_preflight"),
            {"tenant_id": tenant_id, "domain": domain, "stale_after": STALE_AFTER},
        ).fetchone()
        if row is None:
            raise Configuration(f"Nothing is sent from {domain} before ./leo preflight {domain} has passed.")
        if not row[4]:
            raise Configuration(f"Nothing is sent from {domain}: no check of its DNS has passed (./leo preflight).")
