"""The connection of the mailbox of reports becomes a mailbox."""

from pathlib import Path

import pytest
from airflow.sdk import Connection

from leo_activation.activation.aftermath.bounce_mailbox import ImapMailbox, ImapSettings, MaildirMailbox
from leo_activation.errors import Configuration
from leo_activation.orchestration.evidence import BOUNCES_CONNECTION, mailbox_of


def test_a_host_is_a_mailbox_by_imap_over_tls() -> None:
    connection = Connection(
        conn_id=BOUNCES_CONNECTION,
        conn_type="imap",
        host="mail.shop.example",
        login="bounces",
        password="p@ss/w:rd",
        extra='{"folder": "Reports", "ca_file": "/etc/ssl/ca.pem"}',
    )

    assert mailbox_of(connection) == ImapMailbox(
        ImapSettings("mail.shop.example", "bounces", "p@ss/w:rd", 993, "Reports", "/etc/ssl/ca.pem")
    )


def test_a_maildir_is_a_folder() -> None:
    connection = Connection(conn_id=BOUNCES_CONNECTION, conn_type="generic", extra='{"maildir": "/var/mail/bounces"}')

    assert mailbox_of(connection) == MaildirMailbox(Path("/var/mail/bounces"))


@pytest.mark.parametrize(("host", "login"), [(None, None), ("mail.shop.example", None), (None, "bounces")])
def test_a_connection_that_names_no_mailbox_is_refused(host: str | None, login: str | None) -> None:
    with pytest.raises(Configuration, match=BOUNCES_CONNECTION):
        mailbox_of(Connection(conn_id=BOUNCES_CONNECTION, conn_type="imap", host=host, login=login))
