"""Rules about dates: LEO's whole days are whole days in the tenant's time zone."""

import re
from datetime import date, timedelta

from leo_activation.segments.leo_rules.tree import CannotImport, Value
from leo_activation.segments.plan import Attribute, Calendar, CalendarUnit, CustomerProperty, Dates, Operator

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:00)?)?", re.ASCII)
_NEXT = timedelta(days=1)


def dates_of(operator: str, values: tuple[Value, ...]) -> Dates:
    """The days for which a comparison with a day holds.

    Raises:
        CannotImport: the operator or its value is none of a day, or it holds on no day.
    """
    if operator == "between":
        first, last = days(values, 2)
        if first > last:
            raise CannotImport(f"The rule holds on no day: from {first} to {last}.")
        return Dates(since=first, until=_after(last))
    [day] = days(values, 1)
    match operator:
        case "equal":
            return Dates(since=day, until=_after(day))
        case "less":
            return Dates(until=day)
        case "less_or_equal":
            return Dates(until=_after(day))
        case "greater":
            return Dates(since=_after(day))
        case "greater_or_equal":
            return Dates(since=day)
    raise CannotImport("Days are not compared by this operator.")


def created_condition(operator: str, values: tuple[Value, ...]) -> Attribute:
    """When the profile was created, which LEO always knows. Raises as `dates_of`."""
    name = CustomerProperty.CREATED_AT
    if operator in {"is_today", "compare_year_month_day_with_now"}:
        return Attribute(property=name, operator=Operator.WITHIN, window=Calendar(unit=CalendarUnit.DAY, offset=0))
    if operator == "is_valid_date":
        return Attribute(property=name, operator=Operator.EXISTS)
    return Attribute(property=name, operator=Operator.WITHIN, window=dates_of(operator, values))


def birthday_condition(operator: str, values: tuple[Value, ...]) -> Attribute:
    """The day of the year on which somebody was born.

    Raises:
        CannotImport: the rule asks for the year too, or its value is no day.
    """
    name = CustomerProperty.BIRTHDAY
    match operator:
        case "compare_month_and_day":
            [day] = days(values, 1)
            return Attribute(property=name, operator=Operator.EQ, values=(f"{day:%m-%d}",))
        case "compare_month_and_day_between":
            first, last = (f"{day:%m-%d}" for day in days(values, 2))
            return Attribute(property=name, operator=Operator.BETWEEN, values=(first, last))
        case "compare_month_and_day_with_now":
            return Attribute(property=name, operator=Operator.WITHIN, window=Calendar(unit=CalendarUnit.DAY, offset=0))
        case "is_valid_date":
            return Attribute(property=name, operator=Operator.EXISTS)
    raise CannotImport("Of a date of birth only the day of the year and the age can be asked.")


def days(values: tuple[Value, ...], number: int) -> list[date]:
    """So many days.

    Raises:
        CannotImport: there are more or fewer, or one is none.
    """
    if len(values) != number:
        raise CannotImport(f"The rule takes {number} days, not {len(values)}.")
    found = []
    for value in values:
        written = _DAY.fullmatch(value.strip()) if isinstance(value, str) else None
        try:
            found.append(date.fromisoformat(written[1] if written else ""))
        except ValueError:
            raise CannotImport("The rule's value must be a day such as 2024-05-31.") from None
    return found


def _after(day: date) -> date:
    try:
        return day + _NEXT
    except OverflowError:
        raise CannotImport(f"No day comes after {day}.") from None
