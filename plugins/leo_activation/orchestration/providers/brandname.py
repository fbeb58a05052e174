"""An SMS aggregator by its connection leo_brandname."""

from airflow.sdk import Connection

from leo_activation.activation.channels.brandname.channel import BrandnameSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.extras import base_url, secret, switch


def brandname_settings(connection: Connection, tenant_id: str) -> BrandnameSettings:
    """The account of a connection: its host is the aggregator's address, its password the key.

    Of its extra: `clear_text` (the key may travel unencrypted, to a stand-in), `timeout_s`, and `verify`, the path of
    the PEM file of your own certificate authorities.

    Raises:
        Configuration: it has no host or password, or a switch is neither true nor false.
    """
    if not connection.host:
        raise Configuration(f"The connection {connection.conn_id} names no host: it is the SMS aggregator's address.")
    extra = connection.extra_dejson
    return BrandnameSettings(
        api_key=secret(connection, "the SMS aggregator's key"),
        tenant_id=tenant_id,
        base_url=base_url(connection, ""),
        timeout_s=float(extra.get("timeout_s", BrandnameSettings.timeout_s)),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
    )
