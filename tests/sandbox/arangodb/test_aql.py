"""AQL, without a server: what each form gives, and the number of each error."""

from typing import Any

import pytest

from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import Database
from tests.contract.arangodb.aql_forms import CITIES, ERRORS, PEOPLE, QUERIES, VALUES
from tests.sandbox.arangodb.stores import ask, database_of

# What ArangoDB leaves open, or does and this server does not.
OWN_ERRORS: list[tuple[str, dict[str, Any], int, str]] = [
    ("FOR p IN people REMOVE p IN people", {}, 1501, "REMOVE is not served here"),
    ("INSERT {} INTO people", {}, 1501, "INSERT is not served here"),
    ("FOR p IN people LIMIT -1 RETURN p", {}, 1504, "LIMIT"),
    ("FOR p IN people LIMIT @n RETURN p", {"n": "1"}, 1504, "LIMIT"),
]


@pytest.fixture(scope="module")
def people() -> Database:
    return database_of(people=PEOPLE, cities=CITIES)


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_an_expression_has_the_value_that_arangodb_gives_it(people: Database, expression: str, expected: Any) -> None:
    assert ask(people, f"RETURN {expression}") == [expected]


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_gives_the_rows_that_arangodb_gives(people: Database, query: str, expected: list[Any]) -> None:
    assert ask(people, query) == expected


def test_distinct_values_come_in_the_order_of_the_rows(people: Database) -> None:
    assert ask(people, "FOR p IN people SORT p._key RETURN DISTINCT p.age") == [30, 20, None]


def test_attributes_come_with_key_id_and_revision_in_front(people: Database) -> None:
    (found,) = ask(people, "FOR p IN @@collection FILTER p._key == @key RETURN p", collection="people", key="c")
    assert list(found) == ["_key", "_id", "_rev", "name", "age"]


def test_names_of_attributes_can_be_bound(people: Database) -> None:
    assert ask(people, "FOR p IN people FILTER p.@field == 20 RETURN p[@field]", field="age") == [20]


@pytest.mark.parametrize(("query", "bound", "number", "message"), [*ERRORS, *OWN_ERRORS])
def test_a_wrong_query_is_refused_with_arangodbs_number(
    people: Database, query: str, bound: dict[str, Any], number: int, message: str
) -> None:
    with pytest.raises(ArangoError) as refused:
        ask(people, query, **bound)
    assert refused.value.number == number
    assert message in refused.value.message
