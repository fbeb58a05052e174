"""Reviews fail closed: nobody answers for their own words, an answer that does not fit counts for nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.orchestration.failures import advice
from leo_activation.orchestration.reviews import NOBODY, Answer, NotCounted, Option, read_answer, respondents
from leo_activation.orchestration.rounds import ReviewRounds, Round
from leo_activation.orchestration.segment_review import limits_of
from leo_activation.segments.limits import Limits
from leo_activation.settings import DatabaseRole
from leo_activation.warehouse.connections import Warehouse
from leo_activation.warehouse.tenants import Tenant

SHOWN = datetime(2026, 2, 20, 12, tzinfo=UTC)
DEADLINE = timedelta(days=3)
OPENED = Round(1, "a-hash", ("ann", "bob"), SHOWN, SHOWN + DEADLINE)
APPROVERS = ("ann", "bob", "cy")
FIELDS = ("largest_size",)


def read(
    chosen: list[str] | None = None,
    form: dict[str, Any] | None = None,
    *,
    by: str = "ann",
    at: datetime = SHOWN + timedelta(minutes=5),
    approvers: tuple[str, ...] = APPROVERS,
    opened: Round = OPENED,
) -> Answer:
    response = {
        "chosen_options": ["Approve"] if chosen is None else chosen,
        "params_input": {"definition": "a-hash", "note": "fine"} if form is None else form,
    }
    return read_answer(opened, response, by, at, approvers, FIELDS)


def test_the_requester_is_not_among_those_who_may_answer() -> None:
    assert [user["id"] for user in respondents(("ann", "bob"), "ann")] == ["bob"]


def test_who_wrote_a_part_is_not_among_those_who_may_answer() -> None:
    assert [user["id"] for user in respondents(("ann", "bob", "cy"), "ann", "cy")] == ["bob"]


@pytest.mark.parametrize(("approvers", "authors"), [((), ()), (("ann",), ()), (("ann", "bob"), ("bob",))])
def test_a_review_that_nobody_may_answer_is_refused(approvers: tuple[str, ...], authors: tuple[str, ...]) -> None:
    """Airflow reads an empty list of respondents as «anyone may answer»."""
    with pytest.raises(Configuration, match="LEO_APPROVERS"):
        respondents(approvers, "ann", *authors)


@pytest.mark.parametrize(
    ("error", "word"),
    [(Transient("x"), "run the task again"), (Permanent("x"), "the request"), (Configuration("x"), "administrator")],
)
def test_the_advice_says_whether_a_retry_helps(error: Exception, word: str) -> None:
    assert word in advice(error)


def test_an_answer_to_what_was_shown_counts() -> None:
    form = {"definition": "a-hash", "note": "fine", "largest_size": 7}
    assert read(["Approve"], form) == Answer(
        Option.APPROVE, "ann", SHOWN + timedelta(minutes=5), "fine", "a-hash", {"largest_size": 7}
    )


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (lambda: read(by="mallory"), "mallory is not among those who may answer"),
        (lambda: read(by="cy"), "cy is not among those who may answer"),
        (lambda: read(by="ann", approvers=("bob",)), "ann is not among those who may answer"),
        (lambda: read(at=SHOWN - timedelta(days=1)), "older than what it is about"),
        (lambda: read(form={"definition": "of yesterday"}), "does not name what was shown"),
        (lambda: read(form={"note": "fine"}), "does not name what was shown"),
        (lambda: read(form={}), "does not name what was shown"),
        (lambda: read([]), "exactly one of the options"),
        (lambda: read(["Approve", "Reject"]), "exactly one of the options"),
        (lambda: read(["Publish"]), "exactly one of the options"),
        (lambda: read(form={"definition": "a-hash", "note": 7}), "The note is no text"),
        (lambda: read(form={"definition": "a-hash", "note": "x" * 2001}), "The note is no text"),
        (lambda: read(form={"definition": "a-hash", "approve_all": True}), "The form has no field approve_all"),
        (lambda: read(["Approve"], by=NOBODY), "Nobody answered in person"),
    ],
)
def test_an_answer_that_does_not_fit_counts_for_nothing(answer: Callable[[], Answer], said: str) -> None:
    with pytest.raises(NotCounted, match=said):
        answer()


def test_no_answer_by_the_deadline_is_a_rejection_by_nobody() -> None:
    answer = read(["Reject"], {"note": None, "largest_size": 100}, by=NOBODY)
    assert (answer.option, answer.decided_by, answer.note) == (Option.REJECT, NOBODY, None)


def test_a_review_that_binds_nothing_needs_no_name_of_it() -> None:
    opened = Round(1, None, ("ann",), SHOWN, SHOWN + DEADLINE)
    assert read(form={"note": None}, opened=opened).hash is None


@pytest.mark.parametrize(
    ("form", "limits"),
    [
        ({}, None),
        ({"largest_size": 100, "largest_change_percent": 12.5}, Limits(100, Decimal("12.5"))),
        ({"largest_size": 100.0, "largest_change_percent": "50"}, Limits(100, Decimal(50))),
    ],
)
def test_the_form_holds_the_limits(form: dict[str, object], limits: Limits | None) -> None:
    assert limits_of(form) == limits


@pytest.mark.parametrize(
    "form",
    [
        {"largest_size": 100},
        {"largest_change_percent": 50},
        {"largest_size": "many", "largest_change_percent": 50},
        {"largest_size": 1.5, "largest_change_percent": 50},
        {"largest_size": True, "largest_change_percent": 50},
        {"largest_size": "NaN", "largest_change_percent": 50},
        {"largest_size": "Infinity", "largest_change_percent": 50},
        {"largest_size": [1], "largest_change_percent": 50},
        {"largest_size": "1e999999999", "largest_change_percent": 50},
        {"largest_size": 100, "largest_change_percent": "1e-999999999"},
        {"largest_size": 100, "largest_change_percent": "0." + "3" * 20_000},
    ],
)
def test_limits_that_are_no_two_numbers_count_for_nothing(form: dict[str, object]) -> None:
    with pytest.raises(NotCounted):
        limits_of(form)


@pytest.fixture
def rounds(warehouse: Warehouse, tenant: Tenant) -> ReviewRounds:
    return ReviewRounds(warehouse, tenant.tenant_id, "draft_segment/request-t-1/review/-1")


def voided(rounds: ReviewRounds) -> list[tuple[int, str | None, str | None]]:
    with rounds.warehouse.connect(DatabaseRole.WRITER, rounds.tenant_id) as connection:
        return connection.execute(
            "SELECT round, void_reason, answered_by FROM ops.review_round ORDER BY round"
        ).fetchall()


def test_a_task_that_starts_over_goes_on_with_its_round_and_its_deadline(rounds: ReviewRounds) -> None:
    first = rounds.open("a-hash", ["ann"], SHOWN, DEADLINE)
    assert rounds.open("a-hash", ["ann", "bob"], SHOWN + timedelta(hours=5), DEADLINE) == first
    assert first.expires_at == SHOWN + DEADLINE


def test_an_answer_that_does_not_count_opens_a_round_that_ends_at_the_same_moment(rounds: ReviewRounds) -> None:
    first = rounds.open("a-hash", ["ann"], SHOWN, DEADLINE)
    later = SHOWN + timedelta(hours=1)
    second = rounds.again(first, "mallory may not", "mallory", later, later)
    assert (second.number, second.shown_at, second.expires_at) == (2, later, first.expires_at)
    assert rounds.last() == second
    assert voided(rounds) == [(1, "mallory may not", "mallory"), (2, None, None)]


def test_what_was_shown_and_changed_since_is_asked_about_anew(rounds: ReviewRounds) -> None:
    rounds.open("a-hash", ["ann"], SHOWN, DEADLINE)
    second = rounds.open("another", ["ann"], SHOWN + timedelta(hours=1), DEADLINE)
    assert (second.number, second.hash, second.expires_at) == (2, "another", SHOWN + DEADLINE)
    assert voided(rounds)[0][1] == "What was shown, or who may answer, changed."


def test_an_approver_who_was_removed_is_asked_no_more(rounds: ReviewRounds) -> None:
    rounds.open("a-hash", ["ann", "bob"], SHOWN, DEADLINE)
    assert rounds.open("a-hash", ["bob"], SHOWN, DEADLINE).assigned == ("bob",)


def test_rounds_are_kept_for_good(rounds: ReviewRounds) -> None:
    from psycopg.errors import InsufficientPrivilege

    rounds.open("a-hash", ["ann"], SHOWN, DEADLINE)
    with (
        pytest.raises(InsufficientPrivilege),
        rounds.warehouse.connect(DatabaseRole.WRITER, rounds.tenant_id) as connection,
    ):
        connection.execute("DELETE FROM ops.review_round")
