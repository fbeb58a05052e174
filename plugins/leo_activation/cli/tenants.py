"""`./leo tenant`, `sender`, `allow`: who the pipeline works for, who its messages come from, whom it may reach."""

import getpass
from pathlib import Path
from typing import TextIO

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.settings import read_settings
from leo_activation.warehouse.connections import warehouse_from

by_option = click.option("--by", "changed_by", default=getpass.getuser, help="Who. Default: the user at the machine.")

everybody_option = click.option("--everybody", is_flag=True, help="Everybody who may see the Segment desk at all.")


@click.group()
def tenant() -> None:
    """The businesses that the pipeline works for, each with a source, a graph and rules of its own."""


@tenant.command("set")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--open", "is_open", is_flag=True, help="Everybody who may see the Segment desk may see this tenant.")
@by_option
@json_option
@one_sentence
def set_tenant(file: Path, is_open: bool, changed_by: str, as_json: bool) -> None:
    """Register the tenant that FILE describes, or bring it up to date (as the owner); arms nobody, lets nobody in."""
    from leo_activation.activation.yaml_files import read_yaml
    from leo_activation.cli.tenant_form import TenantForm
    from leo_activation.warehouse.tenant_access import EVERYBODY, allow_users
    from leo_activation.warehouse.tenants import SourceLocation, Tenant, minor_units_of, register_tenant

    form = read_yaml(
        file.read_text(encoding="utf-8"), str(file), TenantForm, a_what="a tenant", such_as="tenant_id: retail"
    )
    warehouse = warehouse_from(read_settings())
    values = form.model_dump(exclude={"source"})
    if form.minor_units is None:
        values["minor_units"] = minor_units_of(warehouse, form.currency)
    source = None if form.source is None else SourceLocation(**form.source.model_dump())
    register_tenant(warehouse, Tenant(**values), source)
    if is_open:
        allow_users(warehouse, form.tenant_id, [EVERYBODY], allowed_by=changed_by)
    say(f"The tenant {form.tenant_id} is registered.", as_json, tenant_id=form.tenant_id)


@tenant.command("list")
@only_json_option
@one_sentence
def list_all() -> None:
    """Every tenant with its source and whether it is armed, one JSON object a line."""
    from leo_activation.warehouse.tenants import list_tenants

    write_lines(list_tenants(warehouse_from(read_settings())))


@tenant.command("arm")
@click.argument("name")
@by_option
@json_option
@one_sentence
def arm(name: str, changed_by: str, as_json: bool) -> None:
    """Let the messages of the tenant NAME leave the allow-list in production (as the owner)."""
    _set_armed(name, True, changed_by, as_json)


@tenant.command("disarm")
@click.argument("name")
@by_option
@json_option
@one_sentence
def disarm(name: str, changed_by: str, as_json: bool) -> None:
    """Keep the messages of the tenant NAME on the allow-list (as the owner); holds from the next attempt on."""
    _set_armed(name, False, changed_by, as_json)


@tenant.command("allow")
@click.argument("name")
@click.argument("users", nargs=-1)
@everybody_option
@by_option
@json_option
@one_sentence
def allow_people(name: str, users: tuple[str, ...], everybody: bool, changed_by: str, as_json: bool) -> None:
    """Let USERS (ids of Airflow) see the tenant NAME on the Segment desk (as the owner)."""
    from leo_activation.warehouse.tenant_access import allow_users

    settings = read_settings()
    tenant_id, people = tenant_of(settings, name), _people(users, everybody)
    added = allow_users(warehouse_from(settings), tenant_id, people, allowed_by=changed_by)
    say(f"{added} more may see {tenant_id}.", as_json, tenant_id=tenant_id, added=added)


@tenant.command("disallow")
@click.argument("name")
@click.argument("users", nargs=-1)
@everybody_option
@json_option
@one_sentence
def disallow_people(name: str, users: tuple[str, ...], everybody: bool, as_json: bool) -> None:
    """Let USERS see the tenant NAME no more (as the owner); holds from their next request on."""
    from leo_activation.warehouse.tenant_access import EVERYBODY, disallow_users, list_access

    settings = read_settings()
    warehouse = warehouse_from(settings)
    tenant_id, people = tenant_of(settings, name), _people(users, everybody)
    removed = disallow_users(warehouse, tenant_id, people)
    is_open = any(access.user_id == EVERYBODY for access in list_access(warehouse, tenant_id))
    told = f"{removed} less may see {tenant_id}."
    if is_open:
        # Whoever was taken from the list still gets in by the one line that means everybody.
        told = f"{removed} less on the list of {tenant_id}, which is still open to everybody: disallow --everybody too."
    say(told, as_json, tenant_id=tenant_id, removed=removed, open_to_everybody=is_open)


@tenant.command("access")
@click.argument("name")
@only_json_option
@one_sentence
def list_people(name: str) -> None:
    """Who may see the tenant NAME on the Segment desk, one JSON object a line; * is everybody."""
    from leo_activation.warehouse.tenant_access import list_access

    settings = read_settings()
    write_lines(list_access(warehouse_from(settings), tenant_of(settings, name)))


def _people(users: tuple[str, ...], everybody: bool) -> list[str]:
    from leo_activation.warehouse.tenant_access import EVERYBODY

    if not users and not everybody:
        raise click.UsageError("Name the users by their ids in Airflow, or say --everybody.")
    return [*users, EVERYBODY] if everybody else list(users)


def _set_armed(name: str, armed: bool, changed_by: str, as_json: bool) -> None:
    from leo_activation.warehouse.tenants import set_armed

    settings = read_settings()
    tenant_id = tenant_of(settings, name)
    changed = set_armed(warehouse_from(settings), tenant_id, armed=armed, changed_by=changed_by)
    words = f"{tenant_id} is {'armed' if armed else 'not armed'}{'' if changed else ', as it was before'}."
    say(words, as_json, tenant_id=tenant_id, armed=armed, changed=changed)


@click.group()
def sender() -> None:
    """Who a tenant's messages come from on each channel, and by which provider they go."""


@sender.command("set")
@click.argument("channel")
@click.argument("name")
@click.option("--provider", help="Which one carries the channel; its connection is leo_<provider>. Default: as it is.")
@tenant_option
@json_option
@one_sentence
def set_channel_sender(channel: str, name: str, provider: str | None, tenant: str | None, as_json: bool) -> None:
    """Messages on CHANNEL come from NAME: `Brand <address>` on e-mail, the account's or brand's name elsewhere."""
    from leo_activation.activation import set_sender
    from leo_activation.activation.messages.channel_limits import limits_of

    limits_of(channel)
    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    set_sender(warehouse_from(settings), tenant_id, channel, name, provider=provider)
    by = f" by {provider}" if provider else ""
    say(f"{channel} of {tenant_id} comes from {name}{by}.", as_json, channel=channel, sender=name, provider=provider)


@sender.command("list")
@tenant_option
@only_json_option
@one_sentence
def list_all_senders(tenant: str | None) -> None:
    """The senders, one JSON object a line."""
    from leo_activation.activation.campaigns.campaign import list_senders

    settings = read_settings()
    write_lines(list_senders(warehouse_from(settings), tenant_of(settings, tenant)))


@click.group()
def allow() -> None:
    """The allow-list: the only addresses that are sent to outside production, and by a tenant that is not armed."""


@allow.command("add")
@click.argument("channel")
@click.argument("file", type=click.File(encoding="utf-8"))
@click.option("--note", required=True, help="What for.")
@tenant_option
@json_option
@one_sentence
def add(channel: str, file: TextIO, note: str, tenant: str | None, as_json: bool) -> None:
    """Allow the addresses in FILE, one a line (- is standard input, so that none stands in the shell's history)."""
    from leo_activation.activation.messages.channel_limits import limits_of
    from leo_activation.activation.safety.guard import allow_addresses

    limits_of(channel)
    settings = read_settings()
    key = settings.pseudonym_key()
    count = allow_addresses(
        warehouse_from(settings), tenant_of(settings, tenant), channel, _addresses(file), note=note, key=key
    )
    say(f"{count} more addresses may be sent to on {channel}.", as_json, channel=channel, added=count)


@allow.command("remove")
@click.argument("channel")
@click.argument("file", type=click.File(encoding="utf-8"))
@tenant_option
@json_option
@one_sentence
def remove(channel: str, file: TextIO, tenant: str | None, as_json: bool) -> None:
    """Take the addresses in FILE, one a line, off the allow-list."""
    from leo_activation.activation.safety.guard import disallow_addresses

    settings = read_settings()
    key = settings.pseudonym_key()
    count = disallow_addresses(
        warehouse_from(settings), tenant_of(settings, tenant), channel, _addresses(file), key=key
    )
    say(f"{count} addresses are off the allow-list of {channel}.", as_json, channel=channel, removed=count)


@allow.command("list")
@tenant_option
@only_json_option
@one_sentence
def list_all_allowed(tenant: str | None) -> None:
    """How many addresses are allowed on each channel and what for; the addresses are known by hashes alone."""
    from leo_activation.activation.safety.guard import list_allowed

    settings = read_settings()
    write_lines(list_allowed(warehouse_from(settings), tenant_of(settings, tenant)))


def _addresses(file: TextIO) -> list[str]:
    return [line.strip() for line in file if line.strip()]
