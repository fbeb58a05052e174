"""The gate: what it prints, what it refuses and where, and that nothing else passes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.segments.gate import GatedCypher, Refused, Rule, gate

BOUGHT = "MATCH (c:Customer)-[e:PURCHASED]->(p:Product)"
END = "RETURN c.customer_id"


def refused(cypher: str, parameters: dict[str, object] | None = None) -> Refused:
    with pytest.raises(Refused) as caught:
        gate(cypher, parameters)  # type: ignore[arg-type]
    return caught.value


ACCEPTED = {
    f"MATCH (c:Customer) {END}": "MATCH (c:Customer)\nRETURN c.customer_id AS customer_id",
    f"match (c:Customer) where c.country = 'DE' or c.age > 30 and not c.age > 60 {END} limit 5": (
        "MATCH (c:Customer)\nWHERE c.country = $v1 OR (c.age > $v2 AND NOT (c.age > $v3))\n"
        "RETURN c.customer_id AS customer_id LIMIT $v4"
    ),
    f"MATCH (c:Customer {{country: 'DE'}})-[:PURCHASED {{color: \"red\"}}]->(:Product {{name: 'socks'}}) {END} AS id": (
        "MATCH (c:Customer)-[n1:PURCHASED]->(n2:Product)\n"
        "WHERE c.country = $v1 AND n1.color = $v2 AND n2.name = $v3\nRETURN c.customer_id AS id"
    ),
    "MATCH (p:Product)<-[e:PURCHASED]-(c:Customer) WHERE e.at < 5 RETURN DISTINCT c.customer_id": (
        "MATCH (p:Product)<-[e:PURCHASED]-(c:Customer)\nWHERE e.at < $v1\nRETURN DISTINCT c.customer_id AS customer_id"
    ),
    f"{BOUGHT} WITH c, count(e) AS n WHERE n >= 2 {END} ORDER BY c.age DESC, c.customer_id": (
        f"{BOUGHT}\nWITH c, count(e) AS n\nWHERE n > $v1 OR n = $v1\n"
        "RETURN c.customer_id AS customer_id ORDER BY c.age DESC, c.customer_id"
    ),
    f"UNWIND ['DE', 'AT'] AS k MATCH (c:Customer) WHERE c.country = k {END}": (
        "UNWIND $v1 AS k\nMATCH (c:Customer)\nWHERE c.country = k\nRETURN c.customer_id AS customer_id"
    ),
    f"MATCH (c:Customer) WHERE EXISTS {{ MATCH (c)-[:IN_SEGMENT]->(s:Segment) WHERE s.segment_id = 'vip' }} {END}": (
        "MATCH (c:Customer)\nWHERE EXISTS { MATCH (c)-[:IN_SEGMENT]->(s:Segment) WHERE s.segment_id = $v1 }\n"
        "RETURN c.customer_id AS customer_id"
    ),
    f"MATCH (c:Customer) OPTIONAL MATCH (c)-[e:VIEWED]->(:Product) WITH c, e WHERE e IS NULL {END}": (
        "MATCH (c:Customer)\nOPTIONAL MATCH (c)-[e:VIEWED]->(:Product)\nWITH c, e\nWHERE e IS NULL\n"
        "RETURN c.customer_id AS customer_id"
    ),
    "MATCH (c:Customer) WITH c.customer_id AS id RETURN id": (
        "MATCH (c:Customer)\nWITH c.customer_id AS id\nRETURN id"
    ),
    f"MATCH (c:Customer) WHERE c.age IN [20, -1] AND toLower(c.city) STARTS WITH 'ha' AND c.age % 2 = 0 {END}": (
        "MATCH (c:Customer)\nWHERE c.age IN $v1 AND toLower(c.city) STARTS WITH $v2 AND c.age % $v3 = $v4\n"
        "RETURN c.customer_id AS customer_id"
    ),
}


@pytest.mark.parametrize("cypher", ACCEPTED)
def test_an_accepted_query_is_printed_in_its_canonical_form(cypher: str) -> None:
    found = gate(cypher)
    assert found.text == ACCEPTED[cypher]
    assert gate(found.text, found.parameters) == found


def test_literals_become_parameters_that_do_not_collide_with_given_ones() -> None:
    found = gate(f"MATCH (c:Customer) WHERE c.country = $v1 AND c.city = 'Hà Nội\\'s' {END}", {"v1": "VN"})
    assert "c.city = $v2" in found.text
    assert found.parameters == {"v1": "VN", "v2": "Hà Nội's"}


def test_at_least_is_taken_apart_because_an_index_of_age_loses_the_equal_rows() -> None:
    assert "(e.at > $v1 OR e.at = $v1)" in gate(f"{BOUGHT} WHERE e.at >= 5 AND e.at < 9 {END}").text
    assert "c.age > $v1 OR c.age = $v1" in gate(f"MATCH (c:Customer) WHERE 5 <= c.age {END}").text
    renamed = gate(f"MATCH (c:Customer) WITH c, c.age AS n WHERE n >= 5 AND 9 <= n {END}").text
    assert "WHERE (n > $v1 OR n = $v1) AND (n > $v2 OR n = $v2)" in renamed


def test_the_hash_covers_text_and_parameters() -> None:
    cypher = f"MATCH (c:Customer) WHERE c.age > $age {END}"
    hashes = {
        gate(cypher, {"age": 30}).hash,
        gate(cypher, {"age": 31}).hash,
        gate(f"{cypher} LIMIT 3", {"age": 30}).hash,
    }
    assert len(hashes) == 3
    assert gate(cypher, {"age": 30}).hash == gate(cypher.replace(" WHERE", "\nwhere"), {"age": 30}).hash


REFUSED: list[tuple[str, Rule]] = [
    # writes, procedures, other clauses
    ("CREATE (c:Customer) RETURN c.customer_id", Rule.WRITE),
    (f"MATCH (c:Customer) SET c.age = 1 {END}", Rule.WRITE),
    (f"MATCH (c:Customer) SeT c.age = 1 {END}", Rule.WRITE),
    (f"MATCH (c:Customer) REMOVE c.age {END}", Rule.WRITE),
    ("MATCH (c:Customer) DETACH DELETE c", Rule.WRITE),
    (f"MERGE (c:Customer) {END}", Rule.WRITE),
    (f"MATCH (c:Customer) FOREACH (x IN [1] | SET c.age = x) {END}", Rule.WRITE),
    (f"LOAD CSV FROM 'x' AS row MATCH (c:Customer) {END}", Rule.WRITE),
    (f"MATCH (c:Customer) {END} UNION MATCH (c:Customer) SET c.age = 1 {END}", Rule.WRITE),
    (f"MATCH (c:Customer) WHERE EXISTS {{ CREATE (d:Customer) }} {END}", Rule.WRITE),
    ("CALL db.labels()", Rule.PROCEDURE),
    (f"MATCH (c:Customer) CALL {{ MATCH (d:Customer) RETURN d }} {END}", Rule.PROCEDURE),
    (f"EXPLAIN MATCH (c:Customer) {END}", Rule.CLAUSE),
    (f"MATCH (c:Customer) {END} SKIP 5", Rule.CLAUSE),
    # characters and escapes
    (f"MATCH (c:Customer) /* x */ {END}", Rule.COMMENT),
    (f"MATCH (c:Customer) {END} // x", Rule.COMMENT),
    (f"MATCH (c:`Customer`) {END}", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.city = 'a\\u0027' {END}", Rule.ESCAPE),
    (f"MATCH (c:Customer) {END} $$", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.age = $1 {END}", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.city = '\0' {END}", Rule.CHARACTER),
    (f"MATCH\u00a0(c:Customer) {END}", Rule.CHARACTER),
    (f"MATCH (c:Customer)\u2028{END}", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.city = 'a\u202eb' {END}", Rule.CHARACTER),
    (f"MATCH (с:Customer) {END}", Rule.CHARACTER),  # a Cyrillic с
    (f"MATCH (c:Customer) {END};", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.city = 'open {END}", Rule.SYNTAX),
    (f"MATCH (c:Customer) WHERE c.age > 007 {END}", Rule.NUMBER),
    (f"MATCH (c:Customer) WHERE c.age > 99999999999999999999 {END}", Rule.NUMBER),
    # names and functions
    (f"MATCH (c) {END}", Rule.LABEL),
    (f"MATCH (c:Person) {END}", Rule.LABEL),
    (f"MATCH (c:customer) {END}", Rule.LABEL),
    (f"MATCH (c:Customer:Product) {END}", Rule.LABEL),
    (f"MATCH (c:Customer)-[:VIEWED|PURCHASED]->(p:Product) {END}", Rule.LABEL),
    (f"MATCH (c:Customer)-[e]->(p:Product) {END}", Rule.LABEL),
    (f"MATCH (c:Customer)-->(p:Product) {END}", Rule.LABEL),
    (f"MATCH (c:Customer)-[:BOUGHT]->(p:Product) {END}", Rule.LABEL),
    (f"MATCH (c:Customer) WHERE c.email = 'x' {END}", Rule.PROPERTY),
    (f"MATCH (c:Customer) WHERE c.phone IS NOT NULL {END}", Rule.PROPERTY),
    (f"{BOUGHT} WHERE p.color = 'red' {END}", Rule.PROPERTY),
    (f"MATCH (c:Customer) WHERE pg_sleep(9) = 1 {END}", Rule.FUNCTION),
    (f"MATCH (c:Customer) WHERE pg_catalog.pg_sleep(9) = 1 {END}", Rule.FUNCTION),
    (f"MATCH (c:Customer) WHERE set_config('a', 'b', false) = 'b' {END}", Rule.FUNCTION),
    (f"MATCH (c:Customer) WHERE c.customer_id.x() = 1 {END}", Rule.FUNCTION),
    (f"MATCH (c:Customer) WHERE count(c) > 1 {END}", Rule.FUNCTION),
    (f"MATCH (c:Customer) WHERE d.age > 1 {END}", Rule.VARIABLE),
    (f"MATCH (c:Customer)-[c:VIEWED]->(p:Product) {END}", Rule.VARIABLE),
    (f"MATCH (_age_default_x:Customer) {END}", Rule.VARIABLE),
    (f"MATCH (c:Customer) WITH c.age AS age {END}", Rule.VARIABLE),
    # types
    (f"MATCH (c:Customer) WHERE c.age > '5' {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.country = 5 {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.created_at > c.total_spent {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.country > 'D' {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.age IN ['a'] {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.age {END}", Rule.TYPE),
    (f"MATCH (c:Customer) WHERE c.age = NULL {END}", Rule.NULL),
    (f"MATCH (c:Customer) WHERE c.country =~ 'D.*' {END}", Rule.CHARACTER),
    (f"MATCH (c:Customer) WHERE c.age::text = 'x' {END}", Rule.SYNTAX),
    (f"MATCH (c:Customer) WHERE c.age OPERATOR(pg_catalog.=) 5 {END}", Rule.SYNTAX),
    (f"MATCH (c:Customer) {END} LIMIT 0", Rule.TYPE),
    (f"MATCH (c:Customer) {END} LIMIT 1.5", Rule.SYNTAX),
    # shape
    (f"MATCH (c:Customer)-[:VIEWED*]->(p:Product) {END}", Rule.VARIABLE_LENGTH),
    (f"MATCH (c:Customer)-[*1..3]->(p:Product) {END}", Rule.VARIABLE_LENGTH),
    (f"MATCH (c:Customer)<-[:PURCHASED]-(p:Product) {END}", Rule.DIRECTION),
    (f"MATCH (c:Customer)-[:PURCHASED]-(p:Product) {END}", Rule.DIRECTION),
    (f"MATCH (c:Customer)-[:PURCHASED]->(k:Category) {END}", Rule.DIRECTION),
    (f"MATCH (c:Customer), (d:Customer) {END}", Rule.CONNECTED),
    (f"MATCH (c:Customer) MATCH (d:Customer) {END}", Rule.CONNECTED),
    ("MATCH (c:Customer) WITH count(c) AS n MATCH (d:Customer) RETURN d.customer_id", Rule.CONNECTED),
    (f"MATCH (c:Customer) WHERE EXISTS {{ MATCH (d:Customer) }} {END}", Rule.CONNECTED),
    (f"OPTIONAL MATCH (c:Customer) {END}", Rule.CONNECTED),
    (f"UNWIND [1] AS a UNWIND [2] AS b MATCH (c:Customer) {END}", Rule.CONNECTED),
    (
        f"{BOUGHT}<-[:VIEWED]-(d:Customer)-[:VIEWED]->(q:Product)<-[:VIEWED]-(x:Customer) {END}",
        Rule.HOPS,
    ),
    (
        f"{BOUGHT}<-[:VIEWED]-(d:Customer) MATCH (d)-[:VIEWED]->(q:Product)<-[:VIEWED]-(x:Customer) {END}",
        Rule.HOPS,
    ),
    ("MATCH (c:Customer) RETURN *", Rule.RETURN),
    ("MATCH (c:Customer) RETURN c", Rule.RETURN),
    ("MATCH (c:Customer) RETURN c.country", Rule.RETURN),
    ("MATCH (c:Customer) RETURN c.customer_id, c.age", Rule.RETURN),
    ("MATCH (c:Customer) RETURN count(c)", Rule.FUNCTION),
    (
        f"{BOUGHT} OPTIONAL MATCH (p)<-[:VIEWED]-(d:Customer) RETURN d.customer_id",
        Rule.RETURN,
    ),
    (f"MATCH x = (c:Customer) {END}", Rule.PATTERN),
    (f"MATCH (c:Customer) WHERE (c)-[:VIEWED]->(:Product) {END}", Rule.PATTERN),
    (f"MATCH (c:Customer) WHERE exists((c)-[:VIEWED]->(:Product)) {END}", Rule.PATTERN),
    (f"MATCH (c:Customer WHERE c.age > 5) {END}", Rule.PATTERN),
    (f"MATCH (c:Customer) WHERE CASE c.age WHEN 5 THEN true END {END}", Rule.CASE),
    (f"MATCH (c:Customer) WHERE 1 < c.age < 5 {END}", Rule.SYNTAX),
    (f"MATCH (c:Customer) WHERE {'(' * 30}c.age > 1{')' * 30} {END}", Rule.DEPTH),
    (f"MATCH (c:Customer) WHERE {'NOT ' * 30}c.age > 1 {END}", Rule.DEPTH),
    (f"MATCH (c:Customer) {END}" + " " * 1_000_000, Rule.SIZE),
    (f"MATCH (c:Customer) WHERE c.age IN [{', '.join(['1'] * 1001)}] {END}", Rule.SIZE),
    ("", Rule.SYNTAX),
    ("RETURN 1", Rule.RETURN),
]


@pytest.mark.parametrize(("cypher", "rule"), REFUSED, ids=lambda value: str(value)[:70])
def test_what_is_not_accepted_is_refused_by_its_rule(cypher: str, rule: Rule) -> None:
    assert refused(cypher).rule is rule


def test_a_refusal_says_where_and_how_it_would_be_accepted() -> None:
    found = refused("MATCH (c:Customer)\n  WHERE c.mail = 'x'\nRETURN c.customer_id")
    assert (found.rule, found.line, found.column) == (Rule.PROPERTY, 2, 9)
    assert "customer_id" in found.message
    found = refused("MATCH (c)\nRETURN c.customer_id")
    assert (found.line, found.column, found.accepted_form) == (1, 7, "(c:Customer)")


@pytest.mark.parametrize(
    "parameters",
    [{}, {"age": 1, "more": 2}, {"age": "x"}, {"age": None}, {"age": [1, "a"]}, {"age": 2**70}, {"age": {"a": 1}}],
)
def test_parameters_are_exactly_those_of_the_text_and_of_their_types(parameters: dict[str, object]) -> None:
    rule = refused(f"MATCH (c:Customer) WHERE c.age > $age {END}", parameters).rule
    assert rule in {Rule.PARAMETER, Rule.TYPE}


# --- mutations --------------------------------------------------------------------------------------------------------

BASE = (
    "MATCH (c:Customer)-[e:PURCHASED]->(p:Product)-[:IN_CATEGORY]->(k:Category) "
    "WHERE k.name = 'socks' AND e.color = 'red' AND e.at < 5 WITH DISTINCT c "
    "OPTIONAL MATCH (c)-[f:VIEWED]->(q:Product) WITH c, f WHERE f IS NULL RETURN c.customer_id"
)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (":Customer)", ")"),
        (":Product)-", ")-"),
        ("]->(p", "]-(p"),
        ("-[e:PURCHASED]->", "<-[e:PURCHASED]-"),
        ("-[:IN_CATEGORY]->", "-[:OF_BRAND]->"),
        ("e.color", "p.color"),
        ("k.name", "k.title"),
        ("e.at < 5", "e.at < 'x'"),
        ("(c)-[f", "(d:Customer)-[f"),
        ("IN_CATEGORY]", "IN_CATEGORY*]"),
        ("WITH DISTINCT c ", "WITH DISTINCT p "),
        ("RETURN c.customer_id", "RETURN c.country"),
        ("f IS NULL", "g IS NULL"),
    ],
)
def test_a_query_that_lost_a_piece_of_its_meaning_is_refused(before: str, after: str) -> None:
    gate(BASE)
    assert before in BASE
    refused(BASE.replace(before, after, 1))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(re.findall(r"\w+|\S", BASE)), max_size=30).map(" ".join))
def test_any_order_of_tokens_is_printed_as_a_fixed_point_or_refused(cypher: str) -> None:
    fixed_point_or_refusal(cypher)


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_at_all_is_refused_or_printed(cypher: str) -> None:
    fixed_point_or_refusal(cypher)


def fixed_point_or_refusal(cypher: str) -> GatedCypher | None:
    try:
        found = gate(cypher)
    except Refused:
        return None
    assert gate(found.text, found.parameters) == found
    return found
