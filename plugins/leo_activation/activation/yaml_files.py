"""What a person writes as a YAML file: a campaign, a template.

Every scalar is read as it is written and then checked against the type of its field: a time such as 18:30 is no number
here, and `no` is no false. An error names line and field.
"""

from collections.abc import Iterator
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from leo_activation.activation.faults import first_fault, place_name
from leo_activation.errors import Permanent

LARGEST_FILE = 256 * 1024
"""Bytes; such a file is a page or a few, and the texts in it have limits of their own."""
DEEPEST = 12
NOTHING = frozenset({"", "~", "null"})

Place = tuple[str | int, ...]
Form = TypeVar("Form", bound=BaseModel)


def read_yaml(text: str, file: str, form: type[Form], *, a_what: str, such_as: str) -> Form:
    """The form that a file fills.

    Args:
        file: what errors call it.
        a_what: what the file describes, as in "a campaign".
        such_as: a field as it could be written.

    Raises:
        Permanent: the text is no YAML of such a form; the sentence names file, line and field.
    """
    if len(text.encode()) > LARGEST_FILE:
        raise Permanent(f"{file} is larger than {LARGEST_FILE // 1024} kB: that is not {a_what}.")
    try:
        _refuse_tricks(text, file, a_what)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise Permanent(f"{file}, line {line}: this is no YAML: {error.problem or 'it cannot be read'}.") from error
    except yaml.YAMLError as error:
        raise Permanent(f"{file} is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(root, yaml.MappingNode):
        raise Permanent(f"{file}: {a_what} is a list of fields such as '{such_as}'.")
    lines: dict[Place, int] = {(): 1}
    told = _value(root, (), lines, file)
    try:
        return form.model_validate(told)
    except ValidationError as error:
        place, words = first_fault(error)
        raise Permanent(f"{file}, line {_line(lines, place)}: {place_name(place) or 'the file'}: {words}.") from error


def _refuse_tricks(text: str, file: str, a_what: str) -> None:
    """No aliases, which can make a small file a large form, and nothing nested deeper than one is."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Permanent(f"{file}, line {event.start_mark.line + 1}: '*{event.anchor}': write the value itself.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Permanent(f"{file}, line {event.start_mark.line + 1}: nested deeper than {a_what} is.")


def _value(node: yaml.Node, place: Place, lines: dict[Place, int], file: str) -> Any:
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return dict(_fields(node, place, lines, file))
    if isinstance(node, yaml.SequenceNode):
        return tuple(_value(item, (*place, position), lines, file) for position, item in enumerate(node.value))
    is_nothing = node.style is None and node.value in NOTHING
    return None if is_nothing else node.value


def _fields(node: yaml.MappingNode, place: Place, lines: dict[Place, int], file: str) -> Iterator[tuple[str, Any]]:
    """The fields of a group; one without a value is as good as not there."""
    seen = set()
    for key, item in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode):
            raise Permanent(f"{file}, line {line}: the name of a field is a word.")
        if key.value in seen:
            raise Permanent(f"{file}, line {line}: {place_name((*place, key.value))}: is there twice.")
        seen.add(key.value)
        value = _value(item, (*place, key.value), lines, file)
        lines[(*place, key.value)] = line
        if value is not None:
            yield key.value, value


def _line(lines: dict[Place, int], place: Place) -> int:
    """The line of the place, or of what it would stand in."""
    while place not in lines:
        place = place[:-1]
    return lines[place]
