"""One question over a real socket: pydantic-ai's Gemini client against the sandbox, in every way it can end."""

import json

import httpx2
import pytest
from pydantic import BaseModel, ConfigDict, field_validator
from pydantic_ai.models import Model
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.models.openai import OpenAIChatModel
from pydantic_ai.providers.google import GoogleProvider
from pydantic_ai.providers.openai import OpenAIProvider

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.calls import CallEnd, CallOutcome, SentCall
from leo_activation.llm.failures import InvalidAnswer, ModelBusy
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import Limits, ask_structured
from sandbox.process import SandboxProcess

from .conftest import CallList

QUESTION = "Who bought red socks?"
RIGHT = {"color": "red", "products": ["socks"]}


class Choice(BaseModel):
    """A type with a rule that no JSON schema says."""

    model_config = ConfigDict(extra="forbid")

    color: str
    products: list[str]

    @field_validator("products")
    @classmethod
    def _names_something(cls, products: list[str]) -> list[str]:
        if not products:
            raise ValueError("a choice names a product")
        return products


@pytest.fixture
def scripted(sandbox: SandboxProcess) -> SandboxProcess:
    """A model that knows the right answer."""
    sandbox.script("red socks", RIGHT)
    return sandbox


@pytest.mark.filterwarnings("ignore:Some responses omitted usage information")
def test_what_a_server_does_not_tell_is_null_and_not_zero(prompt: Prompt, ledger: CallList) -> None:
    def answer_without_usage(request: httpx2.Request) -> httpx2.Response:
        [tool] = json.loads(request.content)["tools"]
        call = {
            "id": "1",
            "type": "function",
            "function": {"name": tool["function"]["name"], "arguments": json.dumps(RIGHT)},
        }
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
        choice = {"index": 0, "finish_reason": "tool_calls", "message": message}
        said = {"id": "x", "object": "chat.completion", "created": 1, "model": "gemma", "choices": [choice]}
        return httpx2.Response(200, json=said)

    client = httpx2.AsyncClient(transport=httpx2.MockTransport(answer_without_usage))
    server = OpenAIProvider(api_key="a key", base_url="http://gemma.test/v1", http_client=client)
    ask_structured(OpenAIChatModel("gemma", provider=server), prompt, Choice, QUESTION, ledger=ledger)
    (call,) = ledger.calls
    assert (call.outcome, call.answered_by) == (CallOutcome.OK, "openai:gemma")
    assert (call.input_tokens, call.output_tokens, call.cost_micro_usd) == (None, None, None)
    assert call.reserved_tokens > 0


def test_a_fitting_answer_is_returned_and_recorded_with_tokens_and_cost(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    answer = ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, request_id=17)
    assert answer == Choice(color="red", products=["socks"])
    (call,) = ledger.calls
    assert (call.task, call.prompt_name, call.prompt_version, call.prompt_hash) == (
        prompt.name,
        prompt.name,
        prompt.version,
        prompt.sha256,
    )
    assert (call.model, call.request_id, call.outcome) == ("google:gemini-2.5-flash-lite", 17, CallOutcome.OK)
    assert call.input_tokens
    assert call.output_tokens
    # 0.10 and 0.40 US dollars per million tokens, in millionths of a dollar, rounded up.
    assert call.cost_micro_usd == -(-(call.input_tokens + 4 * call.output_tokens) // 10)


def test_the_same_model_serves_one_question_after_the_other(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    for _ in range(3):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert [call.outcome for call in ledger.calls] == [CallOutcome.OK] * 3


def test_the_model_gets_the_prompt_the_text_and_no_tool_but_the_answer(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    (line,) = scripted.journal()
    sent = json.loads(line["message"])
    assert sent["systemInstruction"]["parts"] == [{"text": prompt.text}]
    assert sent["contents"] == [{"role": "user", "parts": [{"text": QUESTION}]}]
    (tool,) = sent["tools"]
    assert [function["name"] for function in tool["functionDeclarations"]] == ["final_result"]
    assert sent["generationConfig"]["temperature"] == 0


@pytest.mark.parametrize("scenario", ["wrong_schema", "malformed_json", "injected", "refusal"])
def test_an_answer_that_does_not_fit_is_repaired_once_the_model_does_better(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList, scenario: str
) -> None:
    scripted.scenario("gemini", scenario, attempts=1)
    answer = ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert answer == Choice(color="red", products=["socks"])
    assert [call.outcome for call in ledger.calls] == [CallOutcome.INVALID_OUTPUT, CallOutcome.OK]


@pytest.mark.parametrize("scenario", ["wrong_schema", "malformed_json", "injected", "refusal"])
def test_after_two_repair_rounds_the_question_is_given_up(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList, scenario: str
) -> None:
    scripted.scenario("gemini", scenario)
    with pytest.raises(InvalidAnswer):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert [call.outcome for call in ledger.calls] == [CallOutcome.INVALID_OUTPUT] * 3


def test_the_validators_errors_go_back_to_the_model_and_out_to_the_caller(
    sandbox: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    sandbox.script("red socks", {"color": "red", "products": []})
    with pytest.raises(InvalidAnswer) as failure:
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert failure.value.problems == ("products: Value error, a choice names a product",)
    assert "a choice names a product" not in sandbox.journal()[0]["message"]
    assert "a choice names a product" in sandbox.journal()[1]["message"]


@pytest.mark.parametrize(
    ("scenario", "error", "outcome"),
    [
        ("rate_limited", Transient, CallOutcome.RATE_LIMITED),
        ("server_error", Transient, CallOutcome.UNAVAILABLE),
        ("unavailable", Transient, CallOutcome.UNAVAILABLE),
        ("close", Transient, CallOutcome.UNAVAILABLE),
        ("malformed_body", Transient, CallOutcome.UNAVAILABLE),
        ("quota_exhausted", Configuration, CallOutcome.QUOTA_EXHAUSTED),
        ("invalid_key", Configuration, CallOutcome.NOT_AUTHORISED),
        ("blocked_prompt", Permanent, CallOutcome.REFUSED),
        ("blocked_answer", Permanent, CallOutcome.REFUSED),
    ],
)
def test_a_failure_says_whether_trying_again_helps_and_is_recorded_once(
    scripted: SandboxProcess,
    model: Model,
    prompt: Prompt,
    ledger: CallList,
    scenario: str,
    error: type[Exception],
    outcome: CallOutcome,
) -> None:
    scripted.scenario("gemini", scenario)
    with pytest.raises(error):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert [call.outcome for call in ledger.calls] == [outcome]
    assert len(scripted.journal()) == 1


def test_a_rate_limit_tells_how_long_to_wait(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    scripted.scenario("gemini", "rate_limited")
    with pytest.raises(ModelBusy) as busy:
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert busy.value.retry_after_s == 7


@pytest.mark.parametrize("limits", [Limits(request_seconds=0.3), Limits(total_seconds=0.3)])
def test_a_model_that_never_answers_ends_at_the_limit(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList, limits: Limits
) -> None:
    scripted.scenario("gemini", "stall")
    with pytest.raises(ModelBusy):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, limits=limits)
    assert [call.outcome for call in ledger.calls] == [CallOutcome.TIMED_OUT]


def test_a_provider_that_is_not_there_may_come_back(prompt: Prompt, ledger: CallList) -> None:
    nobody = GoogleModel("gemini-2.5-flash-lite", provider=GoogleProvider(api_key="k", base_url="http://127.0.0.1:9"))
    with pytest.raises(ModelBusy):
        ask_structured(nobody, prompt, Choice, QUESTION, ledger=ledger)
    assert [call.outcome for call in ledger.calls] == [CallOutcome.UNAVAILABLE]


def test_an_unknown_model_name_is_for_a_person(sandbox: SandboxProcess, prompt: Prompt, ledger: CallList) -> None:
    provider = GoogleProvider(api_key="k", base_url=sandbox.gemini_url)
    with pytest.raises(Configuration):
        ask_structured(GoogleModel("no-such-model", provider=provider), prompt, Choice, QUESTION, ledger=ledger)
    assert [call.outcome for call in ledger.calls] == [CallOutcome.NOT_AUTHORISED]


def test_more_tokens_than_the_limit_stop_the_question(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    with pytest.raises(Permanent):
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, limits=Limits(total_tokens=10))
    assert [call.outcome for call in ledger.calls] == [CallOutcome.OVER_BUDGET]


def test_an_error_never_repeats_the_request(
    scripted: SandboxProcess, model: Model, prompt: Prompt, ledger: CallList
) -> None:
    scripted.scenario("gemini", "wrong_schema")
    with pytest.raises(InvalidAnswer) as failure:
        ask_structured(model, prompt, Choice, QUESTION, ledger=ledger)
    assert "socks" not in str(failure.value)
    assert "google:gemini-2.5-flash-lite" in str(failure.value)


def test_a_ledger_that_fails_is_not_taken_for_a_model_that_fails(
    scripted: SandboxProcess, model: Model, prompt: Prompt
) -> None:
    class Unreachable:
        def begin(self, call: SentCall) -> int:
            raise Transient("The warehouse cannot be reached.")

        def end(self, call_id: int, end: CallEnd) -> None:
            raise AssertionError("there was no call")

    with pytest.raises(Transient, match="warehouse"):
        ask_structured(model, prompt, Choice, QUESTION, ledger=Unreachable())
    assert scripted.journal() == [], "what cannot be recorded is not sent"
