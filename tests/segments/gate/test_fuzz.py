"""Queries drawn from the schema are accepted, and no change to one goes unseen: refused, or another text."""

import re
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leo_activation.segments.gate import GatedCypher, Refused, Rule, gate, parse
from leo_activation.segments.gate.printer import print_query
from leo_activation.segments.gate.tokens import tokenize
from leo_activation.warehouse.graph_schema import EDGES, VERTICES
from tests.segments.gate.written import queries

KEYWORDS = frozenset(
    {"MATCH", "OPTIONAL", "WHERE", "WITH", "UNWIND", "RETURN", "ORDER", "BY", "LIMIT", "AS", "AND", "OR", "NOT", "IN"}
    | {"IS", "NULL", "STARTS", "ENDS", "CONTAINS", "DISTINCT", "EXISTS", "DESC", "TRUE", "FALSE"}
)
PROPERTIES = sorted(
    {name for vertex in VERTICES.values() for name in vertex.properties}
    | {name for edge in EDGES.values() for name in edge.properties}
)
OTHERS = sorted(
    {*VERTICES, *EDGES, *PROPERTIES, *KEYWORDS, "c", "e", "zz", "$v1", "$zz", "0", "'a'"}
    | {"*", "(", ")", "]", ">", "<", "=", ","}
)


def unseen(changed: str, found: GatedCypher) -> bool:
    """Whether the change is let through as if nothing had been changed."""
    try:
        return gate(changed, found.parameters).text == found.text
    except Refused:
        return False


def pieces(text: str) -> list[str]:
    """The tokens as written."""
    return [text[one.at : following.at].strip() for one, following in pairwise(tokenize(text))]


@settings(deadline=None)
@given(queries())
def test_what_the_schema_offers_is_accepted_and_its_print_is_a_fixed_point(cypher: str) -> None:
    found = gate(cypher)
    assert gate(found.text, found.parameters) == found
    tree, lifted = parse(found.text)
    assert not lifted
    assert print_query(tree) == found.text
    assert parse(print_query(tree)) == (tree, {})


@settings(deadline=None)
@given(queries(), st.sampled_from([" ", "\t", "\n", "\r\n \n\t "]), st.sampled_from([str.lower, str.upper, str.title]))
def test_blanks_and_the_case_of_keywords_mean_nothing(cypher: str, blank: str, cased: Callable[[str], str]) -> None:
    words = [cased(piece) if piece.upper() in KEYWORDS else piece for piece in pieces(cypher)]
    assert gate(blank.join(words)) == gate(cypher)


@settings(deadline=None)
@given(queries(), st.data())
def test_a_token_lost_doubled_moved_or_replaced_is_refused_or_seen(cypher: str, data: st.DataObject) -> None:
    found = gate(cypher)
    written = pieces(found.text)
    for _ in range(5):
        at = data.draw(st.integers(0, len(written) - 2))
        change = data.draw(st.sampled_from(["lost", "doubled", "moved", "replaced"]))
        changed = list(written)
        match change:
            case "lost":
                del changed[at]
            case "doubled":
                changed.insert(at, changed[at])
            case "moved":
                changed[at], changed[at + 1] = changed[at + 1], changed[at]
            case _:
                changed[at] = data.draw(st.sampled_from(OTHERS))
        if changed != written:
            assert not unseen(" ".join(changed), found), (change, written[at])


MUTATIONS = {
    "the label of a vertex dropped": (r"\((\w+):\w+\)", r"(\1)"),
    "the label of an edge dropped": (r"\[(\w+):\w+\]", r"[\1]"),
    "a direction swapped": (r"-(\[[^\]]*\])->", r"<-\1-"),
    "a direction swapped back": (r"<-(\[[^\]]*\])-", r"-\1->"),
    "a direction dropped": (r"-(\[[^\]]*\])->", r"-\1-"),
    "a hop widened": (r"-\[(\w+:\w+)\]", r"-[\1*]"),
    "a hop widened to two": (r"-\[(\w+:\w+)\]", r"-[\1*1..2]"),
    "a variable renamed once": (r"\bc\.", "d."),
    "a variable renamed where it is bound": (r"\(c:", "(d:"),
    "a condition turned": (r" = ", " <> "),
    "a bound turned": (r" > ", " < "),
    "and made or": (r" AND ", " OR "),
    "or made and": (r" OR ", " AND "),
    "optional dropped": (r"OPTIONAL MATCH", "MATCH"),
    "a negation dropped": (r"NOT ", ""),
    "distinct dropped": (r"DISTINCT ", ""),
    "an order turned": (r" DESC", ""),
    "another measure": (r"\bmax\(", "min("),
    "another edge": (r":VIEWED\]", ":PURCHASED]"),
    "another value": (r"\$v1\b", "$v2"),
}


@pytest.mark.parametrize("name", MUTATIONS)
@settings(deadline=None, max_examples=40)
@given(cypher=queries())
def test_a_query_with_another_meaning_is_refused_or_printed_otherwise(name: str, cypher: str) -> None:
    before, after = MUTATIONS[name]
    found = gate(cypher)
    changed = re.sub(before, after, found.text, count=1)
    assert changed == found.text or not unseen(changed, found)


@settings(deadline=None)
@given(queries(), st.data())
def test_a_sibling_property_is_refused_or_printed(cypher: str, data: st.DataObject) -> None:
    found = gate(cypher)
    for place in re.finditer(r"\b\w+\.(\w+)", found.text):
        sibling = data.draw(st.sampled_from([name for name in PROPERTIES if name != place[1]]))
        assert not unseen(found.text[: place.start(1)] + sibling + found.text[place.end(1) :], found)


@settings(deadline=None)
@given(queries())
def test_a_clause_dropped_is_refused_or_seen(cypher: str) -> None:
    found = gate(cypher)
    lines = found.text.split("\n")
    for n in range(len(lines)):
        assert not unseen("\n".join(lines[:n] + lines[n + 1 :]), found)


def sort(value: object) -> tuple[bool, str]:
    """Whether it is a list, and of texts, numbers or truth values."""
    item = value[0] if isinstance(value, list) else value
    return isinstance(value, list), "number" if type(item) in {int, float} else type(item).__name__


@settings(deadline=None)
@given(queries())
def test_a_value_of_another_type_is_refused(cypher: str) -> None:
    found = gate(cypher)
    for name, value in found.parameters.items():
        for other in (1, "text", True, [1], ["text"]):
            if sort(value) == sort(other):
                continue
            with pytest.raises(Refused) as caught:
                gate(found.text, {**found.parameters, name: other})
            assert caught.value.rule in {Rule.TYPE, Rule.PARAMETER}
