"""A hostile string as a name in the catalogue is a name: it makes no query, turns no request, and leads no model."""

import json
import unicodedata
from collections.abc import Iterator

import pytest
from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.cypher import compile_plan
from leo_activation.segments.gate import gate
from leo_activation.segments.plan import (
    Attribute,
    Behaviour,
    CustomerProperty,
    EventKind,
    Exposure,
    ExposureKind,
    Interest,
    Leaf,
    Operator,
    ProductFilter,
    SegmentPlan,
    TopicType,
)
from leo_activation.segments.planners.grammar import GrammarPlanner
from leo_activation.segments.planners.llm_catalogue import shown_catalogue
from leo_activation.segments.request import PlannedRequest
from leo_activation.segments.sql import compile_sql
from tests.hostile.strings import STRINGS
from tests.profiles.people import NOW

HARMLESS = "wool hat"
NAMES = tuple(one for one in STRINGS if one.storable)
KINDS = ("product", "category", "brand", "color", "city", "keyword", "campaign", "funnel_stage")
REQUESTS = (
    "customers who bought wool hats in the last 60 days",
    "customers from Da Nang",
    "everyone in Vietnam who spent more than 100",
    "women who bought boots in the last month",
    "khách hàng đã mua wool hat trong 60 ngày qua",
)


def leaf(kind: str, value: str) -> Leaf:
    match kind:
        case "product":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(names=(value,)))
        case "category":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(categories=(value,)))
        case "brand":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(brands=(value,)))
        case "color":
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(colors=(value,)))
        case "city":
            return Attribute(property=CustomerProperty.CITY, operator=Operator.EQ, values=(value,))
        case "keyword":
            return Interest(topic_type=TopicType.KEYWORD, topic=value)
        case "campaign":
            return Exposure(exposure=ExposureKind.OPENED, campaigns=(value,))
        case _:
            return Attribute(property=CustomerProperty.FUNNEL_STAGE, operator=Operator.EQ, values=(value,))


def catalogue(*names: str) -> Catalogue:
    """A shop whose every list holds these names; the harmless one is a product's."""
    own = tuple(names)
    return Catalogue(
        tenant_id="shop",
        currency="EUR",
        minor_units=2,
        products=(HARMLESS, "boots", *own),
        categories=own,
        brands=own,
        colors=own,
        cities=("Da Nang", *own),
        countries=("VN", "PL"),
        genders=("female", "male"),
        funnel_stages=own,
        campaigns={one: one for one in own},
        topics={"keyword": own},
    )


@pytest.mark.parametrize("kind", KINDS)
def test_both_compilers_write_the_query_of_any_other_name(kind: str) -> None:
    known = catalogue(HARMLESS, *(one.text for one in NAMES))
    cypher = compile_plan(SegmentPlan(where=leaf(kind, HARMLESS)), known, as_of=NOW)
    tables = compile_sql(SegmentPlan(where=leaf(kind, HARMLESS)), known, as_of=NOW)
    compiled = 0
    for one in STRINGS:
        try:
            plan = SegmentPlan(where=leaf(kind, one.text))
            named = compile_plan(plan, known, as_of=NOW)
            gated = gate(named.text, named.parameters)
            in_tables = compile_sql(plan, known, as_of=NOW)
        except (ValidationError, Permanent):
            assert not one.storable or len(one.text) > 200 or not one.text.strip(), one
            continue
        compiled += 1
        assert named.text == cypher.text, one
        assert gated.text == gate(cypher.text, cypher.parameters).text, one
        assert named.parameters.keys() == cypher.parameters.keys(), one
        assert in_tables.query.as_string(None) == tables.query.as_string(None), one
        assert in_tables.parameters.keys() == tables.parameters.keys(), one
        assert {one.text, f"keyword:{one.text}"} & set(_texts(dict(named.parameters))), one
        assert one.text in set(_texts(dict(in_tables.parameters))), one
    assert compiled > len(NAMES) * 3 // 4


def test_cypher_that_holds_a_string_as_code_does_not_pass_the_gate() -> None:
    for one in STRINGS:
        for written in (
            f"MATCH (c:Customer) WHERE c.city = '{one.text}' RETURN c.customer_id",
            f"MATCH (c:Customer) {one.text} RETURN c.customer_id",
        ):
            try:
                passed = gate(written, {})
            except Permanent:
                continue
            # What passes is the gate's own print, and reads the same when it is read again.
            assert gate(passed.text, passed.parameters).text == passed.text, one
            assert not {"CREATE", "DELETE", "SET", "MERGE", "REMOVE"} & set(passed.text.split()), one


def test_names_nobody_said_turn_no_request() -> None:
    plain, hostile = GrammarPlanner(), GrammarPlanner()
    crowded = catalogue(*(one.text for one in NAMES))
    for request in REQUESTS:
        expected = plain.plan(request, catalogue(), NOW)
        assert isinstance(expected, PlannedRequest), request
        assert hostile.plan(request, crowded, NOW) == expected, request


def test_a_quoted_name_is_one_name_and_no_condition_more_or_is_asked_back() -> None:
    planner, known = GrammarPlanner(), catalogue(*(one.text for one in NAMES))
    planned = 0
    for one in NAMES:
        if '"' in one.text or len(one.text) > 200:
            continue
        answer = planner.plan(f'customers who bought "{one.text}"', known, NOW)
        if not isinstance(answer, PlannedRequest):
            continue
        planned += 1
        where = answer.plan.where
        assert isinstance(where, Behaviour), one
        assert where.product is not None
        named = [text for text in _texts(where.product.model_dump(mode="json")) if text != "any"]
        # The grammar knows names by their words, whatever the signs between, so it may be one that is spelled alike.
        assert set(named) <= {each.text for each in NAMES}, one
        assert len(set(named)) == 1, one
        assert answer.plan == SegmentPlan(where=where.model_copy()), one
    assert planned > 20


def test_a_model_is_shown_names_as_json_strings_and_those_that_speak_to_it_not_at_all() -> None:
    shown = shown_catalogue(catalogue(*(one.text for one in NAMES)), "customers who bought wool hats")
    read = json.loads(shown.text)
    names = set(_texts(read))
    assert HARMLESS in names
    assert shown.left_out > len(NAMES)
    unseen = {"unseen", "broken", "template", "link", "path"}
    for one in NAMES:
        if one.text in names:
            assert one.category not in unseen or one.text.isprintable(), one
            assert not any(unicodedata.category(mark) in {"Cc", "Cf"} for mark in one.text), one
            assert not set(one.text) & set("<>{}[]`|\\"), one
            assert len(one.text) <= 80, one


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
