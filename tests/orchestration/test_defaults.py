"""Airflow's retries follow the kind of error, and the wait that a provider asks for."""

from datetime import timedelta

import pytest
from airflow.sdk import RetryAction

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.llm.budget import BudgetScope, OverBudget
from leo_activation.llm.failures import ModelBusy
from leo_activation.orchestration.defaults import RETRY_POLICY


def delay(error: BaseException) -> timedelta | None:
    decision = RETRY_POLICY.evaluate(error, try_number=1, max_tries=2)
    assert decision.action is RetryAction.RETRY
    return decision.retry_delay


def test_what_passes_is_tried_again_soon() -> None:
    assert delay(Transient("The warehouse cannot be reached.")) == timedelta(seconds=30)


@pytest.mark.parametrize(
    ("asked", "waits"), [(None, 30.0), (7.0, 30.0), (120.0, 120.0), (1e9, 3600.0), (0.0, 30.0), (-5.0, 30.0)]
)
def test_a_provider_is_not_asked_again_before_it_wants_to_be(asked: float | None, waits: float) -> None:
    assert delay(ModelBusy("The model asks to wait.", asked)) == timedelta(seconds=waits)


@pytest.mark.parametrize(
    "error",
    [
        Permanent("A bad row."),
        Configuration("No key."),
        OverBudget("The day's budget is used up.", BudgetScope.DAY_TOKENS),
    ],
)
def test_what_would_fail_again_is_not_tried_again(error: Exception) -> None:
    assert RETRY_POLICY.evaluate(error, try_number=1, max_tries=2).action is RetryAction.FAIL
