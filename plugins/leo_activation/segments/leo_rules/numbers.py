"""Rules about numbers: what a comparison says of a number, and of one that is missing.

LEO's queries are AQL, where a missing value is lower than every number: "less than 30" finds who has none. An imported
condition finds the same customers, so it says "or unknown" wherever the comparison holds for a missing value.
"""

import math
from dataclasses import dataclass
from decimal import Decimal

from leo_activation.segments.leo_rules.tree import CannotImport, Rule, Value
from leo_activation.segments.plan import (
    Attribute,
    Condition,
    CustomerProperty,
    Not,
    Operator,
    Or,
    Range,
    canonical_decimal,
)

OLDEST = 120

_COMPARED = {
    "less": Operator.LT,
    "less_or_equal": Operator.LE,
    "greater": Operator.GT,
    "greater_or_equal": Operator.GE,
}
_HOLDS_WHERE_MISSING = frozenset({"less", "less_or_equal"})
NEGATIONS = {
    "not_equal": "equal",
    "not_in": "in",
    "not_between": "between",
    "not_contains": "contains",
    "not_begins_with": "begins_with",
    "not_ends_with": "ends_with",
    "not_contains_any": "contains_any",
    "not_has_key": "has_key",
    "is_not_null": "is_null",
    "is_not_empty": "is_empty",
    "is_not_valid_date": "is_valid_date",
}
"""Operators that hold exactly where another one does not, for a missing value too."""


@dataclass(frozen=True)
class Bounds:
    """Whole numbers from `least` to `most`, both inside; None is no bound."""

    least: int | None
    most: int | None


def unknown(name: CustomerProperty) -> Not:
    """Who does not have the property."""
    return Not(condition=Attribute(property=name, operator=Operator.EXISTS))


def number_condition(rule: Rule, operator: str, name: CustomerProperty) -> Condition:
    """What a comparison with a number finds; `operator` is none of `NEGATIONS`.

    Raises:
        CannotImport: the operator or its value is none of a number.
    """
    if operator in {"is_null", "is_empty"}:
        return unknown(name)
    if operator in _COMPARED:
        found = Attribute(property=name, operator=_COMPARED[operator], values=(_one(rule),))
        return Or(conditions=(found, unknown(name))) if operator in _HOLDS_WHERE_MISSING else found
    if operator == "equal":
        return Attribute(property=name, operator=Operator.EQ, values=(_one(rule),))
    if operator == "in":
        return Attribute(property=name, operator=Operator.IN, values=tuple(dict.fromkeys(_numbers(rule))))
    if operator == "between":
        return Attribute(property=name, operator=Operator.BETWEEN, values=_two(rule))
    raise CannotImport("Numbers are not compared by this operator.")


def age_condition(rule: Rule, operator: str) -> Condition | None:
    """What a comparison of ages finds; None is everybody. LEO keeps 0 where it does not know the age.

    Raises:
        CannotImport: the operator or its value is none of a number, or it holds for nobody.
    """
    name = CustomerProperty.AGE
    if operator in {"is_null", "is_empty"}:
        return unknown(name)
    if operator == "in":
        parts = [part for value in rule.values if (part := _ages(whole_bounds("equal", (value,)))) is not None]
        return parts[0] if len(parts) == 1 else Or(conditions=tuple(parts))
    return _ages(whole_bounds(operator, rule.values))


def whole_bounds(operator: str, values: tuple[Value, ...]) -> Bounds:
    """The whole numbers for which a comparison holds.

    Raises:
        CannotImport: the operator or its value is none of a number, or no whole number is equal to it.
    """
    if operator == "between":
        low, high = (Decimal(value) for value in _pair(values))
        return Bounds(math.ceil(low), math.floor(high))
    number = Decimal(_number(values))
    match operator:
        case "equal":
            if number != number.to_integral_value():
                raise CannotImport(f"The rule holds for nobody: {number} is no whole number.")
            return Bounds(int(number), int(number))
        case "less":
            return Bounds(None, math.ceil(number) - 1)
        case "less_or_equal":
            return Bounds(None, math.floor(number))
        case "greater":
            return Bounds(math.floor(number) + 1, None)
        case "greater_or_equal":
            return Bounds(math.ceil(number), None)
    raise CannotImport("Numbers are not compared by this operator.")


def money_range(operator: str, values: tuple[Value, ...]) -> Range:
    """The amounts for which a comparison holds.

    Raises:
        CannotImport: the operator or its value is none of an amount.
    """
    if operator == "between":
        low, high = _pair(values)
        return Range(at_least=low, at_most=high)
    amount = _number(values)
    match operator:
        case "equal":
            return Range(at_least=amount, at_most=amount)
        case "less":
            return Range(less_than=amount)
        case "less_or_equal":
            return Range(at_most=amount)
        case "greater":
            return Range(more_than=amount)
        case "greater_or_equal":
            return Range(at_least=amount)
    raise CannotImport("Amounts are not compared by this operator.")


def _ages(bounds: Bounds) -> Condition | None:
    least = 0 if bounds.least is None else max(bounds.least, 0)
    most = OLDEST if bounds.most is None else min(bounds.most, OLDEST)
    if least > most:
        raise CannotImport("The rule holds for nobody.")
    name = CustomerProperty.AGE
    if least > 0:
        return _known_ages(least, most)
    if most == OLDEST:
        return None
    return unknown(name) if most == 0 else Or(conditions=(_known_ages(0, most), unknown(name)))


def _known_ages(least: int, most: int) -> Attribute:
    name = CustomerProperty.AGE
    if least == most:
        return Attribute(property=name, operator=Operator.EQ, values=(str(least),))
    if most == OLDEST:
        return Attribute(property=name, operator=Operator.GE, values=(str(least),))
    if least == 0:
        return Attribute(property=name, operator=Operator.LE, values=(str(most),))
    return Attribute(property=name, operator=Operator.BETWEEN, values=(str(least), str(most)))


def _one(rule: Rule) -> str:
    return _number(rule.values)


def _two(rule: Rule) -> tuple[str, str]:
    return _pair(rule.values)


def _number(values: tuple[Value, ...]) -> str:
    if len(values) != 1:
        raise CannotImport(f"The rule takes one number, not {len(values)}.")
    return _canonical(values[0])


def _pair(values: tuple[Value, ...]) -> tuple[str, str]:
    if len(values) != 2:
        raise CannotImport(f"The rule takes two numbers, not {len(values)}.")
    low, high = (_canonical(value) for value in values)
    if Decimal(low) > Decimal(high):
        raise CannotImport(f"The rule holds for nobody: from {low} to {high}.")
    return low, high


def _numbers(rule: Rule) -> list[str]:
    if not rule.values:
        raise CannotImport("The rule's list is empty.")
    return [_canonical(value) for value in rule.values]


def _canonical(value: Value) -> str:
    if value is None or isinstance(value, bool) or len(str(value)) > 40:
        raise CannotImport("The rule's value must be a number.")
    try:
        number = Decimal(str(value).strip())
        if abs(number.adjusted()) > 20 and number:
            raise CannotImport("The rule's number is too long.")
        return canonical_decimal(str(number))
    except (ValueError, ArithmeticError):
        raise CannotImport("The rule's value must be a number.") from None
