"""A chain of models over sockets: who is asked next, after what, for how long, and that each call stands for itself."""

from dataclasses import dataclass
from time import perf_counter

import pytest
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel

from leo_activation.errors import Configuration, Permanent
from leo_activation.llm.calls import CallOutcome
from leo_activation.llm.failures import InvalidAnswer, ModelBusy
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import MAX_CHAIN, Limits, ask_structured
from sandbox.process import SandboxProcess

from .conftest import CallList
from .providers import GEMINI, OPENAI_CHAT
from .test_structured import QUESTION, RIGHT, Choice

FIRST, SECOND = GEMINI.model_id, OPENAI_CHAT.model_id


@dataclass(frozen=True)
class Half:
    """One of the two providers: Gemini's stand-in, or that of an OpenAI-compatible server, each on its own routes."""

    sandbox: SandboxProcess
    channel: str

    def scenario(self, name: str, attempts: int | None = None) -> None:
        self.sandbox.scenario(self.channel, name, attempts=attempts)

    def journal(self) -> list[dict[str, object]]:
        return [line for line in self.sandbox.journal() if line["channel"] == self.channel]


@pytest.fixture
def first(sandbox: SandboxProcess) -> Half:
    """The provider of the chain's first model."""
    sandbox.script("red socks", RIGHT)
    return Half(sandbox, GEMINI.channel)


@pytest.fixture
def second(sandbox: SandboxProcess) -> Half:
    """The provider of the chain's second model."""
    return Half(sandbox, OPENAI_CHAT.channel)


@pytest.fixture
def chain(sandbox: SandboxProcess, first: Half, second: Half) -> FallbackModel:
    """What the hook makes of a connection to Gemini with a fallback to an OpenAI-compatible server."""
    return FallbackModel(*(provider.model(provider.base_url(sandbox)) for provider in (GEMINI, OPENAI_CHAT)))


def ends(ledger: CallList) -> list[tuple[str, CallOutcome]]:
    """Who was asked, and how it ended."""
    return [(call.model, call.outcome) for call in ledger.calls]


def test_a_first_model_that_answers_is_the_only_one_asked(
    chain: Model, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    assert ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger).color == "red"
    assert ends(ledger) == [(FIRST, CallOutcome.OK)]
    assert second.journal() == []


@pytest.mark.parametrize(
    ("scenario", "outcome"),
    [
        ("rate_limited", CallOutcome.RATE_LIMITED),
        ("server_error", CallOutcome.UNAVAILABLE),
        ("unavailable", CallOutcome.UNAVAILABLE),
        ("close", CallOutcome.UNAVAILABLE),
        ("quota_exhausted", CallOutcome.QUOTA_EXHAUSTED),
        ("invalid_key", CallOutcome.NOT_AUTHORISED),
    ],
)
def test_where_the_first_cannot_serve_the_second_is_asked_and_both_stand_in_the_ledger(
    chain: Model, first: Half, prompt: Prompt, ledger: CallList, scenario: str, outcome: CallOutcome
) -> None:
    first.scenario(scenario)
    answer = ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger, request_id=17)
    assert answer.color == "red"
    assert ends(ledger) == [(FIRST, outcome), (SECOND, CallOutcome.OK)]
    assert [call.request_id for call in ledger.calls] == [17, 17]


@pytest.mark.parametrize("scenario", ["blocked_prompt", "blocked_answer"])
def test_what_a_safety_filter_stopped_no_other_model_is_asked_for(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList, scenario: str
) -> None:
    first.scenario(scenario)
    with pytest.raises(Permanent, match="refused"):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert ends(ledger) == [(FIRST, CallOutcome.REFUSED)]
    assert second.journal() == []


def test_an_answer_that_does_not_fit_is_repaired_by_the_model_that_gave_it(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("wrong_schema")
    with pytest.raises(InvalidAnswer):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert ends(ledger) == [(FIRST, CallOutcome.INVALID_OUTPUT)] * 3
    assert second.journal() == []


def test_a_model_that_failed_is_not_asked_again_in_the_repair_rounds(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("server_error")
    second.scenario("wrong_schema", attempts=1)
    assert ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger).color == "red"
    assert ends(ledger) == [
        (FIRST, CallOutcome.UNAVAILABLE),
        (SECOND, CallOutcome.INVALID_OUTPUT),
        (SECOND, CallOutcome.OK),
    ]


def test_a_silent_first_model_leaves_time_for_the_second(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("stall")
    second.scenario("wrong_schema", attempts=1)
    started = perf_counter()
    answer = ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger, limits=Limits(total_seconds=8))
    assert answer.color == "red"
    assert perf_counter() - started < 8
    assert ends(ledger) == [
        (FIRST, CallOutcome.TIMED_OUT),
        (SECOND, CallOutcome.INVALID_OUTPUT),
        (SECOND, CallOutcome.OK),
    ]
    assert ledger.calls[0].input_tokens is None, "what a silent provider did with the request nobody knows"


def test_a_chain_in_which_nobody_answers_ends_within_the_whole_time(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    for provider in (first, second):
        provider.scenario("stall")
    started = perf_counter()
    with pytest.raises(ModelBusy):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger, limits=Limits(total_seconds=1))
    assert perf_counter() - started < 5
    assert ends(ledger)[0] == (FIRST, CallOutcome.TIMED_OUT)
    assert CallOutcome.SENT not in {call.outcome for call in ledger.calls}


def test_a_chain_in_which_every_model_fails_is_worth_a_retry_where_one_may_recover(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("invalid_key")
    second.scenario("rate_limited")
    with pytest.raises(ModelBusy, match=f"{FIRST}, then {SECOND}") as busy:
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert busy.value.retry_after_s == 7
    assert ends(ledger) == [(FIRST, CallOutcome.NOT_AUTHORISED), (SECOND, CallOutcome.RATE_LIMITED)]


def test_a_chain_that_a_person_has_to_mend_says_so(
    chain: Model, first: Half, second: Half, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("invalid_key")
    second.scenario("quota_exhausted")
    with pytest.raises(Configuration):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)


def test_a_chain_has_an_end(model: Model, prompt: Prompt, ledger: CallList) -> None:
    with pytest.raises(Configuration, match=str(MAX_CHAIN)):
        ask_structured(FallbackModel(*[model] * (MAX_CHAIN + 1)), prompt, Choice, QUESTION, ledger=ledger)
    assert ledger.calls == []
