"""What was tried against the gate and is refused: every trick has its test, with the rule that stops it."""

import sys
import threading
import time

import pytest

from leo_activation.segments.gate import Refused, Rule, gate
from leo_activation.segments.gate.tokens import MAX_TEXT

END = "RETURN c.customer_id"
ALL = f"MATCH (c:Customer) {END}"
MANY = 1_000_000
LONG = MAX_TEXT - 200
HANG_S = 20


def rule_of(cypher: str, parameters: dict[str, object] | None = None) -> Rule:
    with pytest.raises(Refused) as caught:
        gate(cypher, parameters)  # type: ignore[arg-type]
    return caught.value.rule


def where(condition: str) -> str:
    return f"MATCH (c:Customer) WHERE {condition} {END}"


# --- hiding a word ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cypher",
    [
        f"MATCH (c:Customer) /* x */ {END}",
        f"MATCH (c:Customer) // x\n{END}",
        f"MATCH (c:Customer) /**/SET/**/ c.age = 1 {END}",
        f"/* {ALL}",
        f"{ALL} //",
    ],
)
def test_comments(cypher: str) -> None:
    assert rule_of(cypher) is Rule.COMMENT


@pytest.mark.parametrize("word", ["set", "SET", "sEt", "Set", "seT"])
def test_a_write_in_any_case(word: str) -> None:
    assert rule_of(f"MATCH (c:Customer) {word} c.age = 1 {END}") is Rule.WRITE


def test_labels_and_properties_in_another_case() -> None:
    assert rule_of(ALL.replace("Customer", "CUSTOMER", 1)) is Rule.LABEL
    assert rule_of(where("c.Country = 'DE'")) is Rule.PROPERTY


@pytest.mark.parametrize(
    "cypher", [r"MATCH (c:Customer) \u0053ET c.age = 1 RETURN c.customer_id", r"MATCH (c:Customer) RETURN c\u002e*"]
)
def test_unicode_escapes_outside_texts(cypher: str) -> None:
    assert rule_of(cypher) is Rule.CHARACTER


@pytest.mark.parametrize("escape", [r"\u0027", r"\U00000027", r"\x27", r"\'", r"\0", r"\b", r"\r", r"\f", "\\\n"])
def test_escapes_in_texts_but_for_the_plain_ones(escape: str) -> None:
    if escape == r"\'":
        assert gate(where(f"c.city = 'a{escape} OR 1 = 1'")).parameters == {"v1": "a' OR 1 = 1"}
    else:
        assert rule_of(where(f"c.city = 'a{escape}'")) is Rule.ESCAPE


def test_a_text_that_ends_early_or_not_at_all() -> None:
    assert rule_of(where("c.city = 'a' OR 1 = 1 OR 'b'")) is Rule.TYPE
    assert rule_of(where("c.city = 'a")) is Rule.SYNTAX
    assert rule_of(where("c.city = 'a\\'")) is Rule.SYNTAX
    assert rule_of(where("c.city = 'a' 'b'")) is Rule.SYNTAX


@pytest.mark.parametrize("name", ["`Customer`", "`Customer` SET", "Customer`"])
def test_backticks(name: str) -> None:
    assert rule_of(f"MATCH (c:{name}) {END}") is Rule.CHARACTER


@pytest.mark.parametrize("quote", ["$$", "$q$", "$ $", "$1", "$", "$é"])
def test_dollar_quotes(quote: str) -> None:
    assert rule_of(f"{ALL} {quote}") in {Rule.CHARACTER, Rule.SYNTAX}
    assert rule_of(f"{quote} {ALL}") in {Rule.CHARACTER, Rule.SYNTAX}


def test_dollars_in_a_text_travel_as_a_value_and_never_in_the_query() -> None:
    found = gate(where("c.city = '$$); DROP TABLE x; --'"))
    assert "$$" not in found.text
    assert found.parameters == {"v1": "$$); DROP TABLE x; --"}


HIDDEN = {
    "NUL": "\0",
    "no-break space": "\u00a0",
    "line separator": "\u2028",
    "paragraph separator": "\u2029",
    "zero-width space": "\u200b",
    "zero-width joiner": "\u200d",
    "byte order mark": "\ufeff",
    "right to left": "\u202e",
    "isolate": "\u2066",
    "soft hyphen": "\u00ad",
    "ideographic space": "\u3000",
    "next line": "\u0085",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "backspace": "\x08",
    "escape": "\x1b",
    "combining mark": "\u0301",
    "hangul filler": "\u3164",
    "tag letter": "\U000e0041",
    "lone surrogate": "\ud800",
    "non-character": "\uffff",
}


@pytest.mark.parametrize("name", HIDDEN)
def test_a_character_that_nobody_sees_is_refused_in_the_text_of_the_query_and_in_quotes(name: str) -> None:
    hidden = HIDDEN[name]
    assert rule_of(f"MATCH{hidden}(c:Customer) {END}") is Rule.CHARACTER
    assert rule_of(where(f"c.city = 'a{hidden}b'")) is Rule.CHARACTER


@pytest.mark.parametrize(
    "cypher",
    [
        f"ＭATCH (c:Customer) {END}",
        f"MATCH (c:Сustomer) {END}",
        f"MATCH (с:Customer) {END}",
        f"MATCH (c:Customer) ЅET c.age = 1 {END}",
        f"MATCH （c:Customer） {END}",
        f"MATCH (c:Customer) {END}；",
        where("c.age ≥ 5"),
        where("c.age = ٥"),
        where("c.city = ‘a’"),
        f"MATCH (c:Customer)–[:VIEWED]→(p:Product) {END}",
        f"MATCH (ı:Customer) {END}",
        "MATCH (c:Customer) RETURN c.customer_ıd",
    ],
)
def test_letters_signs_and_digits_that_look_alike(cypher: str) -> None:
    assert rule_of(cypher) is Rule.CHARACTER


# --- another statement, another source --------------------------------------------------------------------------------


@pytest.mark.parametrize("cypher", [f"{ALL};", f"{ALL}; {ALL}", f";{ALL}", f"{ALL};MATCH (c:Customer) DELETE c"])
def test_semicolons_and_several_statements(cypher: str) -> None:
    assert rule_of(cypher) is Rule.CHARACTER


def test_a_second_query_behind_the_first() -> None:
    assert rule_of(f"{ALL} {ALL}") is Rule.SYNTAX
    assert rule_of(f"{ALL} CREATE (d:Customer)") is Rule.WRITE


@pytest.mark.parametrize("second", [ALL, f"MATCH (c:Customer) SET c.age = 1 {END}", "CREATE (c:Customer)"])
@pytest.mark.parametrize("union", ["UNION", "UNION ALL", "union"])
def test_unions_also_with_a_write(union: str, second: str) -> None:
    assert rule_of(f"{ALL} {union} {second}") is (Rule.CLAUSE if second == ALL else Rule.WRITE)


@pytest.mark.parametrize(
    "cypher",
    [
        "CREATE (c:Customer) RETURN c.customer_id",
        f"MERGE (c:Customer) {END}",
        f"MERGE (c:Customer) ON CREATE SET c.age = 1 {END}",
        f"MATCH (c:Customer) SET c += $all {END}",
        f"MATCH (c:Customer) SET c:Segment {END}",
        f"MATCH (c:Customer) REMOVE c.age {END}",
        "MATCH (c:Customer) DELETE c",
        "MATCH (c:Customer) DETACH DELETE c",
        f"MATCH (c:Customer) WITH c DELETE c {END}",
        f"MATCH (c:Customer) FOREACH (x IN [1] | SET c.age = x) {END}",
        f"MATCH (c:Customer) WHERE EXISTS {{ CREATE (d:Customer) }} {END}",
        f"MATCH (c:Customer) CREATE (c)-[:VIEWED]->(p:Product) {END}",
        "DROP (c:Customer)",
        "INSERT (c:Customer)",
        "LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row",
        f"LOAD CSV WITH HEADERS FROM $url AS row MATCH (c:Customer) {END}",
    ],
)
def test_every_clause_that_writes_or_loads(cypher: str) -> None:
    assert rule_of(cypher) is Rule.WRITE


@pytest.mark.parametrize(
    "cypher",
    [
        "CALL db.labels()",
        "CALL db.labels() YIELD label RETURN label",
        f"MATCH (c:Customer) CALL {{ WITH c DELETE c }} {END}",
        f"MATCH (c:Customer) call apoc.create.node(['A'], {{}}) {END}",
        f"YIELD x {END}",
    ],
)
def test_procedures(cypher: str) -> None:
    assert rule_of(cypher) is Rule.PROCEDURE


@pytest.mark.parametrize("word", ["EXPLAIN", "PROFILE", "explain", "USE g", "START", "FINISH"])
def test_explain_profile_and_other_openings(word: str) -> None:
    assert rule_of(f"{word} {ALL}") is Rule.CLAUSE


# --- SQL from within --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "call",
    [
        "pg_catalog.pg_sleep(9)",
        "ag_catalog.age_tostring(c)",
        "c.x.y()",
        "c.customer_id.x()",
        "public.lower(c.city)",
        "apoc.text.join(c.city, 'x')",
    ],
)
def test_dotted_calls(call: str) -> None:
    assert rule_of(where(f"{call} = 1")) is Rule.FUNCTION


@pytest.mark.parametrize(
    "call",
    [
        "pg_sleep(9)",
        "set_config('statement_timeout', '0', false)",
        "query_to_xml('select 1', true, true, '')",
        "pg_read_file('/etc/passwd')",
        "current_setting('x')",
        "size(c.city)",
        "id(c)",
        "properties(c)",
        "keys(c)",
        "labels(c)",
        "startNode(c)",
        "toString(c.age)",
        "TOLOWER(c.city)",
        "tolower(c.city)",
        "rand()",
        "timestamp()",
        "collect(c.age)",
        "range(1, 9)",
        "reduce(c.age)",
        "length(c)",
    ],
)
def test_functions_that_are_not_listed(call: str) -> None:
    assert rule_of(where(f"{call} = 1")) in {Rule.FUNCTION, Rule.SYNTAX}


@pytest.mark.parametrize("cast", ["c.age::text", "c.age::pg_bigint", "'1'::int", "$p::float", "(c.age)::text"])
def test_casts(cast: str) -> None:
    assert rule_of(where(f"{cast} = '1'")) is Rule.SYNTAX


@pytest.mark.parametrize("operator", ["OPERATOR(pg_catalog.=)", "operator(+)", "OPERATOR (ag_catalog.+)"])
def test_operators_by_name(operator: str) -> None:
    assert rule_of(where(f"c.age {operator} 5")) is Rule.SYNTAX


@pytest.mark.parametrize("operator", ["=~", "!=", "~", "@>", "?", "?|", "||", "->", "#>", "&&", "^", "!"])
def test_operators_that_are_not_listed(operator: str) -> None:
    assert rule_of(where(f"c.country {operator} 'D.*'")) in {Rule.CHARACTER, Rule.SYNTAX, Rule.PATTERN}


# --- all against all, all of everything -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "cypher",
    [
        f"MATCH (c:Customer), (d:Customer) {END}",
        f"MATCH (c:Customer) MATCH (d:Customer) {END}",
        f"MATCH (c:Customer)-[:VIEWED]->(p:Product), (k:Category) {END}",
        f"MATCH (c:Customer)-[:VIEWED]->(p:Product), (q:Product)-[:OF_BRAND]->(b:Brand) {END}",
        f"MATCH (c:Customer) OPTIONAL MATCH (p:Product) {END}",
        f"MATCH (c:Customer) WHERE EXISTS {{ MATCH (p:Product) }} {END}",
        f"MATCH (c:Customer) MATCH (d:Customer) WHERE c.customer_id = d.customer_id {END}",
    ],
)
def test_cartesian_products(cypher: str) -> None:
    assert rule_of(cypher) is Rule.CONNECTED


@pytest.mark.parametrize(
    "cypher",
    [
        "MATCH (c:Customer) WITH count(c) AS n MATCH (d:Customer) RETURN d.customer_id",
        "MATCH (c:Customer) WITH c.country AS k MATCH (d:Customer) WHERE d.country = k RETURN d.customer_id",
        "MATCH (c:Customer) WITH c AS x MATCH (c:Customer) RETURN c.customer_id",
        "MATCH (c:Customer)-[:VIEWED]->(p:Product) WITH p MATCH (d:Customer) RETURN d.customer_id",
        "MATCH (c:Customer)-[e:VIEWED]->(p:Product) WITH e MATCH (d:Customer) RETURN d.customer_id",
        "MATCH (c:Customer) WITH c LIMIT 1 MATCH (p:Product) RETURN c.customer_id",
        "MATCH (c:Customer) WITH DISTINCT c OPTIONAL MATCH (p:Product) RETURN c.customer_id",
        "UNWIND [1] AS x MATCH (c:Customer) WITH x MATCH (d:Customer) RETURN d.customer_id",
        "UNWIND [1] AS x UNWIND [2] AS y MATCH (c:Customer) RETURN c.customer_id",
        "UNWIND [1] AS x MATCH (c:Customer) UNWIND [2] AS y RETURN c.customer_id",
    ],
)
def test_cartesian_products_through_with_and_unwind(cypher: str) -> None:
    assert rule_of(cypher) is Rule.CONNECTED


@pytest.mark.parametrize(
    "returned",
    ["*", "c", "c.country", "c.customer_id, c.age", "c.age AS customer_id", "DISTINCT *", "c.customer_id + 1", "'x'"],
)
def test_anything_returned_but_the_customers_id(returned: str) -> None:
    assert rule_of(f"MATCH (c:Customer) RETURN {returned}") in {Rule.RETURN, Rule.TYPE}
    assert rule_of("MATCH (c:Customer) WITH * RETURN c.customer_id") is Rule.RETURN


@pytest.mark.parametrize("sort", ["ORDER BY c", "ORDER BY e", "ORDER BY c.email"])
def test_an_order_by_what_has_none(sort: str) -> None:
    assert rule_of(f"MATCH (c:Customer)-[e:VIEWED]->(p:Product) {END} {sort}") in {Rule.TYPE, Rule.PROPERTY}


@pytest.mark.parametrize(
    "name",
    [
        "email",
        "phone",
        "primaryEmail",
        "primaryPhone",
        "first_name",
        "last_name",
        "address",
        "date_of_birth",
        "password",
        "webCookies",
        "governmentIssuedIDs",
        "properties",
        "id",
    ],
)
def test_contact_properties_and_whatever_the_graph_does_not_hold(name: str) -> None:
    assert rule_of(where(f"c.{name} = 'x'")) is Rule.PROPERTY
    assert rule_of(f"MATCH (c:Customer {{{name}: 'x'}}) {END}") is Rule.PROPERTY
    assert rule_of(f"MATCH (c:Customer) WITH c, c.{name} AS x {END}") is Rule.PROPERTY
    assert rule_of(f"{ALL} ORDER BY c.{name}") is Rule.PROPERTY


def test_the_address_of_reachability_is_whether_there_is_one() -> None:
    gate(f"MATCH (c:Customer)-[r:REACHABLE_BY]->(h:Channel) WHERE r.address {END}")
    reached = "MATCH (c:Customer)-[r:REACHABLE_BY]->(h:Channel)"
    assert rule_of(f"{reached} WHERE r.address STARTS WITH 'a' {END}") is Rule.TYPE


@pytest.mark.parametrize(
    "edge", ["[:VIEWED*]", "[:VIEWED*1..3]", "[*]", "[e*]", "[e:VIEWED*2]", "[*0..]", "[:VIEWED *]"]
)
def test_variable_length(edge: str) -> None:
    assert rule_of(f"MATCH (c:Customer)-{edge}->(p:Product) {END}") is Rule.VARIABLE_LENGTH


@pytest.mark.parametrize("function", ["shortestPath", "allShortestPaths"])
def test_shortest_paths(function: str) -> None:
    assert rule_of(f"MATCH p = {function}((c:Customer)-[:REFERRED]->(d:Customer)) {END}") is Rule.PATTERN
    assert rule_of(f"MATCH {function}((c:Customer)-[:REFERRED]->(d:Customer)) {END}") is Rule.SYNTAX


@pytest.mark.parametrize(
    "pattern",
    [
        "(c)",
        "()",
        "(c:Customer)-->(p:Product)",
        "(c:Customer)-[]->(p:Product)",
        "(c:Customer)-[e]->(p:Product)",
        "(c:Customer)-[:VIEWED]->()",
        "(c:Customer)-[:VIEWED]->(p)",
        "(c:Customer)-[:VIEWED|PURCHASED]->(p:Product)",
        "(c:Customer|Product)",
        "(c:Customer:Product)",
        "(c:$label)",
        "(c:$(label))",
        "(c:!Product)",
        "(c:%)",
    ],
)
def test_unlabelled_elements_alternatives_and_labels_from_parameters(pattern: str) -> None:
    assert rule_of(f"MATCH {pattern} RETURN c.customer_id") in {Rule.LABEL, Rule.SYNTAX, Rule.CHARACTER}


# --- lists, comprehensions, subqueries --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "condition",
    [
        "c.age IN [x IN [1, 2] | x + 1]",
        "c.age IN [x IN [1, 2] WHERE x > 1]",
        "c.age IN [c.age, 1]",
        "c.age IN [[1]]",
        "c.age IN [1, [2]]",
        "c.age IN [$p]",
        "c.age = [1, 2][0]",
        "c.city[0] = 'a'",
        "$p[0] = 1",
    ],
)
def test_list_comprehensions_indexes_and_computed_lists(condition: str) -> None:
    assert rule_of(where(condition)) is Rule.LIST


def test_pattern_comprehensions() -> None:
    assert rule_of(where("c.age IN [(c)-[:VIEWED]->(p:Product) | p.price]")) is Rule.LIST
    assert rule_of(f"MATCH (c:Customer) WITH c, [(c)-[:VIEWED]->(p:Product) | p] AS ps {END}") is Rule.LIST


@pytest.mark.parametrize("word", ["all", "any", "none", "single", "ALL"])
def test_quantifiers_over_lists(word: str) -> None:
    assert rule_of(where(f"{word}(x IN [1, 2] WHERE x > 1)")) is Rule.FUNCTION


@pytest.mark.parametrize("condition", ["COUNT { (c)-[:VIEWED]->(:Product) } > 1", "COLLECT { MATCH (c) RETURN c } = 1"])
def test_other_subqueries(condition: str) -> None:
    assert rule_of(where(condition)) in {Rule.MAP, Rule.SYNTAX}


@pytest.mark.parametrize(
    "exists",
    [
        "EXISTS { (c)-[:VIEWED]->(:Product) }",
        "EXISTS { MATCH (c)-[:VIEWED]->(:Product) RETURN c }",
        "EXISTS { MATCH (c) WITH c MATCH (c)-[:VIEWED]->(:Product) }",
        "EXISTS { MATCH (c)-[:VIEWED]->(:Product) SET c.age = 1 }",
        "EXISTS { CALL db.labels() }",
        "EXISTS { OPTIONAL MATCH (c)-[:VIEWED]->(:Product) }",
        "EXISTS(c.age)",
    ],
)
def test_an_exists_that_is_more_than_a_pattern_with_a_condition(exists: str) -> None:
    rule_of(where(exists))


# --- size -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [" " * MANY, "(" * MANY, "x" * MANY, "'" * MANY, "1" * MANY, "\\" * MANY, "/*" * MANY])
def test_a_megabyte_of_text_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    assert rule_of(text) is Rule.SIZE
    assert rule_of(ALL + text) is Rule.SIZE
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "text",
    [
        "'" + "\\'" * (LONG // 2),
        "'" * LONG,
        "1" * LONG,
        "1." * (LONG // 2),
        "$" * LONG,
        "/" * LONG,
        "-" * LONG,
        "<" * LONG,
        "{" * LONG,
        "NOT " * (LONG // 4),
        "MATCH " * (LONG // 6),
        "EXISTS {" * (LONG // 8),
        "[" * LONG,
        "c.age = 1 OR " * (LONG // 13),
    ],
)
def test_the_longest_text_that_is_read_at_all_is_refused_without_a_hang(text: str) -> None:
    """Milliseconds; the bound only tells them from backtracking, which takes hours."""
    began = time.process_time()
    rule_of(where(text))
    rule_of(text)
    assert time.process_time() - began < HANG_S


@pytest.mark.parametrize(
    "condition",
    [
        "(" * 21 + "c.age > 1" + ")" * 21,
        "NOT " * 21 + "c.age > 1",
        "abs(" * 21 + "c.age" + ")" * 21 + " > 1",
        "NOT (" * 11 + "c.age = 1" + ")" * 11,
        "EXISTS { MATCH (c)-[:VIEWED]->(:Product) WHERE " * 11 + "c.age > 1" + " }" * 11,
        " + ".join(["c.age"] * 6) + " > 1",
        "c.age > 1" + " * 1" * 5,
    ],
)
def test_deep_nesting(condition: str) -> None:
    assert rule_of(where(condition)) is Rule.DEPTH


def test_the_deepest_query_that_is_accepted_needs_half_of_pythons_stack() -> None:
    """Calls nest about 60 deep where a task of Airflow begins; 1,000 is the limit."""
    inner = "c.age"
    for _ in range(17):
        inner = f"(1 + 1 + 1 + 1 * 1 * 1 * 1 * {inner})"
    cypher = where(f"NOT (c.age > {inner} OR c.age = 1)")

    found: list[BaseException] = []

    def run() -> None:
        try:
            gate(cypher)
        except BaseException as error:  # noqa: BLE001 - handed to the test
            found.append(error)

    before = sys.getrecursionlimit()
    sys.setrecursionlimit(550)
    try:
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    finally:
        sys.setrecursionlimit(before)
    assert not found


def test_what_grows_while_it_is_printed_stays_within_the_bounds() -> None:
    condition = " AND ".join(["c.age >= 1"] * 900)
    assert rule_of(where(condition)) is Rule.SIZE
    nested = "c.age > 1"
    for _ in range(18):
        nested = f"c.age >= coalesce($p, {nested})"
    assert rule_of(where(nested)) is Rule.TYPE


def test_very_long_lists() -> None:
    assert rule_of(where(f"c.age IN [{', '.join(['1'] * 1_001)}]")) is Rule.SIZE
    assert gate(where("c.age IN $ages"), {"ages": list(range(10_000))}).parameters["ages"]
    assert rule_of(where("c.age IN $ages"), {"ages": list(range(10_001))}) is Rule.SIZE
    assert rule_of(where("c.city IN $cities"), {"cities": ["x"] * 10_001}) is Rule.SIZE


def test_too_many_clauses() -> None:
    assert rule_of("MATCH (c:Customer) " + "WITH c " * 151 + END) is Rule.SIZE


def test_long_names_and_long_values() -> None:
    assert rule_of(f"MATCH (c{'x' * 63}:Customer) {END}") is Rule.SIZE
    assert rule_of(where(f"c.city = ${'x' * 64}")) is Rule.SIZE
    assert rule_of(where(f"c.city = '{'x' * 1_001}'")) is Rule.PARAMETER


@pytest.mark.parametrize(
    "number", ["9223372036854775808", "99999999999999999999", "1e999", "1" * 400 + ".0", "00", "0x1f", "1e400", "0777"]
)
def test_numbers_out_of_64_bits_and_other_notations(number: str) -> None:
    assert rule_of(where(f"c.age > {number}")) in {Rule.NUMBER, Rule.SYNTAX}


@pytest.mark.parametrize("value", [2**63, -(2**63) - 1, float("inf"), float("-inf"), float("nan")])
def test_numbers_out_of_64_bits_as_parameters(value: float) -> None:
    assert rule_of(where("c.age > $n"), {"n": value}) is Rule.PARAMETER
    assert rule_of(where("c.age IN $n"), {"n": [1, value]}) is Rule.PARAMETER


@pytest.mark.parametrize("value", ["a\0b", "\ud800", ["a", "b\0"], ["\udfff"]])
def test_texts_that_no_database_stores_as_parameters(value: object) -> None:
    operator = "IN" if isinstance(value, list) else "="
    assert rule_of(where(f"c.city {operator} $text"), {"text": value}) is Rule.PARAMETER


@pytest.mark.parametrize("value", [None, {}, {"a": 1}, [None], [[1]], [{"a": 1}], [1, "a"], b"x", object(), [True, 1]])
def test_parameters_of_no_known_type(value: object) -> None:
    assert rule_of(where("c.age IN $p"), {"p": value}) in {Rule.PARAMETER, Rule.TYPE}


# --- the place --------------------------------------------------------------------------------------------------------

PLACES = {
    "lines end with LF": ("MATCH (c:Customer)\nWHERE c.x = 1\nRETURN c.customer_id", 2, 7),
    "lines end with CR LF": ("MATCH (c:Customer)\r\nWHERE c.x = 1\r\nRETURN c.customer_id", 2, 7),
    "lines end with CR": ("MATCH (c:Customer)\rWHERE c.x = 1\rRETURN c.customer_id", 2, 7),
    "empty lines": ("\n\r\n\nMATCH (c:Customer) RETURN c.x", 4, 27),
    "a tab is one column": ("MATCH (c:Customer)\n\t\tWHERE\tc.x = 1 RETURN c.customer_id", 2, 9),
    "an emoji in a text is one column": (
        "MATCH (c:Customer) WHERE c.city = '😀😀' AND c.x = 1 RETURN c.customer_id",
        1,
        44,
    ),
    "a line break in a text counts": (
        "MATCH (c:Customer) WHERE c.city = 'a\nb' AND c.x = 1 RETURN c.customer_id",
        2,
        8,
    ),
    "an escape in a text": ("MATCH (c:Customer)\nWHERE c.city = 'ab\\q' RETURN c.customer_id", 2, 19),
    "a parameter": ("MATCH (c:Customer)\nWHERE c.city = $p RETURN c.customer_id", 2, 16),
    "a character": ("MATCH (c:Customer)\nRETURN c.customer_id;", 2, 21),
    "a hidden character": ("MATCH (c:Customer)\nRETURN\u00a0c.customer_id", 2, 7),
    "a comment": ("MATCH (c:Customer)\n  // all\nRETURN c.customer_id", 2, 3),
    "an open text": ("MATCH (c:Customer)\nWHERE c.city = 'a RETURN c.customer_id", 2, 16),
    "the end": ("MATCH (c:Customer)\nRETURN", 2, 7),
    "a number": ("MATCH (c:Customer)\nWHERE c.age > 99999999999999999999 RETURN c.customer_id", 2, 15),
    "an edge": ("MATCH (c:Customer)\n  <-[:VIEWED]-(p:Product) RETURN c.customer_id", 2, 3),
    "the fourth hop": (
        "MATCH (c:Customer)-[:REFERRED]->(d:Customer)-[:REFERRED]->(e:Customer)-[:REFERRED]->(f:Customer)\n"
        "-[:REFERRED]->(g:Customer) RETURN c.customer_id",
        2,
        1,
    ),
}


@pytest.mark.parametrize("name", PLACES)
def test_a_refusal_names_line_and_column(name: str) -> None:
    cypher, line, column = PLACES[name]
    with pytest.raises(Refused) as caught:
        gate(cypher, {})
    assert (caught.value.line, caught.value.column) == (line, column)
    assert f"'{caught.value.rule}' at line {line}, column {column}" in str(caught.value)


FORMS = {
    "MATCH (c:Custmer) RETURN c.customer_id": "(:Customer)",
    "MATCH (c:customer) RETURN c.customer_id": "(:Customer)",
    "MATCH (c:Customer)-[:VIEW]->(p:Product) RETURN c.customer_id": "[:VIEWED]",
    "MATCH (c:Customer) WHERE c.totalspent > 5 RETURN c.customer_id": "c.total_spent",
    "MATCH (c:Customer) WHERE tolower(c.city) = 'x' RETURN c.customer_id": "toLower( … )",
    "MATCH (c:Customer) WHERE c.age != 5 RETURN c.customer_id": "c.age <> 30",
    "MATCH (c:Customer) WHERE c.city =~ 'x.*' RETURN c.customer_id": "c.city STARTS WITH 'Ha'",
    "MATCH (c:Customer) WHERE c.age = 1 XOR c.age = 2 RETURN c.customer_id": "(a OR b) AND NOT (a AND b)",
    "MATCH (c:Customer) RETURN c.customer_id SKIP 5": "LIMIT 100",
    "MATCH (c:Customer) RETURN c.customer_id UNION MATCH (c:Customer) RETURN c.customer_id": "one query with OR",
    "MATCH (c:Customer), (p:Product) RETURN c.customer_id": "MATCH (c:Customer)-[:VIEWED]->(p:Product)",
    "MATCH (c:Customer) RETURN c.age": "RETURN c.customer_id",
    "MATCH (c:Customer) WHERE c.xyz > 5 RETURN c.customer_id": None,
    "MATCH (c:Customer) SET c.age = 1 RETURN c.customer_id": None,
}


@pytest.mark.parametrize("cypher", FORMS)
def test_a_refusal_shows_the_accepted_form_where_there_is_one(cypher: str) -> None:
    with pytest.raises(Refused) as caught:
        gate(cypher)
    form = FORMS[cypher]
    assert caught.value.accepted_form == form
    assert str(caught.value).endswith(f". Write it as {form}." if form else f"{caught.value.message}.")
