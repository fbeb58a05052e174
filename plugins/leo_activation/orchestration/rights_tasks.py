"""What the DAGs about the rights of people do with Airflow's connections: ask providers, and warn of clocks."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any

from airflow.sdk import Connection, Context
from airflow.sdk.exceptions import AirflowNotFoundException

from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, erase_recipients
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.orchestration.connections import warehouse
from leo_activation.orchestration.notices import Event, Notice
from leo_activation.orchestration.notifications import TellStaff, link_to_run
from leo_activation.orchestration.providers.sendgrid import sendgrid_settings
from leo_activation.rights.clocks import read_clocks
from leo_activation.rights.provider_erasures import Erase, ask_providers
from leo_activation.rights.requests import RightsRequest, settle_corrections, take_due_warnings
from leo_activation.settings import read_settings


def erase_at_providers(tenant_id: str) -> dict[str, Any]:
    """Ask the providers that are set up for the erasures that wait; counts, and why some still wait."""
    unseal = sealer_from(read_settings()).open
    return vars(ask_providers(warehouse(), tenant_id, _erasing(tenant_id), unseal))


def warn_of_clocks(context: Context, tenant_id: str) -> list[int]:
    """Tell the approvers of requests whose clock ends soon or has ended; gives the requests, each once a day."""
    clocks = read_clocks()
    due = take_due_warnings(warehouse(), tenant_id, timedelta(days=clocks.warn_days))
    if due:
        TellStaff(sorted(read_settings().approvers), _notice(due, link_to_run(context)))(context)
    return [request.request_id for request in due]


def close_corrections(tenant_id: str) -> list[int]:
    """Close the corrections that the source shows by now; gives their requests."""
    return settle_corrections(warehouse(), tenant_id)


def _notice(due: Sequence[RightsRequest], link: str | None) -> Notice:
    """Numbers, kinds and moments, and nobody's name."""
    listed = "; ".join(
        f"request {each.request_id} ({each.kind}, {each.law}) by {each.due_at:%Y-%m-%d %H:%M} UTC" for each in due[:20]
    )
    return Notice(Event.RIGHTS_DUE, f"{len(due)} requests of people", link=link, reason=listed)


def _erasing(tenant_id: str) -> dict[str, Erase]:
    """How each provider that is set up is asked."""
    for connection_id in (f"leo_sendgrid_{tenant_id}", "leo_sendgrid"):
        try:
            connection = Connection.get(connection_id)
        except AirflowNotFoundException:
            continue
        return {SendGridChannel.provider: partial(erase_recipients, sendgrid_settings(connection, tenant_id))}
    return {}
