"""A shop whose campaigns have two channels, with rules, clocks, homes and a past of its own choosing."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from leo_activation import activation
from leo_activation.activation.audience.waterfall import CampaignRun, plan_run
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.schedules import Recurring, ReEntry
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.routes import Conditions, Route, RouteRule
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, TenantPolicy, save_policy
from leo_activation.activation.states import MessageClass
from tests.activation.layouts import message_layout
from tests.activation.shop import AS_OF, CAMPAIGN, MARKETER, SANDBOX, SEGMENT, Shop

LAYOUT = message_layout("en")
ZALO = Template(
    template_id=LAYOUT.template_id, channel="zalo", body_text="{{ brand }}: {{ message }}", provider_template_id="z-1"
)
BY_TEMPLATE = RouteRule(
    rule="zalo_template",
    route=Route.ZALO_TEMPLATE,
    purposes=(MessageClass.MARKETING, MessageClass.TRANSACTIONAL),
    when=Conditions(approved_template=True),
    reason="test",
)
FREE = DEFAULT_POLICY.model_copy(update={"name": "free", "caps": (), "quiet_hours": (), "routes": (BY_TEMPLATE,)})
"""Rules that stop nobody."""


def rules(**changed: Any) -> TenantPolicy:
    """Rules that stop nobody but for those given, as a file would say them."""
    return TenantPolicy.model_validate({**FREE.model_dump(mode="json", by_alias=True), **changed})


def set_rules(shop: Shop, **changed: Any) -> None:
    """Make the rules of the shop those that stop nobody but for those given."""
    save_policy(shop.warehouse, shop.tenant_id, rules(**changed), set_by="test")


def approve_template(
    shop: Shop, template_id: str = "z-1", status: str = "approved", *, by_phone: int = 300, by_user: int = 200
) -> None:
    """Let Zalo's list of templates name one for offers; prices are in dong."""
    shop.execute(
        "INSERT INTO activation.provider_template (tenant_id, provider, provider_template_id, name, status, tag, "
        "price_by_phone, price_by_user) VALUES (%s, 'zalo', %s, 'Offer', %s, 'promotion', %s, %s) "
        "ON CONFLICT (tenant_id, provider, provider_template_id) DO UPDATE SET status = excluded.status",
        shop.tenant_id,
        template_id,
        status,
        by_phone,
        by_user,
    )


def two_channel_campaign(shop: Shop, campaign_id: str = CAMPAIGN, **more: Any) -> activation.Submitted:
    """A campaign that tries e-mail and then Zalo."""
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    activation.set_sender(shop.warehouse, shop.tenant_id, "zalo", "oa-1")
    approve_template(shop)
    version = save_template(shop.warehouse, shop.tenant_id, LAYOUT, ZALO)
    return activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            **{
                "campaign_id": campaign_id,
                "name": "Warm feet",
                "segment_id": SEGMENT,
                "channels": ("email", "zalo"),
                "message_class": activation.MessageClass.MARKETING,
                "requested_by": MARKETER,
                "template": version,
                "message": "Warm feet all winter.",
                "policy": Policy(),
                "schedule": Recurring(cron="0 9 * * *"),
                "re_entry": ReEntry(rule="always"),
                **more,
            }
        ),
    )


def plan_at(shop: Shop, now: datetime, name: str = "run-1", campaign_id: str = CAMPAIGN) -> CampaignRun:
    """Plan the campaign as if it were `now`."""
    return plan_run(shop.warehouse, shop.tenant_id, campaign_id, name, AS_OF, guard=SANDBOX, now=now)


def lives(shop: Shop, customer_id: str, *, zone: str | None = None, country: str | None = None) -> None:
    """Say where a person lives."""
    shop.execute(
        "UPDATE core.profile SET time_zone = %s, country = %s WHERE tenant_id = %s AND customer_id = %s",
        zone,
        country,
        shop.tenant_id,
        customer_id,
    )


def household(shop: Shop, household_id: str, *customer_ids: str) -> None:
    """Let people live together."""
    shop.execute("INSERT INTO core.household (tenant_id, household_id) VALUES (%s, %s)", shop.tenant_id, household_id)
    for customer_id in customer_ids:
        shop.execute(
            "INSERT INTO core.household_member (tenant_id, customer_id, household_id) VALUES (%s, %s, %s)",
            shop.tenant_id,
            customer_id,
            household_id,
        )


def allow_everything(shop: Shop) -> None:
    """Put every address of the shop on the allow-list, on its own channel."""
    shop.execute(
        "INSERT INTO ops.allowed_address (tenant_id, channel, address_hash, note) "
        "SELECT DISTINCT tenant_id, channel, address_hash, 'test' FROM core.channel_address WHERE tenant_id = %s "
        "ON CONFLICT DO NOTHING",
        shop.tenant_id,
    )


def was_sent(
    shop: Shop,
    customer_id: str,
    at: datetime,
    *,
    campaign_id: str = "earlier",
    channel: str = "email",
    state: str = "accepted",
    message_class: str = "marketing",
    route: str | None = None,
) -> None:
    """Put a message of the past into the ledger, in a run of its own."""
    shop.execute(
        "INSERT INTO activation.campaign (tenant_id, campaign_id, name, segment_id, channels, message_class, "
        "requested_by, state) VALUES (%s, %s, 'Earlier', %s, '{email}', %s, %s, 'finished') ON CONFLICT DO NOTHING",
        shop.tenant_id,
        campaign_id,
        SEGMENT,
        message_class,
        MARKETER,
    )
    [(run_id,)] = shop.execute(
        "INSERT INTO activation.run (tenant_id, campaign_id, orchestrator_run_id, as_of, segment_version, hash, state) "
        "VALUES (%s, %s, gen_random_uuid()::text, %s, 1, 'x', 'finished') RETURNING campaign_run_id",
        shop.tenant_id,
        campaign_id,
        AS_OF,
    )
    shop.execute(
        "INSERT INTO activation.delivery (tenant_id, campaign_run_id, customer_id, profile_id, channel, address_hash, "
        "state, state_changed_at, route) "
        "SELECT %s, %s, %s, address.profile_id, address.channel, address.address_hash, %s, %s, %s "
        "FROM core.channel_address AS address "
        "WHERE address.tenant_id = %s AND address.profile_id = %s AND address.channel = %s",
        shop.tenant_id,
        run_id,
        customer_id,
        state,
        at,
        route,
        shop.tenant_id,
        f"p-{customer_id}",
        channel,
    )


def fates(shop: Shop, run: CampaignRun) -> dict[str, tuple[Any, ...]]:
    """(channel, reason, not_before) by customer."""
    rows = shop.execute(
        "SELECT customer_id, channel, skip_reason, not_before FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s AND recipient_kind = 'customer' AND step = 1",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def reasons(shop: Shop, run: CampaignRun) -> dict[str, str | None]:
    """Why each person is skipped, None where they are sent to."""
    return {customer_id: fate[1] for customer_id, fate in fates(shop, run).items()}


def rules_kept(shop: Shop, run: CampaignRun) -> dict[str, str]:
    """The rule that each person's delivery keeps; nobody whose routes were not asked is in it."""
    rows = shop.execute(
        "SELECT customer_id, rule FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s "
        "AND recipient_kind = 'customer' AND step = 1 AND rule IS NOT NULL",
        shop.tenant_id,
        run.campaign_run_id,
    )
    return dict(rows)


def people(shop: Shop, customer_ids: Sequence[str]) -> None:
    """Members with an address and consent on e-mail, all allowed."""
    for customer_id in customer_ids:
        shop.person(customer_id)
    allow_everything(shop)


def shuffle(tenant_id: str, customer_id: str) -> int:
    """`core.shuffle`, told once more."""
    told = hashlib.md5(f"{tenant_id}:{customer_id}".encode(), usedforsecurity=False).hexdigest()
    return int(told[:8], 16) & 0x7FFFFFFF


def draw(told: str) -> float:
    """`activation.draw`, told once more."""
    return int.from_bytes(hashlib.sha256(told.encode()).digest()[:4]) / 2**32
