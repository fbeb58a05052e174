"""A SendGrid account by its connection leo_sendgrid."""

from airflow.sdk import Connection

from leo_activation.activation.channels.sendgrid.channel import GLOBAL_API, SendGridSettings
from leo_activation.orchestration.providers.extras import base_url, secret, switch


def sendgrid_settings(connection: Connection, tenant_id: str) -> SendGridSettings:
    """The account of a connection: its password is the API key, its host the region's API, by default the global one.

    Of its extra: `only_check` (SendGrid validates and sends nothing), `clear_text` (the key may travel unencrypted, to
    a stand-in), `timeout_s`, and `verify`, the path of the PEM file of your own certificate authorities.

    Raises:
        Configuration: it has no password, or a switch is neither true nor false.
    """
    extra = connection.extra_dejson
    return SendGridSettings(
        api_key=secret(connection, "SendGrid's API key"),
        tenant_id=tenant_id,
        base_url=base_url(connection, GLOBAL_API),
        timeout_s=float(extra.get("timeout_s", SendGridSettings.timeout_s)),
        only_check=switch(connection, "only_check"),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
    )
