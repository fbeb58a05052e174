"""What a pydantic check found wrong, said in one plain sentence with the place."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from leo_activation.told import Told

PLAIN = {
    "missing": Told.of("is missing"),
    "extra_forbidden": Told.of("is no field here"),
    "bool_parsing": Told.of("is true or false"),
    "int_parsing": Told.of("is a whole number"),
    "int_from_float": Told.of("is a whole number"),
    "float_parsing": Told.of("is a number"),
    "string_type": Told.of("is a text"),
    "tuple_type": Told.of("is a list"),
    "model_type": Told.of("is a group of fields"),
    "model_attributes_type": Told.of("is a group of fields"),
    "mapping_type": Told.of("is a group of fields"),
    "dict_type": Told.of("is a group of fields"),
    "datetime_from_date_parsing": Told.of("is a moment such as 2026-12-01 09:00"),
    "datetime_parsing": Told.of("is a moment such as 2026-12-01 09:00"),
    "time_parsing": Told.of("is a time of day such as 21:00"),
}
"""Words of our own for what pydantic says in a programmer's."""
BOUNDS = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be greater than or equal to {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be less than or equal to {le}",
    "string_too_short": "must have at least {min_length} characters",
    "string_too_long": "must have at most {max_length} characters",
    "too_short": "must have at least {min_length} items, not {actual_length}",
    "too_long": "must have at most {max_length} items, not {actual_length}",
}
"""What pydantic's bounds tell, by their kind."""

SCHEDULE_KINDS = ("once", "recurring", "on_entry")


def first_fault(error: ValidationError) -> tuple[tuple[str | int, ...], str]:
    """The place of the first thing wrong, as keys and positions, and what is wrong there."""
    return all_faults(error)[0]


def all_faults(error: ValidationError) -> list[tuple[tuple[str | int, ...], str]]:
    """Everything wrong, each with its place as `first_fault` tells it."""
    return [_fault(fault) for fault in error.errors(include_url=False)]


def _fault(fault: ErrorDetails) -> tuple[tuple[str | int, ...], str]:
    place = tuple(part for part in fault["loc"] if part not in SCHEDULE_KINDS)
    return (*place, "kind") if fault["type"].startswith("union_tag") else place, _words(fault)


def fault_sentence(error: ValidationError) -> str:
    """The first thing wrong: `schedule.cron: '0 0 30 2 *' never comes: there is no such day`."""
    place, words = first_fault(error)
    return f"{place_name(place)}: {words}" if place else words


def place_name(place: Sequence[str | int]) -> str:
    """A place as people write it: `policy.caps[1].days`, positions counted from 1."""
    name = ""
    for part in place:
        if isinstance(part, int):
            name += f"[{part + 1}]"
        else:
            name += f".{part}" if name else part
    return name


def _words(fault: ErrorDetails) -> str:
    kind = fault["type"]
    context = fault.get("ctx", {})
    if kind in PLAIN:
        return PLAIN[kind]
    if kind == "value_error":
        return context["error"].args[0] if context["error"].args else ""
    if kind in ("literal_error", "enum"):
        return Told.of("is one of {expected}", expected=context["expected"])
    if kind == "string_pattern_mismatch":
        return Told.of("'{written}' has not the form that it needs", written=fault["input"])
    if kind.startswith("union_tag"):
        return Told.of("is one of {expected}", expected=", ".join(SCHEDULE_KINDS))
    words = str(fault["msg"]).replace("Input should be", "must be").replace("Value should have", "must have")
    words = words[:1].lower() + words[1:]
    return Told(words, BOUNDS[kind], **context) if kind in BOUNDS else words
