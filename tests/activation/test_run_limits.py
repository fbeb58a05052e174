"""A run goes without asking only where people approved exactly its content, and within two numbers of its policy."""

from datetime import UTC, datetime

import pytest

from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.runs.run_limits import (
    EarlierRuns,
    approvals_needed,
    what_goes_without_asking,
    why_a_person_is_asked,
)

POLICY = Policy(largest_audience=1000, largest_change=0.5)
FIRST = EarlierRuns(None, None, None, None, None, None, None, 0)


def before(last: int | None = 100, approvals: int = 1, state: str = "finished") -> EarlierRuns:
    return EarlierRuns(1, state, "h", 1, datetime(2026, 2, 1, tzinfo=UTC), last, last, approvals)


def test_the_first_run_is_always_asked_about() -> None:
    assert why_a_person_is_asked(POLICY, 1, 1, FIRST) == ("No run of exactly this content was approved before.",)


@pytest.mark.parametrize("to_send", [50, 100, 150])
def test_a_run_within_both_limits_is_not_asked_about(to_send: int) -> None:
    assert why_a_person_is_asked(POLICY, to_send, 1, before()) == ()


@pytest.mark.parametrize(
    ("to_send", "last", "said"),
    [
        (1001, 1001, "the largest audience is 1,000"),
        (151, 100, "the last one went to 100; the largest change is 50%"),
        (49, 100, "the largest change is 50%"),
    ],
)
def test_a_run_beyond_a_limit_waits_and_says_which(to_send: int, last: int, said: str) -> None:
    [reason] = why_a_person_is_asked(POLICY, to_send, 1, before(last))
    assert said in reason


def test_twenty_people_more_than_three_are_no_large_change_and_one_more_is() -> None:
    assert why_a_person_is_asked(POLICY, 23, 1, before(3)) == ()
    assert len(why_a_person_is_asked(POLICY, 24, 1, before(3))) == 1


def test_without_a_largest_audience_each_run_is_asked_about() -> None:
    [reason] = why_a_person_is_asked(Policy(largest_change=10), 1, 1, before())
    assert "names no largest audience" in reason
    assert "Each later run is asked about" in what_goes_without_asking(Policy())


@pytest.mark.parametrize("state", ["rejected", "stopped"])
def test_after_a_run_that_ended_badly_a_person_is_asked(state: str) -> None:
    assert why_a_person_is_asked(POLICY, 100, 1, before(state=state)) == (f"The last run was {state}.",)


def test_a_run_that_needs_two_is_not_passed_by_the_approval_of_one() -> None:
    [reason] = why_a_person_is_asked(POLICY, 100, 2, before(approvals=1))
    assert "needs 2 approvals, and the one before had 1" in reason
    assert why_a_person_is_asked(POLICY, 100, 2, before(approvals=2)) == ()


@pytest.mark.parametrize(
    ("own", "of_tenant", "needed"),
    [(None, None, 1), (100, None, 1), (99, None, 2), (None, 99, 2), (1000, 99, 2), (99, 1000, 2), (1000, 1000, 1)],
)
def test_the_smaller_threshold_of_campaign_and_tenant_asks_for_two(
    own: int | None, of_tenant: int | None, needed: int
) -> None:
    assert approvals_needed(Policy(require_second_approver_above=own), 100, of_tenant) == needed


def test_the_approver_is_told_what_goes_without_asking_later() -> None:
    assert what_goes_without_asking(POLICY).endswith(
        "at most 1,000 people and differ from the last by at most 50% (or 20 people)."
    )
