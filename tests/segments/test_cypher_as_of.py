"""What an approval binds of compiled Cypher: the text never moves with as-of, and only timed parameters do."""

from datetime import UTC, datetime, timedelta

import pytest

from leo_activation.segments.cypher import CompiledCypher, compile_plan
from tests.segments.judged import TOPICS, Json, attribute, both, did, planned, without
from tests.segments.test_cypher_leaves import CASES, FORMS
from tests.segments.world import CATALOGUE


def born(window: Json) -> Json:
    return {"kind": "attribute", "property": "birthday", "operator": "within", "window": window}


def compiled(where: Json, as_of: datetime) -> CompiledCypher:
    return compile_plan(planned(where), CATALOGUE, as_of=as_of, topics=TOPICS)


WINDOWS = {
    "last days": did("view", window={"kind": "last", "amount": 30, "unit": "day"}),
    "last months": did("view", window={"kind": "last", "amount": 1, "unit": "month"}),
    "some time ago": did("view", window={"kind": "ago", "latest": {"amount": 1, "unit": "month"}}),
    "between times ago": did(
        "view",
        window={"kind": "ago", "earliest": {"amount": 1, "unit": "year"}, "latest": {"amount": 2, "unit": "week"}},
    ),
    **{
        f"this {unit}": did("view", window={"kind": "calendar", "unit": unit, "offset": 0})
        for unit in ("day", "week", "month", "quarter", "year")
    },
    "birthdays today": born({"kind": "calendar", "unit": "day", "offset": 0}),
    "birthdays next week": born({"kind": "calendar", "unit": "week", "offset": 1}),
    "birthdays next month": born({"kind": "calendar", "unit": "month", "offset": 1}),
    "birthdays of the next weeks": born({"kind": "next", "amount": 2, "unit": "week"}),
    "birthdays of nearly a year": born({"kind": "next", "amount": 365, "unit": "day"}),
    "no birthday in the next days": without(born({"kind": "next", "amount": 3, "unit": "day"})),
}


@pytest.mark.parametrize("name", WINDOWS)
def test_the_text_is_the_same_on_every_day_of_four_years(name: str) -> None:
    start = datetime(2025, 12, 15, 3, 30, tzinfo=UTC)
    queries = [compiled(WINDOWS[name], start + timedelta(days=day)) for day in range(4 * 366)]
    first = queries[0]
    assert {query.text for query in queries} == {first.text}
    assert {query.timed for query in queries} == {first.timed}
    moved = {name for query in queries for name, value in query.parameters.items() if value != first.parameters[name]}
    assert moved
    assert moved <= first.timed


@pytest.mark.parametrize("name", CASES)
def test_whatever_moves_with_as_of_is_named(name: str) -> None:
    where, _ = FORMS["and not"](*CASES[name])
    moments = [datetime(2026, month, 9, 23, tzinfo=UTC) for month in range(1, 13)]
    queries = [compiled(where, moment) for moment in moments]
    first = queries[0]
    assert {query.text for query in queries} == {first.text}
    moved = {name for query in queries for name, value in query.parameters.items() if value != first.parameters[name]}
    assert moved <= first.timed
    assert moved or not first.timed


def test_dates_do_not_move() -> None:
    fixed = both(
        born({"kind": "dates", "since": "2025-12-24", "until": "2026-01-02"}),
        attribute("birthday", "between", "12-24", "01-05"),
        attribute("birthday", "eq", "02-29"),
        did("view", window={"kind": "dates", "since": "2025-12-24"}),
    )
    assert compiled(fixed, datetime(2026, 1, 1, tzinfo=UTC)).timed == frozenset()
