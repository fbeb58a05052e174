"""A chain of models over sockets: who is asked next, after what, for how long, and that each call stands for itself."""

from collections.abc import Iterator
from time import perf_counter

import pytest
from pydantic_ai.models import Model
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.google import GoogleModel
from pydantic_ai.providers.google import GoogleProvider

from leo_activation.errors import Configuration, Permanent
from leo_activation.llm.calls import CallOutcome
from leo_activation.llm.failures import InvalidAnswer, ModelBusy
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.structured import MAX_CHAIN, Limits, ask_structured
from sandbox.process import SandboxProcess, running_sandbox

from .conftest import CallList
from .test_structured import QUESTION, RIGHT, Choice

FIRST, SECOND = "google:gemini-2.5-flash", "google:gemini-2.5-flash-lite"


@pytest.fixture(scope="module")
def other_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    """A second provider, on a socket of its own."""
    with running_sandbox(tmp_path_factory.mktemp("other") / "journal.jsonl") as process:
        yield process


@pytest.fixture
def first(other_process: SandboxProcess) -> SandboxProcess:
    """The provider of the chain's first model."""
    other_process.reset()
    other_process.script("red socks", RIGHT)
    return other_process


@pytest.fixture
def second(sandbox: SandboxProcess) -> SandboxProcess:
    """The provider of the chain's second model."""
    sandbox.script("red socks", RIGHT)
    return sandbox


@pytest.fixture
def chain(first: SandboxProcess, second: SandboxProcess) -> FallbackModel:
    """What the hook makes of a connection with one fallback."""
    return FallbackModel(
        GoogleModel("gemini-2.5-flash", provider=GoogleProvider(api_key="k", base_url=first.gemini_url)),
        GoogleModel("gemini-2.5-flash-lite", provider=GoogleProvider(api_key="k", base_url=second.gemini_url)),
    )


def ends(ledger: CallList) -> list[tuple[str, CallOutcome]]:
    """Who was asked, and how it ended."""
    return [(call.model, call.outcome) for call in ledger.calls]


def test_a_first_model_that_answers_is_the_only_one_asked(
    chain: Model, second: SandboxProcess, prompt: Prompt, ledger: CallList
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
    chain: Model, first: SandboxProcess, prompt: Prompt, ledger: CallList, scenario: str, outcome: CallOutcome
) -> None:
    first.scenario("gemini", scenario)
    answer = ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger, request_id=17)
    assert answer.color == "red"
    assert ends(ledger) == [(FIRST, outcome), (SECOND, CallOutcome.OK)]
    assert [call.request_id for call in ledger.calls] == [17, 17]


@pytest.mark.parametrize("scenario", ["blocked_prompt", "blocked_answer"])
def test_what_a_safety_filter_stopped_no_other_model_is_asked_for(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList, scenario: str
) -> None:
    first.scenario("gemini", scenario)
    with pytest.raises(Permanent, match="refused"):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert ends(ledger) == [(FIRST, CallOutcome.REFUSED)]
    assert second.journal() == []


def test_an_answer_that_does_not_fit_is_repaired_by_the_model_that_gave_it(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("gemini", "wrong_schema")
    with pytest.raises(InvalidAnswer):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert ends(ledger) == [(FIRST, CallOutcome.INVALID_OUTPUT)] * 3
    assert second.journal() == []


def test_a_model_that_failed_is_not_asked_again_in_the_repair_rounds(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("gemini", "server_error")
    second.scenario("gemini", "wrong_schema", attempts=1)
    assert ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger).color == "red"
    assert ends(ledger) == [
        (FIRST, CallOutcome.UNAVAILABLE),
        (SECOND, CallOutcome.INVALID_OUTPUT),
        (SECOND, CallOutcome.OK),
    ]


def test_a_silent_first_model_leaves_time_for_the_second(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("gemini", "stall")
    second.scenario("gemini", "wrong_schema", attempts=1)
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
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    for provider in (first, second):
        provider.scenario("gemini", "stall")
    started = perf_counter()
    with pytest.raises(ModelBusy):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger, limits=Limits(total_seconds=1))
    assert perf_counter() - started < 5
    assert ends(ledger)[0] == (FIRST, CallOutcome.TIMED_OUT)
    assert CallOutcome.SENT not in {call.outcome for call in ledger.calls}


def test_a_chain_in_which_every_model_fails_is_worth_a_retry_where_one_may_recover(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("gemini", "invalid_key")
    second.scenario("gemini", "rate_limited")
    with pytest.raises(ModelBusy, match=f"{FIRST}, then {SECOND}") as busy:
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)
    assert busy.value.retry_after_s == 7
    assert ends(ledger) == [(FIRST, CallOutcome.NOT_AUTHORISED), (SECOND, CallOutcome.RATE_LIMITED)]


def test_a_chain_that_a_person_has_to_mend_says_so(
    chain: Model, first: SandboxProcess, second: SandboxProcess, prompt: Prompt, ledger: CallList
) -> None:
    first.scenario("gemini", "invalid_key")
    second.scenario("gemini", "quota_exhausted")
    with pytest.raises(Configuration):
        ask_structured(chain, prompt, Choice, QUESTION, ledger=ledger)


def test_a_chain_has_an_end(model: Model, prompt: Prompt, ledger: CallList) -> None:
    with pytest.raises(Configuration, match=str(MAX_CHAIN)):
        ask_structured(FallbackModel(*[model] * (MAX_CHAIN + 1)), prompt, Choice, QUESTION, ledger=ledger)
    assert ledger.calls == []
