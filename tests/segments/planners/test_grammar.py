"""The grammar planner: what it understands, what it asks back, and that no word is lost on the way."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.router import plan_with
from leo_activation.segments.request import NeedsClarification, PlannedRequest, Planner
from tests.segments.catalogues import AS_OF, CATALOGUES, DISCOVERY

HERE = Path(__file__).parents[1]
UNDERSTOOD = [json.loads(line) for line in (HERE / "paraphrases.jsonl").read_text().splitlines()]
ASKED = [json.loads(line) for line in (HERE / "asked_back.jsonl").read_text().splitlines()]
UNSEEN = [json.loads(line) for line in (HERE / "unseen.jsonl").read_text().splitlines()]


def plan(text: str, tenant: str = "discovery") -> PlannedRequest | NeedsClarification:
    return GrammarPlanner().plan(text, CATALOGUES[tenant], AS_OF)


@pytest.mark.parametrize("case", UNDERSTOOD, ids=lambda case: str(case["text"]))
def test_a_request_means_what_was_written_down_before_the_grammar(case: dict[str, Any]) -> None:
    found = plan(case["text"], case["catalogue"])
    assert isinstance(found, PlannedRequest), found
    assert found.plan == SegmentPlan.model_validate(case["plan"])
    assert found.segment_name == case.get("segment_name")
    assert list(found.notes) == case.get("notes", [])
    sent = None if found.activation is None else found.activation.model_dump(include={"channel", "message"})
    assert sent == case.get("activation")


@pytest.mark.parametrize("case", ASKED, ids=lambda case: str(case["text"]))
def test_what_is_not_understood_is_asked_back_with_its_words(case: dict[str, Any]) -> None:
    found = plan(case["text"], case["catalogue"])
    assert isinstance(found, NeedsClarification), found
    assert list(found.unplaced) == case["unplaced"]
    asked = " ".join(str(question) for question in found.questions)
    assert case.get("question", "").lower() in asked.lower()


@pytest.mark.parametrize("case", UNSEEN, ids=lambda case: str(case["text"]))
def test_requests_written_without_a_look_at_the_grammar_mean_the_same_or_are_asked(case: dict[str, Any]) -> None:
    found = plan(case["text"], case["catalogue"])
    if "unplaced" in case:
        assert isinstance(found, NeedsClarification), found
        for words in case["unplaced"]:
            assert any(words in asked for asked in found.unplaced), found
        return
    test_a_request_means_what_was_written_down_before_the_grammar(case)


def shown_words(found: PlannedRequest) -> str:
    """Whatever the sentence shows word for word: semantic phrases, the name, the message."""
    phrases = [leaf.phrase for leaf in leaves(found.plan.where) if isinstance(leaf, InterestPhrase | ProfilePhrase)]
    message = found.activation.message if found.activation else None
    return " ".join([*phrases, found.segment_name or "", message or ""])


def test_a_strange_word_anywhere_is_named_or_shown_and_never_dropped() -> None:
    """Put into every gap of every request. A question that does not name it is rare, and still a question."""
    named, elsewhere = 0, []
    for case in [*UNDERSTOOD, *(case for case in UNSEEN if "plan" in case)]:
        words = case["text"].split(" ")
        for gap in range(len(words) + 1):
            text = " ".join([*words[:gap], "blorptastic", *words[gap:]])
            found = plan(text, case["catalogue"])
            if isinstance(found, PlannedRequest):
                assert "blorptastic" in shown_words(found), text
            elif any("blorptastic" in words for words in found.unplaced):
                named += 1
            else:
                elsewhere.append(text)
    assert named > 2000
    assert len(elsewhere) < named / 100, elsewhere


def test_each_leaf_names_the_words_that_it_came_from() -> None:
    text = "German customers who bought red socks in the last 60 days and are interested in high-end lifestyle"
    found = plan(text)
    assert isinstance(found, PlannedRequest)
    assert [text[span.start : span.end] for span in found.spans] == [
        "German",
        "bought red socks in the last 60 days",
        "high-end lifestyle",
    ]
    assert [span.leaf for span in found.spans] == [0, 1, 2]


def test_everybody_is_asked_for_in_so_many_words() -> None:
    found = plan("all customers")
    assert isinstance(found, PlannedRequest)
    assert found.plan.where is None
    assert isinstance(plan("customers"), NeedsClarification)


@pytest.mark.parametrize(
    ("text", "unplaced"),
    [
        ("customers who did not view socks or buy shoes", "buy shoes"),
        ("customers who never viewed socks and bought shoes", "bought shoes"),
        ("customers who did not buy socks and shoes", "socks and shoes"),
        ("customers who bought socks under 30", "under 30"),
        ("customers who bought socks in Germany", "in Germany"),
        ("customers who viewed socks and then bought them", "then"),
        ("customers who bought red socks or jackets", "red socks or jackets"),
        ("customers from Germany, who bought socks or viewed shoes", "or"),
        ("customers who bought at least 3 jackets", "at least 3 jackets"),
        ("customers who bought socks for more than 20 euros", "for more than 20 euros"),
        ("customers who bought socks twice", "twice"),
        ("customers who would buy socks", "would"),
        ("customers who bought socks and or viewed shoes", "and or"),
        ("customers who bought socks except those from Germany who viewed shoes", "viewed shoes"),
        ("customers who like red, excluding people who bought socks and viewed shoes", "viewed shoes"),
        ("customers who bought socks but not interested in luxury and from Germany", "from Germany"),
        ("customers who are not from Germany or over 40", "over 40"),
        ("customers not interested in socks and shoes", "interested in socks and shoes"),
    ],
)
def test_what_has_two_readings_is_asked_and_not_guessed(text: str, unplaced: str) -> None:
    found = plan(text)
    assert isinstance(found, NeedsClarification)
    assert unplaced in " ".join(found.unplaced)


VOCABULARY = sorted(
    {word for case in [*UNDERSTOOD, *ASKED] for word in case["text"].split(" ")}
    | {"(", ")", "not", "either", "nor", "by", "between", "1.000", "2026-02-30", "99999999999999999999", "“", "'", "%"}
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(VOCABULARY), max_size=14).map(" ".join))
def test_any_order_of_words_is_planned_or_asked_back(text: str) -> None:
    found = plan(text, "retail")
    assert isinstance(found, PlannedRequest | NeedsClarification)


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_any_text_at_all_is_planned_or_asked_back(text: str) -> None:
    assert isinstance(plan(text), PlannedRequest | NeedsClarification)


class _Unwilling:
    """A planner that understands nothing."""

    name = "unwilling"

    def plan(self, text: str, catalogue: object, as_of: object) -> NeedsClarification:
        found = plan("blorptastic customers")
        assert isinstance(found, NeedsClarification)
        return found


def test_the_first_planner_that_understands_answers_and_else_the_first_one_asks() -> None:
    unwilling: Planner = _Unwilling()
    text = "Customers who bought red socks in the last 60 days"
    name, found = plan_with([unwilling, GrammarPlanner()], text, DISCOVERY, AS_OF)
    assert name == "grammar"
    assert isinstance(found, PlannedRequest)
    name, found = plan_with([GrammarPlanner(), unwilling], "customers who juggle", DISCOVERY, AS_OF)
    assert name == "grammar"
    assert isinstance(found, NeedsClarification)
    with pytest.raises(ValueError, match="at least one planner"):
        plan_with([], text, DISCOVERY, AS_OF)
