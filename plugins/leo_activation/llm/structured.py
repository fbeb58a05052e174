"""One question, one typed answer: the only way this project talks to a language model.

The model gets no tools. What it returns is checked against the type; when it does not fit, the validator's
errors go back, at most `Limits.repair_rounds` times. All of it happens within one time limit, and every
request to the provider stands in the ledger before it is sent. The model may be a chain (pydantic-ai's
`FallbackModel`): then the next one is asked where one cannot serve, and each of them is recorded for itself.
"""

import asyncio
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, overload

from pydantic_ai import Agent
from pydantic_ai.models import Model
from pydantic_ai.settings import ModelSettings
from pydantic_ai.usage import UsageLimits

from leo_activation.errors import Configuration
from leo_activation.llm.calls import CallLedger, CallOutcome
from leo_activation.llm.failures import as_leo_error, call_outcome
from leo_activation.llm.prices import price_list
from leo_activation.llm.prompts import Prompt
from leo_activation.llm.recording import Question, model_id, models_of, recorded

OutputT = TypeVar("OutputT")
OtherT = TypeVar("OtherT")


@dataclass(frozen=True)
class Limits:
    """How much one question may take; times in seconds, tokens of input and output together."""

    repair_rounds: int = 2
    total_seconds: float = 90
    request_seconds: float = 45
    answer_tokens: int = 4_096
    total_tokens: int = 60_000


DEFAULT_LIMITS = Limits()
MAX_CHAIN = 4


@overload
def ask_structured(
    model: Model,
    prompt: Prompt,
    output_type: type[OutputT],
    user_text: str,
    *,
    ledger: CallLedger,
    limits: Limits = DEFAULT_LIMITS,
    request_id: int | None = None,
) -> OutputT: ...


@overload
def ask_structured(
    model: Model,
    prompt: Prompt,
    output_type: tuple[type[OutputT], type[OtherT]],
    user_text: str,
    *,
    ledger: CallLedger,
    limits: Limits = DEFAULT_LIMITS,
    request_id: int | None = None,
) -> OutputT | OtherT: ...


def ask_structured(
    model: Model,
    prompt: Prompt,
    output_type: type[OutputT] | tuple[type[OutputT], type[OtherT]],
    user_text: str,
    *,
    ledger: CallLedger,
    limits: Limits = DEFAULT_LIMITS,
    request_id: int | None = None,
) -> OutputT | OtherT:
    """The model's answer to `user_text` under the instruction `prompt`, as a valid `output_type`.

    Of two types the model chooses one, for example a plan or the questions that stand in its way.
    `user_text` holds the request's own words and catalogue names, never contact data. Call it from a thread that
    runs no event loop. A retry is a new question that costs again.

    Raises:
        ModelBusy (Transient): rate limit, time-out, or the provider failed; of a chain, every model of it.
        OverBudget (Permanent): the request's or the day's budget is used up, or the answer goes beyond the limits.
        Configuration: the key, the model's name or the quota needs a person.
        InvalidAnswer (Permanent): no fitting answer within the repair rounds.
        Permanent: refused by a safety filter, or not valid to the provider.
    """
    chain = models_of(model)
    if len(chain) > MAX_CHAIN:
        raise Configuration(f"A chain has at most {MAX_CHAIN} models, not {len(chain)}.")
    question = Question(prompt, ledger, price_list(), request_id, limits.answer_tokens)
    recording = recorded(model, question)
    forms = output_type if isinstance(output_type, tuple) else (output_type,)
    try:
        answer: OutputT | OtherT = asyncio.run(_ask(recording, forms, prompt, user_text, limits, len(chain)))
    except Exception as error:
        outcome = call_outcome(error)
        question.settle(outcome or CallOutcome.INVALID_OUTPUT)
        if outcome is None:
            raise
        names = ", then ".join(model_id(part) for part in chain)
        raise as_leo_error(error, outcome, names, prompt.name) from error
    question.settle(CallOutcome.OK)
    return answer


@cache
def _agent(forms: tuple[type[Any], ...]) -> Agent[None, Any]:
    """What the answer may be, made once: the schema of a plan takes longer to write than a request to send."""
    return Agent[None, Any](output_type=list(forms))


async def _ask(
    model: Model, forms: tuple[type[Any], ...], prompt: Prompt, user_text: str, limits: Limits, models: int
) -> Any:
    # Each model of a chain has its share of the whole time, so that the last one is still asked. `timeout` is the
    # client's own, between two bytes; `request_timeout` is over the whole request.
    seconds = min(limits.request_seconds, limits.total_seconds / models)
    settings = ModelSettings(
        temperature=0, max_tokens=limits.answer_tokens, timeout=seconds, request_timeout=seconds, max_retries=0
    )
    # The block closes the provider's connections, which belong to this call's event loop.
    async with model:
        result = await _agent(forms).run(
            user_text,
            model=model,
            instructions=prompt.text,
            retries=limits.repair_rounds,
            model_settings=settings,
            usage_limits=UsageLimits(request_limit=limits.repair_rounds + 1, total_tokens_limit=limits.total_tokens),
            timeout=limits.total_seconds,
        )
    return result.output
