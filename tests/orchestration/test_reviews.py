"""Reviews fail closed: nobody answers their own request, and nobody left means nobody may answer."""

import pytest

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.orchestration.failures import advice
from leo_activation.orchestration.reviews import respondents


def test_the_requester_is_not_among_those_who_may_answer() -> None:
    assert [user["id"] for user in respondents(("ann", "bob"), "ann")] == ["bob"]


@pytest.mark.parametrize("approvers", [(), ("ann",)])
def test_a_review_that_nobody_may_answer_is_refused(approvers: tuple[str, ...]) -> None:
    """Airflow reads an empty list of respondents as «anyone may answer»."""
    with pytest.raises(Configuration, match="LEO_APPROVERS"):
        respondents(approvers, "ann")


@pytest.mark.parametrize(
    ("error", "word"),
    [(Transient("x"), "run the task again"), (Permanent("x"), "the request"), (Configuration("x"), "administrator")],
)
def test_the_advice_says_whether_a_retry_helps(error: Exception, word: str) -> None:
    assert word in advice(error)
