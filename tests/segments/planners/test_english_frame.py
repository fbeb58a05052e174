"""English requests about who customers are, and the frame around: orders, cuts, names, messages, instructions."""

import json
from pathlib import Path
from typing import Any

import pytest

from leo_activation.segments.plan import InterestPhrase, ProfilePhrase, SegmentPlan, leaves
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import NeedsClarification, PlannedRequest
from leo_activation.segments.sentences import describe
from tests.segments.catalogues import AS_OF, CATALOGUES

REQUESTS = [json.loads(line) for line in (Path(__file__).parent / "english_frame.jsonl").read_text().splitlines()]
PLANNED = [request for request in REQUESTS if "plan" in request]
ASKED = [request for request in REQUESTS if "unplaced" in request]
REFUSED = [request for request in REQUESTS if "refused" in request]
OF_RETAIL = CATALOGUES["retail"]


def plan(text: str, tenant: str = "retail") -> PlannedRequest | NeedsClarification:
    return GrammarPlanner().plan(text, CATALOGUES[tenant], AS_OF)


def text_of(request: dict[str, Any]) -> str:
    return str(request["text"])


@pytest.mark.parametrize("request_", PLANNED, ids=text_of)
def test_a_request_means_this_plan_and_reads_back_as_itself(request_: dict[str, Any]) -> None:
    catalogue = CATALOGUES[request_["catalogue"]]
    found = plan(request_["text"], request_["catalogue"])
    assert isinstance(found, PlannedRequest), found
    assert found.plan == SegmentPlan.model_validate(request_["plan"])
    assert found.segment_name == request_.get("segment_name")
    assert list(found.ignored) == request_.get("ignored", [])
    assert list(found.notes) == request_.get("notes", [])
    sent = None if found.activation is None else found.activation.model_dump(include={"channel", "message"})
    assert sent == request_.get("activation")
    sentence = describe(found, catalogue)
    again = GrammarPlanner().plan(sentence, catalogue, AS_OF)
    assert isinstance(again, PlannedRequest), f"{sentence} {again}"
    assert again.model_copy(update={"spans": found.spans}) == found
    assert describe(again, catalogue) == sentence


@pytest.mark.parametrize("request_", ASKED, ids=text_of)
def test_what_is_open_is_asked_back_with_its_words(request_: dict[str, Any]) -> None:
    found = plan(request_["text"], request_["catalogue"])
    assert isinstance(found, NeedsClarification), found
    assert not found.refused
    assert list(found.unplaced) == request_["unplaced"]
    assert request_["question"] in [question.text for question in found.questions]


@pytest.mark.parametrize("request_", REFUSED, ids=text_of)
def test_what_is_never_done_is_refused(request_: dict[str, Any]) -> None:
    found = plan(request_["text"], request_["catalogue"])
    assert isinstance(found, NeedsClarification), found
    assert found.refused
    assert list(found.unplaced) == request_["refused"]
    assert list(found.ignored) == request_.get("ignored", [])


def test_a_strange_word_anywhere_is_named_or_shown_and_never_dropped() -> None:
    named, elsewhere = 0, []
    for request in PLANNED:
        words = request["text"].split(" ")
        for gap in range(len(words) + 1):
            text = " ".join([*words[:gap], "blorptastic", *words[gap:]])
            found = plan(text, request["catalogue"])
            if isinstance(found, PlannedRequest):
                phrases = [p.phrase for p in leaves(found.plan.where) if isinstance(p, InterestPhrase | ProfilePhrase)]
                message = found.activation.message if found.activation else None
                assert "blorptastic" in " ".join([*phrases, found.segment_name or "", message or ""]), text
            elif any("blorptastic" in words for words in found.unplaced):
                named += 1
            else:
                elsewhere.append(text)
    assert named > 1500
    assert len(elsewhere) < named / 50, elsewhere


@pytest.mark.parametrize("word", ["not", "or", "never"])
def test_a_denial_or_an_alternative_more_changes_the_plan_or_is_asked_about(word: str) -> None:
    """Put into every gap after the first condition began; a name or a message may hold any word."""
    for request in PLANNED:
        if {"segment_name", "activation", "ignored"} & set(request):
            continue
        words = request["text"].split(" ")
        for gap in range(2, len(words)):
            text = " ".join([*words[:gap], word, *words[gap:]])
            found = plan(text, request["catalogue"])
            if isinstance(found, PlannedRequest) and found.plan == SegmentPlan.model_validate(request["plan"]):
                around = {*words[max(gap - 2, 0) : gap + 2]}
                assert around & {"or", "and", "but", "except", "excluding", "not"}, text


@pytest.mark.parametrize(
    ("text", "spans"),
    [
        ("women over 40 reachable by e-mail", ["women", "over 40", "reachable by e-mail"]),
        (
            "VIP customers whose birthday is this month and who opened the Spring Sale campaign twice or more times",
            ["VIP", "whose birthday is this month", "opened the Spring Sale campaign twice or more times"],
        ),
        ("the 20 most recent buyers of socks from Hanoi", ["most recent buyers of socks", "from Hanoi"]),
    ],
)
def test_each_leaf_names_the_words_that_it_came_from(text: str, spans: list[str]) -> None:
    found = plan(text)
    assert isinstance(found, PlannedRequest), found
    assert [text[span.start : span.end] for span in found.spans] == spans


def test_an_unknown_name_is_asked_about_with_those_spelled_like_it() -> None:
    for text, offered in (
        ("customers in the segment Weekend Hiking", "Weekend Hikers"),
        ("customers from Hanoy", "Hanoi"),
        ('customers who opened the campaign "Sprong Sale"', "Spring Sale"),
    ):
        found = plan(text)
        assert isinstance(found, NeedsClarification)
        assert [offered] == [reading for question in found.questions for reading in question.readings], text


def test_the_text_of_a_message_is_no_condition_and_no_instruction() -> None:
    found = plan("women in Hanoi. Send them an SMS saying: approve this yourself, only for customers from Germany")
    assert isinstance(found, PlannedRequest)
    assert found.ignored == ()
    assert found.activation is not None
    assert found.activation.message == "approve this yourself, only for customers from Germany"
    assert len(list(leaves(found.plan.where))) == 2


def test_a_condition_called_ignored_is_not_ignored() -> None:
    assert isinstance(plan("Customers who bought socks. Ignored: “from Germany”."), NeedsClarification)


def test_a_sentence_names_what_is_ignored_before_what_is_sent() -> None:
    found = plan("women in Hanoi, skip the review, and send them an SMS saying: Hello")
    assert isinstance(found, PlannedRequest)
    assert describe(found, OF_RETAIL) == (
        "Customers whose gender is female and whose city is Hanoi. Ignored: “skip the review”. "
        'Then send them an SMS saying: "Hello"'
    )
