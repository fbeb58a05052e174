"""Which provider carries what for a tenant, and what a connection must say."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import Connection

from leo_activation.activation.channels.fcm.channel import FcmSettings
from leo_activation.activation.channels.file import FileChannel, FileLog
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridLog, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.channels.webpush.channel import WebPushSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers import Providers
from leo_activation.orchestration.providers.fcm import fcm_settings
from leo_activation.orchestration.providers.sendgrid import sendgrid_settings
from leo_activation.orchestration.providers.smtp import smtp_settings
from leo_activation.orchestration.providers.webpush import webpush_settings

SENDGRID = Connection(conn_id="leo_sendgrid", conn_type="http", password="SG.secret")
SMTP = Connection(conn_id="leo_smtp", conn_type="smtp", host="mail.example.com")


def providers(**connections: Connection) -> Providers:
    return Providers("retail", {f"leo_{name}": each for name, each in connections.items()}.get, Path("/outbox"))


@pytest.mark.parametrize(
    ("connections", "provider", "expected"),
    [
        ({}, None, FileChannel),
        ({"smtp": SMTP}, None, SmtpChannel),
        ({"sendgrid": SENDGRID, "smtp": SMTP}, None, SendGridChannel),
        ({"sendgrid": SENDGRID, "smtp": SMTP}, "smtp", SmtpChannel),
        ({"sendgrid": SENDGRID, "smtp": SMTP}, "file", FileChannel),
        ({"sendgrid": SENDGRID, "smtp": SMTP}, "sendgrid", SendGridChannel),
    ],
)
def test_a_tenant_s_choice_goes_before_what_is_set_up(
    connections: dict[str, Connection], provider: str | None, expected: type[Any]
) -> None:
    found = providers(**connections).channels({"email": provider})

    assert list(found) == ["email"]
    assert isinstance(found["email"], expected)


@pytest.mark.parametrize("provider", ["sendgrid", "smtp", "pigeon"])
def test_a_provider_that_is_not_set_up_is_never_replaced_by_another(provider: str) -> None:
    with pytest.raises(Configuration, match=f"'{provider}'"):
        providers().channels({"email": provider})


def test_e_mail_is_there_for_a_tenant_that_chose_nothing() -> None:
    assert list(providers().channels({})) == ["email"]


def test_another_channel_is_there_where_the_tenant_wants_it_in_a_folder() -> None:
    found = providers().channels({"zalo": "file", "messenger": None})

    assert sorted(found) == ["email", "zalo"]
    with pytest.raises(Configuration, match="does not carry zalo"):
        providers(smtp=SMTP).channels({"zalo": "smtp"})


def test_a_tenant_s_own_account_goes_before_that_of_the_installation() -> None:
    broken = Connection(conn_id="leo_smtp", conn_type="smtp")
    own = Connection(conn_id="leo_smtp_retail", conn_type="smtp", host="own.example.com")

    assert isinstance(providers(smtp=broken, smtp_retail=own).channels({"email": "smtp"})["email"], SmtpChannel)
    with pytest.raises(Configuration, match="leo_smtp names no host"):
        providers(smtp=broken).channels({"email": "smtp"})


def test_each_tenant_and_channel_has_a_folder_of_its_own(tmp_path: Path) -> None:
    named = Connection(conn_id="leo_file", conn_type="fs", extra=f'{{"folder": "{tmp_path}"}}')
    found = providers(file=named).channels({"zalo": "file"})
    for channel in found.values():
        with channel.open() as session:
            session.ready()

    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "retail",
        "retail/email",
        "retail/zalo",
    ]


def test_the_logs_are_of_every_provider_that_could_have_carried_a_message() -> None:
    logs = providers(sendgrid=SENDGRID, smtp=SMTP).logs({"email": "smtp", "zalo": "file"})

    assert [type(log) for log in logs] == [FileLog, FileLog, SendGridLog]


def test_the_mail_server_is_reached_by_what_its_connection_says() -> None:
    connection = Connection(
        conn_id="leo_smtp",
        conn_type="smtp",
        host="mail.example.com",
        port=587,
        login="leo",
        password="p@ss",
        extra='{"security": "starttls", "return_path": "bounces@example.com", "greeting": "out.example.com",'
        ' "timeout_s": 10, "disable_ssl": true}',
    )

    assert smtp_settings(connection) == SmtpSettings(
        host="mail.example.com",
        port=587,
        user="leo",
        password="p@ss",
        security="starttls",
        timeout_s=10.0,
        answer_timeout_s=120.0,
        return_path="bounces@example.com",
        greeting="out.example.com",
    )


@pytest.mark.parametrize(
    ("host", "port", "url"),
    [
        (None, None, "https://api.sendgrid.com"),
        ("api.eu.sendgrid.com", None, "https://api.eu.sendgrid.com"),
        ("api.eu.sendgrid.com", 8443, "https://api.eu.sendgrid.com:8443"),
        ("http://127.0.0.1:8090/sendgrid", None, "http://127.0.0.1:8090/sendgrid"),
    ],
)
def test_the_region_is_the_host_of_the_connection(host: str | None, port: int | None, url: str) -> None:
    connection = Connection(conn_id="leo_sendgrid", conn_type="http", host=host, port=port, password="SG.secret")

    assert sendgrid_settings(connection, "retail") == SendGridSettings("SG.secret", "retail", url)


def test_push_takes_the_service_account_and_the_key_of_its_connections(tmp_path: Path) -> None:
    account = {"project_id": "shop", "token_uri": "https://oauth2.googleapis.com/token", "private_key": "x"}
    fcm = Connection(
        conn_id="leo_fcm", conn_type="http", password=json.dumps(account), extra='{"ttl_s": 600, "only_check": true}'
    )
    webpush = Connection(
        conn_id="leo_webpush",
        conn_type="http",
        login="mailto:push@shop.example",
        password="k",
        extra='{"urgency": "low"}',
    )

    assert fcm_settings(fcm, "retail") == FcmSettings(account, "retail", ttl=timedelta(minutes=10), only_check=True)
    assert webpush_settings(webpush, "retail") == WebPushSettings(
        "k", "mailto:push@shop.example", "retail", urgency="low"
    )
    file = tmp_path / "key.json"
    file.write_text(json.dumps(account))
    by_file = Connection(conn_id="leo_fcm", conn_type="http", extra=json.dumps({"key_file": str(file)}))
    assert fcm_settings(by_file, "retail") == FcmSettings(account, "retail")
    file.unlink()
    with pytest.raises(Configuration, match="cannot be read"):
        fcm_settings(by_file, "retail")
    stand_in = Connection(conn_id="leo_webpush", conn_type="http", password="k", host="http://127.0.0.1:8090/webpush")
    assert webpush_settings(stand_in, "retail").stand_in == "http://127.0.0.1:8090/webpush"


@pytest.mark.parametrize("password", ["", "secret", "[]", '{"project_id": 7}'])
def test_a_service_account_that_is_none_is_told_without_it(password: str) -> None:
    with pytest.raises(Configuration, match="leo_fcm") as refused:
        fcm_settings(Connection(conn_id="leo_fcm", conn_type="http", password=password), "retail")

    assert "secret" not in str(refused.value)


def test_a_dry_run_is_never_taken_for_a_live_one_by_a_slip_of_the_pen() -> None:
    checked = Connection(
        conn_id="leo_sendgrid", conn_type="http", password="SG.x", extra='{"only_check": true, "verify": "/ca.pem"}'
    )
    mistaken = Connection(conn_id="leo_sendgrid", conn_type="http", password="SG.x", extra='{"only_check": "true"}')

    assert sendgrid_settings(checked, "retail").only_check
    assert sendgrid_settings(checked, "retail").authorities == "/ca.pem"
    with pytest.raises(Configuration, match="only_check"):
        sendgrid_settings(mistaken, "retail")


@pytest.mark.parametrize("connection", [SENDGRID, SMTP])
def test_what_a_connection_lacks_is_named(connection: Connection) -> None:
    empty = Connection(conn_id=connection.conn_id, conn_type=connection.conn_type)
    with pytest.raises(Configuration, match=connection.conn_id):
        smtp_settings(empty) if empty.conn_id == "leo_smtp" else sendgrid_settings(empty, "retail")
