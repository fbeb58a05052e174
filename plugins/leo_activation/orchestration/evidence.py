"""What is learned of messages after they were sent: reports by mail, the providers' logs, and runs that do harm."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from airflow.sdk import Connection, Context
from airflow.sdk.exceptions import AirflowNotFoundException

from leo_activation.activation.aftermath.bad_runs import stop_bad_runs
from leo_activation.activation.aftermath.bounce_mailbox import (
    ImapMailbox,
    ImapSettings,
    Mailbox,
    MaildirMailbox,
    read_mail_reports,
)
from leo_activation.activation.aftermath.reconciling import reconcile_unknown
from leo_activation.errors import Configuration
from leo_activation.orchestration.campaign_notices import tell_about_run
from leo_activation.orchestration.connections import message_logs, warehouse
from leo_activation.settings import read_settings

BOUNCES_CONNECTION = "leo_bounces"
IMAPS_PORT = 993


def mailbox_of(connection: Connection) -> Mailbox:
    """The mailbox that a connection names: by IMAP over TLS, or a folder in the form of Maildir.

    Of its extra: `maildir` is the path of such a folder; else `folder` (INBOX by default) and `ca_file`, the PEM file
    of your own certificate authorities.

    Raises:
        Configuration: it names neither a folder nor host and login.
    """
    extra = connection.extra_dejson
    if maildir := extra.get("maildir"):
        return MaildirMailbox(Path(str(maildir)))
    if not connection.host or not connection.login:
        raise Configuration(f"The connection {connection.conn_id} must name host and login, or a maildir in its extra.")
    return ImapMailbox(
        ImapSettings(
            host=connection.host,
            user=connection.login,
            password=connection.password or "",
            port=connection.port or IMAPS_PORT,
            folder=str(extra.get("folder", "INBOX")),
            ca_file=extra.get("ca_file"),
        )
    )


def take_in_reports(tenant_ids: Sequence[str]) -> dict[str, Any]:
    """Read the reports that came back by mail to all tenants; nothing where no connection names a mailbox.

    Raises:
        Transient, Configuration: as `read_mail_reports`.
    """
    try:
        connection: Connection = Connection.get(BOUNCES_CONNECTION)
    except AirflowNotFoundException:
        return {}
    key = read_settings().pseudonym_key()
    counts = read_mail_reports(warehouse(), tenant_ids, mailbox_of(connection), key)
    return {"read": counts.read, "kept": counts.kept, "aside": {str(why): n for why, n in counts.aside.items()}}


def settle_unknown(tenant_id: str) -> dict[str, int]:
    """Settle what is unknown by events that are kept and by the providers' logs; numbers by what settled it.

    Raises:
        Transient, Configuration: a log could not be read; what the others said is settled.
    """
    return dict(vars(reconcile_unknown(warehouse(), tenant_id, message_logs(tenant_id))))


def stop_harmful_runs(context: Context, tenant_id: str) -> list[int]:
    """Stop the runs that bounce or are complained of too often, and tell whoever asked for them and the approvers."""
    stopped = stop_bad_runs(warehouse(), tenant_id)
    for run in stopped:
        tell_about_run(context, tenant_id, run.campaign_run_id)
    return [run.campaign_run_id for run in stopped]
