"""What a failed call means: how the ledger names it, and whether trying again helps.

| pydantic-ai says                                  | ledger          | raised        |
|---------------------------------------------------|-----------------|---------------|
| rate limit (429)                                  | rate_limited    | ModelBusy     |
| 5xx, connection lost, body that is no JSON        | unavailable     | ModelBusy     |
| time-out of the request or of the whole run       | timed_out       | ModelBusy     |
| the day's quota or the credit is used up          | quota_exhausted | Configuration |
| key or model's name not accepted                  | not_authorised  | Configuration |
| the request is wrong (400)                        | rejected        | Permanent     |
| safety filter                                     | refused         | Permanent     |
| no fitting answer after the last repair round     | invalid_output  | InvalidAnswer |
| more requests or tokens than the limits allow     | over_budget     | OverBudget    |

In a chain the next model is asked where it is this one that cannot serve: rate limit, quota, time-out, failure, key or
name not accepted. What no other model should be asked for (a request that a safety filter stopped), and what is wrong
with the request or the answer itself, ends the chain.
"""

import asyncio

from pydantic import ValidationError
from pydantic_ai import exceptions as ai

from leo_activation.errors import Configuration, LeoError, Permanent, Transient
from leo_activation.llm.budget import BudgetScope, OverBudget
from leo_activation.llm.calls import CallOutcome

OUTCOMES: tuple[tuple[type[BaseException], CallOutcome], ...] = (
    (ai.ModelRateLimitError, CallOutcome.RATE_LIMITED),
    (ai.ModelQuotaExceededError, CallOutcome.QUOTA_EXHAUSTED),
    (ai.ModelAuthenticationError, CallOutcome.NOT_AUTHORISED),
    (ai.ModelNotFoundError, CallOutcome.NOT_AUTHORISED),
    (ai.ModelRequestRejectedError, CallOutcome.REJECTED),
    (ai.ModelTimeoutError, CallOutcome.TIMED_OUT),
    (ai.ModelRequestTimeout, CallOutcome.TIMED_OUT),
    (ai.RunTimedOut, CallOutcome.TIMED_OUT),
    (asyncio.CancelledError, CallOutcome.TIMED_OUT),
    (ai.ContentFilterError, CallOutcome.REFUSED),
    (ai.UsageLimitExceeded, CallOutcome.OVER_BUDGET),
    (ai.UnexpectedModelBehavior, CallOutcome.INVALID_OUTPUT),
    (ai.ModelAPIError, CallOutcome.UNAVAILABLE),
)
"""Read in order: a subclass stands before its base."""

PASSING = {CallOutcome.RATE_LIMITED, CallOutcome.UNAVAILABLE, CallOutcome.TIMED_OUT}
FALLS_OVER = PASSING | {CallOutcome.QUOTA_EXHAUSTED, CallOutcome.NOT_AUTHORISED}

SENTENCES = {
    CallOutcome.RATE_LIMITED: "asks to wait (rate limit)",
    CallOutcome.UNAVAILABLE: "could not be reached or failed",
    CallOutcome.TIMED_OUT: "did not answer in time",
    CallOutcome.QUOTA_EXHAUSTED: "has no quota or credit left",
    CallOutcome.NOT_AUTHORISED: "does not accept the key or does not know the model",
    CallOutcome.REJECTED: "says that the request is not valid",
    CallOutcome.REFUSED: "refused to answer (safety filter)",
    CallOutcome.OVER_BUDGET: "needed more requests or tokens than the limits allow",
    CallOutcome.INVALID_OUTPUT: "gave no answer that fits the type",
}


class ModelBusy(Transient):
    """The model may answer later; `retry_after_s` is how long the provider asked to wait, if it said."""

    def __init__(self, message: str, retry_after_s: float | None = None) -> None:
        """Keep the wait beside the sentence."""
        super().__init__(message)
        self.retry_after_s = retry_after_s


class InvalidAnswer(Permanent):
    """The model's answers did not fit the type.

    `problems` are the validator's words about the last one. They may quote it: for a screen, not for a log.
    """

    def __init__(self, message: str, problems: tuple[str, ...] = ()) -> None:
        """Keep the problems beside the sentence."""
        super().__init__(message)
        self.problems = problems


def call_outcome(error: BaseException) -> CallOutcome | None:
    """The ledger's name for a failure, or None for an error that is not about the model.

    Of a fallback chain's failures the most hopeful counts: one that may pass makes the whole worth a retry.
    """
    if isinstance(error, BaseExceptionGroup):
        outcomes = [outcome for inner in error.exceptions if (outcome := call_outcome(inner)) is not None]
        return next((outcome for outcome in outcomes if outcome in PASSING), next(iter(outcomes), None))
    return next((outcome for kind, outcome in OUTCOMES if isinstance(error, kind)), None)


def asks_the_next(error: Exception) -> bool:
    """Whether the next model of a chain is asked after this failure."""
    return isinstance(error, ai.ModelAPIError) and call_outcome(error) in FALLS_OVER


def was_sent(error: BaseException) -> bool:
    """Whether the provider may have worked on a request that failed, and may ask money for it.

    Not where it answered with an error's status, nor where no connection came about.
    """
    if isinstance(error, ai.ModelHTTPError):
        return False
    return not (isinstance(error, ai.ModelConnectionError) and error.phase in ("pool", "connect"))


def as_leo_error(error: BaseException, outcome: CallOutcome, model: str, task: str) -> LeoError:
    """The error to raise: one sentence with the model and the task, and never the provider's own words.

    A provider may repeat the request in its message, and the message is shown in the Airflow UI.
    """
    sentence = f"The model {model} {SENTENCES[outcome]}, in the task {task}."
    if outcome in PASSING:
        return ModelBusy(sentence, _retry_after_s(error))
    if outcome in (CallOutcome.QUOTA_EXHAUSTED, CallOutcome.NOT_AUTHORISED):
        return Configuration(sentence)
    if outcome is CallOutcome.INVALID_OUTPUT:
        return InvalidAnswer(sentence, _problems(error))
    if outcome is CallOutcome.OVER_BUDGET:
        return OverBudget(sentence, BudgetScope.QUESTION)
    return Permanent(sentence)


def _retry_after_s(error: BaseException) -> float | None:
    if isinstance(error, BaseExceptionGroup):
        waits = [wait for inner in error.exceptions if (wait := _retry_after_s(inner)) is not None]
        return min(waits, default=None)
    return error.retry_after if isinstance(error, ai.ModelAPIError) else None


def _problems(error: BaseException) -> tuple[str, ...]:
    cause = error.__cause__
    if not isinstance(cause, ValidationError):
        return ()
    problems = cause.errors(include_input=False, include_url=False, include_context=False)
    return tuple(f"{'.'.join(str(step) for step in problem['loc'])}: {problem['msg']}" for problem in problems)
