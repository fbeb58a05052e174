"""Airflow's connection of the type pydanticai becomes the client of its provider, over a real socket."""

import json
from collections.abc import Iterator

import pytest

from leo_activation.errors import Configuration
from leo_activation.llm.failures import ModelBusy
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.orchestration.connections import LLM_CONNECTION, language_model
from sandbox.process import SandboxProcess, running_sandbox
from tests.llm.conftest import CallList
from tests.llm.providers import GEMINI, OLLAMA, PROVIDERS, ProviderUnderTest
from tests.llm.test_providers import QUESTION, RIGHT, Choice

PROMPT = Prompt(name="name_colors", version=3, text="Name the color and the product.", sha256="ab" * 32)
EACH_PROVIDER = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)


@pytest.fixture(scope="module")
def sandbox_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """One sandbox for the module."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def sandbox(sandbox_process: SandboxProcess) -> SandboxProcess:
    """A sandbox that knows the answer, with no fault in force."""
    sandbox_process.reset()
    sandbox_process.script("red socks", RIGHT)
    return sandbox_process


def connect(
    monkeypatch: pytest.MonkeyPatch,
    connection_id: str,
    provider: ProviderUnderTest,
    host: str,
    fallbacks: tuple[str, ...] = (),
) -> None:
    """Set an Airflow connection in the environment."""
    extra = {"model": provider.name} | ({"fallback_conn_ids": list(fallbacks)} if fallbacks else {})
    connection = {"conn_type": "pydanticai", "password": "a-key", "host": host, "extra": extra}
    monkeypatch.setenv(f"AIRFLOW_CONN_{connection_id.upper()}", json.dumps(connection))


def ask(ledger: CallList) -> Choice:
    model = language_model()
    assert model is not None
    return ask_structured(model, PROMPT, Choice, QUESTION, ledger=ledger)


@EACH_PROVIDER
def test_a_connection_leads_to_an_answer(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, provider: ProviderUnderTest
) -> None:
    connect(monkeypatch, LLM_CONNECTION, provider, provider.base_url(sandbox))
    ledger = CallList()
    assert ask(ledger).color == "red"
    assert [(call.model, call.outcome) for call in ledger.calls] == [(provider.model_id, "ok")]
    (line,) = sandbox.journal()
    assert (line["channel"], line["recipient"]) == (provider.channel, provider.name.partition(":")[2])


@EACH_PROVIDER
@pytest.mark.parametrize(("scenario", "error"), [("rate_limited", ModelBusy), ("invalid_key", Configuration)])
def test_a_fault_behind_a_connection_is_the_error_of_its_kind(
    sandbox: SandboxProcess,
    monkeypatch: pytest.MonkeyPatch,
    provider: ProviderUnderTest,
    scenario: str,
    error: type[Exception],
) -> None:
    connect(monkeypatch, LLM_CONNECTION, provider, provider.base_url(sandbox))
    sandbox.scenario(provider.channel, scenario)
    with pytest.raises(error):
        ask(CallList())
    assert len(sandbox.journal()) == 1


@pytest.mark.parametrize("scenario", ["unavailable", "server_error", "quota_exhausted", "invalid_key", "close"])
def test_a_chain_of_connections_answers_from_the_next_one(
    sandbox: SandboxProcess, monkeypatch: pytest.MonkeyPatch, scenario: str
) -> None:
    connect(monkeypatch, LLM_CONNECTION, GEMINI, sandbox.gemini_url, ("leo_llm_at_home",))
    connect(monkeypatch, "leo_llm_at_home", OLLAMA, sandbox.openai_url)
    sandbox.scenario("gemini", scenario)
    ledger = CallList()
    assert ask(ledger).color == "red"
    assert ledger.calls[-1].answered_by == OLLAMA.model_id
    assert [line["channel"] for line in sandbox.journal()] == ["gemini", "openai"]


def test_no_connection_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(f"AIRFLOW_CONN_{LLM_CONNECTION.upper()}", raising=False)
    assert language_model() is None
