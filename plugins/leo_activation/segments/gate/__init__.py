"""The gate: whatever its origin, Cypher reaches the graph only as this package prints it.

A query is cut into tokens (`tokens`), parsed by the grammar of the accepted subset (`parser`), checked against the
graph's schema (`names`) and printed again from its own syntax tree (`printer`). Anything that is not understood is
refused with the rule and the place. Why, and what is refused on purpose: `docs/decisions/gate.md`.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from leo_activation.segments.gate.names import check_names
from leo_activation.segments.gate.parser import Parser
from leo_activation.segments.gate.printer import print_query
from leo_activation.segments.gate.refusal import Refused, Rule, Violation
from leo_activation.segments.gate.tokens import tokenize
from leo_activation.segments.gate.tree import Item, Property, Query, Return
from leo_activation.warehouse.graph import Parameters, Scalar
from leo_activation.warehouse.graph_schema import schema_version

__all__ = ["GatedCypher", "Refused", "Rule", "gate", "parse"]

RETURNED = "customer_id"
SURELY_SMALL, SURELY_SHALLOW = 4_000, 8
"""Characters and levels up to which the print of a query is surely within the bounds."""

_LINE_END = re.compile(r"\r\n?|\n")


@dataclass(frozen=True)
class GatedCypher:
    """A query that may be sent: its canonical text and exactly the parameters that the text uses.

    `hash` is SHA-256 (hex) over text, parameters and the graph's schema version.
    """

    text: str
    parameters: Parameters
    hash: str


def gate(cypher: str, parameters: Mapping[str, Scalar | Sequence[Scalar]] | None = None) -> GatedCypher:
    """Check a query and print it in its canonical form; literals are lifted into parameters.

    `parameters` are the values of the `$names` in the text; without any (None) their types stay open, which serves to
    judge a text alone: such a query can be run only once every parameter has a value.

    Raises:
        Refused: the query is outside the accepted subset, or a parameter is missing or not used.
    """
    try:
        parser = Parser(tokenize(cypher))
        query, lifted = _named(parser.query()), parser.values
        given = {**(parameters or {}), **lifted}
        used = check_names(query, given, complete=parameters is not None)
        _check_use((parameters or {}).keys(), used - lifted.keys())
        text = print_query(query)
        if len(text) > SURELY_SMALL or parser.deepest > SURELY_SHALLOW:
            _check_bounds(text)
    except Violation as violation:
        raise _refused(violation, cypher) from None
    values = {name: value for name, value in sorted(given.items()) if name in used}
    content = json.dumps([text, values, schema_version()], ensure_ascii=False, separators=(",", ":"))
    return GatedCypher(text, values, hashlib.sha256(content.encode()).hexdigest())


def parse(cypher: str) -> tuple[Query, dict[str, Scalar | list[Scalar]]]:
    """The syntax tree of a query and the values of the literals lifted from it; names are not checked yet.

    Raises:
        Violation: the text is outside the accepted subset.
    """
    parser = Parser(tokenize(cypher))
    return _named(parser.query()), parser.values


def _named(query: Query) -> Query:
    """The query, with a name for what it returns."""
    returned = query.returned
    if returned.item.alias is not None or not isinstance(returned.item.expression, Property):
        return query
    item = Item(returned.item.expression, RETURNED)
    return Query(query.clauses, Return(item, returned.distinct, returned.order, returned.limit, returned.at))


def _check_use(given: Set[str], used: Set[str]) -> None:
    if unused := given - used:
        raise Violation(Rule.PARAMETER, f"the parameter ${min(unused)} is not used", 0)


def _check_bounds(text: str) -> None:
    """The print of a query obeys the bounds of a query, so that the gate takes it again.

    It can be a little longer and deeper than what was written: `NOT a = b` gets brackets, `a >= b` is taken apart.

    Raises:
        Violation: it does not.
    """
    try:
        parse(text)
    except Violation as violation:
        raise Violation(violation.rule, f"written out in full, {violation.message}", 0) from None


def _refused(violation: Violation, cypher: str) -> Refused:
    """The refusal with its place: lines end with LF, CR or both, columns count characters, a tab as one."""
    lines = _LINE_END.split(cypher[: violation.at])
    return Refused(
        violation.rule,
        violation.message,
        line=len(lines),
        column=len(lines[-1]) + 1,
        accepted_form=violation.accepted_form,
    )
