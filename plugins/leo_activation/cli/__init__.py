"""The command `./leo`, for engineers and scripts; `docs/reference/command-line.md` tells all of it.

Exit codes: 0 done; 1 an error that the message names; 2 the command line itself is wrong; 3 a single request is asked
back; 4 a single request or query is refused. Each module holds the commands of one topic and imports what they need
where they run, so that each starts as fast as it can.
"""

import logging
import sys

import click

from leo_activation import __version__
from leo_activation.cli.administration import kill_switch, migrate, rates, webhooks
from leo_activation.cli.ask import ask
from leo_activation.cli.audit import audit
from leo_activation.cli.campaigns import campaign
from leo_activation.cli.copy import copy
from leo_activation.cli.coupons import coupon
from leo_activation.cli.customers import customers
from leo_activation.cli.gate import gate
from leo_activation.cli.imports import import_segments
from leo_activation.cli.may import may
from leo_activation.cli.members import members
from leo_activation.cli.plan import plan
from leo_activation.cli.policy import policy
from leo_activation.cli.posts import post
from leo_activation.cli.preflight import preflight
from leo_activation.cli.preview import preview
from leo_activation.cli.providers import provider
from leo_activation.cli.quarantine import quarantine
from leo_activation.cli.recall import recall
from leo_activation.cli.replay import replay
from leo_activation.cli.requests import request
from leo_activation.cli.retention import retention
from leo_activation.cli.rights import erase, export, rights
from leo_activation.cli.segments import segments
from leo_activation.cli.staff import staff
from leo_activation.cli.status import status
from leo_activation.cli.sync import sync
from leo_activation.cli.templates import template
from leo_activation.cli.tenants import allow, sender, tenant
from leo_activation.cli.unknowns import unknowns
from leo_activation.cli.why import why

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def main() -> None:
    """LEO Activation Pipeline: from a customer data platform to reviewed segments and accountable sends."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)


for command in (
    plan,
    gate,
    preview,
    members,
    may,
    why,
    replay,
    recall,
    ask,
    request,
    import_segments,
    segments,
    campaign,
    policy,
    sync,
    status,
    customers,
    quarantine,
    rates,
    kill_switch,
    preflight,
    provider,
    unknowns,
    audit,
    copy,
    erase,
    export,
    rights,
    retention,
    template,
    coupon,
    post,
    tenant,
    sender,
    allow,
    staff,
    migrate,
    webhooks,
):
    main.add_command(command)
