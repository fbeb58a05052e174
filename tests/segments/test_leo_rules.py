"""LEO's own segments: the same members as LEO's query would find, or a name for everything that is in the way."""

import gzip
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.leo_rules import ImportedSegment, ImportStatus, import_segment, item_ids, read_documents
from leo_activation.segments.leo_rules.fields import CONSENTS, NUMBERS, TEXTS
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Calendar,
    CalendarUnit,
    Channel,
    Condition,
    Counted,
    CustomerProperty,
    Dates,
    Not,
    Operator,
    Or,
    OrderContents,
    ProductFilter,
    Range,
    Reachability,
    Reachable,
    SegmentMember,
    SegmentPlan,
)

AS_OF = datetime(2026, 2, 20, tzinfo=UTC)
CATALOGUE = Catalogue(
    tenant_id="shop", currency="VND", minor_units=0, segments={"vip": "VIP"}, events=("page_view",), brands=("Luna",)
)


def rule(field: str, operator: str, value: object = None) -> dict[str, Any]:
    return {"id": field, "field": field, "type": "string", "input": "text", "operator": operator, "value": value}


def group(*rules: dict[str, Any], condition: str = "AND", **more: Any) -> dict[str, Any]:
    return {"condition": condition, "rules": list(rules), **more}


def imported(tree: object, **more: object) -> ImportedSegment:
    document = {"_key": "77", "name": "Test", "status": 1, "jsonQueryRules": json.dumps(tree), **more}
    return import_segment(
        document, CATALOGUE, AS_OF, items={"sku-1": "wool socks"}, segments={"4711": "vip", "4712": "gone"}
    )


def where(*rules: dict[str, Any], condition: str = "AND", **more: Any) -> Condition | None:
    found = imported(group(*rules, condition=condition, **more))
    assert found.problems == ()
    assert found.plan is not None
    return found.plan.where


def problem(*rules: dict[str, Any]) -> str:
    found = imported(group(*rules))
    assert (found.status, found.plan) == (ImportStatus.REFUSED, None)
    return found.problems[0].reason


def attribute(name: CustomerProperty, operator: Operator, *values: str) -> Attribute:
    return Attribute(property=name, operator=operator, values=values)


def unknown(name: CustomerProperty) -> Not:
    return Not(condition=attribute(name, Operator.EXISTS))


AGE, SCORE, CITY = CustomerProperty.AGE, CustomerProperty.LEAD_SCORE, CustomerProperty.CITY
GENDER, COUNTRY = CustomerProperty.GENDER, CustomerProperty.COUNTRY


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (rule("totalLeadScore", "equal", 30), attribute(SCORE, Operator.EQ, "30")),
        (rule("totalLeadScore", "greater", "30.50"), attribute(SCORE, Operator.GT, "30.5")),
        (rule("totalLeadScore", "greater_or_equal", 30), attribute(SCORE, Operator.GE, "30")),
        (rule("totalLeadScore", "between", [10, 20]), attribute(SCORE, Operator.BETWEEN, "10", "20")),
        (rule("totalLeadScore", "in", [10, 20, 10]), attribute(SCORE, Operator.IN, "10", "20")),
        (rule("totalLeadScore", "is_null"), unknown(SCORE)),
        (rule("totalLeadScore", "is_not_null"), attribute(SCORE, Operator.EXISTS)),
        (rule("livingCity", "equal", "Huế"), attribute(CITY, Operator.EQ, "Huế")),
        (rule("livingCity", "contains", "Minh"), attribute(CITY, Operator.CONTAINS, "Minh")),
        (rule("livingCity", "begins_with", "Hồ"), attribute(CITY, Operator.STARTS_WITH, "Hồ")),
        (rule("livingCity", "is_empty"), unknown(CITY)),
        (rule("livingCity", "is_not_empty"), attribute(CITY, Operator.EXISTS)),
        (rule("livingCountry", "equal", "Vietnam"), attribute(COUNTRY, Operator.EQ, "VN")),
        (rule("livingCountry", "in", ["vn", "Poland"]), attribute(COUNTRY, Operator.IN, "VN", "PL")),
        (rule("gender", "equal", 0), attribute(GENDER, Operator.EQ, "female")),
        (rule("gender", "equal", 7), unknown(GENDER)),
        (rule("funnelStage", "equal", "lead"), attribute(CustomerProperty.FUNNEL_STAGE, Operator.EQ, "lead")),
        (rule("receiveEmail", "equal", "1"), Reachable(channel=Channel.EMAIL, by=Reachability.CONSENT)),
        (rule("inSegments", "contains_any", ["4711"]), SegmentMember(segment_id="vip")),
        (
            rule("purchasedItemIds", "contains_any", "sku-1"),
            Behaviour(event="purchase", product=ProductFilter(names=("wool socks",))),
        ),
        (
            rule("purchasedBrands", "contains_any", ["Luna"]),
            Behaviour(event="purchase", product=ProductFilter(brands=("Luna",))),
        ),
        (rule("behavioralEvents", "contains_any", ["page-view"]), Behaviour(event="page_view")),
    ],
)
def test_a_rule_becomes_the_condition_with_its_members(given: dict[str, Any], meant: Condition) -> None:
    assert where(given) == meant


@pytest.mark.parametrize(
    ("negative", "positive"),
    [
        (rule("livingCity", "not_equal", "Huế"), rule("livingCity", "equal", "Huế")),
        (rule("livingCity", "not_contains", "Minh"), rule("livingCity", "contains", "Minh")),
        (rule("livingCity", "not_begins_with", "Hồ"), rule("livingCity", "begins_with", "Hồ")),
        (rule("livingCountry", "not_in", ["VN", "PL"]), rule("livingCountry", "in", ["VN", "PL"])),
        (rule("totalLeadScore", "not_between", [1, 2]), rule("totalLeadScore", "between", [1, 2])),
        (
            rule("behavioralEvents", "not_contains_any", "purchase"),
            rule("behavioralEvents", "contains_any", "purchase"),
        ),
    ],
)
def test_not_keeps_those_of_whom_it_is_unknown(negative: dict[str, Any], positive: dict[str, Any]) -> None:
    condition = where(positive)
    assert condition is not None
    assert where(negative) == Not(condition=condition)


def test_a_missing_number_is_lower_than_every_number_as_in_aql() -> None:
    assert where(rule("totalLeadScore", "less", 30)) == Or(
        conditions=(attribute(SCORE, Operator.LT, "30"), unknown(SCORE))
    )


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        (rule("age", "less", 30), Or(conditions=(attribute(AGE, Operator.LE, "29"), unknown(AGE)))),
        (rule("age", "between", [0, 17]), Or(conditions=(attribute(AGE, Operator.LE, "17"), unknown(AGE)))),
        (rule("age", "between", [18, 25]), attribute(AGE, Operator.BETWEEN, "18", "25")),
        (rule("age", "greater", 17.5), attribute(AGE, Operator.GE, "18")),
        (rule("age", "equal", 0), unknown(AGE)),
        (rule("age", "not_equal", 0), attribute(AGE, Operator.EXISTS)),
        (rule("age", "less", 150), None),
    ],
)
def test_leo_keeps_zero_where_an_age_is_not_known(given: dict[str, Any], meant: Condition | None) -> None:
    assert where(given) == meant


@pytest.mark.parametrize(
    ("operator", "value", "window"),
    [
        ("equal", "2024-05-31", Dates.model_validate({"since": "2024-05-31", "until": "2024-06-01"})),
        ("less", "2024-05-31", Dates.model_validate({"until": "2024-05-31"})),
        ("less_or_equal", "2024-05-31", Dates.model_validate({"until": "2024-06-01"})),
        ("greater", "2024-05-31", Dates.model_validate({"since": "2024-06-01"})),
        ("greater_or_equal", "2024-05-31T00:00:00.000Z", Dates.model_validate({"since": "2024-05-31"})),
        ("between", ["2024-01-01", "2024-01-31"], Dates.model_validate({"since": "2024-01-01", "until": "2024-02-01"})),
        ("is_today", None, Calendar(unit=CalendarUnit.DAY, offset=0)),
    ],
)
def test_days_are_whole_days(operator: str, value: object, window: Dates | Calendar) -> None:
    found = where(rule("createdAt", operator, value))
    assert found == Attribute(property=CustomerProperty.CREATED_AT, operator=Operator.WITHIN, window=window)


def test_of_a_date_of_birth_the_day_of_the_year_is_asked() -> None:
    birthday = CustomerProperty.BIRTHDAY
    assert where(rule("dateOfBirth", "compare_month_and_day", "1990-03-14")) == attribute(
        birthday, Operator.EQ, "03-14"
    )
    across = rule("dateOfBirth", "compare_month_and_day_between", ["1990-12-20", "1990-01-05"])
    assert where(across) == attribute(birthday, Operator.BETWEEN, "12-20", "01-05")
    assert "Of a date of birth only" in problem(rule("dateOfBirth", "less", "1990-03-14"))


def test_groups_keep_and_or_and_not() -> None:
    city, score = attribute(CITY, Operator.EQ, "Huế"), attribute(SCORE, Operator.GT, "5")
    rules = (rule("livingCity", "equal", "Huế"), rule("totalLeadScore", "greater", 5))
    assert where(*rules) == And(conditions=(city, score))
    assert where(*rules, condition="OR", valid=True) == Or(conditions=(city, score))
    assert where(*rules, condition="OR", **{"not": True}) == Not(condition=Or(conditions=(city, score)))
    nested = where(rule("gender", "equal", 1), group(*rules, condition="OR"))
    assert nested == And(conditions=(attribute(GENDER, Operator.EQ, "male"), Or(conditions=(city, score))))


def test_rules_about_events_are_about_one_event() -> None:
    found = where(
        rule("cdp_trackingevent__metricName", "equal", "purchase"),
        rule("cdp_trackingevent__createdAt", "greater_or_equal", "2024-01-05"),
        rule("cdp_trackingevent__createdAt", "less", "2024-02-01"),
        rule("cdp_trackingevent__transactionValue", "greater", 500000),
    )
    assert found == OrderContents(
        value=Range(more_than="500000"), window=Dates.model_validate({"since": "2024-01-05", "until": "2024-02-01"})
    )


def test_rules_about_one_event_in_several_groups_are_named() -> None:
    views = rule("cdp_trackingevent__metricName", "equal", "page-view")
    found = imported(group(views, group(rule("cdp_trackingevent__metricName", "equal", "purchase"))))
    assert (found.status, found.problems[0].path) == (ImportStatus.REFUSED, "")
    assert "one and the same event" in found.problems[0].reason
    negated = imported(group(views) | {"not": True})
    assert "for which the group does not hold" in negated.problems[0].reason


@pytest.mark.parametrize(
    ("operator", "value", "meant"),
    [
        ("greater_or_equal", 1, Behaviour(event="purchase")),
        ("greater", 2, Behaviour(event="purchase", min_count=3, counted=Counted.ORDERS)),
        ("equal", 0, Not(condition=Behaviour(event="purchase"))),
        ("less", 3, Behaviour(event="purchase", min_count=0, max_count=2, counted=Counted.ORDERS)),
    ],
)
def test_event_statistics_are_counts(operator: str, value: int, meant: Condition) -> None:
    assert where(rule("eventStatistics.purchase", operator, value)) == meant


def test_metrics_that_the_sync_brings_under_one_name_are_noted() -> None:
    found = imported(group(rule("behavioralEvents", "contains_any", ["item-view"])))
    assert found.notes == ("LEO's “item-view” is read together with “product-view”",)
    assert found.sentence is not None
    assert "“product-view”" in found.sentence


def test_amounts_are_in_the_tenants_currency() -> None:
    found = imported(group(rule("totalTransactionValue", "greater", 1_500_000)))
    assert found.plan is not None
    assert found.plan.currency == "VND"
    finer = imported(group(rule("totalTransactionValue", "greater", 0.5)))
    assert finer.status is ImportStatus.REFUSED


def test_every_problem_of_a_segment_is_named_with_its_place() -> None:
    found = imported(
        group(
            rule("livingCity", "equal", "Huế"),
            rule("primaryEmail", "is_not_empty"),
            group(rule("livingCity", "ends_with", "x"), rule("gender", "equal", 3), condition="OR"),
        )
    )
    named = [(problem.path, problem.field, problem.operator) for problem in found.problems]
    assert named == [
        ("rules[1]", "primaryEmail", "is_not_empty"),
        ("rules[2].rules[0]", "livingCity", "ends_with"),
        ("rules[2].rules[1]", "gender", "equal"),
    ]
    assert found.plan is None


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (rule("governmentIssuedIDs", "contains_any", "1"), "never copied"),
        (rule("jobTitles", "contains", "CEO"), "not kept here"),
        (rule("receiveEmail", "equal", "-1"), "only whether it is 1"),
        (rule("receiveAds", "equal", "1"), "not kept here"),
        (rule("createdAt#1", "exactly_after", ["3", "months"]), "not documented"),
        (rule("age", "greater", 130), "nobody"),
        (rule("age", "equal", 20.5), "nobody"),
        (rule("age", "equal", True), "must be a number"),
        (rule("age", "greater", "1e999"), "number"),
        (rule("totalLeadScore", "between", [5, 1]), "nobody"),
        (rule("livingCity", "equal", ""), "must be a text"),
        (rule("livingCountry", "equal", "Atlantis"), "not known by this name"),
        (rule("inSegments", "contains_any", ["4712"]), "no active segment here"),
        (rule("purchasedItemIds", "contains_any", ["sku-2"]), "not known here"),
        (rule("purchasedBrands", "contains_any", "Luna, Northpeak"), "comma"),
        (rule("behavioralEvents", "contains_any", ["play-prvideo"]), "no events of the metric"),
        (rule("status", "equal", "0"), "status 1"),
        (rule("createdAt", "equal", "yesterday"), "must be a day"),
        ({"condition": "XOR", "rules": [{}]}, "AND or OR"),
        ({"rules": []}, "no rules"),
        ({"empty": True}, "does not name its field"),
    ],
)
def test_what_has_no_equal_is_named(given: dict[str, Any], reason: str) -> None:
    assert reason in problem(given)


def test_a_query_in_aql_is_named_even_beside_rules() -> None:
    found = imported(group(rule("age", "greater", 20)), customQueryFilter="d.age > 5")
    assert (found.status, found.problems[0].field) == (ImportStatus.REFUSED, "customQueryFilter")


@pytest.mark.parametrize("rules", ["", "{}", None])
def test_a_segment_without_rules_says_so(rules: str | None) -> None:
    found = import_segment({"_key": "1", "name": "Static", "jsonQueryRules": rules}, CATALOGUE, AS_OF)
    assert found.status is ImportStatus.REFUSED
    assert "has no rules" in found.problems[0].reason


def test_a_segment_that_leo_does_not_use_is_skipped() -> None:
    assert imported(group(rule("age", "greater", 20)), status=0).status is ImportStatus.SKIPPED


def test_a_plan_that_would_be_too_large_is_named() -> None:
    found = imported(group(*(rule("livingCity", "contains", f"c{n}") for n in range(50))))
    assert found.status is ImportStatus.REFUSED
    assert found.problems


def test_the_products_that_rules_name_are_collected() -> None:
    tree = group(group(rule("purchasedItemIds", "contains_any", ["a", "b"])), rule("age", "greater", 3))
    assert item_ids({"jsonQueryRules": json.dumps(tree)}) == {"a", "b"}


def test_documents_come_as_lines_as_an_array_and_from_a_dump(tmp_path: Path) -> None:
    documents = [{"_key": "1", "name": "Một"}, {"_key": "2"}]
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in documents)
    (tmp_path / "lines.jsonl").write_text(f"{lines}\n\nno json\n", encoding="utf-8")
    (tmp_path / "array.json").write_text(json.dumps(documents), encoding="utf-8")
    enveloped = "\n".join(json.dumps({"type": 2300, "data": each}) for each in documents)
    (tmp_path / "cdp_segment_1.data.json.gz").write_bytes(gzip.compress(enveloped.encode()))
    assert list(read_documents(tmp_path / "lines.jsonl")) == [*documents, "Line 4 of lines.jsonl is no JSON object."]
    assert list(read_documents(tmp_path / "array.json")) == documents
    assert list(read_documents(tmp_path / "cdp_segment_1.data.json.gz")) == documents
    (tmp_path / "cut.gz").write_bytes(gzip.compress(enveloped.encode())[:-9])
    with pytest.raises(Permanent, match="damaged or cut off"):
        list(read_documents(tmp_path / "cut.gz"))


FIELDS = st.sampled_from([
    *TEXTS, *NUMBERS, *CONSENTS, "age", "dateOfBirth", "createdAt", "status", "inSegments", "purchasedItemIds",
    "purchasedBrands", "behavioralEvents", "eventStatistics.purchase", "cdp_trackingevent__metricName",
    "cdp_trackingevent__createdAt", "cdp_trackingevent__transactionValue", "primaryEmail",
])  # fmt: skip
OPERATORS = st.sampled_from([
    "equal", "not_equal", "in", "not_in", "less", "less_or_equal", "greater", "greater_or_equal", "between",
    "not_between", "begins_with", "not_begins_with", "contains", "not_contains", "ends_with", "not_ends_with",
    "is_empty", "is_not_empty", "is_null", "is_not_null", "contains_any", "not_contains_any", "is_today",
    "is_valid_date", "compare_month_and_day", "compare_month_and_day_between",
])  # fmt: skip
SCALARS = (
    st.none() | st.booleans() | st.integers(-5, 200) | st.floats() | st.text(max_size=4)
    | st.sampled_from(["1", "0", "vn", "vip", "4711", "sku-1", "Luna", "purchase", "page-view", "2024-02-29"])
)  # fmt: skip
RULES = st.builds(rule, FIELDS, OPERATORS, SCALARS | st.lists(SCALARS, max_size=3))
TREES = st.recursive(
    RULES | SCALARS | st.dictionaries(st.text(max_size=5), SCALARS, max_size=2),
    lambda parts: st.builds(
        lambda condition, negated, rules: {"condition": condition, "not": negated, "rules": rules},
        st.sampled_from(["AND", "OR", "and", "NAND"]),
        st.booleans(),
        st.lists(parts, max_size=4),
    ),
    max_leaves=12,
)


@given(st.builds(lambda parts: group(*parts), st.lists(TREES, max_size=4)) | TREES)
def test_every_tree_becomes_a_valid_plan_or_named_problems(tree: object) -> None:
    found = imported(tree)
    if found.status is ImportStatus.IMPORTED:
        assert found.plan is not None
        assert SegmentPlan.model_validate(found.plan.model_dump(mode="json", exclude_none=True)) == found.plan
        assert found.sentence
        assert found.problems == ()
    else:
        assert found.plan is None
        assert found.problems
        assert all(problem.reason for problem in found.problems)
