"""Templates: personal, safe, and refused before a campaign rather than in the middle of one."""

import pytest

from leo_activation.activation.lines import one_line
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
