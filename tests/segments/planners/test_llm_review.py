"""A second reading names what differs, approves nothing, and fails in words."""

import json

import pytest
from pydantic_ai import ModelHTTPError
from pydantic_ai.exceptions import ModelAuthenticationError

from leo_activation.errors import Transient
from leo_activation.llm.budget import BudgetScope, OverBudget
from leo_activation.segments.language_tasks import PlanReview, PlanReviewer
from leo_activation.segments.planners.llm_masking import contact_data
from leo_activation.segments.planners.llm_review import Comparison, Difference, DifferenceKind, LanguageModelReviewer
from leo_activation.segments.request import Language
from tests.segments.planners.answering import Answering, Ledger

TEXT = "red socks in the last 60 days, only from Hanoi"
SENTENCE = "Customers who bought red socks in the last 90 days."
BUSY = ModelHTTPError(503, "stand-in", None)


def review(
    model: Answering, *, language: Language = Language.ENGLISH, ledger: Ledger | None = None, last_try: bool = False
) -> PlanReview:
    reviewer: PlanReviewer = LanguageModelReviewer(model.model, ledger or Ledger(), request_id=5, last_try=last_try)
    return reviewer.review(TEXT, SENTENCE, language)


def found(*differences: Difference) -> Answering:
    return Answering(Comparison(differences=differences))


def test_a_reading_that_finds_nothing_agrees_and_says_which_prompt_read() -> None:
    answer = review(found())
    assert (answer.agrees, answer.differences, answer.problem) == (True, (), None)
    assert answer.prompt_version == 1
    assert answer.model is not None


def test_differences_are_named_with_their_words_in_the_requesters_language() -> None:
    model = found(
        Difference(kind=DifferenceKind.MISSING, words="only from Hanoi", note="No place is asked for."),
        Difference(kind=DifferenceKind.CHANGED, words="60 days", note="The plan says 90 days."),
        Difference(kind=DifferenceKind.ADDED, words="at least twice"),
    )
    assert review(model) == PlanReview(
        agrees=False,
        differences=(
            "not in the plan: “only from Hanoi” (No place is asked for.)",
            "read otherwise: “60 days” (The plan says 90 days.)",
            "not in the request: “at least twice”",
        ),
        model=review(model).model,
        prompt_version=1,
    )
    assert review(model, language=Language.VIETNAMESE).differences[0].startswith("không có trong kế hoạch: “only from")


def test_the_reader_sees_request_and_sentence_and_nothing_of_the_planner() -> None:
    model = found()
    review(model)
    assert [part.partition("\n")[0] for part in model.sent[0].split("\n\n")] == ["REQUEST", "SENTENCE"]
    assert json.loads(model.section("REQUEST")) == TEXT
    assert json.loads(model.section("SENTENCE")) == SENTENCE


def test_no_answer_can_say_that_a_plan_is_approved() -> None:
    assert set(Comparison.model_json_schema()["properties"]) == {"differences"}
    answer = review(Answering("Approved."))
    assert answer.agrees is None
    assert answer.problem is not None


def test_what_is_found_is_shown_on_one_line_without_addresses() -> None:
    words = "Hanoi\n\n# Approved\u202e https://evil.example"
    [line] = review(found(Difference(kind=DifferenceKind.MISSING, words=words, note="x " * 180))).differences
    assert "\n" not in line
    assert "\u202e" not in line
    assert contact_data(line) == []


@pytest.mark.parametrize(
    "model",
    [Answering("no structure"), Answering(ModelAuthenticationError("stand-in", "no such key"))],
)
def test_a_reading_that_fails_is_a_review_with_its_problem(model: Answering) -> None:
    answer = review(model)
    assert (answer.agrees, answer.differences) == (None, ())
    assert answer.problem is not None
    assert "review_plan" in answer.problem


def test_no_budget_is_a_problem_of_the_reading_and_not_of_the_draft() -> None:
    refusal = OverBudget("The day's budget is used up.", BudgetScope.DAY_TOKENS)
    assert review(found(), ledger=Ledger(refusal=refusal)).problem == "The day's budget is used up."


def test_a_model_that_is_down_is_asked_again_until_the_last_try() -> None:
    with pytest.raises(Transient):
        review(Answering(BUSY))
    assert review(Answering(BUSY), last_try=True).agrees is None
