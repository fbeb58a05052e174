"""The syntax tree of the accepted Cypher: made by the parser and by the compiler, printed in one canonical form."""

from dataclasses import dataclass, field


def _at() -> int:
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """`$name`: every value of a query; literals become parameters while they are parsed."""

    name: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Variable:
    """The name of a vertex, an edge or a projected value."""

    name: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Property:
    """`variable.name`."""

    variable: str
    name: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Call:
    """A listed function; `argument`s is empty for `count(*)`."""

    function: str
    arguments: tuple["Expression", ...]
    distinct: bool = False
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Negation:
    """`NOT operand`."""

    operand: "Expression"
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Junction:
    """`AND` or `OR` of at least two operands, none of which is a junction of the same kind."""

    operator: str
    operands: tuple["Expression", ...]
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Comparison:
    """`=`, `<>`, `<`, `<=`, `>`, `>=`, `IN`, `STARTS WITH`, `ENDS WITH`, `CONTAINS` between two operands."""

    operator: str
    left: "Expression"
    right: "Expression"
    at: int = _at()


@dataclass(frozen=True, slots=True)
class NullTest:
    """`operand IS NULL`, or with `negated` `IS NOT NULL`."""

    operand: "Expression"
    negated: bool
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+`, `-`, `*`, `/` or `%` of two numbers."""

    operator: str
    left: "Expression"
    right: "Expression"
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Exists:
    """`EXISTS { MATCH … WHERE … }`."""

    paths: tuple["Path", ...]
    where: "Expression | None"
    at: int = _at()


Expression = Parameter | Variable | Property | Call | Negation | Junction | Comparison | NullTest | Arithmetic | Exists


@dataclass(frozen=True, slots=True)
class Node:
    """`(variable:Label)`; a variable that is bound already may leave the label out."""

    variable: str | None
    label: str | None
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Hop:
    """`-[variable:LABEL]->`, or backwards `<-[variable:LABEL]-`."""

    variable: str | None
    label: str
    forward: bool = True
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Path:
    """Nodes with hops between them: one more node than hops."""

    nodes: tuple[Node, ...]
    hops: tuple[Hop, ...] = ()


@dataclass(frozen=True, slots=True)
class Match:
    """`MATCH` or `OPTIONAL MATCH` with its `WHERE`."""

    paths: tuple[Path, ...]
    where: Expression | None = None
    optional: bool = False
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Unwind:
    """`UNWIND list AS variable`."""

    values: Expression
    variable: str
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Item:
    """A projected expression with its name; only a bare variable stands without one."""

    expression: Expression
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `ORDER BY`."""

    expression: Expression
    descending: bool = False


@dataclass(frozen=True, slots=True)
class With:
    """`WITH`, in the order of its parts: items, `ORDER BY`, `LIMIT`, `WHERE`."""

    items: tuple[Item, ...]
    distinct: bool = False
    order: tuple[SortKey, ...] = ()
    limit: Parameter | None = None
    where: Expression | None = None
    at: int = _at()


@dataclass(frozen=True, slots=True)
class Return:
    """`RETURN` of the customer's id, the last clause."""

    item: Item
    distinct: bool = False
    order: tuple[SortKey, ...] = ()
    limit: Parameter | None = None
    at: int = _at()


Clause = Match | Unwind | With


@dataclass(frozen=True, slots=True)
class Query:
    """Clauses and what they return."""

    clauses: tuple[Clause, ...]
    returned: Return
