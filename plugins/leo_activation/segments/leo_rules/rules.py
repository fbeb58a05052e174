"""From LEO's rules to conditions: one rule, and groups of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError

from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.leo_rules import fields
from leo_activation.segments.leo_rules.dates import birthday_condition, created_condition
from leo_activation.segments.leo_rules.events import counted_events, event_condition, event_of
from leo_activation.segments.leo_rules.numbers import (
    NEGATIONS,
    Bounds,
    age_condition,
    number_condition,
    unknown,
    whole_bounds,
)
from leo_activation.segments.leo_rules.tree import CannotImport, Group, Problem, Rule, rules_of, texts
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Condition,
    CustomerProperty,
    EventKind,
    Not,
    Operator,
    Or,
    ProductFilter,
    Reachability,
    Reachable,
    SegmentMember,
)
from leo_activation.segments.planners.places import COUNTRY_NAMES

_IS_MISSING = frozenset({"is_null", "is_empty"})
_LISTS = frozenset({"equal", "in", "contains_any"})
_GENDERS = {"0": "female", "female": "female", "1": "male", "male": "male"}
_UNKNOWN_GENDER = "7"
_SEARCHED = {"contains": Operator.CONTAINS, "begins_with": Operator.STARTS_WITH}
_SEARCHABLE = frozenset({CustomerProperty.CITY, CustomerProperty.FUNNEL_STAGE, CustomerProperty.FAVORITE_COLOR})


@dataclass(frozen=True)
class Everybody:
    """A part of the tree that holds for every customer."""


EVERYBODY = Everybody()
Found = Condition | Everybody


@dataclass
class RuleReader:
    """Reads the tree of one segment; `problems` and `notes` grow as it does.

    `items` maps the ids of products to their names, `segments` LEO's keys of segments to segment ids here.
    """

    catalogue: Catalogue
    items: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def group(self, group: Group) -> Found | None:
        """What a group finds; None where a problem was named."""
        events = [part for part in group.parts if isinstance(part, Rule) and part.field.startswith(fields.EVENT)]
        self._judge_events(group, events)
        together = events if group.is_and else []
        found: list[Found | None] = []
        for part in group.parts:
            if isinstance(part, Group):
                found.append(self.group(part))
            elif part not in together:
                found.append(self._rule(part))
            elif part is together[0]:
                found.append(self._tried(part, lambda: event_condition(together, self.catalogue, self.notes)))
        parts = [part for part in found if part is not None]
        if not parts or len(parts) < len(found):
            return None
        joined = self._tried(group, lambda: _all(parts) if group.is_and else _any(parts))
        if joined is None or not group.negated:
            return joined
        return self._tried(group, lambda: _negated(joined))

    def _judge_events(self, group: Group, events: Sequence[Rule]) -> None:
        """All rules about events are about one event: only where one place has them do conditions say the same."""
        others = [
            part
            for part in group.parts
            if isinstance(part, Group) and any(rule.field.startswith(fields.EVENT) for rule in rules_of(part))
        ]
        reason = None
        if group.is_and and len(others) + bool(events) > 1:
            reason = "LEO asks rules about events in several groups of one and the same event; no condition says that."
        elif group.negated and (events or others):
            reason = "LEO looks for an event for which the group does not hold; no condition says that."
        if reason is not None:
            self.problems.append(Problem(group.path, None, None, reason))

    def _rule(self, rule: Rule) -> Found | None:
        operator = NEGATIONS.get(rule.operator, rule.operator)

        def read() -> Found:
            if rule.field.startswith(fields.EVENT):
                return event_condition([rule], self.catalogue, self.notes)
            found = self._positive(rule, operator)
            return found if operator == rule.operator else _negated(found)

        return self._tried(rule, read)

    def _tried(self, part: Rule | Group, read: Callable[[], Found]) -> Found | None:
        try:
            return read()
        except CannotImport as problem:
            reason = str(problem)
        except ValidationError as invalid:
            reason = f"{invalid.errors()[0]['msg'].removeprefix('Value error, ')}."
        name, operator = (part.field, part.operator) if isinstance(part, Rule) else (None, None)
        self.problems.append(Problem(part.path, name, operator, reason))
        return None

    def _positive(self, rule: Rule, operator: str) -> Found:
        name = rule.field
        if name in fields.TEXTS:
            return self._text(rule, operator, fields.TEXTS[name])
        if name in fields.NUMBERS:
            return number_condition(rule, operator, fields.NUMBERS[name])
        if name == fields.AGE:
            return age_condition(rule, operator) or EVERYBODY
        if name in {fields.DATE_OF_BIRTH, fields.CREATED_AT}:
            is_birth = name == fields.DATE_OF_BIRTH
            if operator in _IS_MISSING:
                return unknown(CustomerProperty.BIRTHDAY if is_birth else CustomerProperty.CREATED_AT)
            return (birthday_condition if is_birth else created_condition)(operator, rule.values)
        if name in fields.CONSENTS:
            return _consent(rule, operator)
        if name in fields.SEGMENTS:
            return self._members(rule, operator)
        if name in {fields.PURCHASED_ITEMS, fields.PURCHASED_BRANDS}:
            return self._purchases(rule, operator)
        if name == fields.BEHAVIORAL_EVENTS:
            events = [event_of(metric, self.catalogue, self.notes) for metric in _listed(rule, operator)]
            return _any([Behaviour(event=event) for event in dict.fromkeys(events)])
        if name == fields.STATUS:
            if (operator, [str(value) for value in rule.values]) != ("equal", ["1"]):
                raise CannotImport("Only active profiles (status 1) are customers here.")
            return EVERYBODY
        for prefix in fields.EVENT_STATISTICS:
            if name.startswith(prefix):
                event = event_of(name.removeprefix(prefix), self.catalogue, self.notes)
                bounds = Bounds(None, 0) if operator in _IS_MISSING else whole_bounds(operator, rule.values)
                return counted_events(event, bounds) or EVERYBODY
        raise CannotImport(f"LEO's field {name[:100]} has no equal: {fields.why_no_place(name)}.")

    def _text(self, rule: Rule, operator: str, name: CustomerProperty) -> Condition:
        if operator in _IS_MISSING:
            return unknown(name)
        if operator in _SEARCHED and name in _SEARCHABLE:
            [text] = _only(texts(rule))
            return Attribute(property=name, operator=_SEARCHED[operator], values=(text,))
        if operator not in {"equal", "in"}:
            raise CannotImport(f"The {name.value.replace('_', ' ')} is not compared by this operator.")
        values = texts(rule) if operator == "in" else _only(texts(rule))
        known = dict.fromkeys(_spelled(name, value) for value in values)
        parts: list[Found] = []
        if named := tuple(value for value in known if value is not None):
            compared = Operator.EQ if len(named) == 1 else Operator.IN
            parts.append(Attribute(property=name, operator=compared, values=named))
        if None in known:
            parts.append(unknown(name))
        return _condition(_any(parts))

    def _members(self, rule: Rule, operator: str) -> Condition:
        parts: list[Found] = []
        for key in _listed(rule, operator):
            segment_id = self.segments.get(key, key)
            if segment_id not in self.catalogue.segments:
                raise CannotImport(f"The segment “{key}” has no active segment here: import and approve it first.")
            parts.append(SegmentMember(segment_id=segment_id))
        return _condition(_any(parts))

    def _purchases(self, rule: Rule, operator: str) -> Condition:
        if operator in _IS_MISSING:
            return Not(condition=Behaviour(event=EventKind.PURCHASE))
        wanted = _listed(rule, operator)
        if rule.field == fields.PURCHASED_BRANDS:
            return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(brands=tuple(dict.fromkeys(wanted))))
        names = []
        for item in wanted:
            if item not in self.items:
                raise CannotImport(f"The product “{item}” is not known here, or shares its name with another one.")
            names.append(self.items[item])
        return Behaviour(event=EventKind.PURCHASE, product=ProductFilter(names=tuple(dict.fromkeys(names))))


def _consent(rule: Rule, operator: str) -> Condition:
    if operator != "equal" or [str(value) for value in rule.values] != ["1"]:
        raise CannotImport("Here a consent was given or was not: only whether it is 1 can be asked.")
    return Reachable(channel=fields.CONSENTS[rule.field], by=Reachability.CONSENT)


def _spelled(name: CustomerProperty, value: str) -> str | None:
    """The value as the graph spells it; None stands for "unknown"."""
    match name:
        case CustomerProperty.COUNTRY:
            code = COUNTRY_NAMES.get(value.lower(), value.upper() if len(value) == 2 else None)
            if code is None:
                raise CannotImport(f"The country “{value[:50]}” is not known by this name.")
            return code
        case CustomerProperty.GENDER:
            if value == _UNKNOWN_GENDER:
                return None
            if value.lower() not in _GENDERS:
                raise CannotImport("Here LEO's genders 2 to 6 are one, 'other': they cannot be asked for apart.")
            return _GENDERS[value.lower()]
        case CustomerProperty.LANGUAGE | CustomerProperty.FAVORITE_COLOR:
            return value.lower()
        case _:
            return value


def _listed(rule: Rule, operator: str) -> list[str]:
    """The values of a rule that asks whether a list has any of them."""
    if operator not in _LISTS:
        raise CannotImport("Lists are not compared by this operator.")
    values = list(texts(rule))
    if any("," in value for value in values):
        raise CannotImport("Whether a comma separates values or belongs to one is not said.")
    return values


def _only(values: Sequence[str]) -> Sequence[str]:
    if len(values) != 1:
        raise CannotImport(f"The rule takes one value, not {len(values)}.")
    return values


def _all(parts: Sequence[Found]) -> Found:
    conditions: list[Condition] = []
    for part in parts:
        if isinstance(part, Everybody):
            continue
        conditions.extend(part.conditions if isinstance(part, And) else (part,))
    if not conditions:
        return EVERYBODY
    return conditions[0] if len(conditions) == 1 else And(conditions=tuple(conditions))


def _any(parts: Sequence[Found]) -> Found:
    conditions: list[Condition] = []
    for part in parts:
        if isinstance(part, Everybody):
            return EVERYBODY
        conditions.extend(part.conditions if isinstance(part, Or) else (part,))
    return conditions[0] if len(conditions) == 1 else Or(conditions=tuple(conditions))


def _negated(found: Found) -> Condition:
    if isinstance(found, Everybody):
        raise CannotImport("The rule holds for nobody.")
    return found.condition if isinstance(found, Not) else Not(condition=found)


def _condition(found: Found) -> Condition:
    if isinstance(found, Everybody):
        raise CannotImport("The rule says nothing.")
    return found
