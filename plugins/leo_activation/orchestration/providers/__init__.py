"""Airflow's connections of the providers, turned into channels, and which provider carries what for a tenant.

A tenant's channel names its provider in `activation.sender.provider`. Where it names none, e-mail goes by the first of
`KINDS` that is set up, else into a folder, which is always there: an installation without a provider sends to nobody by
accident, and somebody can read what it would have sent. Every other channel is sent on only where it was named.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airflow.sdk import Connection

from leo_activation.activation.channels import Channel, MessageLog
from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameLog
from leo_activation.activation.channels.facebook.messenger import CHANNEL as MESSENGER
from leo_activation.activation.channels.facebook.messenger import MessengerChannel
from leo_activation.activation.channels.fcm.channel import CHANNEL as MOBILE_PUSH
from leo_activation.activation.channels.fcm.channel import FcmChannel
from leo_activation.activation.channels.file import EMAIL, FileChannel, FileLog, FileSettings
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridLog
from leo_activation.activation.channels.sms_text import CHANNEL as SMS
from leo_activation.activation.channels.smtp.channel import SmtpChannel
from leo_activation.activation.channels.twilio.channel import TwilioChannel
from leo_activation.activation.channels.webpush.channel import CHANNEL as WEB_PUSH
from leo_activation.activation.channels.webpush.channel import WebPushChannel
from leo_activation.activation.channels.zalo.channel import CHANNEL as ZALO
from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.brandname import brandname_settings
from leo_activation.orchestration.providers.fcm import fcm_settings
from leo_activation.orchestration.providers.messenger import messenger_settings
from leo_activation.orchestration.providers.sendgrid import sendgrid_settings
from leo_activation.orchestration.providers.smtp import smtp_settings
from leo_activation.orchestration.providers.twilio import twilio_settings
from leo_activation.orchestration.providers.webpush import webpush_settings
from leo_activation.orchestration.providers.zalo import zalo_channel

FILE = "file"
FILE_CONNECTION = "leo_file"
OUTBOX = "outbox"


@dataclass(frozen=True)
class ProviderKind:
    """One provider: its name, the channels that it carries, and what is made of its connection for a tenant.

    Its connection is `leo_<name>_<tenant>` where there is such a one, else `leo_<name>`.
    """

    name: str
    channels: frozenset[str]
    channel: Callable[[Connection, str], Channel]
    log: Callable[[Connection, str], MessageLog] | None = None


KINDS: Sequence[ProviderKind] = (
    ProviderKind(
        SendGridChannel.provider,
        frozenset({EMAIL}),
        lambda connection, tenant_id: SendGridChannel(sendgrid_settings(connection, tenant_id)),
        lambda connection, tenant_id: SendGridLog(sendgrid_settings(connection, tenant_id)),
    ),
    ProviderKind(
        SmtpChannel.provider, frozenset({EMAIL}), lambda connection, _: SmtpChannel(smtp_settings(connection))
    ),
    ProviderKind(
        MessengerChannel.provider,
        frozenset({MESSENGER}),
        lambda connection, _: MessengerChannel(messenger_settings(connection)),
    ),
    ProviderKind(ZaloChannel.provider, frozenset({ZALO}), zalo_channel),
    ProviderKind(
        BrandnameChannel.provider,
        frozenset({SMS}),
        lambda connection, tenant_id: BrandnameChannel(brandname_settings(connection, tenant_id)),
        lambda connection, tenant_id: BrandnameLog(brandname_settings(connection, tenant_id)),
    ),
    ProviderKind(
        TwilioChannel.provider,
        frozenset({SMS}),
        lambda connection, tenant_id: TwilioChannel(twilio_settings(connection, tenant_id)),
    ),
    ProviderKind(
        FcmChannel.provider,
        frozenset({MOBILE_PUSH}),
        lambda connection, tenant_id: FcmChannel(fcm_settings(connection, tenant_id)),
    ),
    ProviderKind(
        WebPushChannel.provider,
        frozenset({WEB_PUSH}),
        lambda connection, tenant_id: WebPushChannel(webpush_settings(connection, tenant_id)),
    ),
)
"""Every provider there is, beside the folder; for e-mail the first that is set up is taken where none was named."""


class Providers:
    """The providers that are set up, for one tenant.

    find: the connection of an id, None where there is none. outbox: where the folder of messages is unless the
    connection leo_file names another.
    """

    def __init__(self, tenant_id: str, find: Callable[[str], Connection | None], outbox: Path) -> None:
        """Look for the connections; nothing is reached."""
        self._tenant_id = tenant_id
        self._set_up = {
            kind.name: (kind, connection)
            for kind in KINDS
            if (connection := find(f"leo_{kind.name}_{tenant_id}") or find(f"leo_{kind.name}")) is not None
        }
        self._folder = _folder(find(FILE_CONNECTION), outbox) / tenant_id

    def channels(self, chosen: Mapping[str, str | None]) -> dict[str, Channel]:
        """Every channel that can be sent on.

        chosen: the provider that the tenant named for each of its channels, None where it named none.

        Raises:
            Configuration: a provider was named that is not set up or does not carry the channel.
        """
        named = {channel: provider for channel, provider in chosen.items() if provider is not None}
        found = {channel: self._named(channel, provider) for channel, provider in named.items()}
        return {EMAIL: self._first(EMAIL), **found} if EMAIL not in found else found

    def logs(self, chosen: Mapping[str, str | None]) -> list[MessageLog]:
        """What can be asked about messages whose end is not known, by whichever provider they once went."""
        files = {EMAIL, *(channel for channel, provider in chosen.items() if provider == FILE)}
        logs: list[MessageLog] = [FileLog(self._file(channel)) for channel in sorted(files)]
        for kind, connection in self._set_up.values():
            if kind.log is not None:
                logs.append(kind.log(connection, self._tenant_id))
        return logs

    def _first(self, channel: str) -> Channel:
        for kind, connection in self._set_up.values():
            if channel in kind.channels:
                return kind.channel(connection, self._tenant_id)
        return FileChannel(self._file(channel))

    def _named(self, channel: str, provider: str) -> Channel:
        if provider == FILE:
            return FileChannel(self._file(channel))
        known = next((kind for kind in KINDS if kind.name == provider), None)
        if known is None or channel not in known.channels:
            raise Configuration(f"The provider '{provider}' does not carry {channel}; 'file' carries any channel.")
        if provider not in self._set_up:
            raise Configuration(
                f"The tenant {self._tenant_id} sends on {channel} by '{provider}', "
                f"which has no connection leo_{provider}."
            )
        kind, connection = self._set_up[provider]
        return kind.channel(connection, self._tenant_id)

    def _file(self, channel: str) -> FileSettings:
        return FileSettings(self._folder / channel, channel)


def _folder(connection: Connection | None, outbox: Path) -> Path:
    named = connection.extra_dejson.get("folder") if connection is not None else None
    return Path(named) if named else outbox
