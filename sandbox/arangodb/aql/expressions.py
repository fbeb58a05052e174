"""Expressions as Python functions of the variables in scope."""

import operator
import re
from collections.abc import Callable, Mapping
from typing import Any

from sandbox.arangodb.aql import tree, values
from sandbox.arangodb.aql.functions import FUNCTIONS
from sandbox.arangodb.documents import Stored

Scope = Mapping[str, Any]
"""The variables' values; that of a FOR over a collection is a Stored."""
Evaluate = Callable[[Scope], Any]

_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class Expressions:
    """Turns expressions into functions.

    documents: all documents of a collection, for one that is named in an expression.
    subquery: turns a query into a function that gives the array of its results.
    """

    def __init__(
        self, documents: Callable[[str], list[dict[str, Any]]], subquery: Callable[[tree.Query], Evaluate]
    ) -> None:
        """Keep the two."""
        self._documents = documents
        self._subquery = subquery

    def build(self, expression: tree.Expression) -> Evaluate:
        """The function of an expression."""
        build = self.build
        match expression:
            case tree.Literal(value):
                return lambda scope: value
            case tree.Variable(name):
                return lambda scope: _plain(scope[name])
            case tree.CollectionName(name):
                return lambda scope: self._documents(name)
            case tree.Attribute(tree.Variable(variable), name):
                return lambda scope: _attribute(scope[variable], name)
            case tree.Attribute(of, name):
                outer = build(of)
                return lambda scope: _attribute(outer(scope), name)
            case tree.Indexed(of, at):
                whole, place = build(of), build(at)
                return lambda scope: _indexed(whole(scope), place(scope))
            case tree.Expansion(of, each):
                return _expansion(build(of), build(each))
            case tree.ObjectOf(entries):
                built = [(build(name), build(value)) for name, value in entries]
                return lambda scope: {values.text(name(scope)): value(scope) for name, value in built}
            case tree.ArrayOf(items):
                members = [build(each) for each in items]
                return lambda scope: [each(scope) for each in members]
            case tree.Unary(sign, operand):
                return _unary(sign, build(operand))
            case tree.Binary(sign, left, right):
                return _binary(sign, build(left), build(right))
            case tree.Ternary(condition, then, otherwise):
                return _ternary(build(condition), None if then is None else build(then), build(otherwise))
            case tree.Call("LENGTH" | "COUNT", (tree.CollectionName(name),)):
                return lambda scope: len(self._documents(name))
            case tree.Call(name, arguments):
                body, given = FUNCTIONS[name].body, [build(each) for each in arguments]
                return lambda scope: body(*(each(scope) for each in given))
            case tree.Subquery(query):
                return self._subquery(query)


def _plain(value: Any) -> Any:
    return value.whole() if isinstance(value, Stored) else value


def _attribute(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, dict | Stored) else None


def _indexed(value: Any, at: Any) -> Any:
    if isinstance(value, dict):
        return value.get(values.text(at))
    place = int(values.number(at))
    return value[place] if isinstance(value, list) and -len(value) <= place < len(value) else None


def _expansion(of: Evaluate, each: Evaluate) -> Evaluate:
    def expanded(scope: Scope) -> Any:
        whole = of(scope)
        return [each({**scope, "CURRENT": member}) for member in whole] if isinstance(whole, list) else []

    return expanded


def _unary(sign: str, operand: Evaluate) -> Evaluate:
    if sign == "NOT":
        return lambda scope: not values.truth(operand(scope))

    def signed(scope: Scope) -> Any:
        value = values.number(operand(scope))
        return -value if sign == "-" else value

    return signed


def _binary(sign: str, left: Evaluate, right: Evaluate) -> Evaluate:
    match sign:
        case "AND":
            return lambda scope: right(scope) if values.truth(value := left(scope)) else value
        case "OR":
            return lambda scope: value if values.truth(value := left(scope)) else right(scope)
        case "==":
            return lambda scope: values.equal(left(scope), right(scope))
        case "!=":
            return lambda scope: not values.equal(left(scope), right(scope))
        case "<":
            return lambda scope: values.less(left(scope), right(scope))
        case ">":
            return lambda scope: values.less(right(scope), left(scope))
        case "<=":
            return lambda scope: not values.less(right(scope), left(scope))
        case ">=":
            return lambda scope: not values.less(left(scope), right(scope))
        case "IN":
            return lambda scope: _is_in(left(scope), right(scope))
        case "NOT IN":
            return lambda scope: not _is_in(left(scope), right(scope))
        case "LIKE":
            return lambda scope: _like(left(scope), right(scope))
        case "=~":
            return lambda scope: _matches(left(scope), right(scope))
        case "!~":
            return lambda scope: not _matches(left(scope), right(scope))
        case "..":
            return lambda scope: _range(left(scope), right(scope))
        case _:
            return lambda scope: _calculated(sign, left(scope), right(scope))


def _ternary(condition: Evaluate, then: Evaluate | None, otherwise: Evaluate) -> Evaluate:
    def chosen(scope: Scope) -> Any:
        value = condition(scope)
        if not values.truth(value):
            return otherwise(scope)
        return value if then is None else then(scope)

    return chosen


def _is_in(value: Any, members: Any) -> bool:
    return isinstance(members, list) and any(values.equal(value, each) for each in members)


def _like(value: Any, pattern: Any) -> bool:
    signs = {"%": ".*", "_": "."}
    text = "".join(signs.get(sign, re.escape(sign)) for sign in values.text(pattern))
    return re.fullmatch(text, values.text(value), re.DOTALL) is not None


def _matches(value: Any, pattern: Any) -> bool:
    try:
        return re.search(values.text(pattern), values.text(value)) is not None
    except re.error:
        return False


def _range(low: Any, high: Any) -> list[int]:
    first, last = int(values.number(low)), int(values.number(high))
    step = 1 if first <= last else -1
    return list(range(first, last + step, step))


def _calculated(sign: str, left: Any, right: Any) -> Any:
    """Arithmetic: what is no number counts as 0; a division by 0 is null."""
    first, second = values.number(left), values.number(right)
    if sign in ("/", "%") and second == 0:
        return None
    if sign == "%":
        rest = abs(int(first)) % abs(int(second)) if int(second) else None
        return -rest if rest is not None and first < 0 else rest
    result = values.finite(_ARITHMETIC[sign](first, second))
    whole = isinstance(result, float) and result.is_integer() and sign == "/" and abs(result) < 2**53
    return int(result) if whole and result is not None else result
