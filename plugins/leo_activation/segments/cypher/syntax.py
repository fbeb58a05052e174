"""Small pieces of a query's tree, made as the gate's parser would make them."""

from collections.abc import Sequence

from leo_activation.segments.gate.tree import Expression, Item, Junction, Variable

Names = tuple[str, ...]
"""Variables that a `WITH` carries on."""


def carried(names: Names) -> tuple[Item, ...]:
    """Variables as the items of a `WITH`."""
    return tuple(Item(Variable(name)) for name in names)


def alias(item: Item) -> str:
    """The name of what an item computes."""
    assert item.alias is not None  # noqa: S101 - everything that the compiler computes has a name
    return item.alias


def conjunction(conditions: Sequence[Expression]) -> Expression | None:
    """All of the conditions; None where there are none."""
    return all_of(conditions) if conditions else None


def all_of(conditions: Sequence[Expression]) -> Expression:
    """At least one condition, joined by AND."""
    return junction("AND", conditions)


def junction(operator: str, operands: Sequence[Expression]) -> Expression:
    """A junction as the gate's parser would make it: flat, and one operand is itself."""
    if len(operands) == 1:
        return operands[0]
    flat: list[Expression] = []
    for operand in operands:
        if isinstance(operand, Junction) and operand.operator == operator:
            flat.extend(operand.operands)
        else:
            flat.append(operand)
    return Junction(operator, tuple(flat))
