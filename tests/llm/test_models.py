import pytest

from leo_activation.errors import Configuration
from leo_activation.llm.calls import CallOutcome
from leo_activation.llm.models import model_from
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import ask_structured
from leo_activation.settings import read_settings
from sandbox.process import SandboxProcess

from .conftest import CallList
from .test_structured import RIGHT, Choice


def test_the_environment_names_a_model_that_answers(sandbox: SandboxProcess, prompt: Prompt, ledger: CallList) -> None:
    sandbox.script("red socks", RIGHT)
    model = model_from(
        read_settings(
            {
                "LEO_LLM_MODEL": "google:gemini-2.5-flash-lite",
                "LEO_LLM_BASE_URL": sandbox.gemini_url,
                "GOOGLE_API_KEY": "a key",
            }
        )
    )
    assert ask_structured(model, prompt, Choice, "red socks", ledger=ledger).color == "red"
    assert [call.outcome for call in ledger.calls] == [CallOutcome.OK]


def test_an_ollama_server_needs_an_address_and_no_key() -> None:
    model = model_from(
        read_settings({"LEO_LLM_MODEL": "ollama:functiongemma", "LEO_LLM_BASE_URL": "http://127.0.0.1:11434/v1"})
    )
    assert model.model_name == "functiongemma"


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({}, "LEO_LLM_MODEL is not set"),
        ({"LEO_LLM_MODEL": "gemini-2.5-flash"}, "must be one of google:"),
        ({"LEO_LLM_MODEL": "carrier-pigeon:one"}, "must be one of google:"),
        ({"LEO_LLM_MODEL": "google:gemini-2.5-flash"}, "GOOGLE_API_KEY"),
        ({"LEO_LLM_MODEL": "ollama:functiongemma"}, "cannot be used"),
    ],
)
def test_a_name_that_cannot_be_used_says_why(environment: dict[str, str], words: str) -> None:
    with pytest.raises(Configuration, match=words):
        model_from(read_settings(environment))


def test_several_models_are_a_chain_each_at_its_own_address(
    sandbox: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    sandbox.script("red socks", RIGHT)
    sandbox.scenario("gemini", "unavailable")
    model = model_from(
        read_settings(
            {
                "LEO_LLM_MODEL": "google:gemini-2.5-flash-lite, ollama:functiongemma",
                "LEO_LLM_BASE_URL": f"{sandbox.gemini_url}, {sandbox.openai_url}",
                "GOOGLE_API_KEY": "a key",
            }
        )
    )
    assert ask_structured(model, prompt, Choice, "red socks", ledger=ledger).color == "red"
    assert [(call.model, call.outcome) for call in ledger.calls] == [
        ("google:gemini-2.5-flash-lite", CallOutcome.UNAVAILABLE),
        ("ollama:functiongemma", CallOutcome.OK),
    ]


def test_an_address_too_few_is_not_given_to_the_wrong_model() -> None:
    environment = {
        "LEO_LLM_MODEL": "google:gemini-2.5-flash,ollama:functiongemma",
        "LEO_LLM_BASE_URL": "http://127.0.0.1:11434/v1",
        "GOOGLE_API_KEY": "a key",
    }
    with pytest.raises(Configuration, match="1 addresses for 2 models"):
        model_from(read_settings(environment))
