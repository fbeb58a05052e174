"""How much language models may take: tokens for one request, tokens and money for one day, each per tenant.

Looked at before each call, in the same transaction that puts the call on record with the most that it may take, and
under a lock of the tenant: of two processes that want the last of a budget one gets it.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from leo_activation.errors import Configuration, Permanent
from leo_activation.llm.calls import SentCall
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Connection
from leo_activation.warehouse.statements import statement

EVALUATION_TASK = "evaluate_prompts"
"""The task under which calls for a golden set are booked: they have a budget of their own."""


class BudgetScope(StrEnum):
    """Which budget was not enough."""

    QUESTION = "question"
    """The limits of one question (`structured.Limits`)."""
    REQUEST = "request"
    DAY_TOKENS = "day_tokens"
    DAY_COST = "day_cost"


class OverBudget(Permanent):
    """A call was not sent because it may take more than the budget has left.

    `resets_at` is when the budget begins anew, None where only another request has one of its own.
    """

    def __init__(self, message: str, scope: BudgetScope, resets_at: datetime | None = None) -> None:
        """Keep what was used up beside the sentence."""
        super().__init__(message)
        self.scope = scope
        self.resets_at = resets_at


@dataclass(frozen=True)
class Budget:
    """What may be taken, None for no limit: tokens are input and answer together, money in millionths of a US dollar.

    A day is a day in UTC. A limit on money is enforced only where the price list knows the model.
    """

    request_tokens: int | None = 300_000
    day_tokens: int | None = 2_000_000
    day_micro_usd: int | None = None


DEFAULT_BUDGET = Budget()


def budget_from(settings: Settings) -> Budget:
    """The budget that the environment sets: `LEO_LLM_REQUEST_TOKENS`, `LEO_LLM_DAY_TOKENS`, `LEO_LLM_DAY_MICRO_USD`.

    Raises:
        Configuration: one of them is not a whole number above zero.
    """
    return Budget(
        request_tokens=_number(settings, "LEO_LLM_REQUEST_TOKENS", DEFAULT_BUDGET.request_tokens),
        day_tokens=_number(settings, "LEO_LLM_DAY_TOKENS", DEFAULT_BUDGET.day_tokens),
        day_micro_usd=_number(settings, "LEO_LLM_DAY_MICRO_USD", DEFAULT_BUDGET.day_micro_usd),
    )


def evaluation_budget_from(settings: Settings) -> Budget:
    """The budget of evaluations, which is apart from what requests may take: `LEO_LLM_EVALUATION_DAY_TOKENS`.

    Raises:
        Configuration: it is not a whole number above zero.
    """
    return Budget(
        request_tokens=None,
        day_tokens=_number(settings, "LEO_LLM_EVALUATION_DAY_TOKENS", 5_000_000),
        day_micro_usd=None,
    )


def check_budget(connection: Connection, tenant_id: str, call: SentCall, budget: Budget) -> None:
    """Refuse a call that may take more than is left; holds the tenant's lock until the transaction ends.

    Raises:
        OverBudget: it may.
    """
    connection.execute(statement("llm/lock_budget"), {"tenant_id": tenant_id})
    [(request_tokens, day_tokens, day_micro_usd)] = connection.execute(
        statement("llm/read_spent"),
        {
            "tenant_id": tenant_id,
            "request_id": call.request_id,
            "moment": call.occurred_at,
            "evaluation_task": EVALUATION_TASK,
            "evaluation": call.task == EVALUATION_TASK,
        },
    )
    if call.request_id is not None:
        _check(
            f"request {call.request_id}",
            "tokens",
            request_tokens,
            call.reserved_tokens,
            budget.request_tokens,
            BudgetScope.REQUEST,
            None,
        )
    tomorrow = _next_day(call.occurred_at)
    _check("the day", "tokens", day_tokens, call.reserved_tokens, budget.day_tokens, BudgetScope.DAY_TOKENS, tomorrow)
    if call.reserved_micro_usd is not None:
        _check(
            "the day",
            "millionths of a US dollar",
            day_micro_usd,
            call.reserved_micro_usd,
            budget.day_micro_usd,
            BudgetScope.DAY_COST,
            tomorrow,
        )


def _check(
    what: str, unit: str, spent: int, wanted: int, limit: int | None, scope: BudgetScope, resets_at: datetime | None
) -> None:
    if limit is None or spent + wanted <= limit:
        return
    until = "" if resets_at is None else f" It begins anew at {resets_at:%Y-%m-%d %H:%M} UTC."
    raise OverBudget(
        f"The language model was not asked: of the {limit} {unit} for {what}, {spent} are used, and this call may "
        f"take {wanted}.{until}",
        scope,
        resets_at,
    )


def _next_day(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


def _number(settings: Settings, name: str, default: int | None) -> int | None:
    text = settings.optional(name)
    if text is None:
        return default
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise Configuration(f"{name} is '{text}'; it must be a whole number above zero.")
    return int(text)
