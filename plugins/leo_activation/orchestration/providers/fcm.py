"""A Firebase project by its connection leo_fcm."""

import json
from datetime import timedelta
from pathlib import Path

from airflow.sdk import Connection

from leo_activation.activation.channels.fcm.channel import FCM_API, FcmSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.extras import base_url, secret, switch


def fcm_settings(connection: Connection, tenant_id: str) -> FcmSettings:
    """The project of a connection: its password is the JSON of a service account's key, as Google gives it.

    Of its extra: `key_file`, the path of a file that holds that JSON in place of the password; `only_check` (FCM
    validates and sends nothing), `ttl_s`, `timeout_s`, `verify` and `clear_text`, as of leo_sendgrid. The host is FCM's
    own where it is left empty.

    Raises:
        Configuration: the password is none or no such JSON, the file cannot be read, or a switch is neither true nor
            false.
    """
    extra = connection.extra_dejson
    return FcmSettings(
        account=_account(_key(connection)),
        tenant_id=tenant_id,
        base_url=base_url(connection, FCM_API),
        timeout_s=float(extra.get("timeout_s", FcmSettings.timeout_s)),
        ttl=timedelta(seconds=float(extra.get("ttl_s", FcmSettings.ttl.total_seconds()))),
        only_check=switch(connection, "only_check"),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
    )


def _key(connection: Connection) -> str:
    named = connection.extra_dejson.get("key_file")
    if connection.password or not named:
        return secret(connection, "the JSON of a service account's key")
    try:
        return Path(named).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Configuration(f"The key file {named} of the connection {connection.conn_id} cannot be read.") from error


def _account(text: str) -> dict[str, str]:
    try:
        account = json.loads(text)
    except ValueError:
        account = None
    if not isinstance(account, dict) or not all(isinstance(value, str) for value in account.values()):
        raise Configuration("The password of leo_fcm must be the JSON of a service account's key, as Google gives it.")
    return account
