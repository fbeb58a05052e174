"""A campaign as a YAML file; `docs/guides/campaigns.md` shows the form.

Every scalar is read as it is written and then checked against the type of its field: a time such as 18:30 is no number
here, and `no` is no false. An error names line and field.
"""

from collections.abc import Iterator
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from leo_activation.activation.campaigns.campaign import Campaign
from leo_activation.activation.campaigns.policies import Policy
from leo_activation.activation.campaigns.schedules import Once, ReEntry, Schedule
from leo_activation.activation.campaigns.variants import Variant
from leo_activation.activation.faults import first_fault, place_name
from leo_activation.activation.messages.template_store import TemplateVersion
from leo_activation.activation.states import MessageClass
from leo_activation.errors import Permanent

LARGEST_FILE = 256 * 1024
"""Bytes; a campaign is a page, and a message in it has a limit of its own."""
DEEPEST = 12
NOTHING = frozenset({"", "~", "null"})

Place = tuple[str | int, ...]


def _kind_alone(value: object) -> object:
    return {"kind": value} if isinstance(value, str) else value


def _rule_alone(value: object) -> object:
    return {"rule": value} if isinstance(value, str) else value


class _Template(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, Field(min_length=1)]
    version: Annotated[int, Field(ge=1)]


class _Form(BaseModel):
    """The fields of the file. `schedule: once` and `re_entry: always` are short for their groups of one field."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    segments: Annotated[tuple[str, ...], Field(min_length=1)]
    without: tuple[str, ...] = ()
    channels: Annotated[tuple[str, ...], Field(min_length=1)]
    message_class: MessageClass
    template: _Template | None = None
    variants: tuple[Variant, ...] = ()
    message: str | None = None
    schedule: Annotated[Schedule, BeforeValidator(_kind_alone)] = Field(default_factory=Once)
    re_entry: Annotated[ReEntry, BeforeValidator(_rule_alone)] = Field(default_factory=ReEntry)
    priority: int = 100
    policy: Policy = Field(default_factory=Policy)
    seed_list: str | None = None
    request: int | None = None

    def campaign(self, requested_by: str) -> Campaign:
        return Campaign(
            campaign_id=self.id,
            name=self.name,
            segment_id=self.segments[0],
            more_segment_ids=self.segments[1:],
            without_segment_ids=self.without,
            channels=self.channels,
            message_class=self.message_class,
            requested_by=requested_by,
            template=None if self.template is None else TemplateVersion(self.template.id, self.template.version),
            variants=self.variants,
            message=self.message,
            schedule=self.schedule,
            re_entry=self.re_entry,
            priority=self.priority,
            policy=self.policy,
            seed_list_id=self.seed_list,
            request_id=self.request,
        )


def read_campaign_file(text: str, file: str, requested_by: str) -> Campaign:
    """The campaign that a file describes.

    Args:
        file: what errors call it.
        requested_by: who submits it.

    Raises:
        Permanent: the text is no YAML of one campaign; the sentence names file, line and field.
    """
    if len(text.encode()) > LARGEST_FILE:
        raise Permanent(f"{file} is larger than {LARGEST_FILE // 1024} kB: that is no campaign.")
    try:
        _refuse_tricks(text, file)
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = 1 if error.problem_mark is None else error.problem_mark.line + 1
        raise Permanent(f"{file}, line {line}: this is no YAML: {error.problem or 'it cannot be read'}.") from error
    except yaml.YAMLError as error:
        raise Permanent(f"{file} is no YAML: {' '.join(str(error).split())}.") from error
    if not isinstance(root, yaml.MappingNode):
        raise Permanent(f"{file}: a campaign is a list of fields such as 'name: Warm feet'.")
    lines: dict[Place, int] = {(): 1}
    told = _value(root, (), lines, file)
    try:
        return _Form.model_validate(told).campaign(requested_by)
    except ValidationError as error:
        place, words = first_fault(error)
        raise Permanent(f"{file}, line {_line(lines, place)}: {place_name(place) or 'the file'}: {words}.") from error


def _refuse_tricks(text: str, file: str) -> None:
    """No aliases, which can make a small file a large campaign, and nothing nested deeper than a campaign is."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise Permanent(f"{file}, line {event.start_mark.line + 1}: '*{event.anchor}': write the value itself.")
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            raise Permanent(f"{file}, line {event.start_mark.line + 1}: nested deeper than a campaign is.")


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
