"""Drafted copy on the desk: asked for by marketers, used by nobody before somebody of content has accepted it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.activation.messages.copy_drafts import Writer, list_drafts
from leo_activation.desk.app import Desk, Pages
from leo_activation.desk.pages.campaigns.copy import CopyPages, Writers
from leo_activation.desk.serving import AirflowWriters
from leo_activation.errors import Configuration
from leo_activation.llm.prompts import load_prompt
from leo_activation.llm.sql_ledger import SqlCallLedger
from leo_activation.settings import DatabaseRole, read_settings
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


@dataclass(frozen=True)
class Sandboxed:
    """The client that production uses, on another address, with the ledger in the warehouse."""

    shop: Shop
    sandbox: SandboxProcess

    def has_model(self) -> bool:
        return True

    def of(self, tenant_id: str) -> Writer:
        provider = GoogleProvider(api_key="a key", base_url=self.sandbox.gemini_url)
        ledger = SqlCallLedger(self.shop.warehouse, tenant_id)
        return Writer(GoogleModel("gemini-2.5-flash-lite", provider=provider), ledger, load_prompt("draft_copy"))


class Nobody:
    """An installation without a model."""

    def has_model(self) -> bool:
        return False

    def of(self, tenant_id: str) -> Writer:
        raise AssertionError("there is none to ask")


def front_of(house: Callable[[Register], House], shop: Shop, writers: Writers) -> House:
    def register(desk: Desk, pages: Pages) -> None:
        CopyPages(desk, writers).add_to(pages)

    built = house(register)
    built.tenants.append(shop.tenant_id)
    return built


def test_a_draft_is_asked_for_by_a_marketer_and_accepted_only_by_somebody_of_content(
    house: Callable[[Register], House], shop: Shop, sandbox: SandboxProcess
) -> None:
    front = front_of(house, shop, Sandboxed(shop, sandbox))
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
    front = front_of(house, shop, Nobody())
    page = f"{ROOT}/{shop.tenant_id}/campaigns/copy"
    shown = front.as_("marketer").get(page).text
    assert "No language model is set up here" in shown
    assert "<textarea" not in shown
    assert "Draft an e-mail" not in shown
    assert front.as_("marketer").post(page, data={"segment": "Red socks", "language": "en"}).status_code == 422
    assert list_drafts(shop.warehouse, shop.tenant_id, None) == []


def test_the_model_is_that_of_airflows_connection(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    writers = AirflowWriters(read_settings(), shop.warehouse)
    told = {"conn_type": "pydanticai", "password": "a-long-key", "extra": {"model": "google:gemini-2.5-flash-lite"}}
    monkeypatch.setenv("AIRFLOW_CONN_LEO_LLM", json.dumps(told))
    assert writers.has_model()
    writer = writers.of(shop.tenant_id)
    assert (writer.model.system, writer.model.model_name) == ("google", "gemini-2.5-flash-lite")
    monkeypatch.setenv("AIRFLOW_CONN_LEO_LLM", json.dumps(told | {"extra": {"model": "nobody:nothing"}}))
    with pytest.raises(Configuration, match="leo_llm leads to no model"):
        writers.of(shop.tenant_id)
