"""How AQL orders, compares and converts values: null < bool < number < string < array < object."""

import json
import math
from collections.abc import Mapping
from typing import Any

from sandbox.arangodb.aql.collation import collation_key

NULL_RANK, BOOL_RANK, NUMBER_RANK, STRING_RANK, ARRAY_RANK, OBJECT_RANK = range(6)
AFTER_ALL = math.inf
"""In the place of a rank: after every value."""

Ranked = tuple[Any, Any]
"""A value's rank and something that compares with the same of another value of that rank."""


class _ObjectOrder:
    """Objects compare attribute by attribute in the order of the names; a missing one counts as null."""

    __slots__ = ("_ranked",)

    def __init__(self, value: Mapping[str, Any]) -> None:
        self._ranked = {name: ranked(each) for name, each in value.items()}

    def __lt__(self, other: "_ObjectOrder") -> bool:
        for name in sorted(self._ranked.keys() | other._ranked.keys()):
            mine, theirs = self._ranked.get(name, _NULL), other._ranked.get(name, _NULL)
            if mine != theirs:
                return mine < theirs
        return False

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ObjectOrder) and not self < other and not other < self

    def __hash__(self) -> int:
        return hash(frozenset((name, each) for name, each in self._ranked.items() if each != _NULL))


_NULL: Ranked = (NULL_RANK, 0)


def ranked(value: Any) -> Ranked:
    """The value as a pair that sorts as AQL sorts; equal pairs mean values that AQL calls equal."""
    if isinstance(value, str):
        return STRING_RANK, collation_key(value)
    if value is None:
        return _NULL
    if isinstance(value, bool):
        return BOOL_RANK, value
    if isinstance(value, int | float):
        return NUMBER_RANK, value
    if isinstance(value, list):
        members = [ranked(each) for each in value]
        while members and members[-1] == _NULL:  # a missing member counts as null
            members.pop()
        return ARRAY_RANK, tuple(members)
    return OBJECT_RANK, _ObjectOrder(value)


def equal(left: Any, right: Any) -> bool:
    """AQL's ==: no conversion between types."""
    if isinstance(left, str) and isinstance(right, str):
        return left == right
    return ranked(left) == ranked(right)


def less(left: Any, right: Any) -> bool:
    """AQL's <: by type, then by value."""
    return ranked(left) < ranked(right)


def truth(value: Any) -> bool:
    """What AQL takes for true: arrays and objects are, even empty."""
    return isinstance(value, list | dict) or bool(value)


def number(value: Any) -> int | float:
    """TO_NUMBER: 0 for what is no number and cannot be read as one."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return _number_of_text(value.strip())
    if isinstance(value, list) and len(value) == 1:
        return number(value[0])
    return 0


def _number_of_text(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        try:
            parsed = float(text)
        except ValueError:
            return 0
        return parsed if math.isfinite(parsed) else 0


def text(value: Any) -> str:
    """TO_STRING: arrays and objects as JSON, null as nothing."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def finite(value: float) -> int | float | None:
    """A number, or null where JSON has none for it."""
    return value if not isinstance(value, float) or math.isfinite(value) else None
