"""Airflow's connections of the providers, turned into their settings, and which provider carries what for a tenant.

A tenant's channel names its provider in `activation.sender.provider`. Where it names none, e-mail goes by the first
that is set up: sendgrid, smtp, file. The folder is always there, so that an installation without a provider sends to
nobody by accident and somebody can read what it would have sent.
"""

from collections.abc import Mapping
from pathlib import Path

from airflow.sdk import Connection

from leo_activation.activation.channels import Channel, MessageLog
from leo_activation.activation.channels.file import EMAIL, FileChannel, FileLog, FileSettings
from leo_activation.activation.channels.sendgrid import GLOBAL_API, SendGridChannel, SendGridLog, SendGridSettings
from leo_activation.activation.channels.smtp import SmtpChannel, SmtpSettings
from leo_activation.errors import Configuration

FILE = "file"
OUTBOX = "outbox"
ANSWER_TIMEOUT_S = 120.0
"""How long a mail server may look at a whole message; with the steps before it still below a delivery's lease."""


class Providers:
    """The providers that are set up, for one tenant.

    sendgrid, smtp, file: the Airflow connection of each, None where there is none. outbox: where the folder of messages
    is unless the connection of `file` names another.
    """

    def __init__(
        self,
        tenant_id: str,
        *,
        sendgrid: Connection | None,
        smtp: Connection | None,
        file: Connection | None,
        outbox: Path,
    ) -> None:
        """Take the connections; nothing is reached."""
        self._tenant_id = tenant_id
        self._sendgrid = sendgrid
        self._smtp = smtp
        self._folder = _folder(file, outbox) / tenant_id

    def channels(self, chosen: Mapping[str, str | None]) -> dict[str, Channel]:
        """Every channel that can be sent on.

        chosen: the provider that the tenant named for each of its channels, None where it named none.

        Raises:
            Configuration: a provider was named that is not set up or does not carry the channel.
        """
        found = {EMAIL: self._email(chosen.get(EMAIL))}
        for channel, provider in chosen.items():
            if channel != EMAIL and provider is not None:
                found[channel] = self._other(channel, provider)
        return found

    def logs(self, chosen: Mapping[str, str | None]) -> list[MessageLog]:
        """What can be asked about messages whose end is not known, by whichever provider they once went."""
        files = {EMAIL, *(channel for channel, provider in chosen.items() if provider == FILE)}
        logs: list[MessageLog] = [FileLog(self._file(channel)) for channel in sorted(files)]
        if self._sendgrid is not None:
            logs.append(SendGridLog(sendgrid_settings(self._sendgrid, self._tenant_id)))
        return logs

    def _email(self, provider: str | None) -> Channel:
        if self._sendgrid is not None and provider in {None, SendGridChannel.provider}:
            return SendGridChannel(sendgrid_settings(self._sendgrid, self._tenant_id))
        if self._smtp is not None and provider in {None, SmtpChannel.provider}:
            return SmtpChannel(smtp_settings(self._smtp))
        if provider in {None, FILE}:
            return FileChannel(self._file(EMAIL))
        raise Configuration(
            f"The tenant {self._tenant_id} sends its e-mail by '{provider}', which has no connection leo_{provider}."
        )

    def _other(self, channel: str, provider: str) -> Channel:
        if provider != FILE:
            raise Configuration(f"The provider '{provider}' does not carry {channel}; 'file' carries any channel.")
        return FileChannel(self._file(channel))

    def _file(self, channel: str) -> FileSettings:
        return FileSettings(self._folder / channel, channel)


def smtp_settings(connection: Connection) -> SmtpSettings:
    """The mail server of a connection.

    Of its extra: `security` (none, starttls, ssl), `return_path`, `greeting`, `timeout_s`, `answer_timeout_s`.

    Raises:
        Configuration: it names no host.
    """
    if not connection.host:
        raise Configuration(f"The connection {connection.conn_id} names no host.")
    extra = connection.extra_dejson
    return SmtpSettings(
        host=connection.host,
        port=connection.port or 25,
        user=connection.login,
        password=connection.password,
        security=extra.get("security", "none"),
        timeout_s=float(extra.get("timeout_s", SmtpSettings.timeout_s)),
        answer_timeout_s=float(extra.get("answer_timeout_s", ANSWER_TIMEOUT_S)),
        return_path=extra.get("return_path"),
        greeting=extra.get("greeting"),
    )


def sendgrid_settings(connection: Connection, tenant_id: str) -> SendGridSettings:
    """The account of a connection: its password is the API key, its host the region's API, by default the global one.

    Of its extra: `only_check` (SendGrid validates and sends nothing), `clear_text` (the key may travel unencrypted, to
    a stand-in), `timeout_s`, and `verify`, the path of the PEM file of your own certificate authorities.

    Raises:
        Configuration: it has no password, or a switch is neither true nor false.
    """
    if not connection.password:
        raise Configuration(f"The connection {connection.conn_id} has no password: it is SendGrid's API key.")
    host = connection.host or GLOBAL_API
    port = f":{connection.port}" if connection.port else ""
    extra = connection.extra_dejson
    return SendGridSettings(
        api_key=connection.password,
        tenant_id=tenant_id,
        base_url=host if "://" in host else f"https://{host}{port}",
        timeout_s=float(extra.get("timeout_s", SendGridSettings.timeout_s)),
        only_check=_switch(connection, "only_check"),
        authorities=extra.get("verify"),
        clear_text=_switch(connection, "clear_text"),
    )


def _switch(connection: Connection, name: str) -> bool:
    value = connection.extra_dejson.get(name, False)
    if not isinstance(value, bool):
        raise Configuration(f"The extra {name} of the connection {connection.conn_id} must be true or false.")
    return value


def _folder(connection: Connection | None, outbox: Path) -> Path:
    named = connection.extra_dejson.get("folder") if connection is not None else None
    return Path(named) if named else outbox
