"""What a delivery says: its language, its variant, its person's slots, checked links, and the same on every attempt."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from leo_activation import activation
from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.aftermath.variant_results import variant_results
from leo_activation.activation.campaigns.composing import Recipient, compose
from leo_activation.activation.campaigns.content import CampaignContent, read_content
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.channels import Answer, Message
from leo_activation.activation.messages.link_check import LinkPolicy, read_html
from leo_activation.activation.messages.previews import preview_for
from leo_activation.activation.messages.template_store import TemplateVersion, read_forms, save_template
from leo_activation.activation.messages.templates import Template, message_layouts
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, Label, LinkHosts, save_policy
from leo_activation.activation.states import EventKind, MessageClass, Outcome, RecipientKind
from leo_activation.errors import Permanent
from leo_activation.settings import DatabaseRole
from tests.activation.shop import CAMPAIGN, MARKETER, SEGMENT, FakeChannel, Shop

DELIVERY = UUID("6d4a1f56-3b38-4a0d-9f5e-0c1d2e3f4a5b")
LINKED = (
    '<p>Hi {{ first_name | default("you") }} <a href="https://shop.example/?a=1&amp;b=2" style="color:red">go</a></p>'
)


def form(text: str = "Hi {{ unsubscribe_url }}", template_id: str = "t", **more: Any) -> Template:
    return Template(template_id, "email", text, **{"subject": "News", **more})


def submit(shop: Shop, version: TemplateVersion, **more: Any) -> activation.Submitted:
    activation.set_sender(shop.warehouse, shop.tenant_id, "email", "Red Socks <news@example.com>")
    campaign = activation.Campaign(
        **{
            "campaign_id": CAMPAIGN,
            "name": "Warm feet",
            "segment_id": SEGMENT,
            "channels": ("email",),
            "message_class": MessageClass.MARKETING,
            "requested_by": MARKETER,
            "template": version,
            "message": "Warm feet.",
            **more,
        }
    )
    return activation.submit_campaign(shop.warehouse, shop.tenant_id, campaign)


def content_of(shop: Shop, *forms: Template, **more: Any) -> CampaignContent:
    if not shop.execute("SELECT 1 FROM segment.definition WHERE tenant_id = %s", shop.tenant_id):
        shop.segment()
    links = LinkPolicy(frozenset({"shop.example"}))
    submit(shop, save_template(shop.warehouse, shop.tenant_id, *forms, links=links), **more)
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        return read_content(connection, shop.tenant_id, CAMPAIGN)


def recipient(shop: Shop, **more: Any) -> Recipient:
    return Recipient(DELIVERY, shop.tenant_id, "email", "a@example.com", **more)


def allow_hosts(shop: Shop, *hosts: str, **more: Any) -> None:
    rules = DEFAULT_POLICY.model_copy(update={"link_hosts": LinkHosts(hosts=hosts, reason="ours"), **more})
    save_policy(shop.warehouse, shop.tenant_id, rules, set_by="test")


def test_every_attempt_of_a_delivery_says_the_same(shop: Shop) -> None:
    shop.person("a")
    run = shop.approved_run()
    channel = FakeChannel(answers={"a@example.com": [Answer(Outcome.RETRY, "fake", "later")]})
    shop.dispatch(run, channel)
    first, second = channel.sent
    assert first == second
    assert first.unsubscribe_url is not None
    assert first.unsubscribe_url in first.text


def test_composing_is_a_function_of_what_it_is_given(shop: Shop) -> None:
    content = content_of(shop, *message_layouts(), policy=activation.Policy(track_clicks=True, track_opens=True))
    asked = recipient(shop, first_name="Lan", language="vi")
    assert compose(content, asked, shop.links) == compose(content, asked, shop.links)


@pytest.mark.parametrize(
    ("language", "greeting"), [("vi-VN", "Xin chào"), ("en", "Hello"), ("cs", "Hello"), (None, "Hello")]
)
def test_a_person_is_written_to_in_their_language_or_the_tenants(
    shop: Shop, language: str | None, greeting: str
) -> None:
    content = content_of(shop, *message_layouts())
    assert compose(content, recipient(shop, language=language), shop.links).text.startswith(greeting)


def test_several_forms_are_one_version_and_the_same_again_is_no_other(shop: Shop) -> None:
    def save(*forms: Template) -> int:
        return save_template(shop.warehouse, shop.tenant_id, *forms).version

    english, vietnamese = message_layouts()
    assert save(english, vietnamese) == 1
    assert save(vietnamese, english) == 1
    assert save(english) == 2
    assert save(english, replace(vietnamese, subject="Khác")) == 3
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        found = read_forms(connection, shop.tenant_id, TemplateVersion("message", 1), ["email", "zalo"])
    assert {channel: sorted(forms.forms) for channel, forms in found.items()} == {"email": ["en", "vi"]}


@pytest.mark.parametrize(
    "forms",
    [
        (),
        (form(language="en"), form(language="EN")),
        (form(template_id="a"), form(template_id="b", language="en")),
        (form(template_id=""),),
        (form(language="english"),),
        (form(language="en"), form("{{ secret }}", language="vi")),
    ],
)
def test_forms_that_are_not_one_good_template_are_refused_as_a_whole(shop: Shop, forms: tuple[Template, ...]) -> None:
    with pytest.raises(Permanent):
        save_template(shop.warehouse, shop.tenant_id, *forms)
    assert shop.execute("SELECT count(*) FROM activation.template WHERE tenant_id = %s", shop.tenant_id) == [(0,)]


def compared(shop: Shop) -> tuple[Variant, ...]:
    for name in ("calm", "loud"):
        save_template(shop.warehouse, shop.tenant_id, form(f"{name} {{{{ unsubscribe_url }}}}", template_id=name))
    return tuple(Variant(name=name, template_id=name, version=1, share=0.5) for name in ("calm", "loud"))


def test_a_delivery_says_what_its_variant_says_and_the_ledger_names_it(shop: Shop) -> None:
    shop.segment()
    for number in range(12):
        shop.person(f"p{number}")
    submit(shop, save_template(shop.warehouse, shop.tenant_id, form()), variants=compared(shop))
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    channel = FakeChannel()
    shop.dispatch(run, channel)
    variants = dict(
        shop.execute("SELECT delivery_id, variant FROM activation.delivery WHERE tenant_id = %s", shop.tenant_id)
    )
    said = {message.delivery_id: message.text.split()[0] for message in channel.sent}
    assert len(said) == 12
    assert said == variants
    assert set(said.values()) == {"calm", "loud"}
    calm = next(delivery_id for delivery_id, variant in said.items() if variant == "calm")
    later = datetime.now(UTC) + timedelta(hours=1)
    events = [
        ProviderEvent(f"e{number}", calm, EventKind.CLICKED, later, user_agent=agent)
        for number, agent in enumerate(("Firefox", "Firefox", "a bot"))
    ]
    record_events(shop.warehouse, shop.tenant_id, "links", events)
    results = {result.variant: result for result in variant_results(shop.warehouse, shop.tenant_id, CAMPAIGN)}
    assert {name: result.accepted for name, result in results.items()} == Counter(said.values())
    assert {name: result.clicked for name, result in results.items()} == {"calm": 1, "loud": 0}


def test_the_variants_are_bound_by_the_approval(shop: Shop) -> None:
    alone = content_of(shop, form())
    variants = compared(shop)
    both = content_of(shop, form(), variants=variants)
    shifted = content_of(
        shop,
        form(),
        variants=tuple(
            variant.model_copy(update={"share": share}) for variant, share in zip(variants, (0.4, 0.6), strict=True)
        ),
    )
    assert len({alone.hash, both.hash, shifted.hash}) == 3


def test_a_variant_whose_template_is_not_there_leaves_a_draft_that_says_so(shop: Shop) -> None:
    shop.segment()
    variants = (*compared(shop)[:1], Variant(name="x", template_id="nowhere", version=1, share=0.5))
    submitted = submit(shop, save_template(shop.warehouse, shop.tenant_id, form()), variants=variants)
    assert submitted.state is activation.CampaignState.DRAFT
    assert any("nowhere" in missing for missing in submitted.missing)


def test_shares_that_do_not_add_up_are_refused(shop: Shop) -> None:
    shop.segment()
    variants = tuple(variant.model_copy(update={"share": 0.3}) for variant in compared(shop))
    with pytest.raises(Permanent, match=r"add up to 0\.600"):
        submit(shop, save_template(shop.warehouse, shop.tenant_id, form()), variants=variants)


def test_a_link_goes_only_to_a_host_that_the_tenant_allows(shop: Shop) -> None:
    shop.segment()
    version = save_template(shop.warehouse, shop.tenant_id, *message_layouts())
    refused = submit(shop, version, message="See https://shop.example/sale")
    assert refused.state is activation.CampaignState.DRAFT
    assert any("'shop.example', which is not among the hosts" in missing for missing in refused.missing)
    allow_hosts(shop, "shop.example")
    assert submit(shop, version, message="See https://shop.example/sale").state is activation.CampaignState.READY


def test_a_host_that_is_taken_off_the_list_stops_the_campaign_before_anything_leaves(shop: Shop) -> None:
    allow_hosts(shop, "shop.example")
    shop.person("a")
    shop.segment()
    version = save_template(shop.warehouse, shop.tenant_id, *message_layouts())
    submit(shop, version, message="See https://shop.example/sale")
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    allow_hosts(shop, "other.example")
    channel = FakeChannel()
    with pytest.raises(Permanent):
        shop.dispatch(run, channel)
    assert channel.sent == []


def tracked(shop: Shop, **policy: bool) -> CampaignContent:
    """A campaign with a link and the unsubscribe link in its HTML."""
    allow_hosts(shop, "shop.example")
    html = f'<html><body>{LINKED}<a href="{{{{ unsubscribe_url }}}}">out</a></body></html>'
    linked = form("https://shop.example/ {{ unsubscribe_url }}", body_html=html)
    return content_of(shop, linked, policy=activation.Policy.model_validate(policy))


def html_of(message: Message) -> str:
    assert message.html is not None
    return message.html


def test_nothing_is_tracked_unless_the_campaign_chose_it(shop: Shop) -> None:
    html = html_of(compose(tracked(shop), recipient(shop), shop.links))
    assert 'href="https://shop.example/?a=1&amp;b=2"' in html
    assert "/c/" not in html
    assert "/o/" not in html


def test_tracked_clicks_lead_by_way_of_here_and_back_to_the_same_address(shop: Shop) -> None:
    message = compose(tracked(shop, track_clicks=True), recipient(shop), shop.links)
    first, out = read_html("It", html_of(message)).links
    assert first.url.startswith("https://shop.example/c/")
    assert ("style", "color:red") in first.attributes
    click = shop.links.tracked.read_click(first.url.rpartition("/")[2])
    assert click is not None
    assert (click.url, click.index, click.target.delivery_id) == ("https://shop.example/?a=1&b=2", 0, DELIVERY)
    assert out.url == message.unsubscribe_url
    assert "/o/" not in html_of(message)
    assert message.text.startswith("https://shop.example/ ")


def test_a_tracked_tap_leads_by_way_of_here_and_on_to_the_same_address(shop: Shop) -> None:
    push = Template("t", "mobile_push", "Hi", subject="News", action_url="https://shop.example/?a=1")
    shop.segment()
    allow_hosts(shop, "shop.example")
    policy = activation.Policy(track_clicks=True)
    content = content_of(shop, push, channels=("mobile_push",), policy=policy)
    asked = replace(recipient(shop), channel="mobile_push")
    url = compose(content, asked, shop.links).action_url
    assert url is not None
    assert url.startswith("https://shop.example/c/")
    click = shop.links.tracked.read_click(url.rpartition("/")[2])
    assert click is not None
    assert (click.url, click.target.delivery_id) == ("https://shop.example/?a=1", DELIVERY)
    seed = compose(content, replace(asked, kind=RecipientKind.SEED), shop.links)
    assert seed.action_url == "https://shop.example/?a=1"


def test_a_tracked_opening_is_one_picture_at_the_end(shop: Shop) -> None:
    html = html_of(compose(tracked(shop, track_opens=True), recipient(shop), shop.links))
    assert html.count("<img") == 1
    assert html.endswith('.gif" width="1" height="1" alt=""></body></html>')
    token = html.rpartition("/o/")[2].partition(".gif")[0]
    target = shop.links.tracked.read_open(token)
    assert target is not None
    assert target.delivery_id == DELIVERY


@pytest.mark.parametrize("kind", [RecipientKind.SEED, RecipientKind.REVIEWER])
def test_copies_to_ourselves_are_not_tracked(shop: Shop, kind: RecipientKind) -> None:
    content = tracked(shop, track_clicks=True, track_opens=True)
    html = html_of(compose(content, recipient(shop, kind=kind), shop.links))
    assert "/c/" not in html
    assert "/o/" not in html


def test_a_token_of_one_kind_is_none_of_another(shop: Shop) -> None:
    links = shop.links
    unsubscribe = links.url(shop.tenant_id, DELIVERY).rpartition("/")[2]
    opened = links.tracked.open_url(shop.tenant_id, DELIVERY).rpartition("/")[2].removesuffix(".gif")
    clicked = links.tracked.click_url(shop.tenant_id, DELIVERY, 0, "https://shop.example/").rpartition("/")[2]
    assert [links.tracked.read_click(token) for token in (unsubscribe, opened)] == [None, None]
    assert [links.tracked.read_open(token) for token in (unsubscribe, clicked)] == [None, None]
    assert [links.read(token) for token in (opened, clicked)] == [None, None]


def test_marketing_begins_with_the_label_that_the_rules_ask_for(shop: Shop) -> None:
    label = Label(channel="any", text="[QC]", reason="the law")
    allow_hosts(shop, "shop.example", labels=(label,))
    marketing = content_of(shop, form(subject="News for {{ first_name | default('you') }}"))
    assert compose(marketing, recipient(shop), shop.links).subject == "[QC] News for you"
    receipt = replace(marketing, message_class=MessageClass.TRANSACTIONAL)
    assert compose(receipt, recipient(shop), shop.links).subject == "News for you"


def test_personal_slots_are_filled_for_people_and_show_their_fallbacks_otherwise(shop: Shop) -> None:
    text = "{{ city | default('home') }} {{ favorite_color | default('any') }} {{ top_interest | default('all') }} "
    shop.person("a")
    shop.person("b")
    shop.execute(
        "UPDATE core.profile SET city = 'Huế', favorite_color = 'evil.com' WHERE tenant_id = %s AND customer_id = 'a'",
        shop.tenant_id,
    )
    for topic, score in (("Shoes", 0.5), ("Socks", 1.0), ("Hats", 1.0)):
        shop.execute(
            "INSERT INTO profile.interest "
            "(tenant_id, customer_id, topic_type, topic, raw, score, model_version, as_of) "
            "VALUES (%s, 'a', 'category', %s, 1, %s, 'v', now())",
            shop.tenant_id,
            topic,
            score,
        )
    shop.segment()
    shop.campaign(template=form(text + "{{ unsubscribe_url }}"))
    shop.allow_all()
    run = shop.plan()
    shop.approve(run)
    channel = FakeChannel()
    shop.dispatch(run, channel)
    said = {message.recipient: message.text.rpartition(" ")[0] for message in channel.sent}
    assert said == {"a@example.com": "Huế any Hats", "b@example.com": "home any all"}


def test_a_preview_shows_each_form_with_the_persons_own_slots_theirs_first(shop: Shop) -> None:
    shop.person("a", first_name="Ánh")
    shop.execute("UPDATE core.profile SET language = 'vi-VN' WHERE tenant_id = %s", shop.tenant_id)
    version = save_template(shop.warehouse, shop.tenant_id, *message_layouts())
    shown = preview_for(shop.warehouse, shop.tenant_id, version, "email", "a", message="M")
    assert [(one.language, one.is_chosen) for one in shown] == [("vi", True), ("en", False)]
    assert shown[0].rendered.text.startswith("Xin chào Ánh,")
    assert "Ánh" not in repr(shown)
    for customer, channel in (("nobody", "email"), ("a", "zalo")):
        with pytest.raises(Permanent):
            preview_for(shop.warehouse, shop.tenant_id, version, channel, customer, message="M")


def test_parameters_of_a_provider_and_the_address_of_a_tap_are_kept_with_the_template_and_filled_into_each_message(
    shop: Shop,
) -> None:
    shop.segment()
    zalo = Template("t", "zalo", "Hi", provider_template_id="7", provider_parameters={"name": "{{ message }}!"})
    push = Template("t", "mobile_push", "Hi", subject="News", action_url="https://shop.example/?m={{ message }}")
    allow_hosts(shop, "shop.example")
    version = save_template(shop.warehouse, shop.tenant_id, zalo, push, links=LinkPolicy(frozenset({"shop.example"})))
    again = save_template(shop.warehouse, shop.tenant_id, zalo, push, links=LinkPolicy(frozenset({"shop.example"})))
    changed = replace(zalo, provider_parameters={"name": "{{ message }}?"})
    other = save_template(shop.warehouse, shop.tenant_id, changed, push, links=LinkPolicy(frozenset({"shop.example"})))
    assert (version.version, again.version, other.version) == (1, 1, 2)

    hashes = []
    for each in (version, other):
        submit(shop, each, channels=("zalo", "mobile_push"), message_class=MessageClass.TRANSACTIONAL, message="warm")
        with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
            content = read_content(connection, shop.tenant_id, CAMPAIGN)
        hashes.append(content.hash)
    assert hashes[0] != hashes[1]

    by_zalo, by_push = (
        compose(content, Recipient(DELIVERY, shop.tenant_id, channel, "84901234567"), shop.links)
        for channel in ("zalo", "mobile_push")
    )
    assert (by_zalo.parameters, by_zalo.action_url) == ({"name": "warm?"}, None)
    assert (by_push.parameters, by_push.action_url) == ({}, "https://shop.example/?m=warm")
