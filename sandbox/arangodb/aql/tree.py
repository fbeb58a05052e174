"""The syntax tree of a reading AQL query."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text or was bound to a parameter."""

    value: Any


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable of FOR, LET or COLLECT; in an expansion also CURRENT."""

    name: str


@dataclass(frozen=True, slots=True)
class CollectionName:
    """All documents of a collection."""

    name: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """`of.name`; null where there is no such attribute."""

    of: "Expression"
    name: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """`of[at]`: by position in an array, by name in an object."""

    of: "Expression"
    at: "Expression"


@dataclass(frozen=True, slots=True)
class Expansion:
    """`of[*]` with what follows it, said of the variable CURRENT."""

    of: "Expression"
    each: "Expression"


@dataclass(frozen=True, slots=True)
class ObjectOf:
    """An object literal; the names are expressions too, for `[expression]: …`."""

    entries: tuple[tuple["Expression", "Expression"], ...]


@dataclass(frozen=True, slots=True)
class ArrayOf:
    """An array literal."""

    items: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Unary:
    """NOT, + or -."""

    operator: str
    operand: "Expression"


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic, a comparison, IN, NOT IN, LIKE, a range, AND or OR."""

    operator: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True, slots=True)
class Ternary:
    """`condition ? then : otherwise`; `then` is None in the short form, which gives the condition's value."""

    condition: "Expression"
    then: "Expression | None"
    otherwise: "Expression"


@dataclass(frozen=True, slots=True)
class Call:
    """A function, its name in capitals."""

    function: str
    arguments: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Subquery:
    """A query in parentheses: the array of its results."""

    query: "Query"


Expression = (
    Literal | Variable | CollectionName | Attribute | Indexed | Expansion | ObjectOf | ArrayOf | Unary | Binary
    | Ternary | Call | Subquery
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class For:
    """FOR variable IN source."""

    variable: str
    source: Expression


@dataclass(frozen=True, slots=True)
class Filter:
    """FILTER condition."""

    condition: Expression


@dataclass(frozen=True, slots=True)
class Let:
    """LET variable = expression."""

    variable: str
    expression: Expression


@dataclass(frozen=True, slots=True)
class Sort:
    """SORT by expressions; True with one that sorts DESC."""

    by: tuple[tuple[Expression, bool], ...]


@dataclass(frozen=True, slots=True)
class Limit:
    """LIMIT offset, count; a count of None has no end."""

    offset: Expression
    count: Expression


@dataclass(frozen=True, slots=True)
class Collect:
    """COLLECT.

    groups: variable and expression of each.
    aggregates: variable, function and argument of each.
    into: variable, and the expression that it keeps of each row, or None for all variables in scope.
    count_into: variable of WITH COUNT.
    scope: the variables before the COLLECT, for `into`.
    """

    groups: tuple[tuple[str, Expression], ...]
    aggregates: tuple[tuple[str, str, Expression], ...]
    into: tuple[str, Expression | None] | None
    count_into: str | None
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Return:
    """RETURN [DISTINCT] expression."""

    expression: Expression
    distinct: bool


Clause = For | Filter | Let | Sort | Limit | Collect | Return


@dataclass(frozen=True, slots=True)
class Query:
    """The clauses in their order; the last is a Return."""

    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Parsed:
    """A whole query and the names that it uses.

    parameters: of bind parameters, those of collections with one @ in front.
    collections: of the collections, without those bound.
    """

    query: Query
    parameters: tuple[str, ...]
    collections: tuple[str, ...]
