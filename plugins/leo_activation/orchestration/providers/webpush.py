"""A web site's push key by its connection leo_webpush."""

from datetime import timedelta

from airflow.sdk import Connection

from leo_activation.activation.channels.webpush.channel import WebPushSettings
from leo_activation.orchestration.providers.extras import base_url, secret


def webpush_settings(connection: Connection, tenant_id: str) -> WebPushSettings:
    """The key of a connection: its password is the VAPID private key, its login the contact (mailto: or https:).

    The host is left empty: each browser names its own push service. Where there is one, it is a stand-in that gets
    every message. Of its extra: `ttl_s`, `urgency`, `timeout_s`, and `verify` as of leo_sendgrid.

    Raises:
        Configuration: it has no password.
    """
    extra = connection.extra_dejson
    return WebPushSettings(
        private_key=secret(connection, "the private key of VAPID"),
        contact=connection.login or "",
        tenant_id=tenant_id,
        timeout_s=float(extra.get("timeout_s", WebPushSettings.timeout_s)),
        ttl=timedelta(seconds=float(extra.get("ttl_s", WebPushSettings.ttl.total_seconds()))),
        urgency=extra.get("urgency", WebPushSettings.urgency),
        stand_in=base_url(connection, "") if connection.host else None,
        authorities=extra.get("verify"),
    )
