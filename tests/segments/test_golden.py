"""The golden set is right in itself: each plan can be made, each name exists, and the grammar leaves each request."""

from typing import Any

import pytest

from leo_activation.llm.activations import Verdict
from leo_activation.llm.prompts import PROMPT_FOLDER
from leo_activation.segments.golden import AS_OF, GoldenCase, golden_set, meaning_of
from leo_activation.segments.plan import SegmentPlan
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm_names import unknown_names
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Question
from leo_activation.segments.sentences import describe

GOLDEN = golden_set()
EXAMPLES = (PROMPT_FOLDER / "plan_segment" / "examples.jsonl").read_text(encoding="utf-8").casefold().splitlines()
EACH_CASE = pytest.mark.parametrize("case", GOLDEN.cases, ids=lambda case: case.id)
ASKED_BACK = NeedsClarification(unplaced=("best",), questions=(Question(text="Best by what?"),))


def test_the_set_is_large_enough_and_speaks_four_languages() -> None:
    assert len(GOLDEN.cases) >= 60
    assert len({case.id for case in GOLDEN.cases}) == len(GOLDEN.cases)
    assert len({case.text for case in GOLDEN.cases}) == len(GOLDEN.cases)
    for language in ("en", "vi", "de", "fr"):
        own = [case for case in GOLDEN.cases if case.language == language]
        assert len(own) >= 15
        assert sum(not case.plans for case in own) >= 4, f"{language}: what must be asked back"


@EACH_CASE
def test_the_grammar_leaves_the_case_to_a_model(case: GoldenCase) -> None:
    assert isinstance(GrammarPlanner().plan(case.text, GOLDEN.catalogue, AS_OF), NeedsClarification)


@EACH_CASE
def test_every_plan_of_the_case_is_of_the_catalogue_and_can_be_read_back(case: GoldenCase) -> None:
    for plan in case.plans:
        assert unknown_names(plan, GOLDEN.catalogue) == []
        assert describe(PlannedRequest(plan=plan), GOLDEN.catalogue)
    meanings = [meaning_of(plan) for plan in case.plans]
    assert len(set(meanings)) == len(meanings), "two spellings of one plan"


@EACH_CASE
def test_no_example_that_the_model_is_shown_gives_the_case_away(case: GoldenCase) -> None:
    assert all(case.text.casefold() not in example for example in EXAMPLES)


Json = dict[str, Any]


def plan(where: Json) -> SegmentPlan:
    return SegmentPlan.model_validate({"where": where})


PARIS: Json = {"kind": "attribute", "property": "city", "operator": "eq", "values": ["Paris"]}
LYON: Json = PARIS | {"values": ["Lyon"]}
WOMEN: Json = {"kind": "attribute", "property": "gender", "operator": "eq", "values": ["female"]}


def both(*conditions: Json) -> Json:
    return {"kind": "and", "conditions": list(conditions)}


@pytest.mark.parametrize(
    "other",
    [
        both(WOMEN, PARIS, LYON),
        both(LYON, both(WOMEN, PARIS)),
        both(WOMEN, PARIS | {"operator": "in"}, LYON),
        both(WOMEN, PARIS, {"kind": "not", "condition": {"kind": "not", "condition": LYON}}),
    ],
)
def test_a_plan_in_another_spelling_is_the_same_plan(other: Json) -> None:
    assert meaning_of(plan(other)) == meaning_of(plan(both(PARIS, LYON, WOMEN)))


@pytest.mark.parametrize(
    "other",
    [
        both(WOMEN, PARIS),
        {"kind": "or", "conditions": [WOMEN, PARIS, LYON]},
        both(WOMEN, PARIS, {"kind": "not", "condition": LYON}),
        both(WOMEN, PARIS, LYON | {"operator": "ne"}),
    ],
)
def test_a_plan_of_another_meaning_is_another_plan(other: Json) -> None:
    assert meaning_of(plan(other)) != meaning_of(plan(both(PARIS, LYON, WOMEN)))


def test_a_case_is_judged_by_meaning_and_a_guess_where_one_must_ask_is_wrong() -> None:
    planned = GoldenCase(id="en-001", language="en", text="women in Paris", plans=(plan(both(WOMEN, PARIS)),))
    unclear = GoldenCase(id="en-002", language="en", text="our best")
    right, guess = PlannedRequest(plan=plan(both(PARIS, WOMEN))), PlannedRequest(plan=plan(PARIS))
    assert [planned.verdict(answer) for answer in (right, guess, ASKED_BACK)] == [
        Verdict.EXACT,
        Verdict.WRONG,
        Verdict.ASKED_BACK,
    ]
    assert [unclear.verdict(answer) for answer in (guess, ASKED_BACK)] == [Verdict.WRONG, Verdict.EXACT]
