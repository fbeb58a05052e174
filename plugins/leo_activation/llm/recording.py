"""A model that writes every request to the ledger: the repairs and the failures too."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from time import perf_counter

from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models import Model, ModelRequestParameters
from pydantic_ai.models.wrapper import WrapperModel
from pydantic_ai.settings import ModelSettings

from leo_activation.llm.calls import CallLedger, CallOutcome, LlmCall
from leo_activation.llm.failures import call_outcome
from leo_activation.llm.prices import PriceList
from leo_activation.llm.prompts import Prompt


def model_id(model: Model) -> str:
    """The model as `provider:name`."""
    return f"{model.system}:{model.model_name}"


class RecordingModel(WrapperModel):
    """Wraps a model for one run of one prompt.

    Whether an answer fitted its type is known only afterwards, so an answered call waits: the next request
    means it did not fit, and `settle` says how the last one ended.
    """

    def __init__(
        self, wrapped: Model, prompt: Prompt, ledger: CallLedger, prices: PriceList, request_id: int | None
    ) -> None:
        """Record the calls of `wrapped` for `prompt` and `request_id`."""
        super().__init__(wrapped)
        self._prompt = prompt
        self._ledger = ledger
        self._prices = prices
        self._request_id = request_id
        self._unsettled: LlmCall | None = None

    async def request(
        self,
        messages: list[ModelMessage],
        model_settings: ModelSettings | None,
        model_request_parameters: ModelRequestParameters,
    ) -> ModelResponse:
        """Pass the request on; a failure is recorded before it is raised."""
        self.settle(CallOutcome.INVALID_OUTPUT)
        finish = self._begin()
        try:
            response = await super().request(messages, model_settings, model_request_parameters)
        except BaseException as error:
            self._ledger.record(finish(call_outcome(error) or CallOutcome.UNAVAILABLE, None))
            raise
        self._unsettled = finish(CallOutcome.OK, response)
        return response

    def settle(self, outcome: CallOutcome) -> None:
        """Record the last answered call, if one waits, as having ended like this."""
        if self._unsettled is not None:
            self._ledger.record(replace(self._unsettled, outcome=outcome))
            self._unsettled = None

    def _begin(self) -> Callable[[CallOutcome, ModelResponse | None], LlmCall]:
        occurred_at = datetime.now(UTC)
        started = perf_counter()

        def finish(outcome: CallOutcome, response: ModelResponse | None) -> LlmCall:
            latency_ms = round((perf_counter() - started) * 1000)
            model = model_id(self.wrapped)
            if response is not None and response.provider_name and response.model_name:
                model = f"{response.provider_name}:{response.model_name}"
            input_tokens = response.usage.input_tokens if response is not None else 0
            output_tokens = response.usage.output_tokens if response is not None else 0
            return LlmCall(
                task=self._prompt.name,
                prompt_name=self._prompt.name,
                prompt_version=self._prompt.version,
                prompt_hash=self._prompt.sha256,
                model=model,
                request_id=self._request_id,
                input_tokens=input_tokens,
                output_tokens=output_tokens,
                cost_micro_usd=self._prices.cost_micro_usd(model, input_tokens, output_tokens),
                latency_ms=latency_ms,
                outcome=outcome,
                occurred_at=occurred_at,
            )

        return finish
