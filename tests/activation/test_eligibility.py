"""Routes: which one a person gets in planning and at the attempt, by which rule, for what price, and who gets none."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from leo_activation import activation
from leo_activation.activation.audience.may import may
from leo_activation.activation.audience.waterfall import explain_person, preview_run
from leo_activation.activation.campaigns.schedules import Once, ReEntry
from leo_activation.activation.messages.template_store import save_template
from leo_activation.activation.messages.templates import Template
from leo_activation.activation.safety.routes import CHANNEL_OF, Route, RouteRule, default_routes
from leo_activation.activation.safety.sealed import Sealer
from leo_activation.activation.safety.tenant_policy import CHANNELS, TenantPolicy, load_policy
from leo_activation.activation.states import MessageClass, SkipReason
from leo_activation.errors import Configuration
from leo_activation.settings import REPOSITORY
from tests.activation.shop import AS_OF, AT_ONCE, CAMPAIGN, SANDBOX, FakeChannel, Shop
from tests.activation.waterfall_shop import (
    allow_everything,
    approve_template,
    lives,
    plan_at,
    rules,
    set_rules,
    two_channel_campaign,
)

NOON = datetime(2026, 11, 18, 12, tzinfo=UTC)
WHY = {"reason": "test"}
SEALER = Sealer(b"a key of the tests that is long enough to be one")


def member(shop: Shop, customer_id: str, *channels: str, country: str = "VN") -> None:
    """Somebody who agreed to marketing and can be reached on each of the channels."""
    shop.person(customer_id, address=None, consent=None)
    lives(shop, customer_id, zone="UTC", country=country)
    for channel in channels:
        shop.address(customer_id, f"{customer_id}@example.com", channel)
        shop.consent(customer_id, "granted", channel=channel)


def heard(shop: Shop, customer_id: str, channel: str, **known: object) -> None:
    """Let what is known of a person's address with its provider be exactly this."""
    shop.execute(
        "INSERT INTO activation.contact_standing (tenant_id, channel, address_hash, last_interaction_at, "
        "last_referral_at, follows, subscribed_at, subscribed_until, unsubscribed_at, grant_token) "
        "SELECT tenant_id, channel, address_hash, %s::timestamptz, %s::timestamptz, %s::boolean, %s::timestamptz, "
        "%s::timestamptz, %s::timestamptz, %s::bytea FROM core.channel_address "
        "WHERE tenant_id = %s AND channel = %s AND profile_id = %s "
        "ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET "
        "last_interaction_at = excluded.last_interaction_at, last_referral_at = excluded.last_referral_at, "
        "follows = excluded.follows, subscribed_at = excluded.subscribed_at, "
        "subscribed_until = excluded.subscribed_until, unsubscribed_at = excluded.unsubscribed_at, "
        "grant_token = excluded.grant_token",
        *(known.get(name) for name in ("interaction", "referral", "follows", "subscribed")),
        *(known.get(name) for name in ("until", "unsubscribed", "grant")),
        shop.tenant_id,
        channel,
        f"p-{customer_id}",
    )


def kept(shop: Shop, run: activation.CampaignRun, step: int = 1) -> dict[str, tuple[Any, ...]]:
    """(channel, reason, route, rule, cost) by customer."""
    rows = shop.execute(
        "SELECT customer_id, channel, skip_reason, route, rule, cost_minor FROM activation.delivery "
        "WHERE tenant_id = %s AND campaign_run_id = %s AND step = %s",
        shop.tenant_id,
        run.campaign_run_id,
        step,
    )
    return {row[0]: tuple(row[1:]) for row in rows}


def send(shop: Shop, run: activation.CampaignRun, **channels: FakeChannel) -> None:
    """Approve the run where nobody has yet, and work it off."""
    if activation.run_standing(shop.warehouse, shop.tenant_id, run.campaign_run_id).state == "planned":
        shop.approve(run)
    activation.dispatch(
        shop.warehouse,
        shop.tenant_id,
        run.campaign_run_id,
        channels,
        worker="test",
        guard=SANDBOX,
        links=shop.links,
        limits=AT_ONCE,
        sealer=SEALER,
    )


def messenger_campaign(shop: Shop, *more: str, message: str = "Warm feet all winter.") -> None:
    """A campaign by Messenger, and then by the channels given, that goes out once."""
    template = Template(template_id="by_chat", channel="messenger", body_text="{{ message }}")
    mail = Template(
        template_id="by_chat",
        channel="email",
        subject="Feet",
        body_text="{{ message }} {{ unsubscribe_url }}",
    )
    activation.set_sender(shop.warehouse, shop.tenant_id, "messenger", "page-1")
    two_channel_campaign(
        shop,
        channels=("messenger", *more),
        schedule=Once(),
        re_entry=ReEntry(),
        message=message,
        template=save_template(shop.warehouse, shop.tenant_id, template, mail),
    )


@pytest.fixture
def zalo(shop: Shop) -> Shop:
    """A shop that counts in dong; its campaign goes by Zalo with the shipped rules, to a follower and somebody else."""
    shop.alter_tenant("currency = 'VND', minor_units = 0")
    shop.segment()
    set_rules(shop, routes=[], costs=[{"channel": "email", "minor": 1, **WHY}])
    for customer_id in ("follower", "other"):
        member(shop, customer_id, "zalo", "email")
    heard(shop, "follower", "zalo", follows=True)
    allow_everything(shop)
    two_channel_campaign(shop, channels=("zalo", "email"))
    return shop


def test_the_cheapest_route_that_is_open_is_taken_and_kept_with_rule_policy_and_price(zalo: Shop) -> None:
    seen = preview_run(zalo.warehouse, zalo.tenant_id, CAMPAIGN, AS_OF, guard=SANDBOX, now=NOON)
    run = plan_at(zalo, NOON)

    assert kept(zalo, run) == {
        "follower": ("zalo", None, "zalo_promotion", "zalo_promotion_to_followers", 200),
        "other": ("zalo", None, "zalo_template", "zalo_template_offer", 300),
    }
    assert [(one.route, one.people, one.cost_minor) for one in seen.reach] == [
        ("zalo_promotion", 1, 200),
        ("zalo_template", 1, 300),
    ]
    body = activation.review_run(zalo.warehouse, zalo.tenant_id, run.campaign_run_id).body
    assert "| zalo | zalo template | zalo\\_template\\_offer | 1 | 300 VND |" in body
    versions = zalo.execute(
        "SELECT DISTINCT policy_version FROM activation.delivery WHERE tenant_id = %s", zalo.tenant_id
    )
    assert versions == [(1,)]


def test_a_template_that_the_provider_does_not_take_leaves_the_next_channel(zalo: Shop) -> None:
    approve_template(zalo, status="disabled")

    run = plan_at(zalo, NOON)
    why = explain_person(
        zalo.warehouse, zalo.tenant_id, CAMPAIGN, "follower", AS_OF, guard=SANDBOX, now=NOON + timedelta(minutes=1)
    )

    assert {(one[0], one[1], one[2]) for one in kept(zalo, run).values()} == {("email", None, "email")}
    assert (why.channel, why.route, why.rule, why.policy_version) == ("email", "email", "email", 1)


def test_a_folder_takes_any_template_because_somebody_else_sends_from_it(zalo: Shop) -> None:
    approve_template(zalo, status="disabled")
    activation.set_sender(zalo.warehouse, zalo.tenant_id, "zalo", "oa-1", provider="file")

    run = plan_at(zalo, NOON)

    assert {one[2] for one in kept(zalo, run).values()} == {"zalo_promotion", "zalo_template"}


def test_the_route_is_chosen_again_at_the_attempt_and_that_choice_is_kept_and_sent_by(zalo: Shop) -> None:
    by_zalo = FakeChannel()
    at_any_hour = [
        {**rule.model_dump(mode="json", by_alias=True), "bars": []}
        for rule in default_routes()
        if rule.channel == "zalo"
    ]
    set_rules(zalo, routes=at_any_hour)
    run = plan_at(zalo, datetime.now(UTC))
    heard(zalo, "follower", "zalo", follows=False)

    send(zalo, run, zalo=by_zalo, email=FakeChannel())

    assert {message.recipient: message.route for message in by_zalo.sent} == {
        "follower@example.com": "zalo_template",
        "other@example.com": "zalo_template",
    }
    assert kept(zalo, run)["follower"] == ("zalo", None, "zalo_template", "zalo_template_offer", 300)


def test_who_is_not_eligible_any_more_at_the_attempt_is_tried_on_the_next_channel(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)
    now = datetime.now(UTC)
    for customer_id in ("stays", "leaves"):
        member(shop, customer_id, "messenger", "email")
        heard(shop, customer_id, "messenger", interaction=now - timedelta(hours=23))
    allow_everything(shop)
    messenger_campaign(shop, "email")
    run = plan_at(shop, now)
    heard(shop, "leaves", "messenger", interaction=now - timedelta(hours=25))
    chat, mail = FakeChannel(), FakeChannel()

    send(shop, run, messenger=chat, email=mail)
    made = activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX)
    again = activation.fall_back(shop.warehouse, shop.tenant_id, guard=SANDBOX)
    send(shop, run, messenger=chat, email=mail)

    assert kept(shop, run) == {
        "stays": ("messenger", None, "messenger_window", "messenger_window_24_hours", 0),
        "leaves": ("messenger", "not_eligible", "messenger_window", "messenger_window_24_hours", 0),
    }
    assert (made, again) == (1, 0)
    assert kept(shop, run, step=2) == {"leaves": ("email", None, "email", "email", 0)}
    assert [message.route for message in chat.sent] == ["messenger_window"]
    assert mail.recipients() == ["leaves@example.com"]


def test_a_window_is_judged_as_of_the_moment_that_the_message_would_go(shop: Shop) -> None:
    shop.segment()
    night = [{"channel": "messenger", "from": "21:00", "until": "08:00", **WHY}]
    set_rules(shop, quiet_hours=night)
    late = NOON.replace(hour=22)
    for customer_id, spoke in (("this_morning", late - timedelta(hours=15)), ("tonight", late - timedelta(hours=1))):
        member(shop, customer_id, "messenger")
        heard(shop, customer_id, "messenger", interaction=spoke)
    allow_everything(shop)
    messenger_campaign(shop)

    run = plan_at(shop, late)

    reasons = {customer_id: fate[1] for customer_id, fate in kept(shop, run).items()}
    assert reasons == {"this_morning": "not_eligible", "tonight": None}


def test_a_route_carries_so_many_a_day_and_the_next_one_carries_the_rest(zalo: Shop) -> None:
    two_channel_campaign(zalo, "second", channels=("zalo", "email"))

    first, second = plan_at(zalo, NOON), plan_at(zalo, NOON, "run-2", "second")

    assert kept(zalo, first)["follower"][2] == "zalo_promotion"
    assert kept(zalo, second)["follower"][2] == "zalo_template"


def test_a_route_is_barred_at_hours_of_its_own_whatever_the_quiet_hours_say(zalo: Shop) -> None:
    night = NOON.replace(hour=23)

    run = plan_at(zalo, night)

    rows = zalo.execute(
        "SELECT customer_id, not_before FROM activation.delivery WHERE tenant_id = %s AND campaign_run_id = %s",
        zalo.tenant_id,
        run.campaign_run_id,
    )
    assert dict(rows) == {
        "follower": NOON.replace(day=19, hour=8),
        "other": NOON.replace(day=19, hour=6),
    }


def test_a_subscription_opens_its_route_until_it_ends_and_only_that_route_is_given_its_token(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)
    now = datetime.now(UTC)
    token = SEALER.seal("token-of-the-subscriber")
    yesterday = now - timedelta(days=1)
    stands: dict[str, dict[str, object]] = {
        "subscriber": {"subscribed": yesterday, "grant": token},
        "in_window": {"subscribed": yesterday, "grant": token, "interaction": now - timedelta(hours=1)},
        "ended": {"subscribed": yesterday, "grant": token, "until": now - timedelta(hours=1)},
        "left": {"subscribed": yesterday, "grant": token, "unsubscribed": now},
        "without_token": {"subscribed": yesterday},
        "abroad": {"subscribed": yesterday, "grant": token},
    }
    for customer_id, known in stands.items():
        member(shop, customer_id, "messenger", country="FR" if customer_id == "abroad" else "VN")
        heard(shop, customer_id, "messenger", **known)
    allow_everything(shop)
    messenger_campaign(shop)
    chat = FakeChannel()

    run = plan_at(shop, now)
    send(shop, run, messenger=chat)

    assert {customer_id for customer_id, fate in kept(shop, run).items() if fate[1] == "not_eligible"} == {
        "ended",
        "left",
        "without_token",
        "abroad",
    }
    assert {message.recipient: (message.route, message.grant) for message in chat.sent} == {
        "subscriber@example.com": ("messenger_marketing", "token-of-the-subscriber"),
        "in_window@example.com": ("messenger_window", None),
    }
    for customer_id in stands:
        [answer] = may(
            shop.warehouse,
            shop.tenant_id,
            customer_id,
            channels=("messenger",),
            purposes=(MessageClass.MARKETING,),
            now=now,
        )
        assert (answer.reason is SkipReason.NOT_ELIGIBLE, answer.rule) == (
            kept(shop, run)[customer_id][1] == "not_eligible",
            kept(shop, run)[customer_id][3],
        )


def test_a_token_sealed_under_another_key_holds_up_its_own_channel_and_nobody_s_attempt(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)
    now = datetime.now(UTC)
    member(shop, "subscriber", "messenger")
    member(shop, "by_mail", "email")
    other = Sealer(b"the key that the webhooks app was given, not the workers")
    heard(shop, "subscriber", "messenger", subscribed=now - timedelta(days=1), grant=other.seal("token"))
    allow_everything(shop)
    messenger_campaign(shop, "email")
    chat, mail = FakeChannel(), FakeChannel()

    run = plan_at(shop, now)
    for _ in range(5):
        with pytest.raises(Configuration, match="cannot be opened"):
            send(shop, run, messenger=chat, email=mail)

    assert (chat.sent, mail.recipients()) == ([], ["by_mail@example.com"])
    query = "SELECT customer_id, attempts FROM activation.delivery WHERE tenant_id = %s ORDER BY customer_id"
    assert shop.execute(query, shop.tenant_id) == [("by_mail", 1), ("subscriber", 0)]


def test_a_text_that_a_route_cannot_carry_does_not_go_by_it(shop: Shop) -> None:
    shop.segment()
    set_rules(shop)
    for customer_id in ("subscriber", "in_window"):
        member(shop, customer_id, "messenger")
    heard(shop, "subscriber", "messenger", subscribed=NOON - timedelta(days=1), grant=SEALER.seal("token"))
    heard(shop, "in_window", "messenger", interaction=NOON - timedelta(hours=1))
    allow_everything(shop)
    messenger_campaign(shop, message="Warm feet. " * 60)

    run = plan_at(shop, NOON)

    assert {customer_id: fate[1] for customer_id, fate in kept(shop, run).items()} == {
        "subscriber": "not_eligible",
        "in_window": None,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"source": None}, "names its source or its reason"),
        ({"source": {"act": "An act", "read_on": "2026-11-22"}}, "named with its article"),
        ({"source": {"document": "A page", "read_on": "2026-11-22"}}, "named with its URL"),
        ({"route": "sms", "when": {"approved_template": True}, **WHY}, "carries no template"),
        ({"route": "pigeon", **WHY}, "routes.0.route"),
        ({"purposes": [], **WHY}, "routes.0.purposes"),
        ({"bars": [{"from": "08:00", "until": "08:00"}], **WHY}, "whole day"),
        ({"when": {"countries": ["Vietnam"]}, **WHY}, "countries"),
    ],
)
def test_a_rule_that_is_founded_on_nothing_or_cannot_hold_is_refused(change: dict[str, Any], words: str) -> None:
    rule = {"rule": "mine", "route": "zalo_care", "purposes": ["transactional"], **change}

    with pytest.raises(ValidationError) as refused:
        rules(routes=[rule])

    [fault] = refused.value.errors()
    place = ".".join(str(part) for part in fault["loc"])
    assert words in f"{place}: {fault['msg']}"


def test_every_route_has_a_shipped_rule_with_a_source_or_reason_and_a_tenants_own_take_their_place() -> None:
    shipped = default_routes()
    own = RouteRule(rule="mine", route=Route.ZALO_CARE, purposes=(MessageClass.TRANSACTIONAL,), reason="ours")
    policy = TenantPolicy.model_validate({**rules().model_dump(mode="json", by_alias=True), "routes": [own]})

    assert {rule.route for rule in shipped} == set(Route)
    assert set(CHANNEL_OF.values()) == set(CHANNELS)
    assert [rule for rule in policy.route_rules() if rule.channel == "zalo"] == [own]
    assert {rule.channel for rule in policy.route_rules()} == set(CHANNELS)
    twice = {**rules().model_dump(mode="json", by_alias=True), "routes": [own, own]}
    with pytest.raises(ValidationError, match="two rules named mine"):
        TenantPolicy.model_validate(twice)


def test_the_shipped_policies_say_where_each_law_was_read_and_the_eu_has_no_paid_messenger() -> None:
    folder = REPOSITORY / "include" / "policies"
    europe, vietnam = load_policy(folder / "eu.yaml"), load_policy(folder / "vietnam.yaml")

    for policy in (europe, vietnam):
        laws = [rule.law for rule in (*policy.caps, *policy.quiet_hours, *policy.labels) if rule.law is not None]
        assert all(law.url is not None and law.read_on is not None for law in laws)
        assert any(rule.source is not None and rule.source.act is not None for rule in policy.route_rules())
    assert Route.MESSENGER_MARKETING not in {rule.route for rule in europe.route_rules()}
    assert Route.MESSENGER_MARKETING in {rule.route for rule in vietnam.route_rules()}
