"""The AQL functions served, each with the numbers of arguments that ArangoDB allows it."""

import itertools
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.arangodb.aql import values
from sandbox.arangodb.errors import FUNCTION_ARGUMENT_NUMBER_MISMATCH, FUNCTION_NAME_UNKNOWN, ArangoError

_ANY = 1000


@dataclass(frozen=True, slots=True)
class Function:
    """The body, and how many arguments it takes."""

    body: Callable[..., Any]
    least: int
    most: int


def length(value: Any) -> int:
    """LENGTH of any value: members, attributes, characters; 1 for true, 0 for false and null."""
    if isinstance(value, list | dict):
        return len(value)
    if isinstance(value, bool):
        return int(value)
    return 0 if value is None else len(values.text(value))


def _names(wanted: tuple[Any, ...]) -> list[Any]:
    """Attribute names given one by one or as arrays, which ArangoDB takes any mix of."""
    return [*itertools.chain.from_iterable(each if isinstance(each, list) else [each] for each in wanted)]


def _unset(value: Any, *wanted: Any) -> Any:
    if not isinstance(value, dict):
        return None
    dropped = {name for name in _names(wanted) if isinstance(name, str)}
    return {name: each for name, each in value.items() if name not in dropped}


def _keep(value: Any, *wanted: Any) -> Any:
    if not isinstance(value, dict):
        return None
    kept = {name for name in _names(wanted) if isinstance(name, str)}
    return {name: each for name, each in value.items() if name in kept}


def _known(value: Any) -> list[Any] | None:
    return [each for each in value if each is not None] if isinstance(value, list) else None


def _minimum(value: Any) -> Any:
    known = _known(value)
    return min(known, key=values.ranked) if known else None


def _maximum(value: Any) -> Any:
    known = _known(value)
    return max(known, key=values.ranked) if known else None


def _sum(value: Any) -> Any:
    known = _known(value)
    if known is None or not all(isinstance(each, int | float) and not isinstance(each, bool) for each in known):
        return None
    return sum(known)


def _average(value: Any) -> Any:
    known = _known(value)
    total = _sum(value)
    return None if not known or total is None else total / len(known)


def _has(value: Any, name: Any) -> bool:
    return isinstance(value, dict) and name in value


def _not_null(*given: Any) -> Any:
    return next((each for each in given if each is not None), None)


def _concat(*given: Any) -> str:
    whole = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    return "".join(values.text(each) for each in whole)


def _unique(value: Any) -> Any:
    if not isinstance(value, list):
        return None
    found: dict[values.Ranked, Any] = {}
    for each in value:
        found.setdefault(values.ranked(each), each)
    return list(found.values())


def _sorted(value: Any) -> Any:
    return sorted(value, key=values.ranked) if isinstance(value, list) else None


def _substring(value: Any, offset: Any, count: Any = None) -> str:
    whole = values.text(value)
    start = int(values.number(offset))
    start = max(0, len(whole) + start) if start < 0 else start
    return whole[start:] if count is None else whole[start : start + max(0, int(values.number(count)))]


def _contains(value: Any, searched: Any) -> bool:
    return values.text(searched) in values.text(value)


def _starts_with(value: Any, searched: Any) -> bool:
    prefixes = searched if isinstance(searched, list) else [searched]
    return any(values.text(value).startswith(values.text(each)) for each in prefixes)


def _first(value: Any) -> Any:
    return value[0] if isinstance(value, list) and value else None


def _last(value: Any) -> Any:
    return value[-1] if isinstance(value, list) and value else None


def _attributes(value: Any, *_: Any) -> Any:
    return list(value) if isinstance(value, dict) else None


def _merge(*given: Any) -> Any:
    parts = given[0] if len(given) == 1 and isinstance(given[0], list) else given
    merged: dict[str, Any] = {}
    for each in parts:
        if not isinstance(each, dict):
            return None
        merged |= each
    return merged


FUNCTIONS: Mapping[str, Function] = {
    "ABS": Function(lambda value: abs(values.number(value)), 1, 1),
    "ATTRIBUTES": Function(_attributes, 1, 3),
    "AVERAGE": Function(_average, 1, 1),
    "AVG": Function(_average, 1, 1),
    "CONCAT": Function(_concat, 1, _ANY),
    "CONTAINS": Function(_contains, 2, 2),
    "COUNT": Function(length, 1, 1),
    "DATE_NOW": Function(lambda: int(time.time() * 1000), 0, 0),
    "FIRST": Function(_first, 1, 1),
    "HAS": Function(_has, 2, 2),
    "IS_ARRAY": Function(lambda value: isinstance(value, list), 1, 1),
    "IS_BOOL": Function(lambda value: isinstance(value, bool), 1, 1),
    "IS_NULL": Function(lambda value: value is None, 1, 1),
    "IS_NUMBER": Function(lambda value: isinstance(value, int | float) and not isinstance(value, bool), 1, 1),
    "IS_OBJECT": Function(lambda value: isinstance(value, dict), 1, 1),
    "IS_STRING": Function(lambda value: isinstance(value, str), 1, 1),
    "KEEP": Function(_keep, 2, _ANY),
    "LAST": Function(_last, 1, 1),
    "LENGTH": Function(length, 1, 1),
    "LOWER": Function(lambda value: values.text(value).lower(), 1, 1),
    "MAX": Function(_maximum, 1, 1),
    "MERGE": Function(_merge, 1, _ANY),
    "MIN": Function(_minimum, 1, 1),
    "NOT_NULL": Function(_not_null, 1, _ANY),
    "SORTED": Function(_sorted, 1, 1),
    "STARTS_WITH": Function(_starts_with, 2, 3),
    "SUBSTRING": Function(_substring, 2, 3),
    "SUM": Function(_sum, 1, 1),
    "TO_BOOL": Function(values.truth, 1, 1),
    "TO_NUMBER": Function(values.number, 1, 1),
    "TO_STRING": Function(values.text, 1, 1),
    "TRIM": Function(lambda value: values.text(value).strip(), 1, 1),
    "UNIQUE": Function(_unique, 1, 1),
    "UNSET": Function(_unset, 2, _ANY),
    "UPPER": Function(lambda value: values.text(value).upper(), 1, 1),
}
AGGREGATES = frozenset({"AVERAGE", "AVG", "COUNT", "LENGTH", "MAX", "MIN", "SUM", "UNIQUE"})


def check_call(name: str, arguments: int) -> None:
    """Refuse what ArangoDB refuses while it parses.

    Raises:
        ArangoError: 1540 for an unknown function, 1541 for a wrong number of arguments.
    """
    function = FUNCTIONS.get(name.upper())
    if function is None:
        raise ArangoError(FUNCTION_NAME_UNKNOWN, f"AQL: usage of unknown function '{name}()' (while parsing)")
    if not function.least <= arguments <= function.most:
        message = (
            f"AQL: invalid number of arguments for function '{name.upper()}()', expected number of arguments: "
            f"minimum: {function.least}, maximum: {function.most} (while parsing)"
        )
        raise ArangoError(FUNCTION_ARGUMENT_NUMBER_MISMATCH, message)
