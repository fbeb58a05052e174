"""The plan language: what is a plan, what is none, and that it travels as JSON."""

from typing import Any

import pytest
from pydantic import ValidationError

from leo_activation.segments.plan import (
    Not,
    SegmentPlan,
    canonical_decimal,
    conjuncts,
    leaves,
    plan_of,
    prefixes,
)
from leo_activation.warehouse.graph_schema import EVENT_EDGES, VERTICES

Json = dict[str, Any]
SOCKS: Json = {"kind": "behaviour", "event": "purchase", "product": {"categories": ["socks"], "colors": ["red"]}}
OVER_40: Json = {"kind": "attribute", "property": "age", "operator": "gt", "values": ["40"]}
RICH: Json = {"kind": "attribute", "property": "total_spent", "operator": "gt", "values": ["800"]}
HIKERS: Json = {"kind": "profile_phrase", "phrase": "weekend hikers"}


def attribute(name: str, operator: str, *values: str, **rest: object) -> Json:
    return {"kind": "attribute", "property": name, "operator": operator, "values": values, **rest}


def test_a_plan_survives_json_unchanged() -> None:
    plan = SegmentPlan.model_validate(
        {
            "where": {"kind": "and", "conditions": [SOCKS, {"kind": "not", "condition": OVER_40}, RICH]},
            "order": {"by": "age"},
            "limit": 10,
            "currency": "EUR",
        }
    )
    assert SegmentPlan.model_validate_json(plan.model_dump_json()) == plan
    assert [leaf.kind for leaf in leaves(plan.where)] == ["behaviour", "attribute", "attribute"]


def test_the_prefixes_of_a_plan_are_its_funnel() -> None:
    plan = SegmentPlan.model_validate({"where": {"kind": "and", "conditions": [SOCKS, RICH]}, "currency": "EUR"})
    first, second = prefixes(plan)
    assert first == plan_of(conjuncts(plan.where)[0], currency="EUR")
    assert first.currency is None
    assert second == plan
    assert prefixes(SegmentPlan()) == ()


@pytest.mark.parametrize(
    ("written", "canonical"),
    [("800.50", "800.5"), ("1E3", "1000"), ("0.0", "0"), ("-0", "0"), ("+7", "7"), ("100", "100")],
)
def test_amounts_have_one_spelling(written: str, canonical: str) -> None:
    assert canonical_decimal(written) == canonical


@pytest.mark.parametrize(
    "where",
    [
        attribute("age", "gt"),
        attribute("age", "gt", "old"),
        attribute("age", "gt", "200"),
        attribute("age", "eq", "040"),
        attribute("age", "between", "40", "30"),
        attribute("age", "contains", "4"),
        attribute("country", "gt", "DE"),
        attribute("country", "eq", ""),
        attribute("country", "in", "DE", "DE"),
        attribute("email", "eq", "x"),
        attribute("birth_month", "eq", "13"),
        attribute("total_spent", "gt", "800.0"),
        attribute("created_at", "gt", "5"),
        attribute("created_at", "within"),
        attribute("age", "within", window={"kind": "last", "amount": 1, "unit": "day"}),
        {**SOCKS, "min_count": 0},
        {**SOCKS, "min_count": 3, "max_count": 2},
        {**SOCKS, "product": {}},
        {**SOCKS, "window": {"kind": "dates"}},
        {**SOCKS, "window": {"kind": "dates", "since": "2026-02-01", "until": "2026-02-01"}},
        {**SOCKS, "window": {"kind": "last", "amount": 0, "unit": "day"}},
        {**SOCKS, "value": {"at_least": "5", "more_than": "4"}},
        {**SOCKS, "value": {"more_than": "5", "at_most": "5"}},
        {**SOCKS, "value": {"at_least": "-5"}},
        {**SOCKS, "colour": "red"},
        {"kind": "or", "conditions": [SOCKS]},
        {"kind": "or", "conditions": [SOCKS, HIKERS]},
        {"kind": "not", "condition": HIKERS},
        {"kind": "exposure"},
    ],
    ids=str,
)
def test_what_means_nothing_is_no_plan(where: Json) -> None:
    currency = "EUR" if "total_spent" in str(where) or "'value'" in str(where) else None
    with pytest.raises(ValidationError):
        SegmentPlan.model_validate({"where": where, "currency": currency})


def test_a_currency_stands_exactly_where_there_is_money() -> None:
    with pytest.raises(ValidationError, match="currency"):
        SegmentPlan.model_validate({"where": RICH})
    with pytest.raises(ValidationError, match="currency"):
        SegmentPlan.model_validate({"where": SOCKS, "currency": "EUR"})


def test_a_plan_has_bounds() -> None:
    with pytest.raises(ValidationError, match="at most 40"):
        SegmentPlan.model_validate(
            {"where": {"kind": "and", "conditions": [{"kind": "or", "conditions": [SOCKS] * 21}] * 2}}
        )
    deep: Json = OVER_40
    for _ in range(8):
        deep = {"kind": "not", "condition": deep}
    with pytest.raises(ValidationError, match="nests"):
        SegmentPlan.model_validate({"where": deep})
    with pytest.raises(ValidationError, match="order without a limit"):
        SegmentPlan.model_validate({"order": {"by": "age"}})


def test_the_json_schema_demands_the_kind_of_every_leaf_and_names_only_what_the_graph_has() -> None:
    schema = SegmentPlan.model_json_schema()
    for name, form in schema["$defs"].items():
        if "kind" in form.get("properties", {}):
            assert form["required"][0] == "kind", name
    assert set(schema["$defs"]["CustomerProperty"]["enum"]) < set(VERTICES["Customer"].properties)
    assert set(schema["$defs"]["Behaviour"]["properties"]["event"]["examples"]) == set(EVENT_EDGES)


def test_a_plan_cannot_be_changed() -> None:
    plan = SegmentPlan.model_validate({"where": {"kind": "not", "condition": OVER_40}})
    assert isinstance(plan.where, Not)
    with pytest.raises(ValidationError):
        plan.limit = 5
