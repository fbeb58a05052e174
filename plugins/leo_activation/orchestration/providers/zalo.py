"""A Zalo Official Account by its connection leo_zalo."""

from airflow.sdk import Connection

from leo_activation.activation.channels.zalo.account import BUSINESS_API, OAUTH, OPEN_API, ZaloAccount, renew
from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.activation.safety.provider_tokens import ProviderTokens
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.extras import base_url, secret, switch
from leo_activation.settings import read_settings


def zalo_channel(connection: Connection, tenant_id: str) -> ZaloChannel:
    """The channel of a connection, with the tenant's tokens."""
    account = zalo_account(connection)
    return ZaloChannel(account, zalo_tokens(connection, tenant_id, account))


def zalo_account(connection: Connection) -> ZaloAccount:
    """The account of a connection: its login is the app's id, its password the app's secret key.

    Its host, where it has one, stands for all of Zalo's, which then lie at /openapi, /business and /oauth (a stand-in).
    Of its extra: `refresh_token`, the first one, which is taken once; `appsecret_proof`, true where the app demands it;
    `clear_text` (tokens may travel unencrypted, to a stand-in); `timeout_s`; and `verify`, the path of the PEM file of
    your own certificate authorities.

    Raises:
        Configuration: it has no login or password, or a switch is neither true nor false.
    """
    if not connection.login:
        raise Configuration(f"The connection {connection.conn_id} has no login: it is the id of the Zalo app.")
    extra = connection.extra_dejson
    elsewhere = base_url(connection, "").rstrip("/") if connection.host else None
    return ZaloAccount(
        app_id=connection.login,
        app_secret=secret(connection, "the secret key of the Zalo app"),
        open_api=f"{elsewhere}/openapi" if elsewhere else OPEN_API,
        business_api=f"{elsewhere}/business" if elsewhere else BUSINESS_API,
        oauth=f"{elsewhere}/oauth" if elsewhere else OAUTH,
        timeout_s=float(extra.get("timeout_s", ZaloAccount.timeout_s)),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
        proof=switch(connection, "appsecret_proof"),
    )


def zalo_tokens(connection: Connection, tenant_id: str, account: ZaloAccount) -> ProviderTokens:
    """The tenant's tokens, which rotate and are kept in the warehouse."""
    from leo_activation.orchestration.connections import warehouse

    return ProviderTokens(
        warehouse(),
        tenant_id,
        ZaloChannel.provider,
        sealer_from(read_settings()),
        lambda refresh_token: renew(account, refresh_token),
        connection.extra_dejson.get("refresh_token"),
    )
