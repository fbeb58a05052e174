"""What an expression can be, and which expressions may meet in a comparison."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from leo_activation.warehouse.graph import Scalar
from leo_activation.warehouse.graph_schema import ValueType


class Family(StrEnum):
    """Values compare within a family: in AGE `'5' > 3` is false without an error."""

    TEXT = "text"
    NUMBER = "number"
    BOOLEAN = "boolean"
    LIST = "list"
    VERTEX = "vertex"
    EDGE = "edge"
    ANY = "any"


@dataclass(frozen=True, slots=True)
class Kind:
    """The kind of an expression.

    `unit` is the type of the property a number came from (a time is never compared with an amount of money), `label`
    and `vertex` say which pattern vertex or edge a variable stands for, `of` is the family of a list's items.
    """

    family: Family
    unit: ValueType | None = None
    label: str | None = None
    vertex: int | None = None
    of: Family | None = None
    is_customer_id: bool = False
    is_optional: bool = False


TEXT = Kind(Family.TEXT)
NUMBER = Kind(Family.NUMBER)
COUNT = Kind(Family.NUMBER, unit=ValueType.INTEGER)
BOOLEAN = Kind(Family.BOOLEAN)
ANY = Kind(Family.ANY)

_PLAIN = frozenset({ValueType.INTEGER, ValueType.FLOAT})

_OF_PROPERTY = {
    ValueType.TEXT: Family.TEXT,
    ValueType.BOOLEAN: Family.BOOLEAN,
}


def kind_of_property(value_type: ValueType, *, is_customer_id: bool, is_optional: bool) -> Kind:
    """The kind of a property of that type."""
    family = _OF_PROPERTY.get(value_type, Family.NUMBER)
    unit = value_type if family is Family.NUMBER else None
    return Kind(family, unit=unit, is_customer_id=is_customer_id, is_optional=is_optional)


def kind_of_value(value: Scalar | Sequence[Scalar]) -> Kind | None:
    """The kind of a parameter's value, or None where no query takes such a value."""
    match value:
        case bool():
            return BOOLEAN
        case int() | float():
            return NUMBER if -(2**63) <= value < 2**63 else None
        case str():
            return TEXT
        case list() | tuple():
            # Lists of texts can be long; each is looked at again for its length only.
            kinds = {TEXT} if {*map(type, value)} == {str} else {kind_of_value(item) for item in value}
            if len(kinds) > 1 or not kinds <= {TEXT, NUMBER, BOOLEAN}:
                return None
            found = next(iter(kinds), None)
            return Kind(Family.LIST, of=found.family if found else Family.ANY)
        case _:
            return None


def comparable(left: Kind, right: Kind) -> bool:
    """Whether two kinds may stand on both sides of a comparison."""
    if Family.ANY in (left.family, right.family):
        return left.family is not Family.EDGE and right.family is not Family.EDGE
    if left.family is not right.family or left.family in {Family.LIST, Family.EDGE}:
        return False
    if left.family is Family.VERTEX:
        return left.label == right.label
    return left.unit is None or right.unit is None or left.unit is right.unit or {left.unit, right.unit} <= _PLAIN


def merged(kinds: Sequence[Kind]) -> Kind | None:
    """The kind that a value of either of these kinds has (for `coalesce`), or None where they do not meet.

    A parameter without a value yet fits everything, and what is known beside it decides.
    """
    found = ANY
    for kind in kinds:
        if not comparable(found, kind):
            return None
        family = kind.family if found.family is Family.ANY else found.family
        found = Kind(family, unit=found.unit or kind.unit)
    return found


def calculated(operator: str, left: ValueType | None, right: ValueType | None) -> tuple[bool, ValueType | None]:
    """Whether two numbers of these units are calculated with each other, and the unit of the result.

    A number without a unit is what stands beside it: a time after a plus is moved by microseconds, an amount grows by
    minor units. Two times give a span, which is a plain number of microseconds.
    """
    units = {left, right}
    if ValueType.TIME_US in units:
        other = units - {ValueType.TIME_US}
        if operator == "-" and left is ValueType.TIME_US:
            return (True, None) if not other else (other == {None}, ValueType.TIME_US)
        if operator == "-":
            return left is None, None
        return operator == "+" and other == {None}, ValueType.TIME_US
    if ValueType.MONEY_MINOR not in units:
        return True, None
    money = ValueType.MONEY_MINOR
    match operator:
        case "+" | "-":
            return units <= {money, None}, money
        case "*":
            return units != {money}, money
        case _:
            return left is money, None if units == {money} else money
