"""Conditions on a customer's own properties."""

from leo_activation.segments.cypher.syntax import all_of, junction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import Comparison, Expression, Negation, NullTest, Property
from leo_activation.segments.plan import Attribute, CustomerProperty, Operator
from leo_activation.warehouse.graph import Scalar
from leo_activation.warehouse.graph_schema import ValueType

_COMPARED = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.LT: "<",
    Operator.LE: "<=",
    Operator.GT: ">",
    Operator.CONTAINS: "CONTAINS",
    Operator.STARTS_WITH: "STARTS WITH",
}


def condition(leaf: Attribute, customer: str, values: Values) -> Expression:
    """The condition on the variable `customer`."""
    name = leaf.property.value
    asked = Property(customer, name)
    if leaf.operator is Operator.EXISTS:
        return NullTest(asked, negated=True)
    if leaf.property is CustomerProperty.BIRTHDAY:
        return _birthday(leaf, asked, values)
    if leaf.window is not None:
        return all_of(values.within(asked, leaf.window))
    given = [_value(leaf, value, values) for value in leaf.values]
    match leaf.operator:
        case Operator.BETWEEN:
            low, high = given
            return all_of([_at_least(asked, name, low, values), Comparison("<=", asked, values.parameter(name, high))])
        case Operator.GE:
            return _at_least(asked, name, given[0], values)
        case Operator.IN:
            return values.one_of(asked, name, given)
        case _:
            return Comparison(_COMPARED[leaf.operator], asked, values.parameter(name, given[0]))


def negated_condition(leaf: Attribute, customer: str, values: Values) -> Expression:
    """The complement: `NOT` of a comparison with a missing property is null and would drop the customer."""
    unknown = NullTest(Property(customer, leaf.property.value), negated=False)
    if leaf.operator is Operator.EXISTS:
        return unknown
    return junction("OR", [unknown, Negation(condition(leaf, customer, values))])


def _birthday(leaf: Attribute, asked: Property, values: Values) -> Expression:
    if leaf.window is not None:
        return values.birthday_within(asked, leaf.window)
    days = [int(value.replace("-", "")) for value in leaf.values]
    if leaf.operator is Operator.EQ:
        return values.equal(asked, "birthday", days[0])
    return values.birthday_between(asked, *days)


def _at_least(asked: Property, name: str, value: Scalar, values: Values) -> Expression:
    if isinstance(value, int):
        return values.at_least(asked, name, value)
    return values.at_least_real(asked, name, float(value))


def _value(leaf: Attribute, value: str, values: Values) -> Scalar:
    match leaf.property.value_type:
        case ValueType.TEXT:
            return value
        case ValueType.MONEY_MINOR:
            return values.minor(value)
        case ValueType.FLOAT:
            return float(value)
        case _:
            return int(value)
