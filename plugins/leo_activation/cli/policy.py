"""`./leo policy`: the rules that bind every campaign of a tenant."""

import getpass
from pathlib import Path

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, say, wants_json, write_json
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def policy() -> None:
    """The tenant's rules: caps, quiet hours, quotas and the rest, each with its law or its reason."""


@policy.command("show")
@tenant_option
@json_option
@one_sentence
def show(tenant: str | None, as_json: bool) -> None:
    """Show the rules that hold now, in the form of the file that `set` reads."""
    import yaml

    from leo_activation.activation.safety.tenant_policy import read_policy

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    with warehouse_from(settings).connect(DatabaseRole.WRITER, tenant_id) as connection:
        found = read_policy(connection, tenant_id)
    rules = found.policy.model_dump(mode="json", by_alias=True, exclude_none=True)
    if wants_json(as_json):
        write_json({"version": found.version, "rules": rules})
        return
    of = "the default, because none was set" if found.version == 0 else f"version {found.version}"
    click.echo(f"# Rules of {tenant_id}: {of}.")
    click.echo(yaml.safe_dump(rules, sort_keys=False, allow_unicode=True), nl=False)


@policy.command("set")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--by", help="Who sets them. Default: the user of this shell.")
@tenant_option
@json_option
@one_sentence
def set_rules(file: Path, by: str | None, tenant: str | None, as_json: bool) -> None:
    """Make the rules in FILE (YAML) hold from now on, for what is planned and for what is still to be sent.

    A run that was approved under other rules stops before its next message: it has to be planned and approved again.
    """
    from leo_activation.activation.safety.tenant_policy import load_policy, save_policy

    settings = read_settings()
    tenant_id = tenant_of(settings, tenant)
    version = save_policy(warehouse_from(settings), tenant_id, load_policy(file), set_by=by or getpass.getuser())
    say(f"Version {version} of the rules of {tenant_id} holds.", as_json, tenant=tenant_id, version=version)
