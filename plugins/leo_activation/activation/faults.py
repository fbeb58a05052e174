"""What a pydantic check found wrong, said in one plain sentence with the place."""

from collections.abc import Sequence

from pydantic import ValidationError
from pydantic_core import ErrorDetails

PLAIN = {
    "missing": "is missing",
    "extra_forbidden": "is no field here",
    "bool_parsing": "is true or false",
    "int_parsing": "is a whole number",
    "int_from_float": "is a whole number",
    "float_parsing": "is a number",
    "string_type": "is a text",
    "tuple_type": "is a list",
    "model_type": "is a group of fields",
    "model_attributes_type": "is a group of fields",
    "mapping_type": "is a group of fields",
    "dict_type": "is a group of fields",
    "datetime_from_date_parsing": "is a moment such as 2026-12-01 09:00",
    "datetime_parsing": "is a moment such as 2026-12-01 09:00",
    "time_parsing": "is a time of day such as 21:00",
}
"""Words of our own for what pydantic says in a programmer's."""

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
        return str(context["error"])
    if kind in ("literal_error", "enum"):
        return f"is one of {context['expected']}"
    if kind == "string_pattern_mismatch":
        return f"'{fault['input']}' has not the form that it needs"
    if kind.startswith("union_tag"):
        return f"is one of {', '.join(SCHEDULE_KINDS)}"
    words = str(fault["msg"]).replace("Input should be", "must be").replace("Value should have", "must have")
    return words[:1].lower() + words[1:]
