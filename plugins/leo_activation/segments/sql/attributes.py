"""Conditions on what is known of a customer."""

from collections.abc import Mapping
from typing import LiteralString

from psycopg import sql

from leo_activation.segments.plan import Attribute, CustomerProperty, Operator, Window
from leo_activation.segments.sql.filters import all_of, within
from leo_activation.segments.sql.parameters import ParametersOfPlan, Value
from leo_activation.segments.sql.relations import Relations
from leo_activation.segments.windows import birthdays
from leo_activation.warehouse.graph_schema import ValueType

_COMPARED: Mapping[Operator, LiteralString] = {
    Operator.EQ: "{column} = {value}",
    Operator.NE: "{column} <> {value}",
    Operator.LT: "{column} < {value}",
    Operator.LE: "{column} <= {value}",
    Operator.GT: "{column} > {value}",
    Operator.GE: "{column} >= {value}",
    Operator.CONTAINS: "position({value} IN {column}) > 0",
    Operator.STARTS_WITH: "starts_with({column}, {value})",
}


def known_of(relations: Relations, customers: sql.Identifier, leaf: Attribute) -> sql.Composable:
    """The condition on a relation of customers; null where the property is not known."""
    parameters = relations.parameters
    column = relations.column(customers, leaf.property)
    if leaf.operator is Operator.EXISTS:
        return sql.SQL("{} IS NOT NULL").format(column)
    if leaf.property is CustomerProperty.BIRTHDAY:
        return _birthday(parameters, column, leaf)
    if leaf.operator is Operator.WITHIN:
        return all_of(within(parameters, column, leaf.window))
    values = [_value(parameters, leaf, text) for text in leaf.values]
    if leaf.operator is Operator.BETWEEN:
        first, last = (parameters.bind(leaf.property, value) for value in values)
        return sql.SQL("{} BETWEEN {} AND {}").format(column, first, last)
    if leaf.operator is Operator.IN:
        places = sql.SQL(", ").join(parameters.bind(leaf.property, value) for value in values)
        return sql.SQL("{} IN ({})").format(column, places)
    return sql.SQL(_COMPARED[leaf.operator]).format(column=column, value=parameters.bind(leaf.property, values[0]))


def _value(parameters: ParametersOfPlan, leaf: Attribute, text: str) -> Value:
    match leaf.property.value_type:
        case ValueType.TEXT:
            return text
        case ValueType.MONEY_MINOR:
            return parameters.minor_units(text)
        case ValueType.FLOAT:
            return float(text)
        case _:
            return int(text)


def _birthday(parameters: ParametersOfPlan, column: sql.Composable, leaf: Attribute) -> sql.Composable:
    """Days of the year are month * 100 + day; a range that ends before it begins goes over New Year."""
    if leaf.window is not None:
        found = _birthdays_in(parameters, leaf.window)
        if found is None:
            return sql.SQL("{} IS NOT NULL").format(column)
        first, last = found
    else:
        days = [int(value.replace("-", "")) for value in leaf.values]
        first, last = days[0], days[-1]
    joined = "OR" if last < first else "AND"
    return sql.SQL("({} >= {} {} {} <= {})").format(
        column, parameters.bind("birthday", first), sql.SQL(joined), column, parameters.bind("birthday", last)
    )


def _birthdays_in(parameters: ParametersOfPlan, window: Window) -> tuple[int, int] | None:
    return birthdays(window, parameters.as_of, parameters.catalogue.time_zone)
