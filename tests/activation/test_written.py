"""Words written once for every channel: the forms that they make, and the words that are read back out of these."""

import pytest

from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.template_store import check_forms
from leo_activation.activation.messages.templates import Template, TemplateForms, preview
from leo_activation.activation.messages.written import Written, read_written, written_forms
from tests.activation.layouts import message_layout

EVERYWHERE = ("email", "sms", "zalo", "messenger", "mobile_push", "web_push")
WORDS = Written(
    text='Hello {{ first_name | default("there") }},\n\ntwo pairs & one <free>.',
    subject="Two for one, {{ first_name | default('friend') }}",
    short="Two for one until Sunday",
    action_url="https://shop.example/socks",
    language="en",
    zalo_template="7788",
    zalo_parameters={"customer_name": '{{ first_name | default("you") }}'},
)


def by_channel(forms: tuple[Template, ...]) -> dict[str, TemplateForms]:
    return {form.channel: TemplateForms(form.template_id, 1, form.channel, {form.language: form}) for form in forms}


def test_each_channel_gets_what_it_needs_around_the_same_words() -> None:
    forms = written_forms("desk_socks", WORDS, EVERYWHERE)
    check_forms(forms, LinkPolicy(hosts=frozenset({"shop.example"})))
    shown = {form.channel: preview(form, brand="Socks", message=None) for form in forms}
    assert shown["email"].subject == "Two for one, Lan"
    assert "Unsubscribe: https://" in shown["email"].text
    assert "two pairs &amp; one &lt;free&gt;." in str(shown["email"].html)
    assert shown["sms"].text.startswith("Two for one until Sunday\nStop: https://")
    assert (shown["web_push"].subject, shown["web_push"].text) == ("Two for one, Lan", "Two for one until Sunday")
    assert shown["mobile_push"].action_url == "https://shop.example/socks"
    assert shown["messenger"].text.startswith("Hello Lan,")
    assert shown["zalo"].parameters == {"customer_name": "Lan"}


@pytest.mark.parametrize("channels", [EVERYWHERE, ("email",), ("sms",), ("web_push", "sms"), ("zalo", "messenger")])
@pytest.mark.parametrize(
    "words",
    [
        WORDS,
        Written("Chỉ một câu.", subject="Chào", language="vi"),
        Written("A parcel is on its way.", subject="On its way", way_out=False),
    ],
)
def test_words_that_are_read_back_make_exactly_the_same_forms(words: Written, channels: tuple[str, ...]) -> None:
    forms = written_forms("desk_socks", words, channels)
    back = read_written(by_channel(forms), channels)
    assert back is not None
    assert written_forms("desk_socks", back, channels) == forms
    assert read_written(by_channel(forms), (*channels, "another")) is None


def test_a_template_that_was_made_otherwise_is_not_taken_for_words() -> None:
    assert read_written(by_channel((message_layout("en"),)), ("email",)) is None
    other = Template("t", "sms", "Hello. {{ unsubscribe_url }}", subject=None, provider_template_id="x")
    assert read_written(by_channel((other,)), ("sms",)) is None
