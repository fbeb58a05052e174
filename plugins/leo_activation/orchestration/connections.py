"""Airflow's connections and this process's settings, turned into what the package works with.

Secrets come in here and leave only inside the objects made here; nothing is read while a DAG file is parsed.
"""

from typing import TYPE_CHECKING
from urllib.parse import quote, urlencode

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from leo_activation.activation import SendingGuard, UnsubscribeLinks
from leo_activation.embedding import EmbeddingSettings, Encoder, Runtime, load_encoder
from leo_activation.errors import Configuration
from leo_activation.llm.budget import budget_from
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.segments.language_tasks import LanguageTasks
from leo_activation.segments.model_tasks import grammar_tasks, grammar_tasks_that_say
from leo_activation.segments.planners.not_asked import NOT_COMPARED
from leo_activation.settings import DatabaseRole, Settings, read_settings
from leo_activation.sources import Source, SourceKind, open_source
from leo_activation.sources.arangodb_settings import DEFAULT_PORT, ArangodbAuth, ArangodbSettings, arangodb_auth
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.statements import statement
from leo_activation.warehouse.tenants import read_source

if TYPE_CHECKING:
    from pydantic_ai.models import Model

    from leo_activation.activation.channels import Channel, MessageLog
    from leo_activation.orchestration.providers import Providers

TASK_ROLES = (DatabaseRole.LOADER, DatabaseRole.WRITER, DatabaseRole.READER)
LLM_CONNECTION = "leo_llm"


def warehouse() -> Warehouse:
    """The warehouse by the connections leo_loader, leo_writer and leo_reader; tasks never act as the owner."""
    return Warehouse({role: libpq_url(_connection(f"leo_{role}")) for role in TASK_ROLES})


def source_of(tenant_id: str) -> Source:
    """Where the tenant's data is read from."""
    with warehouse().connect(DatabaseRole.LOADER, tenant_id) as connection:
        location = read_source(connection, tenant_id)
    if location.kind != SourceKind.ARANGODB:
        return open_source(location.kind, location.location)
    return open_source(location.kind, location.location, arangodb_settings(_connection(location.location)))


def arangodb_settings(connection: Connection) -> ArangodbSettings:
    """How to reach LEO CDP, by a connection of type http whose schema is the database.

    Of its extra: `protocol` (https by default), `auth` (basic by default) and `verify`, true or the path of the PEM
    file of your own certificate authorities.

    Raises:
        Configuration: the connection lacks something, or says something that is not allowed.
    """
    if not connection.host or not connection.login or not connection.schema:
        raise Configuration(
            f"The connection {connection.conn_id} must name host, login and, as its schema, the database."
        )
    extra = connection.extra_dejson
    return ArangodbSettings(
        url=f"{extra.get('protocol', 'https')}://{connection.host}:{connection.port or DEFAULT_PORT}",
        database=connection.schema,
        user=connection.login,
        password=connection.password or "",
        auth=arangodb_auth(extra.get("auth", ArangodbAuth.BASIC)),
        verify=extra.get("verify", True),
    )


def encoder(settings: Settings | None = None) -> Encoder:
    """The embedding model that the environment names."""
    choice = (settings or read_settings()).embedding
    return load_encoder(EmbeddingSettings(model=choice.model, runtime=Runtime(choice.runtime)))


def language_model(connection_id: str = LLM_CONNECTION) -> "Model | None":
    """The model of a connection, with its fallbacks, or None where there is no such connection."""
    if _optional_connection(connection_id) is None:
        return None
    from leo_activation.orchestration.language_models import model_of

    return model_of(connection_id)


def call_ledger(tenant_id: str) -> SqlCallLedger:
    """Where the tenant's calls of language models are booked, within the budget that the environment sets."""
    return SqlCallLedger(warehouse(), tenant_id, budget_from(read_settings()))


def language_tasks(tenant_id: str, request_id: int, encoder: Encoder) -> LanguageTasks:
    """Who plans, revises, reads again and explains one request: the grammar, and the model where there is one.

    Without a connection leo_llm no model is asked, whatever was activated: removing it is how to switch models off.
    Where the connection went to a model that may not serve yet, whoever is asked back is told so.
    """
    if _optional_connection(LLM_CONNECTION) is not None:
        from leo_activation.orchestration.language_models import tasks_by_model

        tasks = tasks_by_model(warehouse(), LLM_CONNECTION, call_ledger(tenant_id), request_id, encoder)
        return grammar_tasks_that_say(NOT_COMPARED) if tasks is None else tasks
    return grammar_tasks()


def sending_guard() -> SendingGuard:
    """Where this installation stands; every send asks it."""
    return SendingGuard(read_settings().environment)


def unsubscribe_links() -> UnsubscribeLinks:
    """Makes the one-click address of each message."""
    settings = read_settings()
    return UnsubscribeLinks(settings.public_url, settings.pseudonym_key())


def channels(tenant_id: str) -> "dict[str, Channel]":
    """Every channel that the tenant can be sent on, by name, each with the provider that carries it.

    Raises:
        Configuration: the tenant names a provider that has no connection, or the connection lacks something.
    """
    return _providers(tenant_id).channels(_chosen(tenant_id))


def message_logs(tenant_id: str) -> "list[MessageLog]":
    """The providers' own logs of what the tenant sent, for deliveries whose end is not known."""
    return _providers(tenant_id).logs(_chosen(tenant_id))


def page_connection(tenant_id: str) -> Connection | None:
    """The connection of the tenant's Facebook Page, None where there is none."""
    return _optional_connection(f"leo_messenger_{tenant_id}") or _optional_connection("leo_messenger")


def _providers(tenant_id: str) -> "Providers":
    from leo_activation.orchestration.providers import OUTBOX, Providers

    return Providers(tenant_id, _optional_connection, read_settings().home / OUTBOX)


def _chosen(tenant_id: str) -> dict[str, str | None]:
    with warehouse().connect(DatabaseRole.WRITER, tenant_id) as connection:
        return dict(connection.execute(statement("activation/read_providers"), {"tenant_id": tenant_id}).fetchall())


def _connection(connection_id: str) -> Connection:
    found = _optional_connection(connection_id)
    if found is None:
        raise Configuration(f"Airflow has no connection '{connection_id}'.")
    return found


def _optional_connection(connection_id: str) -> Connection | None:
    try:
        found: Connection = Connection.get(connection_id)
    except AirflowNotFoundException:
        return None
    return found


def libpq_url(connection: Connection) -> str:
    """The libpq URL of a postgres connection; of its extra the TLS settings (`sslmode`, `sslrootcert`, …) are kept."""
    tls = {name: value for name, value in connection.extra_dejson.items() if name.startswith("ssl")}
    return (
        f"postgresql://{quote(connection.login or '', safe='')}:{quote(connection.password or '', safe='')}"
        f"@{connection.host}:{connection.port or 5432}/{connection.schema or ''}"
        + (f"?{urlencode(tls)}" if tls else "")
    )
