"""The providers of the fault test: how each is reached, what it does wrong, and how its people and messages look.

A new provider is one row of `CARRIERS`. Each carries a run of its own to the same people, so that the journal's lines
tell apart by provider and address.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from leo_activation.activation.channels import Channel
from leo_activation.activation.channels.brandname.channel import BrandnameChannel, BrandnameSettings
from leo_activation.activation.channels.facebook.graph import GraphSettings
from leo_activation.activation.channels.facebook.messenger import MessengerChannel, MessengerSettings
from leo_activation.activation.channels.fcm.channel import FcmChannel, FcmSettings
from leo_activation.activation.channels.file import FileChannel, FileSettings
from leo_activation.activation.channels.public_addresses import Reach
from leo_activation.activation.channels.sendgrid.channel import SendGridChannel, SendGridSettings
from leo_activation.activation.channels.smtp.channel import SmtpChannel, SmtpSettings
from leo_activation.activation.channels.twilio.channel import TwilioChannel, TwilioSettings
from leo_activation.activation.channels.webpush.channel import WebPushChannel, WebPushSettings
from leo_activation.activation.channels.zalo.account import ZaloAccount, renew
from leo_activation.activation.channels.zalo.channel import ZaloChannel
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.provider_tokens import ProviderTokens
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from sandbox.brandname.api import SECRET as BRANDNAME_SECRET
from sandbox.graph.contract import APP_SECRET
from sandbox.twilio.api import TOKEN as TWILIO_TOKEN
from sandbox.webpush.browser import subscription
from sandbox.zalo.api import APP_ID, OA_SECRET
from sandbox.zalo.api import APP_SECRET as ZALO_SECRET
from tests.activation.layouts import message_layout

PAGE = "102030405060708"
VAPID_KEY = "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA"
ZALO_TEMPLATE = "100002"
LINKED = "{{ message }} {{ unsubscribe_url }}"

SMTP_MIX = {
    "ok": 0.70,
    "rcpt_4xx": 0.06,
    "rcpt_5xx": 0.04,
    "data_4xx": 0.05,
    "data_5xx": 0.03,
    "close_at_data": 0.03,
    "close_before_reading": 0.03,
    "accept_then_close": 0.04,
    "stall": 0.02,
}
HTTP_MIX = {
    "ok": 0.70,
    "rate_limited": 0.06,
    "server_error_rejected": 0.05,
    "server_error_accepted": 0.04,
    "stall": 0.04,
    "reset_before_reading": 0.03,
    "accept_then_reset": 0.03,
    "malformed_accepted": 0.01,
    "malformed_rejected": 0.01,
    "slow_drip": 0.02,
    "error_in_200": 0.01,
}
MANNERS = {"ok": 0.40, "duplicated": 0.20, "reordered": 0.15, "delayed": 0.10, "forged": 0.10, "stale": 0.05}
MANNERS_WITHOUT_TIME = {"ok": 0.45, "duplicated": 0.20, "reordered": 0.15, "delayed": 0.10, "forged": 0.10}
"""Of providers whose signatures have no time: an old post is told from a new one by what it says alone."""
SENDGRID_STORIES = {
    "ok": 0.60,
    "opened": 0.08,
    "opened_by_machine": 0.05,
    "clicked": 0.05,
    "deferred": 0.04,
    "bounced": 0.04,
    "blocked": 0.02,
    "complained": 0.03,
    "unsubscribed": 0.04,
    "silent": 0.05,
}


@dataclass(frozen=True)
class Reached:
    """What a worker has to know to reach the stand-ins, as JSON can say it; `tenant_id` and `key` are the ledger's."""

    sandbox_url: str
    smtp_port: int
    webhooks_url: str
    folder: str
    url: str
    tenant_id: str
    key: str
    timeout_s: float
    fcm_account: Mapping[str, str]


@dataclass(frozen=True)
class Carrier:
    """One provider.

    address: a person's address by their number; None: they have the e-mail addresses of the crowd.
    stories, manners: what its webhook tells of messages, and how; without both it has none.
    stand_in: whose webhook switch that is.
    environment: by which the webhooks app believes it.
    """

    provider: str
    channel: str
    make: Callable[[Reached], Channel]
    mix: Mapping[str, float] = field(default_factory=dict)
    address: Callable[[int], str] | None = None
    sender: str = "RedSocks"
    template: Callable[[], Template] | None = None
    stories: Mapping[str, float] = field(default_factory=dict)
    manners: Mapping[str, float] = field(default_factory=dict)
    stand_in: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


def _form(channel: str, **more: Any) -> Callable[[], Template]:
    return lambda: Template(f"plain_{channel}", channel, LINKED, **more)


def _smtp(to: Reached) -> Channel:
    return SmtpChannel(SmtpSettings("127.0.0.1", to.smtp_port, timeout_s=to.timeout_s))


def _sendgrid(to: Reached) -> Channel:
    url = f"{to.sandbox_url}/sendgrid"
    return SendGridChannel(SendGridSettings("SG.of.the-fault-test", to.tenant_id, url, to.timeout_s))


def _file(to: Reached) -> Channel:
    return FileChannel(FileSettings(Path(to.folder)))


def zalo_tokens(to: Reached, refresh_token: str | None = None) -> ProviderTokens:
    """The tokens of the one account; the first refresh token is given once, before the workers begin."""
    account = _zalo_account(to)
    return ProviderTokens(
        Warehouse({DatabaseRole.WRITER: to.url}),
        to.tenant_id,
        ZaloChannel.provider,
        Sealer(bytes.fromhex(to.key)),
        lambda spent: renew(account, spent),
        refresh_token,
    )


def _zalo_account(to: Reached) -> ZaloAccount:
    base = f"{to.sandbox_url}/zalo"
    return ZaloAccount(
        APP_ID,
        ZALO_SECRET,
        f"{base}/openapi",
        f"{base}/business",
        f"{base}/oauth",
        timeout_s=to.timeout_s,
        clear_text=True,
    )


def _zalo(to: Reached) -> Channel:
    return ZaloChannel(_zalo_account(to), zalo_tokens(to))


def _messenger(to: Reached) -> Channel:
    graph = GraphSettings(
        PAGE, f"EAAPage{PAGE}", APP_SECRET, f"{to.sandbox_url}/graph", timeout_s=to.timeout_s, clear_text=True
    )
    return MessengerChannel(MessengerSettings(graph))


def _fcm(to: Reached) -> Channel:
    url = f"{to.sandbox_url}/fcm"
    return FcmChannel(FcmSettings(to.fcm_account, to.tenant_id, url, to.timeout_s, clear_text=True))


def _webpush(to: Reached) -> Channel:
    settings = WebPushSettings(
        VAPID_KEY,
        "mailto:push@shop.example",
        to.tenant_id,
        timeout_s=to.timeout_s,
        stand_in=f"{to.sandbox_url}/webpush",
        reach=Reach.LOOPBACK,
    )
    return WebPushChannel(settings)


def _twilio(to: Reached) -> Channel:
    return TwilioChannel(
        TwilioSettings(
            f"AC{'0' * 32}",
            "the-auth-token",
            to.tenant_id,
            to.webhooks_url,
            base_url=f"{to.sandbox_url}/twilio",
            timeout_s=to.timeout_s,
            clear_text=True,
        )
    )


def _brandname(to: Reached) -> Channel:
    url = f"{to.sandbox_url}/brandname"
    return BrandnameChannel(BrandnameSettings("the-key", to.tenant_id, url, timeout_s=to.timeout_s, clear_text=True))


def _phone(number: int) -> str:
    return f"+849{number:08}"


@cache
def _subscription(number: int) -> str:
    """A browser's subscription in the form in which the database keeps it."""
    made = subscription(f"https://push.example.com/send/{number:06}")
    kept = {"endpoint": made["endpoint"], "keys": made["keys"]}
    return json.dumps(kept, separators=(",", ":"), sort_keys=True)


CARRIERS: Mapping[str, Carrier] = {
    carrier.provider: carrier
    for carrier in (
        Carrier(
            "smtp",
            "email",
            _smtp,
            SMTP_MIX,
            sender="Red Socks <news@example.com>",
            template=lambda: message_layout("en"),
        ),
        Carrier(
            "sendgrid",
            "email",
            _sendgrid,
            HTTP_MIX,
            sender="Red Socks <news@example.com>",
            template=lambda: message_layout("en"),
            stories=SENDGRID_STORIES,
            manners=MANNERS,
            stand_in="sendgrid",
        ),
        Carrier("file", "email", _file, sender="Red Socks <news@example.com>", template=lambda: message_layout("en")),
        Carrier(
            "zalo",
            "zalo",
            _zalo,
            HTTP_MIX,
            address=lambda number: f"{4_500_000_000_000_000_000 + number}",
            template=_form(
                "zalo",
                provider_template_id=ZALO_TEMPLATE,
                provider_parameters={
                    "customer_name": "{{ first_name | default('you') }}",
                    "offer": "{{ message }}",
                },
            ),
            stories={"ok": 0.6, "seen": 0.15, "answered": 0.1, "stopped": 0.05, "unfollowed": 0.05, "silent": 0.05},
            manners=MANNERS,
            stand_in="zalo",
            environment={"LEO_ZALO_OA_SECRET": OA_SECRET, "LEO_ZALO_APP_ID": APP_ID},
        ),
        Carrier(
            "messenger",
            "messenger",
            _messenger,
            HTTP_MIX,
            address=lambda number: f"{7_000_000_000_000 + number}",
            template=_form("messenger"),
            stories={"ok": 0.6, "read": 0.2, "answered": 0.15, "silent": 0.05},
            manners=MANNERS_WITHOUT_TIME,
            stand_in="graph",
            environment={"LEO_META_APP_SECRET": APP_SECRET},
        ),
        Carrier(
            "fcm",
            "mobile_push",
            _fcm,
            HTTP_MIX,
            address=lambda number: f"{number:06}" + "token-of-a-device_" * 6,
            template=_form("mobile_push", subject="Red Socks"),
        ),
        Carrier(
            "webpush",
            "web_push",
            _webpush,
            HTTP_MIX,
            address=_subscription,
            template=_form("web_push", subject="Red Socks"),
        ),
        Carrier(
            "twilio",
            "sms",
            _twilio,
            HTTP_MIX,
            address=_phone,
            template=_form("sms"),
            stories={
                "ok": 0.66,
                "undelivered": 0.08,
                "dead": 0.05,
                "failed": 0.05,
                "opted_out": 0.04,
                "stopped": 0.07,
                "silent": 0.05,
            },
            manners=MANNERS_WITHOUT_TIME,
            stand_in="twilio",
            environment={"LEO_TWILIO_AUTH_TOKEN": TWILIO_TOKEN},
        ),
        Carrier(
            "brandname",
            "sms",
            _brandname,
            HTTP_MIX,
            address=_phone,
            template=_form("sms"),
            stories={"ok": 0.7, "undelivered": 0.1, "dead": 0.05, "stopped": 0.1, "silent": 0.05},
            manners=MANNERS,
            stand_in="brandname",
            environment={"LEO_BRANDNAME_WEBHOOK_SECRET": BRANDNAME_SECRET},
        ),
    )
}
