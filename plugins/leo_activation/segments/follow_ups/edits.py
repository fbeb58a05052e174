"""Changes to the tree of a plan: what is asked for further, left out, added, replaced or dropped.

The operations on whole conditions are operations on sets of customers: `narrowed` is the intersection, `without` the
difference, `united` the union. Only what can no longer hold together is replaced: `narrowed` returns which conditions
gave way, so that they are named.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal

from leo_activation.segments.plan import (
    And,
    Attribute,
    Condition,
    CustomerProperty,
    Leaf,
    Not,
    Operator,
    Or,
    all_of,
    conjuncts,
)
from leo_activation.warehouse.graph_schema import ValueType

_LISTED = frozenset({Operator.EQ, Operator.IN})
_CYCLIC = frozenset({CustomerProperty.BIRTHDAY, CustomerProperty.BIRTH_MONTH})
_BOUNDED = frozenset({Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.BETWEEN})


def negated(condition: Condition) -> Condition:
    """The condition that holds for everybody else; the opposite of an opposite is none."""
    return condition.condition if isinstance(condition, Not) else Not(condition=condition)


def narrowed(where: Condition | None, wanted: Condition) -> Condition | None:
    """Those of `where` for whom `wanted` holds too; a condition that cannot hold beside it gives way to it.

    One list of values and another of the same property become what both have.
    """
    kept = list(conjuncts(where))
    for one in conjuncts(wanted):
        kept = _narrowed_by(kept, one)
    return all_of(kept)


def _narrowed_by(kept: list[Condition], one: Condition) -> list[Condition]:
    if one in kept:
        return kept
    result: list[Condition] = []
    placed = False
    for old in kept:
        new = _together(old, one)
        if new is None:
            result.append(old)
        elif not placed:
            result.append(new)
            placed = True
    return result if placed else [*result, one]


def _together(old: Condition, new: Condition) -> Condition | None:
    """What stands in place of `old` where `new` is asked too; None where both stand side by side."""
    if old == negated(new):
        return new
    values, wanted = _values(old), _values(new)
    if isinstance(old, Attribute) and isinstance(new, Attribute) and old.property is new.property:
        if values is not None and wanted is not None:
            return listed(new.property, values & wanted or wanted)
        if _apart(old, new) or _within(new, old):
            return new
        if _within(old, new):
            return old
    if isinstance(old, Not) and wanted is not None and isinstance(new, Attribute):
        refused = _values(old.condition)
        same = isinstance(old.condition, Attribute) and old.condition.property is new.property
        if same and refused is not None and wanted <= refused:
            return new
    return None


def without(where: Condition | None, unwanted: Condition) -> Condition | None:
    """Those of `where` for whom `unwanted` does not hold; None where that is nobody, because `where` asks for it.

    Of a list of values those unwanted are taken out.
    """
    parts = list(conjuncts(where))
    if unwanted in parts or (where is not None and unwanted == where):
        return None
    refused = _values(unwanted)
    for at, old in enumerate(parts):
        values = _values(old)
        if values is None or refused is None or not isinstance(old, Attribute) or not _same_list(old, unwanted):
            continue
        if values <= refused:
            return None
        if values & refused:
            return all_of([*parts[:at], listed(old.property, values - refused), *parts[at + 1 :]])
    opposite = negated(unwanted)
    return where if opposite in parts else all_of([*parts, *conjuncts(opposite)])


def united(where: Condition, wanted: Condition) -> Condition:
    """Those of `where` and all for whom `wanted` holds."""
    alternatives = _alternatives(where)
    merged = list(alternatives)
    for one in _alternatives(wanted):
        if one in merged:
            continue
        at = next((n for n, old in enumerate(merged) if _same_list(old, one)), None)
        if at is None:
            merged.append(one)
        else:
            merged[at] = _joined(merged[at], one)
    return merged[0] if len(merged) == 1 else Or(conditions=tuple(merged))


def widened_list(where: Condition, wanted: Condition) -> Condition | None:
    """`where` with the values of `wanted` added to its one list of the same property, the other conditions as they are.

    None where there is no such list, or more than one.
    """
    parts = list(conjuncts(where))
    at = [n for n, old in enumerate(parts) if _same_list(old, wanted)]
    if len(at) != 1:
        return None
    parts[at[0]] = united(parts[at[0]], wanted)
    return all_of(parts)


def replaced(condition: Condition, position: int, leaf: Leaf) -> Condition:
    """The condition with its leaf at `position` (from left to right) replaced."""
    return _mapped(condition, position, lambda _: leaf)[0]


def with_conjunct(where: Condition, old: Condition, new: Condition | None) -> Condition | None:
    """`where` with one of its outermost conditions replaced, or dropped where `new` is None."""
    parts: list[Condition] = []
    for part in conjuncts(where):
        parts.extend([part] if part != old else conjuncts(new))
    return all_of(list(dict.fromkeys(parts)))


def listed(name: CustomerProperty, values: frozenset[str]) -> Attribute:
    """The customers whose property is one of the values."""
    operator = Operator.EQ if len(values) == 1 else Operator.IN
    return Attribute(property=name, operator=operator, values=tuple(sorted(values)))


def only_leaf(condition: Condition) -> Leaf | None:
    """The leaf of a condition that is one, or the opposite of one; else None."""
    inner = condition.condition if isinstance(condition, Not) else condition
    return None if isinstance(inner, And | Or | Not) else inner


def _alternatives(condition: Condition) -> Sequence[Condition]:
    return condition.conditions if isinstance(condition, Or) else (condition,)


def _values(condition: Condition) -> frozenset[str] | None:
    """The values of a list of texts, of which a customer has one; None of any other condition."""
    if not isinstance(condition, Attribute) or condition.operator not in _LISTED:
        return None
    return frozenset(condition.values) if condition.property.value_type is ValueType.TEXT else None


def _joined(one: Condition, other: Condition) -> Condition:
    """One list of the values of two."""
    values = (_values(one) or frozenset()) | (_values(other) or frozenset())
    return listed(one.property, values) if isinstance(one, Attribute) else one


def _same_list(one: Condition, other: Condition) -> bool:
    both = isinstance(one, Attribute) and isinstance(other, Attribute) and one.property is other.property
    return both and _values(one) is not None and _values(other) is not None


def _apart(one: Attribute, other: Attribute) -> bool:
    """Whether no number lies in both ranges."""
    if not {one.operator, other.operator} <= _BOUNDED or one.property in _CYCLIC:
        return False
    if one.property.value_type is ValueType.TEXT:
        return False
    (low, low_open), (high, high_open) = _low(one), _high(one)
    (other_low, other_low_open), (other_high, other_high_open) = _low(other), _high(other)
    return _empty(low, low_open, other_high, other_high_open) or _empty(other_low, other_low_open, high, high_open)


def _within(inner: Attribute, outer: Attribute) -> bool:
    """Whether every number of one range lies in the other."""
    if not {inner.operator, outer.operator} <= _BOUNDED or inner.property in _CYCLIC:
        return False
    if inner.property.value_type is ValueType.TEXT:
        return False
    (low, low_open), (high, high_open) = _low(inner), _high(inner)
    (least, least_open), (most, most_open) = _low(outer), _high(outer)
    above = least is None or (low is not None and (low > least or (low == least and low_open >= least_open)))
    below = most is None or (high is not None and (high < most or (high == most and high_open >= most_open)))
    return above and below


def _empty(low: Decimal | None, low_open: bool, high: Decimal | None, high_open: bool) -> bool:
    if low is None or high is None:
        return False
    return low > high or (low == high and (low_open or high_open))


def _low(leaf: Attribute) -> tuple[Decimal | None, bool]:
    if leaf.operator in {Operator.LT, Operator.LE}:
        return None, False
    return Decimal(leaf.values[0]), leaf.operator is Operator.GT


def _high(leaf: Attribute) -> tuple[Decimal | None, bool]:
    if leaf.operator in {Operator.GT, Operator.GE}:
        return None, False
    return Decimal(leaf.values[-1]), leaf.operator is Operator.LT


def _mapped(condition: Condition, position: int, change: Callable[[Leaf], Leaf]) -> tuple[Condition, int]:
    """The condition with the leaf at `position` changed, and the position less the leaves that it has."""
    match condition:
        case And() | Or():
            parts: list[Condition] = []
            for part in condition.conditions:
                new, position = _mapped(part, position, change)
                parts.append(new)
            return condition.model_copy(update={"conditions": tuple(parts)}), position
        case Not():
            new, position = _mapped(condition.condition, position, change)
            return Not(condition=new), position
        case _:
            return (change(condition) if position == 0 else condition), position - 1
