"""Plans read back as sentences, and the sentences planned again."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cypher import compile_plan, phrases_of
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import Channel, Condition, SegmentPlan, plan_of
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.request import ActivationDraft, MessageClass, PlannedRequest
from leo_activation.segments.sentences import describe, explain
from tests.segments.catalogues import AS_OF, CATALOGUES
from tests.segments.spoken_plans import plain_leaves, plans

REQUESTS = [
    request
    for name in ("paraphrases.jsonl", "unseen.jsonl")
    for line in (Path(__file__).parent / name).read_text().splitlines()
    if "plan" in (request := json.loads(line))
]
SOCKS = {"kind": "behaviour", "event": "purchase", "product": {"categories": ["socks"]}}
RED = {"kind": "interest", "topic_type": "color", "topic": "red", "primary": True}


def attribute(name: str, operator: str, *values: str) -> dict[str, Any]:
    return {"kind": "attribute", "property": name, "operator": operator, "values": values}


PLANS: list[tuple[str, dict[str, Any]]] = [
    ("discovery", attribute("age", "ne", "40")),
    ("discovery", attribute("age", "in", "20", "30", "40")),
    ("discovery", attribute("age", "exists")),
    ("discovery", {"kind": "not", "condition": attribute("total_spent", "exists")}),
    ("discovery", {"kind": "not", "condition": attribute("age", "between", "20", "30")}),
    ("discovery", attribute("total_spent", "between", "100", "250.5")),
    ("discovery", attribute("favorite_color", "contains", "re")),
    ("retail", attribute("city", "starts_with", "Ho")),
    ("retail", attribute("favorite_color", "in", "black", "navy blue")),
    ("retail", attribute("funnel_stage", "in", "customer-advocate", "new-visitor")),
    ("retail", attribute("birth_month", "in", "3", "5", "12")),
    ("retail", attribute("language", "ne", "vi")),
    ("retail", {"kind": "segment", "segment_id": "weekend_hikers"}),
    ("retail", {"kind": "interest", "topic_type": "brand", "topic": "Luna", "min_score": 0.25}),
    ("retail", {"kind": "interest", "topic_type": "category", "topic": "Camping Gear", "primary": True}),
    ("discovery", {"kind": "interest_phrase", "phrase": "winter and summer sports", "threshold": 0.4}),
    ("discovery", {"kind": "not", "condition": {"kind": "interest_phrase", "phrase": "winter sports"}}),
    ("discovery", {"kind": "profile_phrase", "phrase": "busy parents", "threshold": 0.35}),
    ("discovery", {**SOCKS, "min_count": 0, "max_count": 2}),
    ("discovery", {**SOCKS, "min_count": 2, "max_count": 4}),
    ("discovery", {**SOCKS, "min_count": 3, "value": {"at_least": "20.5", "less_than": "100"}}),
    ("discovery", {**SOCKS, "window": {"kind": "calendar", "unit": "quarter", "offset": -3}}),
    ("discovery", {**SOCKS, "window": {"kind": "calendar", "unit": "month", "offset": -1}}),
    ("discovery", {**SOCKS, "window": {"kind": "dates", "since": "2026-01-05", "until": "2026-01-06"}}),
    ("discovery", {**SOCKS, "window": {"kind": "dates", "since": "2026-01-05"}}),
    ("discovery", {"kind": "not", "condition": {"kind": "and", "conditions": [SOCKS, RED]}}),
    ("discovery", {"kind": "behaviour", "event": "return", "product": {"colors": ["blue", "red"]}}),
    (
        "retail",
        {
            "kind": "behaviour",
            "event": "add_to_cart",
            "product": {
                "names": ["Summit Tent", "Trail Runner 2"],
                "categories": ["Camping Gear", "Shoes"],
                "brands": ["Luna", "Northpeak"],
                "colors": ["black", "navy blue"],
                "price": {"more_than": "20", "at_most": "90"},
            },
            "window": {"kind": "last", "amount": 1, "unit": "week"},
        },
    ),
    ("retail", {"kind": "behaviour", "event": "view", "product": {"categories": ["Health & Beauty"]}}),
    ("retail", {"kind": "behaviour", "event": "view", "product": {"categories": ["Coffee"], "colors": ["red"]}}),
    ("retail", {"kind": "behaviour", "event": "view", "product": {"brands": ["Luna"], "colors": ["navy blue"]}}),
    (
        "discovery",
        {
            "kind": "or",
            "conditions": [
                {"kind": "and", "conditions": [SOCKS, {"kind": "not", "condition": RED}]},
                attribute("country", "in", "AT", "DE"),
                {"kind": "not", "condition": {"kind": "or", "conditions": [SOCKS, attribute("age", "lt", "30")]}},
            ],
        },
    ),
]


def planned(where: dict[str, Any], currency: str) -> SegmentPlan:
    money = any(f"'{name}'" in str(where) for name in ("total_spent", "price", "value"))
    known = "exists" not in str(where)
    return SegmentPlan.model_validate({"where": where, "currency": currency if money and known else None})


@pytest.mark.parametrize("request_", REQUESTS, ids=lambda request: str(request["text"]))
def test_what_is_read_back_is_understood_as_the_same_request(request_: dict[str, Any]) -> None:
    catalogue = CATALOGUES[request_["catalogue"]]
    planner = GrammarPlanner()
    first = planner.plan(request_["text"], catalogue, AS_OF)
    assert isinstance(first, PlannedRequest)
    sentence = describe(first, catalogue)
    again = planner.plan(sentence, catalogue, AS_OF)
    assert isinstance(again, PlannedRequest), f"{sentence} {again}"
    assert again.model_copy(update={"spans": first.spans}) == first
    assert describe(again, catalogue) == sentence


@pytest.mark.parametrize(("tenant", "where"), PLANS)
def test_every_form_that_is_printed_is_read_as_the_plan_it_came_from(tenant: str, where: dict[str, Any]) -> None:
    catalogue = CATALOGUES[tenant]
    plan = planned(where, catalogue.currency)
    sentence = explain(plan, catalogue)
    again = GrammarPlanner().plan(sentence, catalogue, AS_OF)
    assert isinstance(again, PlannedRequest), f"{sentence} {again}"
    assert again.plan == plan, sentence


@pytest.mark.parametrize("tenant", [*CATALOGUES])
def test_every_request_that_one_tenant_can_plan_reads_back_as_itself(tenant: str) -> None:
    """Also those written for the other tenant: a colour may be sold here and interest nobody yet."""
    catalogue = CATALOGUES[tenant]
    for request in REQUESTS:
        found = GrammarPlanner().plan(str(request["text"]), catalogue, AS_OF)
        if isinstance(found, PlannedRequest):
            again = GrammarPlanner().plan(describe(found, catalogue), catalogue, AS_OF)
            assert isinstance(again, PlannedRequest), f"{request['text']}: {again}"
            assert again.model_copy(update={"spans": found.spans}) == found, request["text"]


@pytest.mark.parametrize("tenant", [*CATALOGUES])
@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(st.data())
def test_every_plan_is_understood_again_from_its_sentence(tenant: str, data: st.DataObject) -> None:
    catalogue = CATALOGUES[tenant]
    plan = data.draw(st.one_of(plans(catalogue), plain_leaves(catalogue).map(lambda leaf: as_plan(leaf, catalogue))))
    sentence = explain(plan, catalogue)
    again = GrammarPlanner().plan(sentence, catalogue, AS_OF)
    assert isinstance(again, PlannedRequest), f"{sentence} {again}"
    assert again.plan == plan, sentence
    assert explain(again.plan, catalogue) == sentence


def as_plan(leaf: Condition, catalogue: Catalogue) -> SegmentPlan:
    return plan_of(leaf, currency=catalogue.currency)


TEXTS = [str(request["text"]).split(" ") for request in REQUESTS]
PIECES = st.sampled_from(TEXTS).flatmap(lambda words: st.integers(0, len(words)).map(lambda cut: (words, cut)))


@settings(max_examples=400, deadline=None)
@given(
    PIECES,
    st.sampled_from([[], ["and"], ["or"], ["who"], ["but", "not"], [","]]),
    PIECES,
    st.sampled_from([*CATALOGUES]),
)
def test_whatever_is_planned_of_spliced_requests_reads_back_as_itself_and_passes_the_gate(
    first: tuple[list[str], int], joint: list[str], second: tuple[list[str], int], tenant: str
) -> None:
    catalogue = CATALOGUES[tenant]
    text = " ".join([*first[0][: first[1]], *joint, *second[0][second[1] :]])
    found = GrammarPlanner().plan(text, catalogue, AS_OF)
    if isinstance(found, PlannedRequest):
        query = compile_plan(
            found.plan, catalogue, as_of=AS_OF, topics={phrase: ["tag:a", "tag:b"] for phrase in phrases_of(found.plan)}
        )
        assert gate(query.text, query.parameters).text == query.text
        again = GrammarPlanner().plan(describe(found, catalogue), catalogue, AS_OF)
        assert isinstance(again, PlannedRequest), again
        assert again.model_copy(update={"spans": found.spans}) == found


def test_a_sentence_names_what_was_chosen_and_what_is_sent() -> None:
    catalogue = CATALOGUES["discovery"]
    found = GrammarPlanner().plan(
        "Create a High Value segment of customers with total spent above 800 "
        "and send them a Zalo message saying: Exclusive offer just for you",
        catalogue,
        AS_OF,
    )
    assert isinstance(found, PlannedRequest)
    assert describe(found, catalogue) == (
        'Segment "High Value": customers whose total spent is more than 800 EUR. '
        'Then send them a Zalo message saying: "Exclusive offer just for you"'
    )
    campaign = GrammarPlanner().plan("Suggest customers for a luxury red-themed fashion campaign", catalogue, AS_OF)
    assert isinstance(campaign, PlannedRequest)
    assert explain(campaign.plan, catalogue, notes=campaign.notes) == (
        'Customers who have the tag "likes luxury items" and '
        '(whose favourite colour is red or who are mainly interested in the colour "red"). '
        '"fashion" is read as the whole catalogue.'
    )


def test_a_transactional_message_says_that_it_is_one() -> None:
    catalogue = CATALOGUES["discovery"]
    draft = ActivationDraft(channel=Channel.EMAIL, message="Your order", message_class=MessageClass.TRANSACTIONAL)
    plan = SegmentPlan.model_validate({"where": SOCKS})
    sentence = describe(PlannedRequest(plan=plan, activation=draft), catalogue)
    assert sentence.endswith('Then send them a transactional e-mail saying: "Your order"')
    again = GrammarPlanner().plan(sentence, catalogue, AS_OF)
    assert isinstance(again, PlannedRequest)
    assert again.activation == draft
