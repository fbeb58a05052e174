"""How a FOR over a collection finds its documents: by key, by a sorted order, or one after another.

What is found this way is still filtered by every FILTER, and a SORT that the order already gives is left out. The one
exception is the primary index: it goes by the bytes of `_key`, and a FILTER that it answers must not be asked once more
by the collation, which may say otherwise.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sandbox.arangodb.aql import tree
from sandbox.arangodb.orders import KEY, Path
from sandbox.arangodb.store import Collection

_TURNED = {"==": "==", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Comparison:
    """A condition that a FILTER sets: the attribute at `path` compared with what does not depend on the document.

    said: the condition as it stands in the FILTER.
    """

    path: Path
    operator: str
    value: tree.Expression
    said: tree.Binary


@dataclass(frozen=True, slots=True)
class ByKey:
    """Look up the keys that an expression gives: one, or an array of them."""

    keys: tree.Expression


@dataclass(frozen=True, slots=True)
class ByOrder:
    """Go through a sorted order.

    paths: what it is sorted by.
    prefix: the values of the first of them.
    low, high: bounds of the path after those, or None.
    sorts: whether the SORT that follows is done with it.
    """

    paths: tuple[Path, ...]
    prefix: tuple[tree.Expression, ...]
    low: Comparison | None
    high: Comparison | None
    descending: bool
    sorts: bool

    @property
    def answered(self) -> tuple[tree.Binary, ...]:
        """The conditions that need no FILTER any more: those of the primary index."""
        return tuple(each.said for each in (self.low, self.high) if each is not None and self.paths == (KEY,))


@dataclass(frozen=True, slots=True)
class ByScan:
    """Every document, in the order in which they came."""


Access = ByKey | ByOrder | ByScan


def choose(clauses: tuple[tree.Clause, ...], at: int, collection: Collection) -> Access:
    """The access of the FOR at a place among the clauses."""
    loop = clauses[at]
    if not isinstance(loop, tree.For):
        raise TypeError("an access is chosen for a FOR")
    after = at + 1
    conditions: list[Comparison] = []
    while after < len(clauses) and isinstance(each := clauses[after], tree.Filter):
        conditions.extend(_comparisons(each.condition, loop.variable))
        after += 1
    for condition in conditions:
        if condition.path == KEY and condition.operator in ("==", "IN"):
            return ByKey(condition.value)
    equal = {each.path: each.value for each in conditions if each.operator == "=="}
    following = clauses[after] if after < len(clauses) else None
    nested = any(isinstance(each, tree.For) for each in clauses[:at])  # a SORT then sorts more than these documents
    if (
        isinstance(following, tree.Sort)
        and not nested
        and (sorted_by := _sorted_by(following, loop.variable)) is not None
    ):
        paths, descending = sorted_by
        first = [path for path in equal if path not in paths]
        return _ordered((*first, *paths), equal, conditions, len(first), descending=descending, sorts=True)
    for index in collection.indexes:
        known = 0
        while known < len(index.paths) and index.paths[known] in equal:
            known += 1
        if known and index.kind == "persistent":
            return _ordered(index.paths, equal, conditions, known, descending=False, sorts=False)
    if any(each.path == KEY for each in conditions):
        return _ordered((KEY,), equal, conditions, 0, descending=False, sorts=False)
    return ByScan()


def without(condition: tree.Expression, answered: tuple[tree.Binary, ...]) -> tree.Expression | None:
    """What is left of a FILTER's condition, None where all of it is answered."""
    if condition in answered:
        return None
    if not isinstance(condition, tree.Binary) or condition.operator != "AND":
        return condition
    left, right = without(condition.left, answered), without(condition.right, answered)
    if left is None or right is None:
        return right if left is None else left
    return tree.Binary("AND", left, right)


def _ordered(
    paths: tuple[Path, ...],
    equal: dict[Path, tree.Expression],
    conditions: list[Comparison],
    known: int,
    *,
    descending: bool,
    sorts: bool,
) -> ByOrder:
    bounds = [each for each in conditions if known < len(paths) and each.path == paths[known]]
    low = next((each for each in bounds if each.operator in (">", ">=", "==")), None)
    high = next((each for each in bounds if each.operator in ("<", "<=", "==")), None)
    return ByOrder(paths, tuple(equal[path] for path in paths[:known]), low, high, descending, sorts)


def _sorted_by(sort: tree.Sort, variable: str) -> tuple[tuple[Path, ...], bool] | None:
    paths = [_path(expression, variable) for expression, _ in sort.by]
    directions = {descending for _, descending in sort.by}
    known = tuple(path for path in paths if path is not None)
    return (known, directions.pop()) if len(known) == len(paths) and len(directions) == 1 else None


def _comparisons(condition: tree.Expression, variable: str) -> Iterator[Comparison]:
    """The comparisons of the document's attributes that hold wherever the condition does."""
    if not isinstance(condition, tree.Binary):
        return
    if condition.operator == "AND":
        yield from _comparisons(condition.left, variable)
        yield from _comparisons(condition.right, variable)
        return
    left, right = _path(condition.left, variable), _path(condition.right, variable)
    if condition.operator in (*_TURNED, "IN") and left and not depends(condition.right, variable):
        yield Comparison(left, condition.operator, condition.right, condition)
    elif condition.operator in _TURNED and right and not depends(condition.left, variable):
        yield Comparison(right, _TURNED[condition.operator], condition.left, condition)


def _path(expression: tree.Expression, variable: str) -> Path | None:
    if isinstance(expression, tree.Attribute):
        if expression.of == tree.Variable(variable):
            return (expression.name,)
        outer = _path(expression.of, variable)
        return (*outer, expression.name) if outer else None
    if isinstance(expression, tree.Indexed) and isinstance(expression.at, tree.Literal):
        name = expression.at.value  # doc[@name] is how a driver binds an attribute's name
        return _path(tree.Attribute(expression.of, name), variable) if isinstance(name, str) else None
    return None


def depends(expression: tree.Expression, variable: str) -> bool:
    """Whether an expression may change with a variable; a subquery counts as if it did."""
    match expression:
        case tree.Literal():
            return False
        case tree.Variable(name):
            return name == variable
        case tree.Attribute(of, _):
            return depends(of, variable)
        case tree.Indexed(of, at):
            return depends(of, variable) or depends(at, variable)
        case tree.ArrayOf(items):
            return any(depends(each, variable) for each in items)
        case tree.Unary(_, operand):
            return depends(operand, variable)
        case tree.Binary(_, left, right):
            return depends(left, variable) or depends(right, variable)
        case tree.Call(_, arguments):
            return any(depends(each, variable) for each in arguments)
        case _:
            return True
