"""Copy that a model drafts: held to the checks over a real socket, and a template only by a person's word."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.activation.messages.copy_drafts import (
    BrandVoice,
    CopyWish,
    Draft,
    Writer,
    accept_draft,
    draft_copy,
    list_drafts,
    reject_draft,
    set_brand_voice,
)
from leo_activation.activation.messages.copy_layout import Words, as_html, check_words, template_of
from leo_activation.activation.messages.link_check import LinkPolicy
from leo_activation.activation.messages.template_store import TemplateVersion, read_forms, save_template
from leo_activation.activation.messages.templates import message_layouts, preview
from leo_activation.activation.safety.tenant_policy import DEFAULT_POLICY, LinkHosts, save_policy
from leo_activation.errors import Permanent, Transient
from leo_activation.llm.budget import Budget, OverBudget
from leo_activation.llm.failures import InvalidAnswer
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.settings import DatabaseRole
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import SEGMENT, Shop

GOOD: dict[str, Any] = {
    "subject": "Your next pair of socks, {{ first_name | default('friend') }}",
    "preheader": "Warm wool for cold mornings",
    "body": 'Hello {{ first_name | default("there") }},\n\nwool & cotton, made to last <3.\n\nSee you soon',
}
SENTENCE = "Buyers of red socks"
WISH = CopyWish(SEGMENT, "socks_offer", "en", "linh")


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the module."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """The sandbox with no fault in force and nothing scripted by a test."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture
def writer(shop: Shop, sandbox: SandboxProcess) -> Writer:
    """The client that production uses, on another address, with the ledger in the warehouse."""
    model: Model = GoogleModel(
        "gemini-2.5-flash-lite", provider=GoogleProvider(api_key="a key", base_url=sandbox.gemini_url)
    )
    return Writer(model, SqlCallLedger(shop.warehouse, shop.tenant_id), load_prompt("draft_copy"))


def drafted(shop: Shop, writer: Writer, wish: CopyWish = WISH) -> Draft:
    return draft_copy(shop.warehouse, shop.tenant_id, wish, writer)


def calls(shop: Shop) -> list[tuple[str, str]]:
    return shop.execute("SELECT task, outcome FROM llm.call WHERE tenant_id = %s ORDER BY call_id", shop.tenant_id)


def kept(shop: Shop) -> int:
    return int(
        shop.execute("SELECT count(*) FROM activation.template_draft WHERE tenant_id = %s", shop.tenant_id)[0][0]
    )


def templates(shop: Shop) -> list[tuple[Any, ...]]:
    return shop.execute(
        "SELECT template_id, version, language FROM activation.template WHERE tenant_id = %s ORDER BY 1, 2, 3",
        shop.tenant_id,
    )


def test_a_good_answer_is_a_draft_and_no_template_until_a_person_accepts_it(
    shop: Shop, sandbox: SandboxProcess, writer: Writer
) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)

    draft = drafted(shop, writer)

    assert (draft.state, draft.subject, draft.model) == (
        "proposed",
        GOOD["subject"],
        "google:gemini-2.5-flash-lite",
    )
    assert calls(shop) == [("draft_copy", "ok")]
    assert templates(shop) == []
    version = accept_draft(shop.warehouse, shop.tenant_id, draft.draft_id, decided_by="petr")
    assert version == TemplateVersion("socks_offer", 1)
    assert templates(shop) == [("socks_offer", 1, "en")]
    [decided] = list_drafts(shop.warehouse, shop.tenant_id, None)
    assert (decided.state, decided.decided_by, decided.template_version) == ("accepted", "petr", 1)
    assert list_drafts(shop.warehouse, shop.tenant_id) == []


def test_what_was_accepted_reads_well_and_can_be_unsubscribed_from(
    shop: Shop, sandbox: SandboxProcess, writer: Writer
) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)
    version = accept_draft(shop.warehouse, shop.tenant_id, drafted(shop, writer).draft_id, decided_by="petr")
    with shop.warehouse.connect(DatabaseRole.WRITER, shop.tenant_id) as connection:
        form = read_forms(connection, shop.tenant_id, version, ["email"])["email"].choose("en")
    shown = preview(form, brand="Red Socks", message=None, first_name="Lan & Co")
    assert shown.subject == "Your next pair of socks, Lan & Co"
    assert shown.text.startswith("Hello Lan & Co,\n\nwool & cotton, made to last <3.")
    assert "Unsubscribe: https://example.org/unsubscribe/preview" in shown.text
    assert shown.html is not None
    assert "Hello Lan &amp; Co,</p>\n" in shown.html
    assert "wool &amp; cotton, made to last &lt;3." in shown.html
    assert ">Warm wool for cold mornings</div>" in shown.html


@pytest.mark.parametrize(
    "bad",
    [
        {"body": "Hello {{ last_order }}"},
        {"body": "Hello {{ first_name }}"},
        {"body": "Write to {{ unsubscribe_url }}"},
        {"subject": "One\nTwo"},
        {"subject": "{{ message.__class__ }}"},
        {"body": "Look: https://evil.example/offer"},
        {"body": "Look at evil.com"},
        {"body": "{% for i in range(9) %}x{% endfor %}"},
        {"body": "{% if first_name is defined %}x{% endif %}"},
        {"preheader": "\u202eabc"},
        {"body": "{{ '{0.__class__}'.format(brand) }}"},
    ],
    ids=lambda bad: " ".join(bad.values())[:30].encode("ascii", "replace").decode(),
)
def test_an_answer_that_fails_the_checks_goes_back_twice_and_is_kept_nowhere(
    shop: Shop, sandbox: SandboxProcess, writer: Writer, bad: dict[str, str]
) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD | bad)

    with pytest.raises(InvalidAnswer):
        drafted(shop, writer)

    assert calls(shop) == [("draft_copy", "invalid_output")] * 3
    assert (kept(shop), templates(shop)) == (0, [])


def test_the_checks_own_words_go_back_to_the_model(shop: Shop, sandbox: SandboxProcess, writer: Writer) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD | {"body": "Hello {{ last_order }}"})
    with pytest.raises(InvalidAnswer):
        drafted(shop, writer)
    asked = [line["message"] for line in sandbox.journal() if line.get("message")]
    assert ["uses the slot 'last_order'; there are brand" in text for text in asked] == [False, True, True]


def test_a_model_that_does_better_the_second_time_is_taken(shop: Shop, sandbox: SandboxProcess, writer: Writer) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)
    sandbox.scenario("gemini", "wrong_schema", attempts=1)

    assert drafted(shop, writer).body == GOOD["body"]

    assert calls(shop) == [("draft_copy", "invalid_output"), ("draft_copy", "ok")]


def test_a_link_to_a_host_of_the_tenants_list_may_be_drafted(
    shop: Shop, sandbox: SandboxProcess, writer: Writer
) -> None:
    rules = DEFAULT_POLICY.model_copy(update={"link_hosts": LinkHosts(hosts=("shop.example",), reason="ours")})
    save_policy(shop.warehouse, shop.tenant_id, rules, set_by="test")
    shop.segment()
    sandbox.script(SENTENCE, GOOD | {"body": "Hello,\n\nsee https://shop.example/socks?a=1&b=2"})
    html = drafted(shop, writer).template().body_html
    assert html is not None
    assert '<a href="https://shop.example/socks?a=1&amp;b=2">' in html


@pytest.mark.parametrize(
    ("scenario", "error"),
    [
        ("injected", InvalidAnswer),
        ("undeclared_call", InvalidAnswer),
        ("wrong_schema", InvalidAnswer),
        ("refusal", Permanent),
        ("blocked_answer", Permanent),
        ("server_error", Transient),
    ],
)
def test_injected_instructions_a_refusal_and_a_failure_leave_no_draft(
    shop: Shop, sandbox: SandboxProcess, writer: Writer, scenario: str, error: type[Exception]
) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)
    sandbox.scenario("gemini", scenario)

    with pytest.raises(error):
        drafted(shop, writer)

    assert (kept(shop), templates(shop)) == (0, [])


def test_the_prompt_holds_the_sentence_the_brand_and_its_voice_and_no_person(
    shop: Shop, sandbox: SandboxProcess, writer: Writer
) -> None:
    shop.person("a", first_name="Tuyết", address="tuyet@example.com")
    shop.segment()
    shop.campaign()
    voice = BrandVoice("Dry and short.", ("Says thank you.",), ("Never begs.",))
    set_brand_voice(shop.warehouse, shop.tenant_id, "", voice, set_by="linh")
    sections = ["SEGMENT", '"Buyers of red socks."', "BRAND", '"Red Socks"', "VOICE", ".*Dry and short.*Never begs"]
    sandbox.script(r"\s+".join(sections), GOOD)
    drafted(shop, writer)
    asked = str(sandbox.journal())
    assert "Buyers of red socks" in asked
    assert "Tuy" not in asked
    assert "tuyet@" not in asked


@pytest.mark.parametrize(("language", "greeting"), [("en", "Hello"), ("vi-VN", "Xin chào")])
def test_the_stand_in_knows_copy_for_every_segment(
    shop: Shop, sandbox: SandboxProcess, writer: Writer, language: str, greeting: str
) -> None:
    shop.segment()
    draft = drafted(shop, writer, CopyWish(SEGMENT, "t", language, "linh"))
    assert draft.body.startswith(greeting)
    assert accept_draft(shop.warehouse, shop.tenant_id, draft.draft_id, decided_by="petr").version == 1


@pytest.mark.parametrize("text", ["Write to lan@gmail.com", "Call 0912 345 678 9", "+84 (0)912-345-678"])
def test_contact_data_is_told_to_no_model(shop: Shop, sandbox: SandboxProcess, writer: Writer, text: str) -> None:
    shop.segment()
    shop.execute("UPDATE segment.definition SET sentence = %s WHERE tenant_id = %s", text, shop.tenant_id)
    with pytest.raises(Permanent, match="contact data"):
        drafted(shop, writer)
    with pytest.raises(Permanent, match="contact data"):
        set_brand_voice(shop.warehouse, shop.tenant_id, "en", BrandVoice(text), set_by="l")
    assert sandbox.journal() == []


def test_the_budget_of_the_tenant_holds(shop: Shop, sandbox: SandboxProcess, writer: Writer) -> None:
    shop.segment()
    small = Writer(writer.model, SqlCallLedger(shop.warehouse, shop.tenant_id, Budget(day_tokens=10)), writer.prompt)
    with pytest.raises(OverBudget):
        drafted(shop, small)
    assert sandbox.journal() == []


def test_a_segment_without_an_active_definition_is_not_written_for(shop: Shop, writer: Writer) -> None:
    with pytest.raises(Permanent, match="no active definition"):
        drafted(shop, writer)


def test_a_draft_is_decided_once_by_somebody_with_a_name(shop: Shop, sandbox: SandboxProcess, writer: Writer) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)
    first, second = drafted(shop, writer).draft_id, drafted(shop, writer).draft_id
    reject_draft(shop.warehouse, shop.tenant_id, first, decided_by="petr")
    for decide in (accept_draft, reject_draft):
        with pytest.raises(Permanent, match="decided before"):
            decide(shop.warehouse, shop.tenant_id, first, decided_by="petr")
        with pytest.raises(Permanent, match="a name"):
            decide(shop.warehouse, shop.tenant_id, second, decided_by=" ")
        with pytest.raises(Permanent, match="no draft"):
            decide(shop.warehouse, shop.tenant_id, second + 100, decided_by="petr")
    assert templates(shop) == []


def test_acceptance_keeps_the_forms_in_other_languages(shop: Shop, sandbox: SandboxProcess, writer: Writer) -> None:
    shop.segment()
    save_template(shop.warehouse, shop.tenant_id, *message_layouts())
    sandbox.script(SENTENCE, GOOD)
    draft = drafted(shop, writer, CopyWish(SEGMENT, "message", "en", "linh"))
    assert accept_draft(shop.warehouse, shop.tenant_id, draft.draft_id, decided_by="petr").version == 2
    assert templates(shop) == [("message", 1, "en"), ("message", 1, "vi"), ("message", 2, "en"), ("message", 2, "vi")]


def test_what_no_longer_passes_the_checks_cannot_be_accepted(
    shop: Shop, sandbox: SandboxProcess, writer: Writer
) -> None:
    shop.segment()
    sandbox.script(SENTENCE, GOOD)
    draft_id = drafted(shop, writer).draft_id
    shop.execute("UPDATE activation.template_draft SET body = 'evil.com' WHERE tenant_id = %s", shop.tenant_id)
    with pytest.raises(Permanent, match="evil"):
        accept_draft(shop.warehouse, shop.tenant_id, draft_id, decided_by="petr")
    assert templates(shop) == []


@pytest.mark.parametrize("language", ["en", "vi", "vi-VN", "cs"])
def test_every_layout_around_copy_passes_the_checks(language: str) -> None:
    words = Words("S", "P", "Hi {{ city | default('you') }}\n\n\nBye")
    check_words(words, "t", language, LinkPolicy())
    html = template_of(words, "t", language).body_html
    assert html is not None
    assert "%%" not in html
    assert html.count('<p style="white-space:pre-line">') == 2


def test_slots_stay_slots_and_text_is_escaped_in_html() -> None:
    source = as_html('a < b {{ first_name | default("<x>") }} & {{ brand }}')
    assert source == 'a &lt; b {{ first_name | default("<x>") }} &amp; {{ brand }}'
