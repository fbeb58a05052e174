"""Campaigns: submitted, drafted from requests, and honest about what they lack."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from leo_activation import activation
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.messages.templates import Template
from leo_activation.errors import Permanent
from tests.activation.layouts import message_layout
from tests.activation.shop import CAMPAIGN, MARKETER, SEGMENT, Shop

OFFER = '{"channel": "%s", "message": "Exclusive offer just for you", "message_class": "marketing"}'


def due(shop: Shop) -> list[str]:
    return [each.campaign_id for each in activation.due_campaigns(shop.warehouse, shop.tenant_id)]


def campaign(shop: Shop, campaign_id: str) -> tuple[str, list[str], str | None]:
    (row,) = shop.execute(
        "SELECT state, missing, template_id FROM activation.campaign WHERE tenant_id = %s AND campaign_id = %s",
        shop.tenant_id,
        campaign_id,
    )
    return row[0], row[1], row[2]


def test_an_offer_on_zalo_stays_a_draft_that_asks_for_an_approved_template(shop: Shop) -> None:
    request = shop.request(OFFER % "zalo")
    shop.segment(request)

    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)

    state, missing, _ = campaign(shop, campaign_id)
    assert state == "draft"
    assert [words.split(":")[0] for words in missing] == ["an approved Zalo template"]
    assert due(shop) == []


def test_a_zalo_draft_becomes_ready_when_it_is_submitted_with_an_approved_template(shop: Shop) -> None:
    request = shop.request(OFFER % "zalo")
    shop.segment(request)
    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)
    approved = activation.save_template(
        shop.warehouse, shop.tenant_id, Template("offer", "zalo", body_text="{{ message }}", provider_template_id="77")
    )

    submitted = activation.submit_campaign(
        shop.warehouse,
        shop.tenant_id,
        activation.Campaign(
            campaign_id=campaign_id,
            name="Offer",
            segment_id=SEGMENT,
            channels=("zalo",),
            message_class=activation.MessageClass.MARKETING,
            requested_by=MARKETER,
            template=approved,
            message="Exclusive offer just for you",
            request_id=request,
        ),
    )

    assert submitted.missing == ()
    assert due(shop) == [campaign_id]


def test_a_request_for_email_is_ready_with_the_plain_layout_where_there_is_a_sender(shop: Shop) -> None:
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    shop.segment(shop.request(OFFER % "email"))

    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)

    assert campaign(shop, campaign_id) == ("ready", [], "message")
    assert due(shop) == [campaign_id]


def test_a_draft_without_a_sender_becomes_ready_once_one_is_named(shop: Shop) -> None:
    shop.segment(shop.request(OFFER % "email"))
    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)
    state, missing, _ = campaign(shop, campaign_id)
    assert state == "draft"
    assert missing == ["a sender for e-mail: a name and address that messages come from"]

    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")

    assert activation.draft_campaigns(shop.warehouse, shop.tenant_id) == [campaign_id]
    assert campaign(shop, campaign_id)[0] == "ready"
    assert activation.draft_campaigns(shop.warehouse, shop.tenant_id) == []


@pytest.mark.parametrize("state", ["in_review", "rejected", "voided"])
def test_a_request_that_is_not_approved_makes_no_campaign(shop: Shop, state: str) -> None:
    shop.segment(shop.request(OFFER % "email", state=state))

    assert activation.draft_campaigns(shop.warehouse, shop.tenant_id) == []


def test_a_channel_that_nobody_installed_is_missing_not_dropped(shop: Shop) -> None:
    shop.segment(shop.request(OFFER % "carrier_pigeon"))

    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)

    assert campaign(shop, campaign_id)[:2] == (
        "draft",
        ["a way to send on carrier_pigeon: no such channel is installed"],
    )


def test_an_unclear_message_class_counts_as_marketing(shop: Shop) -> None:
    shop.segment(shop.request('{"channel": "email", "message": "Hello", "message_class": "newsletter"}'))
    activation.draft_campaigns(shop.warehouse, shop.tenant_id)

    classes = shop.execute("SELECT message_class FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id)
    assert classes == [("marketing",)]


def test_marketing_mail_without_an_unsubscribe_link_is_a_draft(shop: Shop) -> None:
    shop.segment()
    submitted = shop.campaign(template=Template("bare", "email", body_text="{{ message }}", subject="News"))

    assert submitted.missing == ("an unsubscribe link in the e-mail template",)


def test_every_channel_of_a_campaign_needs_its_own_form_of_the_template(shop: Shop) -> None:
    shop.segment()
    submitted = shop.campaign(channels=("email", "zalo"))

    assert [words.split(":")[0] for words in submitted.missing] == ["an approved Zalo template"]


def test_a_campaign_whose_segment_was_never_refreshed_is_not_due(shop: Shop) -> None:
    shop.segment()
    shop.execute("DELETE FROM segment.run WHERE tenant_id = %s", shop.tenant_id)
    assert shop.campaign().missing == ()
    assert due(shop) == []

    shop.segment(version=2)

    assert due(shop) == [CAMPAIGN]


def test_the_same_template_is_one_version_and_a_changed_one_is_the_next(shop: Shop) -> None:
    def save(subject: str) -> int:
        template = Template("t", "email", body_text="x", subject=subject)
        return activation.save_template(shop.warehouse, shop.tenant_id, template).version

    assert [save("One"), save("One"), save("Two"), save("One")] == [1, 1, 2, 3]


def test_a_sender_without_an_address_is_refused(shop: Shop) -> None:
    with pytest.raises(Permanent, match="address"):
        activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks")


def test_what_a_segment_lacks_is_said_so_that_a_marketer_can_act_on_it(shop: Shop) -> None:
    shop.segment()
    shop.segment(segment_id="gone")
    shop.execute(
        "UPDATE segment.definition SET state = 'retired' WHERE tenant_id = %s AND segment_id = 'gone'", shop.tenant_id
    )
    shop.segment(segment_id="new")
    shop.execute(
        "UPDATE segment.definition SET state = 'draft' WHERE tenant_id = %s AND segment_id = 'new'", shop.tenant_id
    )

    submitted = shop.campaign(more_segment_ids=("red_sock",), without_segment_ids=("gone", "new"))

    assert submitted.state is activation.CampaignState.DRAFT
    assert submitted.missing == (
        "a segment that exists: there is none 'red_sock' (near it: red_socks)",
        "a segment to leave out that is active: 'gone' was retired",
        "a segment to leave out that is active: 'new' was not approved yet",
    )


def test_a_template_or_version_that_is_not_there_is_named(shop: Shop) -> None:
    shop.segment()
    shop.campaign()

    def missing(template_id: str, version: int) -> tuple[str, ...]:
        asked = draft_of(shop, template=activation.TemplateVersion(template_id, version))
        return activation.submit_campaign(shop.warehouse, shop.tenant_id, asked).missing

    assert missing("winter", 1)[0] == "a template that exists: there is none 'winter'"
    which = "a version of the template 'message' that exists: 7 is none, 1 is the newest"
    assert missing("message", 7)[0] == which


def test_a_seed_list_that_is_not_there_is_missing(shop: Shop) -> None:
    shop.segment()
    assert shop.campaign(seed_list_id="team").missing == ("a seed list that exists: there is none 'team'",)

    addresses = {"email": ["team@example.com"]}
    activation.set_seed_list(shop.warehouse, shop.tenant_id, "team", addresses, changed_by=MARKETER, key=shop.key)

    assert shop.campaign(seed_list_id="team").missing == ()


def test_a_message_with_a_link_that_the_tenant_does_not_allow_is_a_draft_that_names_the_host(shop: Shop) -> None:
    shop.segment()

    submitted = shop.campaign(message="Look at https://elsewhere.example/socks")

    assert submitted.state is activation.CampaignState.DRAFT
    assert "'elsewhere.example', which is not among the hosts that the tenant allows" in submitted.missing[0]


def test_a_budget_needs_to_know_what_a_message_costs(shop: Shop) -> None:
    shop.segment()
    budget = activation.Policy(budget_minor=100)

    assert shop.campaign(policy=budget).missing == (
        "what a message on email costs (policy.cost_minor): there is a budget",
    )
    assert shop.campaign(policy=activation.Policy(budget_minor=100, cost_minor={"email": 0})).missing == ()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"campaign_id": "Warm feet"}, "id: small letters"),
        ({"name": " "}, "name: is empty"),
        ({"priority": 0}, "priority: 0 is not between 1"),
        ({"channels": ()}, "channels: there is none"),
        ({"channels": ("email", "email")}, "channels: email is named twice"),
        ({"more_segment_ids": (SEGMENT,)}, "segments: 'red_socks' is named twice"),
        ({"without_segment_ids": (SEGMENT,)}, "without: 'red_socks' is among the segments too"),
        ({"variants": (Variant(name="a", template_id="t", version=1, share=1.0),)}, "variants: A comparison has 2 to"),
        ({"re_entry": activation.ReEntry(rule="always")}, "re_entry: a campaign that goes out once has none"),
        (
            {"policy": activation.Policy(cost_minor={"zalo": 3})},
            "policy.cost_minor: zalo is no channel of this campaign",
        ),
        (
            {"schedule": activation.Once(at=datetime.now(UTC) - timedelta(days=2))},
            "schedule.at: has passed already; without it the campaign goes out as soon as it is approved",
        ),
        (
            {"schedule": activation.OnEntry(until=datetime(2026, 1, 1, tzinfo=UTC))},
            "schedule.until: has passed already",
        ),
        (
            {"schedule": activation.Recurring(cron="0 9 29 2 *", until=datetime.now(UTC) + timedelta(hours=1))},
            "schedule: does not come before its 'until'",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_whole(shop: Shop, change: dict[str, Any], words: str) -> None:
    shop.segment()

    with pytest.raises(Permanent, match=re.escape(words)):
        activation.submit_campaign(shop.warehouse, shop.tenant_id, draft_of(shop, **change))

    assert shop.execute("SELECT count(*) FROM activation.campaign WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def test_a_row_that_somebody_inserted_is_completed(shop: Shop) -> None:
    shop.segment()
    shop.campaign(campaign_id="other")
    insert(shop, "by_row", policy='{"quota": 10}', schedule='{"kind": "recurring", "cron": "0 9 * * *"}')

    assert activation.draft_campaigns(shop.warehouse, shop.tenant_id) == ["by_row"]

    state, missing, _ = campaign(shop, "by_row")
    assert (state, missing) == ("ready", [])
    assert shop.execute(
        "SELECT version, definition -> 'policy' ->> 'quota' FROM activation.campaign_version "
        "WHERE tenant_id = %s AND campaign_id = 'by_row'",
        shop.tenant_id,
    ) == [(1, "10")]


def test_rows_that_cannot_be_read_keep_the_reason_and_stop_nobody_else(shop: Shop) -> None:
    shop.segment()
    shop.campaign(campaign_id="other")
    insert(shop, "a_schedule", schedule='{"kind": "recurring", "cron": "0 0 30 2 *"}')
    insert(shop, "b_policy", policy='{"holdout_share": 1.5}')
    insert(shop, "c_twice", channels=["email", "email"])
    insert(shop, "d_good")

    assert activation.draft_campaigns(shop.warehouse, shop.tenant_id) == ["d_good"]

    told = {name: campaign(shop, name)[:2] for name in ("a_schedule", "b_policy", "c_twice")}
    assert all(state == "draft" for state, _ in told.values())
    assert "schedule: cron: '0 0 30 2 *' never comes" in told["a_schedule"][1][0]
    assert "policy: holdout_share: must be less than 1" in told["b_policy"][1][0]
    assert "channels: email is named twice" in told["c_twice"][1][0]
    assert due(shop) == ["d_good", "other"]


def test_a_campaign_is_planned_by_its_priority(shop: Shop) -> None:
    shop.segment()
    for campaign_id, priority in (("last", 500), ("first", 1), ("middle_b", 100), ("middle_a", 100)):
        shop.campaign(campaign_id=campaign_id, priority=priority)

    assert due(shop) == ["first", "middle_a", "middle_b", "last"]


def draft_of(shop: Shop, **change: Any) -> activation.Campaign:
    """A campaign like the shop's, with the change."""
    template = activation.save_template(shop.warehouse, shop.tenant_id, message_layout("en"))
    asked = activation.Campaign(
        campaign_id=CAMPAIGN,
        name="Warm feet",
        segment_id=SEGMENT,
        channels=("email",),
        message_class=activation.MessageClass.MARKETING,
        requested_by=MARKETER,
        template=template,
        message="Warm feet all winter.",
    )
    return replace(asked, **change)


def insert(
    shop: Shop,
    campaign_id: str,
    *,
    channels: list[str] | None = None,
    policy: str = "{}",
    schedule: str = '{"kind": "once"}',
) -> None:
    """A campaign as a program or a person writes it into the table."""
    shop.execute(
        "INSERT INTO activation.campaign (tenant_id, campaign_id, name, segment_id, channels, template_id, "
        "template_version, message, message_class, policy, schedule, requested_by) "
        "VALUES (%s, %s, 'By row', %s, %s, 'message', 1, 'Hello', 'marketing', %s, %s, %s)",
        shop.tenant_id,
        campaign_id,
        SEGMENT,
        channels or ["email"],
        policy,
        schedule,
        MARKETER,
    )
