"""`./leo sync`: the steps of the DAG sync_cdp in this process, for one tenant."""

import json
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from leo_activation.cli.options import as_of_option, tenant_of, tenant_option
from leo_activation.cli.output import json_option, one_sentence, wants_json, write_json, write_words
from leo_activation.errors import Configuration
from leo_activation.settings import DatabaseRole, Settings, read_settings
from leo_activation.warehouse.connections import Warehouse, warehouse_from

if TYPE_CHECKING:
    from leo_activation.sources import Source
    from leo_activation.sources.arangodb_settings import ArangodbSettings

MODES = ("incremental", "whole", "comparison")


@click.command()
@tenant_option
@click.option("--mode", type=click.Choice(MODES), default=MODES[0], show_default=True, help="How much is read.")
@as_of_option
@json_option
@one_sentence
def sync(tenant: str | None, mode: str, as_of: datetime | None, as_json: bool) -> None:
    """Bring the tenant's customers from their source into the warehouse and the graph, in this process.

    What follows a sync (interests, vectors, members) starts with its own DAGs: nothing tells Airflow of this run.
    """
    from leo_activation import sync as steps

    settings = read_settings()
    tenant_id, warehouse = tenant_of(settings, tenant), warehouse_from(settings)
    key = settings.pseudonym_key()
    source = source_of(settings, warehouse, tenant_id)
    run = steps.open_run(
        warehouse, tenant_id, f"command-{secrets.token_hex(8)}", as_of=as_of, mode=steps.SyncMode(mode)
    )
    told: dict[str, Any] = {"tenant": tenant_id, "sync_run_id": run, "mode": mode}
    click.echo(f"Sync run {run} of {tenant_id}: reading …", err=True)
    told["extract"] = vars(steps.extract(warehouse, tenant_id, run, source, pseudonym_key=key))
    click.echo("checking …", err=True)
    told["check"] = vars(steps.check(warehouse, tenant_id, run, docs=settings.home / "data-docs"))
    click.echo("merging …", err=True)
    told["merge"] = vars(steps.merge(warehouse, tenant_id, run, pseudonym_key=key))
    click.echo("projecting …", err=True)
    told["project"] = vars(steps.project(warehouse, tenant_id, run))
    told["as_of"] = steps.data_as_of(warehouse, tenant_id).isoformat()
    if wants_json(as_json):
        write_json(told)
    else:
        write_words(_words(told))


def source_of(settings: Settings, warehouse: Warehouse, tenant_id: str) -> "Source":
    """The tenant's source; the connection of a live one is read from the environment as Airflow reads it there.

    Raises:
        Permanent: the tenant has no source.
        Configuration: what the source needs is not there.
    """
    from leo_activation.sources import SourceKind, open_source
    from leo_activation.warehouse.tenants import read_source

    with warehouse.connect(DatabaseRole.LOADER, tenant_id) as connection:
        place = read_source(connection, tenant_id)
    if place.kind != SourceKind.ARANGODB:
        return open_source(place.kind, place.location)
    return open_source(place.kind, place.location, arangodb_settings(settings, place.location))


def arangodb_settings(settings: Settings, connection_id: str) -> "ArangodbSettings":
    """How to reach LEO CDP by `AIRFLOW_CONN_<ID>`, Airflow's JSON of a connection of type http.

    Raises:
        Configuration: the variable is not set, or lacks something; its value is never shown.
    """
    from leo_activation.sources.arangodb_settings import DEFAULT_PORT, ArangodbAuth, ArangodbSettings, arangodb_auth

    name = f"AIRFLOW_CONN_{connection_id.upper()}"
    given = settings.optional(name)
    if given is None:
        raise Configuration(
            f"The source's connection '{connection_id}' is not in this environment: set {name} to Airflow's JSON of it "
            "or start the DAG sync_cdp, which knows the connections stored in Airflow."
        )
    values = _object(name, given)
    extra = values.get("extra") or {}
    extra = _object(f"{name}.extra", extra) if isinstance(extra, str) else extra
    if not isinstance(extra, Mapping) or not (values.get("host") and values.get("login") and values.get("schema")):
        raise Configuration(f"{name} must name host, login and, as its schema, the database.")
    return ArangodbSettings(
        url=f"{extra.get('protocol', 'https')}://{values['host']}:{values.get('port') or DEFAULT_PORT}",
        database=str(values["schema"]),
        user=str(values["login"]),
        password=str(values.get("password") or ""),
        auth=arangodb_auth(extra.get("auth", ArangodbAuth.BASIC)),
        verify=extra.get("verify", True),
    )


def _object(name: str, text: str) -> dict[str, Any]:
    try:
        values = json.loads(text)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Configuration(f"{name} is not a JSON object.")
    return values


def _words(told: Mapping[str, Any]) -> list[str]:
    steps = [f"{step}: {', '.join(f'{name} {count}' for name, count in told[step].items())}"
             for step in ("extract", "check", "merge", "project")]  # fmt: skip
    return [f"Sync run {told['sync_run_id']} of {told['tenant']} is done, as of {told['as_of']}.", *steps]
