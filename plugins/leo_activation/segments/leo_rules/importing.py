"""One document of LEO's `cdp_segment` as a plan, or everything that is in the way of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import ValidationError

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.definition import define
from leo_activation.segments.leo_rules.fields import PURCHASED_ITEMS
from leo_activation.segments.leo_rules.rules import Everybody, RuleReader
from leo_activation.segments.leo_rules.tree import Group, Problem, read_tree, rules_of
from leo_activation.segments.plan import SegmentPlan, plan_of
from leo_activation.segments.sentences import explain

ACTIVE = 1
NO_RULES = frozenset({"", "{}", "null", "[]", '""'})


class ImportStatus(StrEnum):
    """`skipped`: LEO itself does not use the segment, or it is here already."""

    IMPORTED = "imported"
    REFUSED = "refused"
    SKIPPED = "skipped"


@dataclass(frozen=True)
class ImportedSegment:
    """What became of a document: a plan with its sentence and notes, or the problems that forbid it."""

    key: str | None
    name: str | None
    status: ImportStatus
    plan: SegmentPlan | None = None
    sentence: str | None = None
    notes: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()


def import_segment(
    document: Mapping[str, object],
    catalogue: Catalogue,
    as_of: datetime,
    *,
    items: Mapping[str, str] | None = None,
    segments: Mapping[str, str] | None = None,
) -> ImportedSegment:
    """The plan of a document, if every rule has an equal here; it compiles and passes the gate as of `as_of`.

    `items` maps ids of products to their names (`item_ids` says which are needed), `segments` LEO's keys of segments to
    segment ids here.
    """
    key, name = _text(document, "_key"), _text(document, "name")
    if document.get("status", ACTIVE) != ACTIVE:
        skipped = Problem("", None, None, "LEO does not use the segment: its status is not 1.")
        return ImportedSegment(key, name, ImportStatus.SKIPPED, problems=(skipped,))
    problems: list[Problem] = []
    if _text(document, "customQueryFilter"):
        problems.append(
            Problem("", "customQueryFilter", None, "The segment has a query of its own in AQL, which is not read.")
        )
    rules = document.get("jsonQueryRules")
    tree: Group | None = None
    if rules is not None and not isinstance(rules, str):
        problems.append(Problem("", "jsonQueryRules", None, "jsonQueryRules must be a text that holds JSON."))
    elif rules is None or rules.strip() in NO_RULES:
        reason = "The segment has no rules: its members were chosen by hand, by an import or by a prompt."
        problems.append(Problem("", "jsonQueryRules", None, reason))
    else:
        tree, of_form = read_tree(rules)
        problems.extend(of_form)
    reader = RuleReader(catalogue, items or {}, segments or {}, problems)
    plan = None if tree is None else _plan(reader, tree, as_of)
    if plan is None or problems:
        return ImportedSegment(key, name, ImportStatus.REFUSED, problems=tuple(problems))
    sentence = explain(plan, catalogue, notes=reader.notes)
    return ImportedSegment(key, name, ImportStatus.IMPORTED, plan, sentence, tuple(reader.notes))


def item_ids(document: Mapping[str, object]) -> set[str]:
    """The ids of products that a document's rules name."""
    rules = document.get("jsonQueryRules")
    tree = read_tree(rules)[0] if isinstance(rules, str) else None
    if tree is None:
        return set()
    return {str(value).strip() for rule in rules_of(tree) if rule.field == PURCHASED_ITEMS for value in rule.values}


def _plan(reader: RuleReader, tree: Group, as_of: datetime) -> SegmentPlan | None:
    found = reader.group(tree)
    if found is None or reader.problems:
        return None
    try:
        plan = plan_of(None if isinstance(found, Everybody) else found, currency=reader.catalogue.currency)
        define(plan, reader.catalogue, (), as_of)
    except ValidationError as invalid:
        reason = f"{invalid.errors()[0]['msg'].removeprefix('Value error, ')}."
        reader.problems.append(Problem("", None, None, reason))
        return None
    except Permanent as problem:
        reader.problems.append(Problem("", None, None, str(problem)))
        return None
    return plan


def _text(document: Mapping[str, object], name: str) -> str | None:
    value = document.get(name)
    return value.strip() or None if isinstance(value, str) else None
