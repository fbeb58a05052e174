"""The stand-ins of providers in the sandbox, as the rest of an instance knows them: connections, secrets, webhooks.

Whoever has an account of their own names it in the environment, which goes first (`AIRFLOW_CONN_LEO_…`, `LEO_META_…`).
"""

import os

from embedded.credentials import Credentials
from embedded.places import Places

TENANT = "retail"
"""The tenant of the demo that sends by the stand-ins: they tell it what became of its messages."""
ZALO_APP = "4200000000000000001"
"""The id of the stand-in's app at Zalo."""
FIRST_TOKEN = "first-of-the-demo"  # noqa: S105 - the stand-in takes it once, as an administrator's consent
SYSTEM_TOKEN = "EAASystem1"  # noqa: S105 - the stand-in takes any of this form
PAGE = "4400000000000000001"
"""The id of the stand-in's Page at Facebook."""


def webhook(places: Places, provider: str) -> str:
    """Where a provider tells what became of messages."""
    return f"http://{places.network.webhooks_host}:{places.ports.webhooks}/webhooks/{provider}/{TENANT}"


def connections(places: Places, credentials: Credentials) -> dict[str, dict[str, object]]:
    """Airflow's connections of the providers beside e-mail, each to its stand-in."""
    sandbox = f"http://{places.network.sandbox_host}:{places.ports.sandbox}"

    def http(path: str, password: str, login: str = "", **extra: object) -> dict[str, object]:
        return {
            "conn_type": "http",
            "host": f"{sandbox}/{path}",
            "login": login,
            "password": password,
            "extra": {"clear_text": True, **extra},
        }

    return {
        "leo_zalo": http("zalo", credentials.of_sandbox("zalo app"), ZALO_APP, refresh_token=FIRST_TOKEN),
        "leo_messenger": http(
            "graph",
            f"EAAPage{PAGE}",
            PAGE,
            app_secret=credentials.of_sandbox("meta"),
            ad_account_id="5566",
            message_campaign_id="7788",
            system_user_token=SYSTEM_TOKEN,
        ),
        "leo_fcm": http("fcm", "", key_file=str(places.home / "sandbox" / "fcm.json")),
        "leo_webpush": http("webpush", credentials.vapid_key, "mailto:push@shop.example.com"),
        "leo_twilio": http("twilio", credentials.of_sandbox("twilio"), f"AC{'0' * 31}1"),
        "leo_brandname": http("brandname", credentials.of_sandbox("brandname key")),
    }


def environment(places: Places, credentials: Credentials) -> dict[str, str]:
    """Where the stand-ins tell what became of messages, and the secrets by which the webhooks believe them."""
    folder = places.home / "sandbox"
    shared = {
        "LEO_META_APP_SECRET": credentials.of_sandbox("meta"),
        "LEO_META_VERIFY_TOKEN": credentials.of_sandbox("meta verify token"),
        "LEO_ZALO_APP_ID": ZALO_APP,
        "LEO_ZALO_OA_SECRET": credentials.of_sandbox("zalo"),
        "LEO_TWILIO_AUTH_TOKEN": credentials.of_sandbox("twilio"),
        "LEO_BRANDNAME_WEBHOOK_SECRET": credentials.of_sandbox("brandname"),
    }
    return {
        **{name: os.environ.get(name) or value for name, value in shared.items()},
        "LEO_SANDBOX_GRAPH_WEBHOOK": webhook(places, "messenger"),
        "LEO_SANDBOX_META_APP_SECRET": credentials.of_sandbox("meta"),
        "LEO_SANDBOX_ZALO_WEBHOOK": webhook(places, "zalo"),
        "LEO_SANDBOX_ZALO_OA_SECRET": credentials.of_sandbox("zalo"),
        "LEO_SANDBOX_ZALO_APP_SECRET": credentials.of_sandbox("zalo app"),
        "LEO_SANDBOX_TWILIO_TOKEN": credentials.of_sandbox("twilio"),
        "LEO_SANDBOX_BRANDNAME_WEBHOOK": webhook(places, "brandname"),
        "LEO_SANDBOX_BRANDNAME_SECRET": credentials.of_sandbox("brandname"),
        "LEO_SANDBOX_FCM_KEY": str(folder / "fcm.pem"),
    }
