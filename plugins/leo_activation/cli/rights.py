"""The rights of people: erase, export, and what people ask for by right with its legal clock."""

import getpass
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leo_activation.cli.options import Moment, Words, tenant_of, tenant_option
from leo_activation.cli.output import (
    encoded,
    json_option,
    one_sentence,
    only_json_option,
    say,
    wants_json,
    write_json,
    write_lines,
)
from leo_activation.errors import Permanent
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

if TYPE_CHECKING:
    from leo_activation.rights.requests import RightsRequest

KINDS = ("access", "portability", "erasure", "restriction", "objection", "correction", "withdrawal")


@click.command()
@click.argument("person", type=Words())
@tenant_option
@click.option("--by", "asked_by", help="Who erases. Default: the user of this shell.")
@click.option("--yes", is_flag=True, help="Do not ask whether this is meant.")
@json_option
@one_sentence
def erase(person: str, tenant: str | None, asked_by: str | None, yes: bool, as_json: bool) -> None:
    """Erase PERSON (a customer id, a profile id or an address) everywhere, and print the certificate.

    It can be repeated, and goes on where it was cut off. What is kept is told in docs/concepts/rights.md.
    """
    from leo_activation.actions.people import erase_person

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    if not yes and sys.stdin.isatty():
        click.confirm("Everything of this person is erased and cannot be brought back. Go on?", abort=True, err=True)
    certificate = erase_person(
        warehouse_from(settings), settings, tenant_id, person, asked_by=asked_by or getpass.getuser()
    )
    if wants_json(as_json):
        write_json(vars(certificate))
        return
    click.echo(f"Erasure {certificate.erasure_id} of {tenant_id}, {certificate.finished_at:%Y-%m-%d %H:%M} UTC:")
    for table, rows in certificate.rows.items():
        click.echo(f"  {table}: {rows:,} rows")
    click.echo(f"  files: {certificate.files:,}; messages cancelled: {certificate.cancelled:,}")
    for provider, state in certificate.providers.items():
        click.echo(f"  {provider}: {state.replace('_', ' ')}")


@click.command()
@click.argument("person", type=Words())
@tenant_option
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A new file that only you may read.")
@click.option("--by", "asked_by", help="Who exports; the audit log keeps it. Default: the user of this shell.")
@only_json_option
@one_sentence
def export(person: str, tenant: str | None, output: Path | None, asked_by: str | None) -> None:
    """Everything that is held of PERSON (a customer id, a profile id or an address), as JSON."""
    from leo_activation.actions import people

    settings = read_settings()
    told = people.export(
        warehouse_from(settings), settings, tenant_of(settings, tenant), person, asked_by=asked_by or getpass.getuser()
    )
    if output is None:
        write_json(told)
        return
    try:
        descriptor = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Permanent(f"The file {output} is there already; name another one.") from None
    except OSError as error:
        raise Permanent(f"The file {output} cannot be written: {error.strerror}.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(encoded(told))


@click.group()
def rights() -> None:
    """What people ask for by right, each with its legal clock."""


@rights.command("open")
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("person", type=Words())
@tenant_option
@click.option("--law", help="The law whose clock runs (include/policies/rights.yaml). Default: the strictest.")
@click.option("--received", "received_at", type=Moment(), help="When it was received. Default: now.")
@click.option("--field", help="Of a correction: what is wrong, such as last_name.")
@click.option("--wanted", type=Words(), help="Of a correction: how it is right.")
@click.option("--channel", help="Of a withdrawal: the channel. Default: every channel.")
@click.option("--purpose", default="marketing", show_default=True, help="Of a withdrawal.")
@click.option("--by", "opened_by", help="Who enters it. Default: the user of this shell.")
@json_option
@one_sentence
def open_(
    kind: str, person: str, tenant: str | None, law: str | None, received_at: datetime | None, field: str | None,
    wanted: str | None, channel: str | None, purpose: str, opened_by: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Enter what PERSON asks for. A restriction, an objection and a withdrawal hold from this moment."""
    from leo_activation.rights.clocks import RequestKind, read_clocks
    from leo_activation.rights.requests import Ask, open_request

    settings = read_settings()
    ask = Ask(RequestKind(kind), opened_by or getpass.getuser(), received_at, law, field, wanted, channel, purpose)
    made = open_request(
        warehouse_from(settings), tenant_of(settings, tenant), person, ask, read_clocks(),
        pseudonym_key=settings.pseudonym_key(),
    )  # fmt: skip
    _told(made, as_json)


@rights.command("list")
@tenant_option
@click.option("--all", "every", is_flag=True, help="Also those that are done or refused.")
@only_json_option
@one_sentence
def list_(tenant: str | None, every: bool) -> None:
    """The open requests as JSON, one a line; the one whose clock ends first comes first."""
    from leo_activation.rights.requests import list_requests

    settings = read_settings()
    write_lines(list_requests(warehouse_from(settings), tenant_of(settings, tenant), only_open=not every))


@rights.command("done")
@click.argument("request_id", type=int)
@tenant_option
@click.option("--by", "decided_by", help="Who did it. Default: the user of this shell.")
@json_option
@one_sentence
def done(request_id: int, tenant: str | None, decided_by: str | None, as_json: bool) -> None:
    """Note that a request was answered. A restriction stays until it is lifted."""
    from leo_activation.rights.requests import close_request

    settings = read_settings()
    made = close_request(
        warehouse_from(settings), tenant_of(settings, tenant), request_id, decided_by=decided_by or getpass.getuser()
    )
    _told(made, as_json)


@rights.command("refuse")
@click.argument("request_id", type=int)
@click.option("--reason", type=Words(), required=True, help="What the person is told.")
@tenant_option
@click.option("--by", "decided_by", help="Who refuses. Default: the user of this shell.")
@json_option
@one_sentence
def refuse(request_id: int, reason: str, tenant: str | None, decided_by: str | None, as_json: bool) -> None:
    """Refuse a request with its reason; what it stopped goes on."""
    from leo_activation.rights.requests import close_request

    settings = read_settings()
    made = close_request(
        warehouse_from(settings), tenant_of(settings, tenant), request_id, decided_by=decided_by or getpass.getuser(),
        refused_because=reason,
    )  # fmt: skip
    _told(made, as_json)


@rights.command("extend")
@click.argument("request_id", type=int)
@click.option("--reason", type=Words(), required=True, help="What the person is told, within the first period.")
@tenant_option
@json_option
@one_sentence
def extend(request_id: int, reason: str, tenant: str | None, as_json: bool) -> None:
    """Extend the clock once, as far as its law allows."""
    from leo_activation.rights.requests import extend_request

    settings = read_settings()
    made = extend_request(warehouse_from(settings), tenant_of(settings, tenant), request_id, reason=reason)
    _told(made, as_json)


@rights.command("lift")
@click.argument("request_id", type=int)
@tenant_option
@json_option
@one_sentence
def lift(request_id: int, tenant: str | None, as_json: bool) -> None:
    """End the restriction that a request brought; the person was told before (GDPR, article 18(3))."""
    from leo_activation.rights import requests

    settings = read_settings()
    profiles = requests.lift(warehouse_from(settings), tenant_of(settings, tenant), request_id)
    say(f"Lifted for {profiles} profiles.", as_json, request_id=request_id, profiles=profiles)


@rights.command("consent")
@click.argument("person", type=Words())
@tenant_option
@only_json_option
@one_sentence
def consent(person: str, tenant: str | None) -> None:
    """What PERSON agreed to and refused, when and by which evidence, as JSON, one statement a line."""
    from leo_activation.rights.requests import consent_history

    settings = read_settings()
    write_lines(
        consent_history(
            warehouse_from(settings), tenant_of(settings, tenant), person, pseudonym_key=settings.pseudonym_key()
        )
    )


def _told(made: "RightsRequest", as_json: bool) -> None:
    words = (
        f"Request {made.request_id} ({made.kind}, {made.law}) is {made.state}; due {made.due_at:%Y-%m-%d %H:%M} UTC."
    )
    say(words, as_json, **vars(made))
