"""The ledger of calls: what each one cost, how long it took, how it ended. Never what was said."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CallOutcome(StrEnum):
    """How one call to a model ended."""

    SENT = "sent"
    """It stands before its first byte goes out. Where this stays, the process was killed: nobody knows the cost."""
    ANSWERED = "answered"
    """An answer came; whether it fits the type is not written yet."""
    OK = "ok"
    INVALID_OUTPUT = "invalid_output"
    """An answer came and did not fit the type; the validator's errors went back, if a round was left."""
    REFUSED = "refused"
    """The provider's safety filter stopped the request or the answer."""
    OVER_BUDGET = "over_budget"
    """The answer took the question beyond its limit of tokens."""
    RATE_LIMITED = "rate_limited"
    QUOTA_EXHAUSTED = "quota_exhausted"
    UNAVAILABLE = "unavailable"
    TIMED_OUT = "timed_out"
    REJECTED = "rejected"
    """The provider says that the request itself is wrong."""
    NOT_AUTHORISED = "not_authorised"
    """The key or the model's name is not accepted."""


@dataclass(frozen=True)
class SentCall:
    """One request to a model as it stands before it is sent.

    `model` is `provider:name`; `request_id` the segment request that it is made for, if any. `reserved_tokens` is the
    most that it may take, input and answer together, and `reserved_micro_usd` the most that it may cost in millionths
    of a US dollar (None where the price is not known).
    """

    task: str
    prompt_name: str
    prompt_version: int
    prompt_hash: str
    model: str
    request_id: int | None
    reserved_tokens: int
    reserved_micro_usd: int | None
    occurred_at: datetime


@dataclass(frozen=True)
class CallEnd:
    """How a call ended. Tokens and cost are None where nobody told them; `latency_ms` from sending to the last byte.

    `answered_by` is the model that the provider says answered, as `provider:name`.
    """

    outcome: CallOutcome
    input_tokens: int | None
    output_tokens: int | None
    cost_micro_usd: int | None
    latency_ms: int
    answered_by: str | None = None


class CallLedger(Protocol):
    """Where calls are recorded, at once and for good, whatever becomes of the work they were made for."""

    def begin(self, call: SentCall) -> int:
        """Put the call on record before it is sent; its number in the ledger.

        Raises:
            OverBudget: it may take more than is left; then it is not recorded, and must not be sent.
            Transient: the ledger cannot be reached.
        """
        ...

    def end(self, call_id: int, end: CallEnd) -> None:
        """Write how the call ended: as `answered` when an answer came, and once more when it is known whether it fits.

        Raises:
            Transient: the ledger cannot be reached.
        """
        ...
