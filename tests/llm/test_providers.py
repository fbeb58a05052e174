"""Each provider's own client over a real socket, in each way that a provider can fail: one error, one ledger."""

import json
import logging
from time import perf_counter

import pytest
from pydantic import BaseModel, ConfigDict

from leo_activation.llm.failures import SENTENCES, ModelBusy
from leo_activation.llm.prompts import Prompt, load_prompt
from leo_activation.llm.structured import Limits, ask_structured
from leo_activation.segments.plan import Behaviour, EventKind, Last, ProductFilter, SegmentPlan, TimeUnit
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from sandbox.models.intention import INSTRUCTION, REFUSAL, UNDECLARED_FUNCTION
from sandbox.process import SandboxProcess
from sandbox.scenarios import ModelScenario

from .conftest import CallList
from .providers import OLLAMA, OPENAI_CHAT, OPENAI_RESPONSES, PROVIDERS, ProviderUnderTest, end_of

QUESTION = "Who bought red socks?"
RIGHT = {"color": "red", "products": ["socks"]}
LIMITS = Limits(request_seconds=0.5, total_seconds=3)
EACH_PROVIDER = pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.name)
PROVIDERS_WORDS = (
    "organization",
    "plan and billing",
    "API key",
    "overloaded",
    "usage policy",
    "retry",
    "Sorry",
    "nginx",
    REFUSAL,
    INSTRUCTION,
    UNDECLARED_FUNCTION,
    "this_field",
)
"""Of what the stand-ins answer, in errors and in answers."""


class Choice(BaseModel):
    """What is asked for."""

    model_config = ConfigDict(extra="forbid")

    color: str
    products: list[str]


@EACH_PROVIDER
@pytest.mark.parametrize("scenario", list(ModelScenario))
def test_every_way_to_fail_has_one_error_one_ledger_and_an_end(
    sandbox: SandboxProcess,
    prompt: Prompt,
    ledger: CallList,
    caplog: pytest.LogCaptureFixture,
    provider: ProviderUnderTest,
    scenario: ModelScenario,
) -> None:
    caplog.set_level(logging.DEBUG, logger="leo_activation")
    sandbox.script("red socks", RIGHT)
    sandbox.scenario(provider.channel, scenario)
    expected, outcomes = end_of(provider, scenario)
    model = provider.model(provider.base_url(sandbox))
    began = perf_counter()
    if expected is None:
        assert ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, limits=LIMITS).color == "red"
    else:
        with pytest.raises(expected) as failure:
            ask_structured(model, prompt, Choice, QUESTION, ledger=ledger, limits=LIMITS)
        assert type(failure.value) is expected
        said = {f"The model {provider.model_id} {words}, in the task {prompt.name}." for words in SENTENCES.values()}
        assert str(failure.value) in said
    assert perf_counter() - began < LIMITS.total_seconds + 2
    assert tuple(call.outcome for call in ledger.calls) == outcomes
    assert len(sandbox.journal()) == len(outcomes) <= 3
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("leo_activation"))
    assert not [words for words in (*PROVIDERS_WORDS, QUESTION) if words in logged]


@EACH_PROVIDER
@pytest.mark.parametrize("scenario", [ModelScenario.RATE_LIMITED, ModelScenario.RATE_LIMITED_UNTIL])
def test_the_wait_is_read_in_seconds_and_as_a_date(
    sandbox: SandboxProcess, prompt: Prompt, ledger: CallList, provider: ProviderUnderTest, scenario: ModelScenario
) -> None:
    sandbox.scenario(provider.channel, scenario)
    with pytest.raises(ModelBusy) as busy:
        ask_structured(provider.model(provider.base_url(sandbox)), prompt, Choice, QUESTION, ledger=ledger)
    assert busy.value.retry_after_s == pytest.approx(7, abs=2)


@EACH_PROVIDER
def test_the_whole_question_has_one_time_limit_over_all_its_rounds(
    sandbox: SandboxProcess, prompt: Prompt, ledger: CallList, provider: ProviderUnderTest
) -> None:
    sandbox.scenario(provider.channel, "stall")
    limits = Limits(request_seconds=30, total_seconds=0.4)
    began = perf_counter()
    with pytest.raises(ModelBusy):
        ask_structured(
            provider.model(provider.base_url(sandbox)), prompt, Choice, QUESTION, ledger=ledger, limits=limits
        )
    assert perf_counter() - began < 5


@EACH_PROVIDER
@pytest.mark.parametrize("scenario", ["malformed_json", "wrong_schema", "injected", "undeclared_call"])
def test_an_answer_that_does_not_fit_is_repaired_once_the_model_does_better(
    sandbox: SandboxProcess, prompt: Prompt, ledger: CallList, provider: ProviderUnderTest, scenario: str
) -> None:
    sandbox.script("red socks", RIGHT)
    sandbox.scenario(provider.channel, scenario, attempts=1)
    answer = ask_structured(provider.model(provider.base_url(sandbox)), prompt, Choice, QUESTION, ledger=ledger)
    assert answer == Choice(color="red", products=["socks"])
    assert [call.outcome for call in ledger.calls] == ["invalid_output", "ok"]


@EACH_PROVIDER
def test_a_request_in_vietnamese_becomes_the_plan_of_its_meaning(
    sandbox: SandboxProcess, ledger: CallList, provider: ProviderUnderTest
) -> None:
    answer: PlannedRequest | NeedsClarification = ask_structured(
        provider.model(provider.base_url(sandbox)),
        load_prompt("plan_segment"),
        (PlannedRequest, NeedsClarification),
        "REQUEST\nKhách hàng đã mua tất đỏ trong 60 ngày qua",
        ledger=ledger,
    )
    assert isinstance(answer, PlannedRequest)
    assert answer.plan == SegmentPlan(
        where=Behaviour(
            event=EventKind.PURCHASE,
            product=ProductFilter(names=("socks",), colors=("red",)),
            window=Last(amount=60, unit=TimeUnit.DAY),
        )
    )


@pytest.mark.parametrize("provider", [OPENAI_CHAT, OPENAI_RESPONSES, OLLAMA], ids=lambda provider: provider.name)
def test_a_compatible_server_gets_the_prompt_the_text_and_no_tool_but_the_answer(
    sandbox: SandboxProcess, prompt: Prompt, ledger: CallList, provider: ProviderUnderTest
) -> None:
    sandbox.script("red socks", RIGHT)
    ask_structured(provider.model(provider.base_url(sandbox)), prompt, Choice, QUESTION, ledger=ledger)
    (line,) = sandbox.journal()
    sent = json.loads(line["message"])
    if provider is OPENAI_RESPONSES:
        assert (sent["instructions"], sent["input"]) == (prompt.text, [{"role": "user", "content": QUESTION}])
        (tool,) = sent["tools"]
    else:
        assert sent["messages"] == [
            {"role": "system", "content": prompt.text},
            {"role": "user", "content": QUESTION},
        ]
        ((tool),) = [one["function"] for one in sent["tools"]]
    assert tool["name"] == "final_result"
    assert (sent["tool_choice"], sent["temperature"]) == ("required", 0)
    assert "a-key" not in json.dumps(line)


@EACH_PROVIDER
def test_an_instruction_in_the_texts_of_a_plan_is_a_text_and_nothing_else(
    sandbox: SandboxProcess, ledger: CallList, provider: ProviderUnderTest
) -> None:
    sandbox.scenario(provider.channel, "instructions")
    answer = ask_structured(
        provider.model(provider.base_url(sandbox)),
        load_prompt("plan_segment"),
        PlannedRequest,
        "REQUEST\nKhách hàng đã mua tất đỏ trong 60 ngày qua",
        ledger=ledger,
    )
    assert answer.segment_name == INSTRUCTION
    assert answer.activation is None
    assert isinstance(answer.plan.where, Behaviour)
