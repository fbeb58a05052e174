"""A hostile string in a message is words: it changes no other slot, no link, no recipient, no header, no structure.

Each message is composed twice, once with a harmless value and once with the hostile one, and taken apart again: by the
standard library's readers of HTML and mail, and by a reader of the providers' payloads that knows none of them.
"""

import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest

from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.composing import Recipient, compose
from leo_activation.activation.campaigns.content import AudienceSegment, CampaignContent
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.channels import Channel, Message
from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.links import UnsubscribeLinks
from leo_activation.activation.messages.slots import EXAMPLES, PERSONAL_SLOTS, SlotValues
from leo_activation.activation.messages.templates import Template, TemplateForms, check_template, render
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, LinkHosts, PolicyVersion
from leo_activation.activation.states import CampaignState, MessageClass
from leo_activation.errors import Permanent
from leo_activation.orchestration.providers import KINDS
from tests.hostile.payloads import WAYS, WORDS, Way, leaves
from tests.hostile.strings import STRINGS, Hostile

DELIVERY = UUID("6d4a1f56-3b38-4a0d-9f5e-0c1d2e3f4a5b")
TENANT = "shop"
LINKS = UnsubscribeLinks("https://leo.example", b"a key that only the tests know, 32+")
OWN = LINKS.url(TENANT, DELIVERY)
SHOP = "https://shop.example/"
CHANNELS = ("email", "zalo", "messenger", "mobile_push", "web_push", "sms")
WITH_SUBJECT = ("email", "mobile_push", "web_push")
TAPPED = ("mobile_push", "web_push")
KNOWN_TO_THE_PROVIDER = ("zalo", "sms")
FRAME = " ".join(f"⟦{slot}⟧{{{{ {slot} | default('you') }}}}⟦/{slot}⟧" for slot in sorted(PERSONAL_SLOTS))
BRAND = "⟦brand⟧{{ brand }}⟦/brand⟧"
MESSAGE = "⟦message⟧{{ message }}⟦/message⟧"
TEXT = f"{FRAME}\n{BRAND} {{{{ unsubscribe_url }}}} {SHOP}sale\n{MESSAGE}"
HTML = (
    f"<html><body><p title=\"{{{{ first_name | default('you') }}}}\">{FRAME}</p><h1>{{{{ brand }}}}</h1>"
    f"<p>{{{{ message }}}}</p>"
    f"<a href=\"{SHOP}?c={{{{ city | default('') | urlencode }}}}\">go</a>"
    '<a href="{{ unsubscribe_url }}">out</a></body></html>'
)
STORABLE = tuple(one for one in STRINGS if one.storable)
"""Addresses and texts come from the database, which holds no others."""
LINK = re.compile(r"https?://[^\s⟦]+")
FOLLOWS = frozenset({".encoding", ".message.apns.headers.apns-expiration"})
"""What may differ beside the words: the alphabet that they need, and when the message was made."""
JOINERS = re.compile("[\u200c\u200d]")
MARKED = re.compile(r"⟦(\w+)⟧(.*?)⟦/\1⟧", re.DOTALL)


def form(channel: str) -> Template:
    return Template(
        template_id="t",
        channel=channel,
        body_text=TEXT,
        subject="{{ first_name | default('you') }}, {{ brand }}" if channel in WITH_SUBJECT else None,
        body_html=HTML if channel == "email" else None,
        provider_template_id="4711" if channel in KNOWN_TO_THE_PROVIDER else None,
        provider_parameters={"name": "{{ first_name | default('you') }}", "city": "{{ city | default('home') }}"}
        if channel in KNOWN_TO_THE_PROVIDER
        else {},
        action_url=f"{SHOP}?c={{{{ city | default('') | urlencode }}}}" if channel in TAPPED else None,
    )


def content(
    channel: str, *, message: str = "Warm feet.", brand: str = "Red Socks", tracked: bool = False
) -> CampaignContent:
    fields = Campaign(
        campaign_id="c",
        name="n",
        segment_id="s",
        channels=(channel,),
        message_class=MessageClass.MARKETING,
        requested_by="m",
    )
    allowed = DEFAULT_POLICY.model_copy(update={"link_hosts": LinkHosts(hosts=("shop.example",), reason="ours")})
    return CampaignContent(
        campaign_id=fields.campaign_id,
        name=fields.name,
        state=CampaignState.APPROVED,
        requested_by="m",
        version=1,
        audience=(AudienceSegment("s", 1, "s", "s", "h", "with"),),
        channels=(channel,),
        templates={channel: TemplateForms("t", 1, channel, {"": form(channel)})},
        senders={channel: "Red Socks <news@example.com>" if channel == "email" else "RedSocks"},
        brand=brand,
        language="en",
        message=message,
        message_class=MessageClass.MARKETING,
        schedule=fields.schedule,
        re_entry=fields.re_entry,
        priority=fields.priority,
        policy=Policy(track_clicks=tracked, track_opens=tracked),
        tenant_policy=PolicyVersion(1, allowed),
        seed_list_id=None,
    )


def said(said_by: CampaignContent, slots: Mapping[str, str] = MappingProxyType(EXAMPLES)) -> Message:
    channel = said_by.channels[0]
    personal = {name: value for name, value in slots.items() if name != "first_name"}
    person = Recipient(
        DELIVERY,
        TENANT,
        channel,
        "lan@example.com",
        first_name=slots.get("first_name"),
        personal=personal,
    )
    return compose(said_by, person, LINKS)


class Shape(HTMLParser):
    """The elements of HTML with the names of their attributes, and every address in them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, ...]] = []
        self.addresses: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, *(name for name, _ in attrs)))
        self.addresses += [str(value) for name, value in attrs if name in {"href", "src"}]

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(("/" + tag,))

    def handle_comment(self, data: str) -> None:
        self.tags.append(("comment",))

    def handle_decl(self, decl: str) -> None:
        self.tags.append(("declaration",))


def places(addresses: list[str]) -> list[tuple[str, ...]]:
    """Where links lead, and by the names of which parameters: only a parameter's value may be a person's."""
    read = [(urlsplit(one), one) for one in addresses]
    return [
        (part.scheme, part.netloc, part.path, part.fragment, *(name for name, _ in parse_qsl(part.query, True)))
        if one != OWN
        else ("own",)
        for part, one in read
    ]


def standing(message: Message) -> dict[str, object]:
    """What no value may change, whatever the value."""
    shape = Shape(message.html or "")
    framed = message.text.partition("⟦message⟧")[0]
    return {
        "whom": (message.delivery_id, message.recipient, message.sender, message.route, message.grant),
        "how": (message.provider_template_id, sorted(message.parameters), message.subject is None),
        "links": (message.unsubscribe_url, LINK.findall(framed)),
        "tap": places([message.action_url] if message.action_url else []),
        "frame": MARKED.sub("", framed),
        "tags": shape.tags,
        "places": places(shape.addresses),
    }


def slots_in(text: str) -> dict[str, str]:
    return dict(MARKED.findall(text))


def odd(message: Message) -> list[str]:
    """The parts of a message that must be one line and are not."""
    single = [message.subject or "", message.sender, message.recipient, *message.parameters.values()]
    return [part for part in single if any(ord(mark) < 32 or mark in "\x7f\x85\u2028\u2029" for mark in part)]


def composed(channel: str, slot: str, value: str) -> Message | None:
    """The message with a hostile value in one slot; None where the whole is refused before anybody gets it."""
    try:
        match slot:
            case "message":
                return said(content(channel, message=value))
            case "brand":
                return said(content(channel, brand=value))
    except Permanent:
        return None
    # What a person is called must never be a reason not to write to them.
    return said(content(channel), {**EXAMPLES, slot: value})


def test_there_are_enough_of_them() -> None:
    assert len({one.text for one in STRINGS}) == len(STRINGS) >= 300
    assert len({one.category for one in STRINGS}) >= 14


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_value_in_one_slot_changes_that_slot_alone(channel: str) -> None:
    check_template(form(channel), LinkPolicy(frozenset({"shop.example"})))
    harmless = said(content(channel))
    through = 0
    for slot in (*sorted(PERSONAL_SLOTS), "brand", "message"):
        for one in STRINGS:
            message = composed(channel, slot, one.text)
            if message is None:
                assert slot not in PERSONAL_SLOTS, one
                continue
            through += 1
            assert standing(message) == standing(harmless), (slot, one)
            assert not odd(message), (slot, one)
            shown, expected = slots_in(message.text), slots_in(harmless.text)
            value = shown.pop(slot)
            expected.pop(slot)
            assert shown == expected, (slot, one)
            assert not [link for link in LINK.findall(value) if urlsplit(link).hostname != "shop.example"], (slot, one)
            if slot in PERSONAL_SLOTS:
                assert len(value) <= 60
                assert JOINERS.sub("", value).isprintable(), one
    assert through > len(STRINGS) * len(PERSONAL_SLOTS)


def test_a_coupons_code_is_words_on_one_line() -> None:
    form = Template("t", "sms", "⟦coupon⟧{{ coupon }}⟦/coupon⟧ {{ unsubscribe_url }}")
    harmless = render(form, SlotValues("B", unsubscribe_url=OWN, coupon="WARM-1"))
    for one in STRINGS:
        text = render(form, SlotValues("B", unsubscribe_url=OWN, coupon=one.text[:500])).text
        (code,) = slots_in(text).values()
        assert JOINERS.sub("", code).isprintable(), one
        assert MARKED.sub("", text) == MARKED.sub("", harmless.text), one


@pytest.mark.parametrize("slot", ["first_name", "message", "brand"])
def test_counted_links_lead_where_the_others_do(slot: str) -> None:
    harmless = Shape(said(content("email")).html or "")
    for one in STRINGS:
        values = {**EXAMPLES, slot: one.text} if slot == "first_name" else EXAMPLES
        whole = content("email", tracked=True)
        if slot in {"message", "brand"}:
            changed: dict[str, Any] = {slot: one.text}
            whole = replace(whole, **changed)
        try:
            counted = said(whole, values)
        except Permanent:
            assert slot != "first_name", one
            continue
        shape = Shape(counted.html or "")
        clicks = [LINKS.tracked.read_click(address.rpartition("/")[2]) for address in shape.addresses]
        assert [click.url for click in clicks if click is not None] == harmless.addresses[:1], one
        assert [click.target.delivery_id for click in clicks if click is not None] == [DELIVERY]
        assert OWN in shape.addresses
        assert len(shape.addresses) == len(harmless.addresses) + 1, one


def message_by(way: Way) -> Message:
    """What the way takes, with the words in it that the tests look for again."""
    message = Message(
        delivery_id=DELIVERY,
        recipient=way.recipient,
        sender="Red Socks <news@example.com>" if way.channel == "email" else "RedSocks",
        text=f"[QC] Hello {WORDS}. {OWN}",
        subject=f"For {WORDS}" if way.channel in WITH_SUBJECT else None,
        html=f"<p>Hello {WORDS}</p>" if way.channel == "email" else None,
        unsubscribe_url=OWN,
    )
    return replace(message, **way.parts)


def with_words(message: Message, value: str) -> Message:
    """The same with another value in the place of the harmless one, as a template would have filled it in."""

    def put(text: str | None) -> str | None:
        return None if text is None else text.replace(WORDS, value)

    return replace(
        message,
        text=put(message.text) or "",
        subject=put(message.subject),
        html=put(message.html),
        parameters={name: put(text) or "" for name, text in message.parameters.items()},
    )


def built_by(carrier: Channel, message: Message, one: Hostile) -> dict[str, str] | None:
    """The leaves of the payload; None where the message is refused, in a sentence that does not repeat the string."""
    refusal = ""
    try:
        return leaves(carrier.build(message))
    except Permanent as error:
        refusal = str(error)
    assert len(one.text) < 8 or one.text not in refusal, one
    return None


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_payload_differs_where_the_words_stand_and_nowhere_else(way: Way) -> None:
    carrier = way.carrier()
    harmless = message_by(way)
    expected = leaves(carrier.build(harmless))
    wordy = {path for path, text in expected.items() if WORDS in text}
    assert wordy
    built = 0
    for one in STORABLE:
        found = built_by(carrier, with_words(harmless, one.text), one)
        if found is None:
            continue
        built += 1
        assert found.keys() == expected.keys(), one
        assert {path for path in found if found[path] != expected[path]} <= wordy | FOLLOWS, one
    assert built > len(STORABLE) // 2


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize("part", ["recipient", "sender", "grant"])
def test_a_hostile_address_or_id_is_refused_or_stands_alone_in_its_own_place(way: Way, part: str) -> None:
    carrier = way.carrier()
    harmless = message_by(way)
    expected = leaves(carrier.build(harmless))
    own = {str(getattr(harmless, part)), *(("Red Socks", "example.com") if part == "sender" else ())}
    for one in STORABLE:
        changed: dict[str, Any] = {part: one.text}
        found = built_by(carrier, replace(harmless, **changed), one)
        if found is None:
            continue
        assert found.keys() <= expected.keys(), one
        for path in (path for path in found if found[path] != expected[path]):
            assert any(piece in expected[path] for piece in own), (one, path)
            # A name of a host may be written in its ASCII form.
            assert part == "sender" or one.text.strip() in found[path] or not one.text.isascii(), (one, path)


def test_every_provider_was_tried() -> None:
    assert {way.provider for way in WAYS} == {kind.name for kind in KINDS} | {"file"}
