"""Models that write every request to the ledger: repairs, failures, and each model of a chain that was asked."""

import asyncio
import json
import re
from datetime import UTC, datetime
from time import perf_counter

from pydantic_ai import exceptions as ai
from pydantic_ai.messages import ModelMessage, ModelMessagesTypeAdapter, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.fallback import FallbackModel
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from leo_activation.llm.calls import CallEnd, CallLedger, CallOutcome, SentCall
from leo_activation.llm.failures import asks_the_next, call_outcome, was_sent
from leo_activation.llm.prices import PriceList
from leo_activation.llm.prompts import Prompt

MODEL_NAME = re.compile(r"[A-Za-z0-9._:/@-]{1,120}")


def model_id(model: Model) -> str:
    """The model as `provider:name`."""
    return f"{model.system}:{model.model_name}"


def models_of(model: Model) -> list[Model]:
    """The models of a chain in their order, or the one model alone."""
    if isinstance(model, FallbackModel):
        return [inner for part in model.models for inner in models_of(part)]
    return [model]


class Question:
    """The calls of one question in the ledger.

    Whether an answer fitted its type is known only afterwards, so an answered call is written as such, with its tokens,
    and waits: the next request means that it did not fit, and `settle` says how the last one ended.
    """

    def __init__(
        self, prompt: Prompt, ledger: CallLedger, prices: PriceList, request_id: int | None, answer_tokens: int
    ) -> None:
        """Record the calls made for `prompt` and `request_id`, each with an answer of at most `answer_tokens`."""
        self._prompt = prompt
        self._ledger = ledger
        self._prices = prices
        self._request_id = request_id
        self._answer_tokens = answer_tokens
        self._unsettled: tuple[int, CallEnd] | None = None

    def begin(self, model: str, input_tokens: int) -> "Call":
        """Put a call on record that is about to be sent and takes at most `input_tokens` of input."""
        self.settle(CallOutcome.INVALID_OUTPUT)
        reserved_micro_usd = self._prices.cost_micro_usd(model, input_tokens, self._answer_tokens)
        call_id = self._ledger.begin(
            SentCall(
                task=self._prompt.name,
                prompt_name=self._prompt.name,
                prompt_version=self._prompt.version,
                prompt_hash=self._prompt.sha256,
                model=model,
                request_id=self._request_id,
                reserved_tokens=input_tokens + self._answer_tokens,
                reserved_micro_usd=reserved_micro_usd,
                occurred_at=datetime.now(UTC),
            )
        )
        return Call(self, call_id, model)

    def answered(self, call_id: int, model: str, latency_ms: int, response: ModelResponse) -> None:
        """Write what an answer took, before anybody looks at what it says."""
        answered_by = f"{response.provider_name}:{response.model_name}"
        name = answered_by if MODEL_NAME.fullmatch(answered_by) else None
        taken, written = response.usage.input_tokens, response.usage.output_tokens
        if taken:
            cost = self._prices.cost_micro_usd(answered_by, taken, written)
            if cost is None:
                cost = self._prices.cost_micro_usd(model, taken, written)
            end = CallEnd(CallOutcome.ANSWERED, taken, written, cost, latency_ms, name)
        else:
            # No question takes no tokens. Some servers do not tell, and the budget goes on counting the most.
            end = CallEnd(CallOutcome.ANSWERED, None, None, None, latency_ms, name)
        self._ledger.end(call_id, end)
        self._unsettled = call_id, end

    def failed(self, call_id: int, latency_ms: int, error: BaseException) -> None:
        """Write that no answer came. What it cost is known only where the provider did not take the request."""
        taken = None if was_sent(error) else 0
        outcome = call_outcome(error) or CallOutcome.UNAVAILABLE
        self._ledger.end(call_id, CallEnd(outcome, taken, taken, taken, latency_ms))

    def settle(self, outcome: CallOutcome) -> None:
        """Write how the last answered call ended, if one waits."""
        if self._unsettled is not None:
            call_id, end = self._unsettled
            self._unsettled = None
            self._ledger.end(
                call_id,
                CallEnd(
                    outcome, end.input_tokens, end.output_tokens, end.cost_micro_usd, end.latency_ms, end.answered_by
                ),
            )


class Call:
    """One call from its sending to its end."""

    def __init__(self, question: Question, call_id: int, model: str) -> None:
        """Start the clock."""
        self._question = question
        self._call_id = call_id
        self._model = model
        self._started = perf_counter()

    def answered(self, response: ModelResponse) -> None:
        """An answer came."""
        self._question.answered(self._call_id, self._model, self._latency_ms, response)

    def failed(self, error: BaseException) -> None:
        """No answer came."""
        self._question.failed(self._call_id, self._latency_ms, error)

    @property
    def _latency_ms(self) -> int:
        return round((perf_counter() - self._started) * 1000)


class RecordingModel(WrapperModel):
    """Wraps one model, of a chain or alone, for one question.

    Once it has failed in a way that the next model of a chain is asked for, it is not asked again for this question:
    in the repair rounds the chain goes on where it stands, and waits for nobody twice.
    """

    def __init__(self, wrapped: Model, question: Question) -> None:
        """Record the requests to `wrapped` as calls of `question`."""
        super().__init__(wrapped)
        self._question = question
        self._gave_up: Exception | None = None

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Pass the request on; it stands in the ledger before it is sent, and its end before it is returned."""
        if self._gave_up is not None:
            raise self._gave_up
        call = self._question.begin(model_id(self.wrapped), most_input_tokens(messages, model_request_parameters))
        try:
            response = await super().request(messages, model_settings, model_request_parameters)
        except BaseException as error:
            call.failed(error)
            self._gave_up = _reason_to_give_up(error, self.wrapped, model_settings)
            raise
        call.answered(response)
        return response


def _reason_to_give_up(error: BaseException, model: Model, model_settings: ModelSettings | None) -> Exception | None:
    # The deadline of one model in a chain arrives here as a cancellation, and becomes an error further out.
    if isinstance(error, asyncio.CancelledError):
        return ai.ModelRequestTimeout(model.model_name, (model_settings or {}).get("request_timeout", 0.0))
    return error if isinstance(error, Exception) and asks_the_next(error) else None


def recorded(model: Model, question: Question) -> Model:
    """The model, or the chain, with each of its models recorded for itself."""
    parts = [RecordingModel(part, question) for part in models_of(model)]
    return parts[0] if len(parts) == 1 else FallbackModel(*parts, fallback_on=asks_the_next)


def most_input_tokens(messages: list[ModelMessage], parameters: ModelRequestParameters) -> int:
    """The most tokens that a request can be: a token stands for at least one byte of what is sent."""
    schemas = [
        f"{tool.name}{tool.description or ''}{json.dumps(tool.parameters_json_schema, ensure_ascii=False)}"
        for tool in (*parameters.function_tools, *parameters.output_tools)
    ]
    return len(ModelMessagesTypeAdapter.dump_json(messages)) + sum(len(schema.encode()) for schema in schemas)
