"""The templates of providers brought in by Airflow's connections, and the staff told where one needs a person."""

from typing import Any

from airflow.sdk import Connection, Context
from airflow.sdk.exceptions import AirflowNotFoundException

from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.activation.channels.zalo.templates import read_quota, read_templates
from leo_activation.activation.safety.provider_templates import Synced, keep_templates
from leo_activation.activation.safety.provider_tokens import list_tokens
from leo_activation.errors import Configuration
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, link_to_run
from leo_activation.orchestration.providers.zalo import zalo_account, zalo_tokens
from leo_activation.settings import DatabaseRole, read_settings
from leo_activation.warehouse.statements import statement


def sync_templates(tenant_id: str) -> Synced | None:
    """Bring in what Zalo lists for the tenant; None where it does not send by Zalo, or there is no connection.

    Renews its token too. Who does not send by Zalo must not spend the grant of a connection that is another tenant's.

    Raises:
        Transient: Zalo cannot be reached now.
        Configuration: Zalo refuses the app, or a person has to authorise it.
    """
    connection = _connection(tenant_id) if _sends_by_zalo(tenant_id) else None
    if connection is None:
        return None
    account = zalo_account(connection)
    tokens = zalo_tokens(connection, tenant_id, account)
    listed, quota = read_templates(account, tokens), read_quota(account, tokens)
    return keep_templates(warehouse(), tenant_id, ZaloChannel.provider, listed, quota)


def sync_or_tell(context: Context, tenant_id: str) -> dict[str, Any]:
    """`sync_templates`, with a mail to the approvers where Zalo needs a person now, or will soon.

    Raises:
        Transient, Configuration: as `sync_templates`, after the mail.
    """
    try:
        synced = sync_templates(tenant_id)
    except Configuration as error:
        _tell(context, tenant_id, str(error))
        raise
    for state in list_tokens(warehouse(), tenant_id):
        if state.needs_a_person:
            _tell(context, tenant_id, f"{state.provider}: {state.state}, until {state.refresh_until:%Y-%m-%d}")
    return {} if synced is None else vars(synced)


def _tell(context: Context, tenant_id: str, reason: str) -> None:
    notice = Notice(Event.PROVIDER_REFUSES, f"Zalo of {tenant_id}", link=link_to_run(context), reason=reason)
    TellStaff(sorted(read_settings().approvers), notice)(context)


def _sends_by_zalo(tenant_id: str) -> bool:
    with warehouse().connect(DatabaseRole.WRITER, tenant_id) as connection:
        chosen = connection.execute(statement("activation/read_providers"), {"tenant_id": tenant_id}).fetchall()
    return any(provider == ZaloChannel.provider for _, provider in chosen)


def _connection(tenant_id: str) -> Connection | None:
    for connection_id in (f"leo_zalo_{tenant_id}", "leo_zalo"):
        try:
            found: Connection = Connection.get(connection_id)
        except AirflowNotFoundException:
            continue
        return found
    return None
