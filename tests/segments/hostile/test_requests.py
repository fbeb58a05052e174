"""Hostile requests change nothing but the answer: by the grammar, and by a model that obeys whoever wrote them."""

import logging

import pytest

from leo_activation.errors import Permanent
from leo_activation.llm.budget import Budget
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm import LanguageModelPlanner
from leo_activation.segments.planners.llm_explain import LanguageModelExplainer
from leo_activation.segments.planners.llm_review import LanguageModelReviewer
from leo_activation.segments.requests import RequestState, submit_request
from sandbox.process import SandboxProcess
from tests.llm.providers import GEMINI, OPENAI_CHAT
from tests.segments.hostile.asking import Asked, ask, assert_gated, assert_sheet_holds
from tests.segments.hostile.attacks import ATTACKS, LEAKED, Attack
from tests.segments.hostile.shop import CONTACTS, HostileShop
from tests.segments.hostile.state import changed, state_of
from tests.segments.hostile.texts import REQUESTS, HostileRequest

CATEGORIES = tuple(dict.fromkeys(request.category for request in REQUESTS))
ANSWERED = frozenset({RequestState.DRAFTED, RequestState.NEEDS_CLARIFICATION, RequestState.FAILED})
NO_BUDGET = Budget(request_tokens=None, day_tokens=None)


def test_there_are_enough_of_them() -> None:
    assert len({request.text for request in REQUESTS}) >= 100
    assert len(CATEGORIES) >= 12
    assert max(len(request.text) for request in REQUESTS) == 4000


@pytest.mark.parametrize("text", ["customers\0 from Poland", "customers \ud83d from Poland"])
def test_what_is_no_text_does_not_get_into_the_inbox(shop: HostileShop, text: str) -> None:
    with pytest.raises(Permanent, match="is a text"):
        submit_request(shop.warehouse, shop.tenant_id, text, "marketer")


def active(shop: HostileShop) -> list[tuple[object, ...]]:
    return shop.rows("SELECT segment_id, version, hash FROM segment.definition WHERE state <> 'draft' ORDER BY 1, 2")


def assert_nothing_but_an_answer(
    asked: Asked | Permanent, request: HostileRequest, log: pytest.LogCaptureFixture
) -> None:
    """The request ends in one of its states, by gated queries, and its words lead nowhere."""
    logged = [record.getMessage() for record in log.records if record.name.startswith("leo_activation")]
    assert not [line for line in logged if "\n" in line or any(contact in line for contact in CONTACTS)], request
    if isinstance(asked, Permanent):
        assert request.text.strip() not in str(asked) or len(request.text) < 8
        return
    assert asked.draft.state in ANSWERED, request
    assert_gated(asked)
    if len(request.text) > 20:
        assert not [sent for sent in asked.sent if request.text in sent.text], request
    if asked.body is not None:
        assert_sheet_holds(asked, request.text)


@pytest.mark.parametrize("category", CATEGORIES)
def test_the_grammar_answers_and_changes_nothing_else(
    shop: HostileShop, administrator_url: str, caplog: pytest.LogCaptureFixture, category: str
) -> None:
    caplog.set_level(logging.DEBUG, logger="leo_activation")
    before, standing = state_of(administrator_url), active(shop)
    for request in (one for one in REQUESTS if one.category == category):
        caplog.clear()
        assert_nothing_but_an_answer(ask(shop, request.text, [GrammarPlanner()]), request, caplog)
    assert changed(before, state_of(administrator_url)) == set()
    assert active(shop) == standing


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_a_model_that_obeys_the_attacker_changes_nothing_else(
    shop: HostileShop,
    administrator_url: str,
    sandbox: SandboxProcess,
    caplog: pytest.LogCaptureFixture,
    attack: Attack,
) -> None:
    caplog.set_level(logging.DEBUG, logger="leo_activation")
    number = ATTACKS.index(attack)
    provider = (GEMINI, OPENAI_CHAT)[number % 2]
    sandbox.reset()
    for answer in (*attack.others, attack.answer):
        sandbox.script("", dict(answer))
    sandbox.scenario(provider.channel, attack.scenario)
    model = provider.model(provider.base_url(sandbox))
    ledger = SqlCallLedger(shop.warehouse, shop.tenant_id, NO_BUDGET)
    before, standing = state_of(administrator_url), active(shop)
    drafted = 0
    for request in REQUESTS[number :: len(ATTACKS)]:
        caplog.clear()
        asked = ask(
            shop,
            request.text,
            [GrammarPlanner(), LanguageModelPlanner(model, ledger, encoder=shop.encoder)],
            reviewer=LanguageModelReviewer(model, ledger),
            explainer=LanguageModelExplainer(model, ledger) if attack.drafts else None,
        )
        assert_nothing_but_an_answer(asked, request, caplog)
        if isinstance(asked, Asked):
            drafted += asked.draft.state is RequestState.DRAFTED
            answered = "\n".join((*asked.draft.unplaced, *asked.draft.questions, asked.draft.problem or ""))
            told = (*CONTACTS, *LEAKED)
            assert not [contact for contact in told if contact in answered and contact not in request.text]
    assert drafted > 0 or not attack.drafts
    prompts = [line["message"] for line in sandbox.journal()]
    assert len(prompts) >= 5
    assert not [contact for contact in CONTACTS for prompt in prompts if contact in prompt]
    assert changed(before, state_of(administrator_url)) == set()
    assert active(shop) == standing


def test_the_ledger_holds_no_words_of_anybody(shop: HostileShop) -> None:
    calls = shop.rows("SELECT to_jsonb(call)::text FROM llm.call AS call")
    assert len(calls) > 50
    kept = "\n".join(str(call) for (call,) in calls)
    assert not [contact for contact in CONTACTS if contact in kept]
    assert not [request for request in REQUESTS if len(request.text) > 12 and request.text in kept]
    explained = shop.rows("SELECT text, explanation FROM segment.request WHERE explanation IS NOT NULL")
    assert len(explained) > 50
    for text, explanation in explained:
        assert not [contact for contact in (*CONTACTS, *LEAKED) if contact in explanation and contact not in text]
