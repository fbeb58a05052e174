"""The forms of AQL give the same on the stand-in and on an ArangoDB."""

from typing import Any

import pytest
from arango.database import StandardDatabase
from arango.exceptions import AQLQueryExecuteError

from tests.contract.arangodb.aql_forms import CITIES, ERRORS, PEOPLE, QUERIES, VALUES

# ICU's order of ASCII with capitals first, which is ArangoDB's own; of other marks the servers' languages may differ.
TEXTS = ["", "-", ".", "0", "10", "9", "A", "a", "AB", "Ab", "aB", "ab", "B", "b"]


@pytest.fixture(scope="module", autouse=True)
def people(database: StandardDatabase) -> None:
    database.create_collection("people").insert_many(PEOPLE)
    database.create_collection("cities").insert_many(CITIES)


def _ask(database: StandardDatabase, query: str, **bound: Any) -> list[Any]:
    return list(database.aql.execute(query, bind_vars=bound))


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_an_expression_has_the_same_value(database: StandardDatabase, expression: str, expected: Any) -> None:
    assert _ask(database, f"RETURN {expression}") == [expected]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_gives_the_same_rows(database: StandardDatabase, query: str, expected: list[Any]) -> None:
    assert _ask(database, query) == expected


@pytest.mark.parametrize(("query", "bound", "number", "message"), ERRORS)
def test_a_wrong_query_has_the_same_number(
    database: StandardDatabase, query: str, bound: dict[str, Any], number: int, message: str
) -> None:
    with pytest.raises(AQLQueryExecuteError) as error:
        _ask(database, query, **bound)
    assert error.value.error_code == number
    assert error.value.error_message


def test_texts_sort_by_the_collation(database: StandardDatabase) -> None:
    assert _ask(database, "FOR t IN @texts SORT t RETURN t", texts=TEXTS[::-1]) == TEXTS
