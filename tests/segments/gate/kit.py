"""The openCypher kit, judged by the gate.

`PYTHONPATH=plugins python -m tests.segments.gate.kit` prints the table of the docs.
"""

import gzip
import json
import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from leo_activation.segments.gate import Refused, gate, parse
from leo_activation.segments.gate.names import check_names
from leo_activation.segments.gate.refusal import Rule, Violation
from leo_activation.segments.gate.tree import Hop, Item, Match, Node, Property, Query, Return

KIT = Path(__file__).parent / "data" / "opencypher_tck.jsonl.gz"
CHANGES = frozenset({"CREATE", "MERGE", "SET", "DELETE", "REMOVE"})

_QUOTED = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.DOTALL)


@cache
def queries() -> tuple[str, ...]:
    """All queries of the kit."""
    with gzip.open(KIT, "rt", encoding="utf-8") as lines:
        return tuple(json.loads(line)["query"] for line in lines)


def words(query: str) -> frozenset[str]:
    """The words outside quotes, comments and backticks, in upper case."""
    return frozenset(re.findall(r"\w+", _QUOTED.sub(" ", query).upper()))


def kind(query: str) -> str:
    """`write`, `call` or `read`, by its words; the kit's own flag leaves 65 writes out."""
    found = words(query)
    return "write" if found & CHANGES else "call" if "CALL" in found else "read"


def refused_by(query: str) -> Rule | None:
    """The rule that refuses the query; None where the gate lets it through."""
    try:
        gate(query)
    except Refused as refusal:
        return refusal.rule
    return None


def form_refused_by(query: str) -> Rule | None:
    """The rule by which its form alone is refused, before any name is looked up."""
    try:
        parse(query)
    except Violation as violation:
        return violation.rule
    return None


def refused_by_open_schema(query: str) -> Rule | None:
    """The rule that still refuses a query of an accepted form when every name in it is one of this graph.

    Each label becomes Customer, each edge REFERRED, each property `age`, and what is returned the id of the first
    vertex: what is left is refused by the subset and not because the kit is about another graph.
    """
    tree, values = parse(query)
    try:
        check_names(_renamed(tree), values, complete=False)
    except Violation as violation:
        return violation.rule
    return None


def _renamed(tree: Query) -> Query:
    clauses = tuple(_rename(clause) for clause in tree.clauses)
    nodes = [
        node.variable
        for clause in clauses
        if isinstance(clause, Match)
        for path in clause.paths
        for node in path.nodes
        if node.variable
    ]
    if not nodes:
        return Query(clauses, tree.returned)
    return Query(clauses, Return(Item(Property(nodes[0], "customer_id"), "customer_id")))


def _rename(part: Any) -> Any:
    if isinstance(part, tuple):
        return tuple(_rename(one) for one in part)
    if not is_dataclass(part) or isinstance(part, type):
        return part
    changed = {field.name: _rename(getattr(part, field.name)) for field in fields(part)}
    if isinstance(part, Node) and part.label:
        changed["label"] = "Customer"
    if isinstance(part, Hop):
        changed["label"] = "REFERRED"
    if isinstance(part, Property):
        changed["name"] = "age"
    return replace(part, **changed)


def table() -> str:
    """The reads of the kit by the rule that refuses them, as the Markdown of `docs/reference/gate.md`."""
    reads = [query for query in queries() if kind(query) == "read"]
    by_form = Counter(rule for query in reads if (rule := form_refused_by(query)))
    of_accepted_form = [query for query in reads if form_refused_by(query) is None]
    by_names = Counter(rule for query in of_accepted_form if (rule := refused_by(query)))
    open_schema = Counter(refused_by_open_schema(query) for query in of_accepted_form)
    both = by_form + by_names
    rules = sorted(both, key=lambda rule: (-both[rule], rule))
    rows = [
        f"| {rule} | {by_form[rule] or ''} | {by_names[rule] or ''} | {open_schema[rule] or ''} |" for rule in rules
    ]
    passed = len(of_accepted_form) - by_names.total()
    return "\n".join(
        [
            "| Rule | by the form | by names, types or what is returned | of those, still with every name known |",
            "|---|---:|---:|---:|",
            *rows,
            f"| refused | {by_form.total():,} | {by_names.total():,} | {open_schema.total() - open_schema[None]:,} |",
            f"| accepted | {len(of_accepted_form):,} | {passed:,} | {open_schema[None]:,} |",
        ]
    )


if __name__ == "__main__":
    print(table())
