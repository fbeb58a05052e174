"""The ledger of calls: what each one cost, how long it took, how it ended. Never what was said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CallOutcome(StrEnum):
    """How one call to a model ended."""

    OK = "ok"
    INVALID_OUTPUT = "invalid_output"
    """An answer came and did not fit the type; the validator's errors went back, if a round was left."""
    REFUSED = "refused"
    """The provider's safety filter stopped the request or the answer."""
    OVER_BUDGET = "over_budget"
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"
    REJECTED = "rejected"
    """The provider says that the request itself is wrong."""
    NOT_AUTHORISED = "not_authorised"
    """The key or the model's name is not accepted."""


@dataclass(frozen=True)
class LlmCall:
    """One request to a model and its end.

    `model` is `provider:name`; `request_id` the segment request that it was made for, if any;
    `cost_micro_usd` in millionths of a US dollar, None where the price is not known; `latency_ms` from
    sending to the last byte.
    """

    task: str
    prompt_name: str
    prompt_version: int
    prompt_hash: str
    model: str
    request_id: int | None
    input_tokens: int
    output_tokens: int
    cost_micro_usd: int | None
    latency_ms: int
    outcome: CallOutcome
    occurred_at: datetime


class CallLedger(Protocol):
    """Where calls are recorded, at once and for good, whatever becomes of the work they were made for."""

    def record(self, call: LlmCall) -> None:
        """Keep the call.

        Raises:
            Transient: the ledger cannot be reached.
        """
