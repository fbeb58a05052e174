"""What a template may not do, and what values cannot do to a message."""

import pytest

from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.slots import PERSONAL_SLOTS, SlotValues
from leo_activation.activation.messages.template_rules import DEEPEST, LONGEST_OUTPUT, LONGEST_SOURCE
from leo_activation.activation.messages.templates import Template, check_template, render
from leo_activation.errors import Permanent

ATTEMPTS = [
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ message.__class__ }}",
    "{{ message['__class__'] }}",
    "{{ message | attr('__class__') }}",
    "{{ message | attr('\\x5f\\x5fclass\\x5f\\x5f') }}",
    "{{ message|attr('for' ~ 'mat') }}",
    "{{ '{0.__class__}'.format(message) }}",
    "{{ '%s' | format(message) }}",
    "{{ '{0.__class__}' | format(message) }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
    "{{ joiner.__init__.__globals__ }}",
    "{{ namespace.__init__.__globals__ }}",
    "{{ lipsum.__globals__['os'] }}",
    "{{ lipsum() }}",
    "{{ self }}",
    "{{ self.__init__ }}",
    "{{ self._TemplateReference__context }}",
    "{{ config }}",
    "{{ request }}",
    "{{ dict(a=1) }}",
    "{{ range(10) | list }}",
    "{{ range(10 ** 9) | sum }}",
    "{{ 'x' * 10 ** 9 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 + 1 }}",
    "{{ -message }}",
    "{{ message[:1] }}",
    "{{ message.upper() }}",
    "{{ message | map('upper') | list }}",
    "{{ message | list | batch(1) }}",
    "{{ message | center(1000000000) }}",
    "{{ message | indent(1000000000) }}",
    "{{ message | wordwrap(1) }}",
    "{{ message | replace('a', message) }}",
    "{{ message | pprint }}",
    "{{ message | tojson }}",
    "{{ message | safe }}",
    "{{ message | urlize }}",
    "{{ message | xmlattr }}",
    "{{ message is filter('upper') }}",
    "{{ message is sameas message }}",
    "{% for a in message %}{{ a }}{% endfor %}",
    "{% for a in message recursive %}{{ loop(a) }}{% endfor %}",
    "{% while true %}{% endwhile %}",
    "{% set message = 'other' %}",
    "{% set x %}{{ message }}{% endset %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% call m() %}{% endcall %}",
    "{% include 'message.en.txt' %}",
    "{% include '/etc/passwd' %}",
    "{% import 'x' as x %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% block b %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with a = 1 %}{% endwith %}",
    "{% autoescape false %}{{ message }}{% endautoescape %}",
    "{% do 1 %}",
    "{% trans %}x{% endtrans %}",
    "{% debug %}",
    "{{ email }}",
    "{{ phone }}",
    "{{ customer_id }}",
    "{{ password }}",
    "{{ message",
    "{% if message %}",
    "{{ {'a': 1} }}",
    "{{ (message,) }}{{ [message][0] }}",
    "{{ " + "(" * 5_000 + "message" + ")" * 5_000 + " }}",
    "{{ " + "not " * 5_000 + "message }}",
    "{{ " + "message ~ " * 5_000 + "message }}",
    "{% if message %}" * 200 + "x" + "{% endif %}" * 200,
    "{{ " + "1" * 5_000 + " }}",
    "x" * (LONGEST_SOURCE + 1),
    "pay \u202e{{ brand }}",
    "a\u200bb",
]


def template(text: str, html: str | None = None, subject: str = "News") -> Template:
    return Template("t", "email", body_text=text, subject=subject, body_html=html)


@pytest.mark.parametrize("source", ATTEMPTS, ids=lambda source: source[:40].encode("ascii", "replace").decode())
def test_what_a_message_does_not_need_is_refused_in_every_part(source: str) -> None:
    for hostile in (template(source), template("x", html=source), template("x", subject=source)):
        with pytest.raises(Permanent):
            check_template(hostile)


@pytest.mark.parametrize("source", ["{{ self }}", "{{ lipsum }}", "{{ message.format(message) }}"])
def test_a_stored_template_that_was_never_checked_does_no_more(source: str) -> None:
    with pytest.raises(Permanent):
        render(template(source), SlotValues("B", message="m"))


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("{{ message | upper }}", "HI"),
        ("{{ first_name | default('you') | title }}", "Lan"),
        ("{% if city is defined %}{{ city }}{% else %}home{% endif %}", "home"),
        ("{{ 'Lan!' if first_name == 'Lan' else 'you' }}".replace("first_name", "(first_name | default(''))"), "Lan!"),
        ("{% if brand in ['B', 'C'] and not message == 'x' %}yes{% endif %}", "yes"),
        ("{% raw %}{{ message }}{% endraw %}", "{{ message }}"),
        ("{# a remark #}{{ brand ~ '!' }}", "B!"),
        ("{{ message | truncate(1, true, '', 0) }}", "h"),
    ],
)
def test_what_a_message_needs_is_allowed(source: str, shown: str) -> None:
    check_template(template(source))
    first_name = "lan" if "title" in source else "Lan"
    assert render(template(source), SlotValues("B", first_name=first_name, message="hi")).text == shown


def test_nesting_is_allowed_up_to_its_bound() -> None:
    def nested(depth: int) -> Template:
        return template("{% if message %}" * depth + "x" + "{% endif %}" * depth)

    check_template(nested(DEEPEST - 2))
    with pytest.raises(Permanent, match="nested too deeply"):
        check_template(nested(DEEPEST + 1))


def test_what_grows_is_stopped_at_its_bound_whatever_the_channel_takes() -> None:
    source = "{{ message }}" * (LONGEST_OUTPUT // 20_000 + 1)
    with pytest.raises(Permanent, match="grows beyond"):
        render(template(source), SlotValues("B", message="m" * 20_000))


def test_a_message_beyond_its_bound_is_refused() -> None:
    with pytest.raises(Permanent, match="20001 characters"):
        render(template("{{ message }}"), SlotValues("B", message="m" * 20_001))


def test_the_error_of_an_expression_quotes_no_value() -> None:
    with pytest.raises(Permanent) as caught:
        render(template("{{ message | truncate(brand) }}"), SlotValues("B", message="Tuyết of 12 Le Loi"))
    assert "Tuyết" not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ('" onmouseover="x', "&#34; onmouseover=&#34;x"),
        ("{{ 7 * 7 }}", "{{ 7 * 7 }}"),
        ("{% raw %}", "{% raw %}"),
        ("Lan\r\nBcc: x", "Lan Bcc: x"),
        ("Lan\x00\x07", "Lan"),
        ("\u202egpj.exe", "gpj.exe"),
        ("La\u200bn\ufeff", "Lan"),
        ("\u2066Lan\u2069", "Lan"),
        ("L\u2028an", "L an"),
        ("\U000e0041Lan", "Lan"),
        ("Nguyễn\u200dÁnh", "Nguyễn\u200dÁnh"),
        ("  ", "you"),
        ("evil.com", "you"),
        ("see https://evil.example/x", "you"),
        ("www.evil.xyz", "you"),
        ("a@evil.com", "you"),
        ("javascript:alert(1)", "you"),
        ("n" * 500, "n" * 60),
    ],
)
@pytest.mark.parametrize("slot", sorted(PERSONAL_SLOTS))
def test_a_hostile_value_stays_a_value(slot: str, value: str, shown: str) -> None:
    form = template("x", html=f"<p>{{{{ {slot} | default('you') }}}}</p>")
    values = SlotValues("B", first_name=value) if slot == "first_name" else SlotValues("B", personal={slot: value})
    assert render(form, values).html == f"<p>{shown}</p>"


@pytest.mark.parametrize("slot", sorted(PERSONAL_SLOTS))
def test_a_personal_slot_needs_a_fallback(slot: str) -> None:
    check_template(template(f"{{{{ {slot} | default('x') }}}}"))
    with pytest.raises(Permanent, match=slot):
        check_template(template(f"{{{{ {slot} }}}}"))


def test_a_personal_slot_that_is_none_cannot_be_filled() -> None:
    with pytest.raises(Permanent, match="email"):
        render(template("x"), SlotValues("B", personal={"email": "a"}))


def test_a_brand_cannot_break_a_header_or_turn_the_text() -> None:
    shown = render(template("x", subject="{{ brand }}"), SlotValues("Red\r\nBcc: x\u202e"))
    assert shown.subject == "Red Bcc: x"


def test_a_link_that_a_value_would_complete_is_refused_before_anybody_gets_it() -> None:
    shop = LinkPolicy(frozenset({"shop.example"}))
    check_template(template("https://shop.example/?c={{ city | default('') | urlencode }}"), shop)
    for source in ("https://{{ city | default('x') }}.example/", "https://shop.example.{{ brand }}.com"):
        with pytest.raises(Permanent):
            check_template(template(source), shop)
