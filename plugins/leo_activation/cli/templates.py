"""`./leo template`: the templates that campaigns name."""

from pathlib import Path

import click

from leo_activation.cli.options import tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, only_json_option, say, write_lines
from leo_activation.errors import Configuration, Permanent
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.connections import warehouse_from


@click.group()
def template() -> None:
    """Templates: what messages are made of, a form each channel and language; versions are never edited."""


@template.command("save")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@tenant_option
@json_option
@one_sentence
def save(file: Path, tenant: str | None, as_json: bool) -> None:
    """Keep the template in FILE (YAML) as a new version, where anything in it differs from the newest."""
    from leo_activation.activation import save_template
    from leo_activation.activation.messages.link_check import link_policy
    from leo_activation.activation.messages.template_files import read_template_file
    from leo_activation.activation.safety.tenant_policy import read_policy

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Permanent(f"{file} cannot be read as UTF-8 text.") from error
    forms = read_template_file(text, str(file))
    with warehouse.connect(DatabaseRole.WRITER, tenant_id) as connection:
        links = link_policy(read_policy(connection, tenant_id).policy)
    saved = save_template(warehouse, tenant_id, *forms, links=links)
    words = f"The template '{saved.template_id}' is at version {saved.version}."
    say(words, as_json, template_id=saved.template_id, version=saved.version)


@template.command("list")
@click.option("--quota", is_flag=True, help="What the providers say of their quotas, instead.")
@tenant_option
@only_json_option
@one_sentence
def list_of_providers(quota: bool, tenant: str | None) -> None:
    """Templates that providers keep: status, tag, prices, parameters, what is left; one JSON object a line."""
    from leo_activation.activation.safety.provider_templates import list_quotas, list_templates

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    write_lines(list_quotas(warehouse, tenant_id) if quota else list_templates(warehouse, tenant_id))


@template.command("sync")
@tenant_option
@json_option
@one_sentence
def sync(tenant: str | None, as_json: bool) -> None:
    """Bring in what Zalo lists, by the connection leo_zalo; the DAG sync_provider_templates does so too."""
    from leo_activation.orchestration.provider_templates import sync_templates

    tenant_id = tenant_of(read_settings(), tenant)
    synced = sync_templates(tenant_id)
    if synced is None:
        raise Configuration(
            f"{tenant_id} does not send by Zalo, or there is no connection leo_zalo here: "
            "trigger the DAG sync_provider_templates instead."
        )
    words = f"{synced.listed} templates, {synced.approved} of them approved; {synced.gone} are listed no more."
    say(words, as_json, tenant_id=tenant_id, **vars(synced))
