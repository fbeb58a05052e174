"""Drafted copy on the desk: asked for by marketers, used by nobody before somebody of content has accepted it."""

from collections.abc import Callable, Iterator

import pytest
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.activation.messages.copy_drafts import Writer, list_drafts
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.campaigns.copy import CopyPages, WriterOf
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant
from sandbox.process import SandboxProcess, running_sandbox
from tests.activation.shop import Shop
from tests.activation.test_copy import GOOD, SENTENCE
from tests.desk.conftest import ROOT, House, Register


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A language model of one's own, which says what a test wrote for it."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def shop(warehouse: Warehouse, tenant: Tenant, pseudonym_key: bytes) -> Iterator[Shop]:
    with warehouse.connect(DatabaseRole.WRITER, tenant.tenant_id) as connection:
        connection.autocommit = True
        shop = Shop(warehouse, tenant.tenant_id, pseudonym_key, connection)
        shop.segment()
        yield shop


def front_of(house: Callable[[Register], House], shop: Shop, writer: WriterOf | None) -> House:
    def register(desk: Desk, pages: Pages) -> None:
        CopyPages(desk, writer).add_to(pages)

    built = house(register)
    built.tenants.append(shop.tenant_id)
    return built


def test_a_draft_is_asked_for_by_a_marketer_and_accepted_only_by_somebody_of_content(
    house: Callable[[Register], House], shop: Shop, sandbox: SandboxProcess
) -> None:
    def writer(tenant_id: str) -> Writer:
        provider = GoogleProvider(api_key="a key", base_url=sandbox.gemini_url)
        ledger = SqlCallLedger(shop.warehouse, tenant_id)
        return Writer(GoogleModel("gemini-2.5-flash-lite", provider=provider), ledger, load_prompt("draft_copy"))

    front = front_of(house, shop, writer)
    page = f"{ROOT}/{shop.tenant_id}/campaigns/copy"
    sandbox.script(SENTENCE, GOOD)
    marketer = front.as_("marketer")
    asked = marketer.post(page, data={"segment": "Red socks", "language": "en"})
    assert asked.status_code == 303
    [draft] = list_drafts(shop.warehouse, shop.tenant_id)
    assert (draft.proposed_for, draft.template_id) == ("marketer", "copy_red_socks")
    assert "wool &amp; cotton" in marketer.get(page).text
    assert "/accept" not in marketer.get(page).text

    accept = f"{page}/{draft.draft_id}/accept"
    assert marketer.post(accept).status_code == 403
    assert "/accept" in front.as_("editor").get(page).text
    assert front.as_("editor").post(accept).status_code == 303
    [decided] = list_drafts(shop.warehouse, shop.tenant_id, None)
    assert (decided.state, decided.decided_by, decided.template_version) == ("accepted", "editor", 1)
    assert "/campaigns/new?template=copy_red_socks@1" in marketer.get(page).text
    assert front.as_("editor").post(accept).status_code == 422, "it was decided before"

    unknown = marketer.post(page, data={"segment": "No such", "language": "en"})
    assert unknown.status_code == 422
    assert 'value="No such"' in unknown.text


def test_without_a_model_the_page_says_so_and_asks_for_nothing(house: Callable[[Register], House], shop: Shop) -> None:
    front = front_of(house, shop, None)
    page = f"{ROOT}/{shop.tenant_id}/campaigns/copy"
    shown = front.as_("marketer").get(page).text
    assert "No language model is set up here" in shown
    assert "<textarea" not in shown
    assert "Draft an e-mail" not in shown
    assert front.as_("marketer").post(page, data={"segment": "Red socks", "language": "en"}).status_code == 422
    assert list_drafts(shop.warehouse, shop.tenant_id, None) == []
