"""What a campaign lacks on each channel, in words that a marketer can act on."""

from typing import Any

import pytest

from leo_activation.activation.campaigns.requirements import Parts, missing_parts
from leo_activation.activation.messages.templates import Template, TemplateForms
from leo_activation.activation.safety.tenant_policy import CHANNELS
from leo_activation.activation.states import MessageClass

OFFER, NOTICE = MessageClass.MARKETING, MessageClass.TRANSACTIONAL


def lacks(channel: str, message_class: MessageClass, *forms: Template, sender: str | None = "Brand") -> list[str]:
    """What a campaign with these forms lacks, the first words of each."""
    kept = TemplateForms("t", 1, channel, {form.language: form for form in forms}) if forms else None
    parts = Parts(templates={channel: kept}, senders={channel: sender})
    return [words.split(":")[0] for words in missing_parts(message_class, "Warm feet.", parts)]


def form(channel: str, language: str = "", **parts: Any) -> Template:
    return Template("t", channel, **{"body_text": "{{ message }}", "language": language, **parts})


@pytest.mark.parametrize("channel", CHANNELS)
def test_every_channel_says_that_it_needs_a_template(channel: str) -> None:
    assert any("template" in words for words in lacks(channel, OFFER))
    assert any("template" in words for words in lacks(channel, NOTICE))


def test_a_channel_that_nobody_knows_has_no_way_to_send() -> None:
    assert lacks("pigeon", OFFER) == ["a way to send on pigeon"]


def test_zalo_takes_an_offer_in_an_approved_template_only_and_anything_else_as_a_text_too() -> None:
    text = form("zalo")
    approved, in_english = form("zalo", provider_template_id="7"), form("zalo", "en", provider_template_id="8")

    assert lacks("zalo", OFFER, text) == ["an approved Zalo template"]
    assert lacks("zalo", OFFER, approved, form("zalo", "vi")) == ["an approved Zalo template"]
    assert lacks("zalo", NOTICE, approved, form("zalo", "vi")) == ["one kind of Zalo template"]
    assert lacks("zalo", OFFER, approved, in_english) == lacks("zalo", NOTICE, approved, in_english) == []
    assert lacks("zalo", NOTICE, text) == []


def test_messenger_takes_a_text_and_push_a_title() -> None:
    assert lacks("messenger", OFFER, form("messenger")) == []
    assert lacks("messenger", NOTICE, form("messenger", provider_template_id="7")) == ["a text for Messenger"]
    for channel, name in (("mobile_push", "mobile push"), ("web_push", "web push")):
        assert lacks(channel, OFFER, form(channel)) == [f"a title in the template for {name}"]
        assert lacks(channel, OFFER, form(channel, subject="Feet")) == []


def test_an_sms_needs_who_sends_it_and_an_offer_its_own_way_out() -> None:
    assert lacks("sms", NOTICE, form("sms"), sender=None) == ["a sender for SMS"]
    assert lacks("sms", OFFER, form("sms")) == ["an unsubscribe link in the SMS template"]
    assert lacks("sms", OFFER, form("sms", body_text="{{ message }} {{ unsubscribe_url }}")) == []
