"""An account at Twilio by its connection leo_twilio."""

from airflow.sdk import Connection

from leo_activation.activation.channels.twilio.channel import API, TwilioSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.extras import base_url, secret, switch
from leo_activation.settings import read_settings


def twilio_settings(connection: Connection, tenant_id: str) -> TwilioSettings:
    """The account of a connection: its login is the account's sid, its password the auth token, its host another API.

    Of its extra: `api_key`, the sid of an API key whose secret the password is then; `clear_text` (the secret may
    travel unencrypted, to a stand-in); `timeout_s`; and `verify`, the path of the PEM file of your own certificate
    authorities. Twilio tells what becomes of a message at LEO_PUBLIC_URL.

    Raises:
        Configuration: it has no login or password, or a switch is neither true nor false.
    """
    if not connection.login:
        raise Configuration(f"The connection {connection.conn_id} has no login: it is the sid of the Twilio account.")
    extra = connection.extra_dejson
    return TwilioSettings(
        account_sid=connection.login,
        secret=secret(connection, "Twilio's auth token, or the secret of its API key"),
        tenant_id=tenant_id,
        public_url=read_settings().public_url,
        user=str(extra.get("api_key") or ""),
        base_url=base_url(connection, API),
        timeout_s=float(extra.get("timeout_s", TwilioSettings.timeout_s)),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
    )
