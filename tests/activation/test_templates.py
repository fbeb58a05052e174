"""Templates: personal, safe, and refused before a campaign rather than in the middle of one."""

from typing import Any

import pytest

from leo_activation.activation.lines import one_line
from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.templates import (
    SlotValues,
    Template,
    check_template,
    preview,
    render,
    slots,
)
from leo_activation.errors import Permanent
from tests.activation.layouts import message_layout


def template(
    subject: str | None = "News", text: str = "Hi {{ first_name | default('there') }}", html: str | None = None
) -> Template:
    return Template("t", "email", body_text=text, subject=subject, body_html=html)


def test_a_name_is_used_and_a_missing_one_has_a_fallback() -> None:
    assert render(template(), SlotValues("B", first_name="Tuyết")).text == "Hi Tuyết"
    assert render(template(), SlotValues("B")).text == "Hi there"
    assert render(template(), SlotValues("B", first_name=" \n ")).text == "Hi there"


def test_a_template_without_a_fallback_for_the_name_is_refused() -> None:
    with pytest.raises(Permanent, match="first_name"):
        check_template(template(text="Hi {{ first_name }}"))


def test_an_unknown_slot_is_refused_by_name() -> None:
    with pytest.raises(Permanent, match="'last_order'"):
        check_template(template(text="{{ last_order }}"))


def test_the_slots_of_every_part_are_listed() -> None:
    found = slots(template(subject="{{ brand }}", text="{{ message }}", html="{{ unsubscribe_url }}"))
    assert found == {"brand", "message", "unsubscribe_url"}


def test_html_is_escaped_and_text_is_not() -> None:
    rendered = render(
        template(text="{{ message }}", html="<p>{{ message }}</p>"), SlotValues("B", message="<b>1 & 2</b>")
    )
    assert rendered.html == "<p>&lt;b&gt;1 &amp; 2&lt;/b&gt;</p>"
    assert rendered.text == "<b>1 & 2</b>"


@pytest.mark.parametrize("subject", ["One\r\nBcc: all@example.com", "One\nTwo", "One\u2028Two", "", "x" * 201])
def test_a_subject_that_is_not_one_line_is_refused(subject: str) -> None:
    with pytest.raises(Permanent, match="subject"):
        check_template(template(subject=subject))


def test_a_name_cannot_bring_a_line_break_into_the_subject() -> None:
    rendered = render(
        template(subject="For {{ first_name | default('you') }}"),
        SlotValues("B", first_name="Lan\r\nBcc: all"),
    )
    assert rendered.subject == "For Lan Bcc: all"


def test_a_name_is_cut() -> None:
    assert len(render(template(), SlotValues("B", first_name="n" * 500)).text) == len("Hi ") + 60


@pytest.mark.parametrize(
    "source",
    [
        "{{ message.__class__.__mro__ }}",
        "{{ cycler.__init__.__globals__ }}",
        "{% for n in range(10000000) %}x{% endfor %}",
        "{{ message",
    ],
)
def test_the_sandbox_refuses_what_a_message_does_not_need(source: str) -> None:
    with pytest.raises(Permanent):
        check_template(template(text=source))


def test_a_value_is_never_read_as_a_template() -> None:
    assert render(template(text="{{ message }}"), SlotValues("B", message="{{ 7 * 7 }}")).text == "{{ 7 * 7 }}"


@pytest.mark.parametrize(
    ("language", "greeting"), [("en", "Hello Lan"), ("vi-VN", "Xin chào Lan"), ("cs", "Hello Lan")]
)
def test_the_plain_layout_speaks_the_tenants_language_or_english(language: str, greeting: str) -> None:
    layout = message_layout(language)
    check_template(layout)
    shown = preview(layout, brand="Red Socks", message="Warm\nfeet")
    assert greeting in shown.text
    assert shown.subject == "Warm feet"
    assert shown.html is not None
    assert greeting in shown.html
    assert "https://example.org/unsubscribe/preview" in shown.text
    assert "https://example.org/unsubscribe/preview" in shown.html


def test_a_long_message_makes_a_short_subject() -> None:
    subject = preview(message_layout("en"), brand="B", message="word " * 60).subject
    assert subject is not None
    assert len(subject) <= 71
    assert subject.endswith("…")


def test_one_line_keeps_letters_of_every_language() -> None:
    assert one_line(" Nguyễn\tThị\u2029Ánh \x00") == "Nguyễn Thị Ánh"


def of_provider(**more: Any) -> Template:
    parts = {"body_text": "Hi", "provider_template_id": "7", "provider_parameters": {"name": NAMED}}
    return Template("t", "zalo", **{**parts, **more})


NAMED = "{{ first_name | default('there') }}"


def test_parameters_of_the_provider_are_filled_in_for_each_person_and_a_person_brings_no_link_into_them() -> None:
    check_template(of_provider())

    assert render(of_provider(), SlotValues("B", first_name="Tuyết")).parameters == {"name": "Tuyết"}
    assert render(of_provider(), SlotValues("B", first_name="go evil.com")).parameters == {"name": "there"}


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"provider_template_id": None}, "names no template of the provider's"),
        ({"provider_parameters": {"na me": "a"}}, "'na me'; a name is of letters"),
        ({"provider_parameters": {f"p{at}": "a" for at in range(31)}}, "at most 30"),
        ({"provider_parameters": {"name": "{{ first_name }}"}}, "first_name"),
        ({"provider_parameters": {"name": "{{ last_order }}"}}, "'last_order'"),
        ({"provider_parameters": {"name": "{% for a in brand %}{% endfor %}"}}, "uses For"),
        ({"provider_parameters": {"name": "a\nb"}}, "'name' of .* must be one line"),
        ({"provider_parameters": {"name": " "}}, "'name' of .* must be one line"),
        ({"provider_parameters": {"name": "a" * 401}}, "401 characters"),
        ({"provider_parameters": {"name": "https://evil.example/"}}, "'name' of .*evil.example"),
        ({"action_url": "https://shop.example/"}, "which zalo does not know"),
    ],
)
def test_parameters_that_could_fail_or_lead_elsewhere_are_refused(parts: dict[str, Any], words: str) -> None:
    with pytest.raises(Permanent, match=words):
        check_template(of_provider(**parts))


SHOP = LinkPolicy(frozenset({"shop.example"}))


def push(action_url: str) -> Template:
    return Template("t", "mobile_push", "Hi", subject="News", action_url=action_url)


def test_a_tap_leads_to_the_shop_and_a_name_in_the_address_is_encoded() -> None:
    asked = push("https://shop.example/?for={{ first_name | default('') | urlencode }}")
    check_template(asked, SHOP)

    assert render(asked, SlotValues("B", first_name="A&b=c")).action_url == "https://shop.example/?for=A%26b%3Dc"


@pytest.mark.parametrize(
    ("action_url", "words"),
    [
        ("https://evil.example/", "evil.example"),
        ("http://shop.example/", "by http"),
        ("javascript:alert(1)", "scheme 'javascript'"),
        ("", "scheme ''"),
        ("https://shop.example/?for={{ first_name | default('') }}", "without the filter urlencode"),
        ("https://shop.example/?for={{ first_name | default('') | escape }}", "without the filter urlencode"),
        ("https://{{ first_name | default('www') | upper }}.shop.example/", "without the filter urlencode"),
        ("https://shop.example/" + "a" * 3_500, "bytes; mobile_push takes"),
    ],
)
def test_an_address_of_a_tap_that_leads_elsewhere_or_could_be_changed_by_a_name_is_refused(
    action_url: str, words: str
) -> None:
    with pytest.raises(Permanent, match=words):
        check_template(push(action_url), SHOP)


def test_forms_without_the_newer_parts_bind_as_they_did_before_there_were_any() -> None:
    assert {"provider_parameters", "action_url"}.isdisjoint(template().bound())
    assert of_provider().bound()["provider_parameters"] == {"name": NAMED}
    assert push("https://shop.example/").bound()["action_url"] == "https://shop.example/"
