"""Campaigns: submitted, drafted from requests, and honest about what they lack."""

import pytest

from leo_activation import activation
from leo_activation.activation.templates import Template
from leo_activation.errors import Permanent
from tests.activation.shop import CAMPAIGN, MARKETER, SEGMENT, Shop

OFFER = '{"channel": "%s", "message": "Exclusive offer just for you", "message_class": "marketing"}'


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
    assert activation.due_campaigns(shop.warehouse, shop.tenant_id) == []


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
    assert activation.due_campaigns(shop.warehouse, shop.tenant_id) == [campaign_id]


def test_a_request_for_email_is_ready_with_the_plain_layout_where_there_is_a_sender(shop: Shop) -> None:
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    shop.segment(shop.request(OFFER % "email"))

    (campaign_id,) = activation.draft_campaigns(shop.warehouse, shop.tenant_id)

    assert campaign(shop, campaign_id) == ("ready", [], "message_en")
    assert activation.due_campaigns(shop.warehouse, shop.tenant_id) == [campaign_id]


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
    submitted = shop.campaign(template=Template("bare", "email", body_text="{{ message }}", subject="News"))

    assert submitted.missing == ("an unsubscribe link in the e-mail template",)


def test_every_channel_of_a_campaign_needs_its_own_form_of_the_template(shop: Shop) -> None:
    submitted = shop.campaign(channels=("email", "zalo"))

    assert [words.split(":")[0] for words in submitted.missing] == ["an approved Zalo template"]


def test_a_campaign_whose_segment_was_never_refreshed_is_not_due(shop: Shop) -> None:
    shop.campaign()
    assert activation.due_campaigns(shop.warehouse, shop.tenant_id) == []

    shop.segment()

    assert activation.due_campaigns(shop.warehouse, shop.tenant_id) == [CAMPAIGN]


def test_a_planned_campaign_cannot_be_changed(shop: Shop) -> None:
    shop.segment()
    shop.person("a")
    shop.campaign()
    shop.plan()

    with pytest.raises(Permanent, match="planned"):
        shop.campaign(message="Something else entirely.")


def test_the_same_template_is_one_version_and_a_changed_one_is_the_next(shop: Shop) -> None:
    def save(subject: str) -> int:
        template = Template("t", "email", body_text="x", subject=subject)
        return activation.save_template(shop.warehouse, shop.tenant_id, template).version

    assert [save("One"), save("One"), save("Two"), save("One")] == [1, 1, 2, 3]


def test_a_sender_without_an_address_is_refused(shop: Shop) -> None:
    with pytest.raises(Permanent, match="address"):
        activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks")
