"""What was said: conditions with the words they came from, on the way to a plan."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Condition,
    CustomerProperty,
    Exposure,
    Leaf,
    Not,
    Operator,
    Or,
    OrderContents,
    Window,
)
from leo_activation.segments.plan import Sequence as Followed
from leo_activation.warehouse.graph_schema import ValueType

_BOUNDED = frozenset({Operator.EQ, Operator.LT, Operator.LE, Operator.GT, Operator.GE, Operator.BETWEEN})
_CYCLIC = frozenset({CustomerProperty.BIRTHDAY, CustomerProperty.BIRTH_MONTH})

_HAPPENED = Behaviour | Followed | OrderContents | Exposure


@dataclass
class Said:
    """A leaf and the tokens it was read from; the leaf changes when later words add a window."""

    leaf: Leaf
    start: int
    end: int


@dataclass
class Joined:
    """Conditions joined by 'and' or 'or'."""

    operator: str
    parts: "list[Meant]"


@dataclass
class Denied:
    """A condition that must not hold."""

    part: "Meant"


Meant = Said | Joined | Denied


def said_leaves(meant: Meant) -> Iterator[Said]:
    """The leaves from left to right."""
    match meant:
        case Said():
            yield meant
        case Joined():
            for part in meant.parts:
                yield from said_leaves(part)
        case Denied():
            yield from said_leaves(meant.part)


def joined(operator: str, parts: Sequence[Meant]) -> Meant:
    """A junction without needless levels; alternatives of one property become one list of values."""
    flat: list[Meant] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Joined) and part.operator == operator else [part])
    if operator == "or":
        flat = _merged(flat)
    return flat[0] if len(flat) == 1 else Joined(operator, flat)


def denied(part: Meant) -> Meant:
    """The opposite; a double negation is none."""
    return part.part if isinstance(part, Denied) else Denied(part)


def windowless(meant: Meant) -> list[Said]:
    """The leaves about what happened that name no window of time."""
    return [said for said in said_leaves(meant) if isinstance(said.leaf, _HAPPENED) and said.leaf.window is None]


def limit_to(open_ended: list[Said], window: Window, start: int, end: int) -> None:
    """Give the window that the tokens from `start` to `end` name to leaves about what happened."""
    for said in open_ended:
        if isinstance(said.leaf, _HAPPENED):
            said.leaf = said.leaf.model_copy(update={"window": window})
        said.start, said.end = min(said.start, start), max(said.end, end)


def condition_of(meant: Meant) -> Condition:
    """The same as a condition of a plan."""
    match meant:
        case Said():
            return meant.leaf
        case Denied():
            return Not(condition=condition_of(meant.part))
        case Joined():
            parts = tuple(condition_of(part) for part in meant.parts)
            return And(conditions=parts) if meant.operator == "and" else Or(conditions=parts)


def _merged(parts: list[Meant]) -> list[Meant]:
    found: list[Meant] = []
    for part in parts:
        last = found[-1] if found else None
        merged = _one_of(last, part) if last is not None else None
        if merged is None:
            found.append(part)
        else:
            found[-1] = merged
    return found


def _one_of(left: Meant, right: Meant) -> Said | None:
    if not (isinstance(left, Said) and isinstance(right, Said)):
        return None
    a, b = left.leaf, right.leaf
    listed = {Operator.EQ, Operator.IN}
    if (
        not (isinstance(a, Attribute) and isinstance(b, Attribute))
        or a.property is not b.property
        or not {a.operator, b.operator} <= listed
    ):
        return None
    values = tuple(sorted({*a.values, *b.values}))
    operator = Operator.EQ if len(values) == 1 else Operator.IN
    return Said(Attribute(property=a.property, operator=operator, values=values), left.start, right.end)


@dataclass(frozen=True)
class Contradiction:
    """Bounds of a property that nobody meets: at the condition `said`, the lower one stands above the upper one."""

    said: Said
    property: CustomerProperty
    least: Decimal
    most: Decimal


def contradiction(meant: Meant) -> Contradiction | None:
    """The first condition that leaves nothing of a property's range, among those that all have to hold."""
    lower: dict[CustomerProperty, Decimal] = {}
    upper: dict[CustomerProperty, Decimal] = {}
    for said in meant.parts if isinstance(meant, Joined) and meant.operator == "and" else ():
        leaf = said.leaf if isinstance(said, Said) else None
        if not isinstance(said, Said) or not isinstance(leaf, Attribute) or leaf.operator not in _BOUNDED:
            continue
        asked = leaf.property
        if asked.value_type is ValueType.TEXT or asked in _CYCLIC:
            continue
        low, high = Decimal(leaf.values[0]), Decimal(leaf.values[-1])
        if leaf.operator not in {Operator.LT, Operator.LE}:
            lower[asked] = max(low, lower.get(asked, low))
        if leaf.operator not in {Operator.GT, Operator.GE}:
            upper[asked] = min(high, upper.get(asked, high))
        if asked in lower and asked in upper and lower[asked] > upper[asked]:
            return Contradiction(said, asked, lower[asked], upper[asked])
    return None
