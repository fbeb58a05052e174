"""A Facebook Page by its connection leo_messenger."""

from airflow.sdk import Connection

from leo_activation.activation.channels.facebook.graph import GRAPH_API, GraphSettings
from leo_activation.activation.channels.facebook.messenger import MarketingSettings, MessengerSettings
from leo_activation.errors import Configuration
from leo_activation.orchestration.providers.extras import base_url, secret, switch

MARKETING = ("ad_account_id", "message_campaign_id", "system_user_token")


def graph_settings(connection: Connection) -> GraphSettings:
    """The Page of a connection: its login is the Page's id, its password the Page's token, its host another API.

    Of its extra: `app_secret`, `clear_text` (the token may travel unencrypted, to a stand-in), `timeout_s`, and
    `verify`, the path of the PEM file of your own certificate authorities.

    Raises:
        Configuration: something is missing, or a switch is neither true nor false.
    """
    extra = connection.extra_dejson
    return GraphSettings(
        page_id=connection.login or "",
        page_token=secret(connection, "the Page's access token"),
        app_secret=str(extra.get("app_secret") or ""),
        base_url=base_url(connection, GRAPH_API),
        timeout_s=float(extra.get("timeout_s", GraphSettings.timeout_s)),
        authorities=extra.get("verify"),
        clear_text=switch(connection, "clear_text"),
    )


def messenger_settings(connection: Connection) -> MessengerSettings:
    """The Page, and its marketing messages where the extra names `ad_account_id`, `message_campaign_id` and
    `system_user_token`.

    Raises:
        Configuration: as `graph_settings`, or one of the three is missing beside the others.
    """
    extra = connection.extra_dejson
    named = {name: str(extra[name]) for name in MARKETING if extra.get(name)}
    if not named:
        return MessengerSettings(graph_settings(connection))
    if missing := [name for name in MARKETING if name not in named]:
        raise Configuration(f"The extra of the connection {connection.conn_id} lacks {', '.join(missing)}.")
    marketing = MarketingSettings(
        named["ad_account_id"].removeprefix("act_"), named["message_campaign_id"], named["system_user_token"]
    )
    return MessengerSettings(graph_settings(connection), marketing)
