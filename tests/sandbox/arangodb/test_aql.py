"""AQL, without a server: what each form gives, and the number of each error."""

from typing import Any

import pytest

from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import Database
from tests.sandbox.arangodb.stores import ask, database_of

PEOPLE: list[dict[str, Any]] = [
    {"_key": "a", "name": "An", "age": 30, "tags": ["x", "y"], "home": {"city": "Huế", "zip": 1}},
    {"_key": "b", "name": "Bình", "age": 20, "tags": [], "home": {"city": "Hà Nội"}},
    {"_key": "c", "name": "Chi", "age": 30},
    {"_key": "d", "name": "Dũng", "age": None, "tags": ["y"]},
]


@pytest.fixture(scope="module")
def people() -> Database:
    return database_of(people=PEOPLE, cities=[{"_key": "1", "name": "Huế"}, {"_key": "2", "name": "Hà Nội"}])


VALUES: list[tuple[str, Any]] = [
    ("1 + 2 * 3", 7),
    ("(1 + 2) * 3", 9),
    ("10 - 4 - 3", 3),
    ("-2 + +3", 1),
    ("7 / 2", 3.5),
    ("6 / 2", 3),
    ("7 % 4", 3),
    ("-7 % 4", -3),
    ("1 / 0", None),
    ("'5' + 1", 6),
    ("null + 1", 1),
    ("'abc' + 1", 1),
    ("1.5e2", 150.0),
    ("0x1F", 31),
    ("'it\\'s' ", "it's"),
    ('"a\\n\\u0111"', "a\nđ"),
    ("true AND false OR true", True),
    ("true || false && false", True),
    ("not true == false", True),  # NOT binds tighter than ==
    ("!false", True),
    ("1 AND 'x'", "x"),
    ("0 OR 'x'", "x"),
    ("[] ? 1 : 2", 1),
    ("'' ? 1 : 2", 2),
    ("null ?: 3", 3),
    ("1 == 1.0", True),
    ("1 == '1'", False),
    ("[1, 2] == [1, 2]", True),
    ("[1] == [1, null]", True),
    ("{a: 1} == {a: 1, b: null}", True),
    ("{a: 1, b: 2} == {b: 2, a: 1}", True),
    ("null < false", True),
    ("true < -1", True),
    ("999 < ''", True),
    ("'zzz' < []", True),
    ("[9] < {}", True),
    ("[99, 99] < [100]", True),
    ("{a: 1} < {a: 2}", True),
    ("{b: 1} < {a: 1}", True),
    ("2 IN [1, 2]", True),
    ("2 NOT IN [1, 2]", False),
    ("2 not in [1]", True),
    ("1 IN 'x'", False),
    ("1..3", [1, 2, 3]),
    ("3..1", [3, 2, 1]),
    ("{a: {b: [10, 20]}}.a.b[1]", 20),
    ("[1, 2, 3][-1]", 3),
    ("[1][5]", None),
    ("{a: 1}['a']", 1),
    ("null.a.b", None),
    ("{'x y': 1, [CONCAT('a', 'b')]: 2}", {"x y": 1, "ab": 2}),
    ("[{a: 1}, {a: 2}, {}][*].a", [1, 2, None]),
    ("'abc' LIKE 'a%'", True),
    ("'abc' LIKE 'a_'", False),
    ("'abc' =~ '^a.c$'", True),
    ("'abc' !~ 'z'", True),
    ("UNSET({a: 1, b: 2, c: 3}, 'a', ['b'])", {"c": 3}),
    ("UNSET({a: 1}, [])", {"a": 1}),
    ("KEEP({a: 1, b: 2}, ['a', 'z'])", {"a": 1}),
    ("LENGTH([1, 2])", 2),
    ("COUNT({a: 1})", 1),
    ("LENGTH('đường')", 5),
    ("LENGTH(null)", 0),
    ("MIN([3, null, 1])", 1),
    ("MAX([])", None),
    ("SUM([1, 2.5, null])", 3.5),
    ("AVERAGE([1, 2])", 1.5),
    ("HAS({a: null}, 'a')", True),
    ("HAS({}, 'a')", False),
    ("NOT_NULL(null, 0, 1)", 0),
    ("TO_STRING([1, null])", "[1,null]"),
    ("TO_STRING(1.0)", "1"),
    ("TO_NUMBER(' 12 ')", 12),
    ("TO_NUMBER('12a')", None),
    ("LOWER('ĐÀ') ", "đà"),
    ("upper('à')", "À"),
    ("CONCAT('a', null, 1, true)", "a1true"),
    ("MERGE({a: 1}, {b: 2})", {"a": 1, "b": 2}),
    ("UNIQUE([1, 2, 1])", [1, 2]),
    ("DATE_NOW() > 1600000000000", True),
    ("(FOR x IN [3, 1] SORT x RETURN x)", [1, 3]),
    ("LENGTH(FOR x IN 1..4 FILTER x % 2 == 0 RETURN x)", 2),
    ("/* words */ 1 // more\n", 1),
]


@pytest.mark.parametrize(("expression", "expected"), VALUES)
def test_an_expression_has_the_value_that_arangodb_gives_it(people: Database, expression: str, expected: Any) -> None:
    assert ask(people, f"RETURN {expression}") == [expected]


QUERIES: list[tuple[str, list[Any]]] = [
    ("FOR p IN people SORT p.age DESC, p._key LIMIT 1, 2 RETURN p._key", ["c", "b"]),
    ("FOR p IN people SORT p.age, p._key DESC RETURN p._key", ["d", "b", "c", "a"]),
    ("FOR p IN people FILTER p.age >= 20 AND p.age < 30 RETURN p.name", ["Bình"]),
    ("FOR p IN people FILTER p.nothing == null LIMIT 1 RETURN p._key", ["a"]),
    ("FOR p IN people FILTER 25 < p.age SORT p._key RETURN p._key", ["a", "c"]),
    ("FOR p IN people FILTER p.home.city == 'Huế' RETURN p._id", ["people/a"]),
    ("FOR p IN people FILTER 'y' IN p.tags SORT p._key RETURN p._key", ["a", "d"]),
    ("FOR p IN people FILTER p._key == 'b' RETURN p.name", ["Bình"]),
    ("FOR p IN people FILTER p._key IN ['c', 'z', 'c', 1] RETURN p._key", ["c"]),
    ("FOR p IN people LET older = p.age + 1 FILTER older > 30 SORT older, p._key RETURN older", [31, 31]),
    ("FOR p IN people COLLECT WITH COUNT INTO n RETURN n", [4]),
    ("FOR p IN people FILTER p.age > 99 COLLECT WITH COUNT INTO n RETURN n", [0]),
    (
        "FOR p IN people COLLECT age = p.age WITH COUNT INTO n RETURN {age, n}",
        [{"age": None, "n": 1}, {"age": 20, "n": 1}, {"age": 30, "n": 2}],
    ),
    ("FOR p IN people COLLECT age = p.age INTO of = p._key SORT age DESC LIMIT 1 RETURN of", [["a", "c"]]),
    ("FOR p IN people FILTER p.age COLLECT AGGREGATE least = MIN(p.age), whole = SUM(p.age) RETURN [least, whole]",
     [[20, 80]]),
    ("FOR p IN people SORT p._key RETURN DISTINCT p.age", [30, 20, None]),
    (
        "FOR c IN cities FOR p IN people FILTER p.home.city == c.name SORT p._key RETURN [c._key, p._key]",
        [["1", "a"], ["2", "b"]],
    ),
    ("FOR c IN cities FOR p IN people SORT p._key DESC, c._key LIMIT 2 RETURN CONCAT(p._key, c._key)", ["d1", "d2"]),
    ("RETURN LENGTH(people)", [4]),
    ("FOR x IN [1, 2] FOR y IN [x, x * 10] RETURN y", [1, 10, 2, 20]),
    ("FOR x IN 'no array' RETURN x", []),
    ("FOR p IN people LIMIT 1 RETURN KEEP(p, '_key', 'age')", [{"_key": "a", "age": 30}]),
    ("FOR p IN `people` LIMIT 0, null COLLECT WITH COUNT INTO n RETURN n", [4]),
    ("LET a = 1, b = a + 1 RETURN b", [2]),
    ("WITH people FOR p IN people LIMIT 1 RETURN p.`_key`", ["a"]),
]  # fmt: skip


@pytest.mark.parametrize(("query", "expected"), QUERIES)
def test_a_query_gives_the_rows_that_arangodb_gives(people: Database, query: str, expected: list[Any]) -> None:
    assert ask(people, query) == expected


def test_attributes_come_with_key_id_and_revision_in_front(people: Database) -> None:
    (found,) = ask(people, "FOR p IN @@collection FILTER p._key == @key RETURN p", collection="people", key="c")
    assert list(found) == ["_key", "_id", "_rev", "name", "age"]


def test_names_of_attributes_can_be_bound(people: Database) -> None:
    assert ask(people, "FOR p IN people FILTER p.@field == 20 RETURN p[@field]", field="age") == [20]


ERRORS: list[tuple[str, dict[str, Any], int, str]] = [
    ("", {}, 1502, "query is empty"),
    ("FOR p INx people RETURN p", {}, 1501, "unexpected identifier, expecting IN keyword near 'INx people RETURN p'"),
    ("FOR p IN people\n  FILTR p.a\n  RETURN p", {}, 1501, "at position 2:3"),
    ("RETURN 1 +", {}, 1501, "unexpected end of query string near ''"),
    ("RETURN 'open", {}, 1501, "position 1:8"),
    ("RETURN {a: 1", {}, 1501, "unexpected end of query string"),
    ("FOR p IN people FILTER p.age", {}, 1501, "unexpected end of query string"),
    ("FOR p IN people REMOVE p IN people", {}, 1501, "REMOVE is not served here"),
    ("INSERT {} INTO people", {}, 1501, "INSERT is not served here"),
    ("RETURN 1 RETURN 2", {}, 1501, "unexpected RETURN declaration, expecting end of query string"),
    ("FOR p IN people COLLECT WITH NUMBER INTO n RETURN n", {}, 1501, "unexpected identifier"),
    ("FOR p IN people LIMIT -1 RETURN p", {}, 1504, "LIMIT"),
    ("FOR p IN people LIMIT @n RETURN p", {"n": "1"}, 1504, "LIMIT"),
    ("FOR p IN people FOR p IN people RETURN p", {}, 1511, "variable 'p' is assigned multiple times"),
    ("RETURN FROB(1)", {}, 1540, "usage of unknown function 'FROB()'"),
    ("RETURN my::own(1)", {}, 1540, "unknown function"),
    ("RETURN LENGTH(1, 2)", {}, 1541, "'LENGTH()', expected number of arguments: minimum: 1, maximum: 1"),
    ("RETURN @x", {}, 1551, "no value specified for declared bind parameter 'x'"),
    ("RETURN 1", {"x": 1}, 1552, "bind parameter 'x' was not declared in the query"),
    ("FOR p IN @@c RETURN p", {"@c": 5}, 1553, "bind parameter '@c' has an invalid value or type"),
    ("FOR p IN nobody RETURN p", {}, 1203, "collection or view not found: nobody"),
    ("FOR p IN @@c RETURN p", {"@c": "nobody"}, 1203, "collection or view not found: nobody"),
    ("RETURN p.age", {}, 1203, "collection or view not found: p"),
    ("FOR p IN people COLLECT age = p.age RETURN p", {}, 1203, "not found: p"),
]


@pytest.mark.parametrize(("query", "bound", "number", "message"), ERRORS)
def test_a_wrong_query_is_refused_with_arangodbs_number(
    people: Database, query: str, bound: dict[str, Any], number: int, message: str
) -> None:
    with pytest.raises(ArangoError) as refused:
        ask(people, query, **bound)
    assert refused.value.number == number
    assert message in refused.value.message
