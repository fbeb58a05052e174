"""The tree of jQuery QueryBuilder, read from the text that LEO keeps: groups of rules, each with its place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

MAX_DEPTH = 20
MAX_RULES = 200

Value = str | int | float | bool | None


@dataclass(frozen=True)
class Problem:
    """Why a segment cannot be imported: `path` is the place in the tree ("rules[0].rules[2]", "" for the whole)."""

    path: str
    field: str | None
    operator: str | None
    reason: str


class CannotImport(Exception):
    """A part of a segment has no equal here."""

    def __init__(self, reason: str) -> None:
        """Keep the reason, a sentence; the caller adds the place."""
        super().__init__(reason)


@dataclass(frozen=True)
class Rule:
    """One condition as LEO keeps it; `values` holds the one value, the several, or none."""

    path: str
    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Group:
    """Rules and groups of which all (`AND`) or at least one (`OR`) hold, or, negated, do not."""

    path: str
    is_and: bool
    negated: bool
    parts: "tuple[Rule | Group, ...]"


def read_tree(text: str) -> tuple[Group | None, list[Problem]]:
    """What can be read of the tree of a `jsonQueryRules`, and everything that is wrong with its form."""
    try:
        tree = json.loads(text, parse_constant=_refuse)
    except RecursionError:
        return None, [Problem("", None, None, "jsonQueryRules nests too deeply.")]
    except ValueError:
        return None, [Problem("", None, None, "jsonQueryRules is not JSON.")]
    problems: list[Problem] = []
    group = _group(tree, "", 0, problems)
    if group is not None and sum(1 for _ in rules_of(group)) > MAX_RULES:
        return None, [Problem("", None, None, f"It has more than {MAX_RULES} rules.")]
    return group, problems


def rules_of(part: Rule | Group) -> Iterator[Rule]:
    """The rules of a part of the tree, from left to right."""
    if isinstance(part, Rule):
        yield part
    else:
        for each in part.parts:
            yield from rules_of(each)


def _group(node: object, path: str, depth: int, problems: list[Problem]) -> Group | None:
    if not isinstance(node, Mapping) or not isinstance(node.get("rules"), list):
        problems.append(Problem(path, None, None, "This is neither a rule nor a group of rules."))
        return None
    condition = node.get("condition", "AND")
    joins_all = str(condition).upper()
    if joins_all not in {"AND", "OR"}:
        problems.append(Problem(path, None, None, f"The condition of a group is AND or OR, not {_shown(condition)}."))
        return None
    negated = node.get("not", False)
    if not isinstance(negated, bool):
        problems.append(Problem(path, None, None, "Whether a group is negated must be true or false."))
        return None
    if not path and node.get("valid") is False:
        problems.append(Problem(path, None, None, "LEO marks these rules as not valid."))
    if not node["rules"]:
        problems.append(Problem(path, None, None, "The group has no rules."))
        return None
    if depth >= MAX_DEPTH:
        problems.append(Problem(path, None, None, f"Groups nest more than {MAX_DEPTH} levels."))
        return None
    parts = []
    for number, child in enumerate(node["rules"][: MAX_RULES + 1]):
        place = f"{path}.rules[{number}]" if path else f"rules[{number}]"
        is_group = isinstance(child, Mapping) and "rules" in child
        part = _group(child, place, depth + 1, problems) if is_group else _rule(child, place, problems)
        if part is not None:
            parts.append(part)
    return Group(path, joins_all == "AND", negated, tuple(parts))


def _rule(node: object, path: str, problems: list[Problem]) -> Rule | None:
    if not isinstance(node, Mapping):
        problems.append(Problem(path, None, None, "This is neither a rule nor a group of rules."))
        return None
    field, operator, value = node.get("field") or node.get("id"), node.get("operator"), node.get("value")
    if not isinstance(field, str) or not isinstance(operator, str):
        problems.append(Problem(path, None, None, "The rule does not name its field and operator."))
        return None
    # LEO gives one field several filters, told apart by the id: "createdAt#1" compares with a length of time.
    named = node.get("id")
    field = named if isinstance(named, str) and named.startswith(f"{field}#") else field
    values = tuple(value) if isinstance(value, list) else () if value is None else (value,)
    if not all(isinstance(each, str | int | float) for each in values):
        problems.append(Problem(path, field, operator, "The value is neither a text nor a number nor a list of them."))
        return None
    return Rule(path, field, operator, values)


def texts(rule: Rule) -> Sequence[str]:
    """The values of a rule as texts.

    Raises:
        CannotImport: there is none, one is empty, or one is no text.
    """
    found = [str(value).strip() for value in rule.values if not isinstance(value, bool)]
    if not found or len(found) != len(rule.values) or not all(found):
        raise CannotImport("The rule's value must be a text.")
    return found


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number of JSON")


def _shown(value: object) -> str:
    return repr(value)[:40]
