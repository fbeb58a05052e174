"""The shapes that a leaf can have: how each filters customers, and how each leaves a flag.

Every shape hangs on a customer who is among the names that the chain carries (`kept`), and keeps one row for each
combination of those. To make vertices distinct is what costs most, so it is left out where there is one row anyway.
`required` drops who does not meet the leaf. `flagged` keeps everybody, by `OPTIONAL MATCH`, and leaves what `not` and
`or` are made of. Measured: half the time of `NOT EXISTS {}`, a hundredth of `NOT exists(pattern)`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from leo_activation.segments.cypher.events import Found
from leo_activation.segments.cypher.syntax import Names, alias, all_of, carried, conjunction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import (
    Arithmetic,
    Call,
    Clause,
    Comparison,
    Expression,
    Item,
    Match,
    Node,
    NullTest,
    Variable,
    With,
)


@dataclass(frozen=True)
class Flag:
    """Clauses that leave `names` beside what was kept, and the test over them that says whether the leaf is met."""

    clauses: tuple[Clause, ...]
    names: Names
    test: Expression


class Shape(Protocol):
    """What every shape can do."""

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """Clauses that leave the rows that meet the leaf."""

    def flagged(self, kept: Names, values: Values) -> Flag:
        """Clauses that leave every row, with a flag."""


class Countable(Protocol):
    """A shape that can also be counted: a number that is 1 where the leaf is met and 0 elsewhere."""

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """Clauses that leave the rows that meet the leaf."""

    def numbered(self, kept: Names, values: Values) -> tuple[list[Clause], Expression]:
        """Clauses that leave every row, and the number."""


def opened(clauses: list[Clause], conditions: Sequence[Expression] = ()) -> list[Clause]:
    """Clauses as the first of a query: the customer has to name its label there, and gets conditions of its own."""
    match, *rest = clauses
    assert isinstance(match, Match)  # noqa: S101 - every shape begins with a match
    path, *others = match.paths
    start = Node(path.nodes[0].variable, "Customer")
    where = conjunction([*conditions, *([] if match.where is None else [match.where])])
    return [replace(match, paths=(replace(path, nodes=(start, *path.nodes[1:])), *others), where=where), *rest]


@dataclass(frozen=True)
class Existence:
    """One edge is enough. `is_single`: a customer has at most one, so that nothing has to be made distinct."""

    found: Found
    is_single: bool = False

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """A match, each customer once."""
        if self.is_single:
            return [self.found.match()]
        return [self.found.match(), With(carried(kept), distinct=True)]

    def absent(self, kept: Names) -> list[Clause]:
        """Nothing of the kind: without an edge there is one row, so nothing has to be made distinct."""
        edge = Variable(self.found.edge)
        return [
            self.found.match(optional=True),
            With((*carried(kept), Item(edge)), where=NullTest(edge, negated=False)),
        ]

    def flagged(self, kept: Names, values: Values) -> Flag:
        """Whether there was an edge."""
        name = f"f{values.number()}"
        flag = Item(NullTest(Variable(self.found.edge), negated=True), name)
        clauses = (self.found.match(optional=True), With((*carried(kept), flag), distinct=True))
        return Flag(clauses, (name,), Variable(name))

    def numbered(self, kept: Names, values: Values) -> tuple[list[Clause], Expression]:
        """The sign of the number of edges."""
        count = Item(Call("count", (Variable(self.found.edge),)), f"n{values.number()}")
        return [self.found.match(optional=True), With((*carried(kept), count))], _sign(count)


@dataclass(frozen=True)
class Measured:
    """Edges are counted, summed, or looked through for their first or last.

    `tests` are over the aggregates. `needs_edge`: without an edge they are not asked; the first aggregate, a count or a
    moment, says whether there was one.
    """

    found: Found
    aggregates: tuple[Item, ...]
    tests: tuple[Expression, ...]
    needs_edge: bool = True

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """A match and the tests."""
        return [self.found.match(), With((*carried(kept), *self.aggregates), where=conjunction(self.tests))]

    def flagged(self, kept: Names, values: Values) -> Flag:
        """The aggregates themselves."""
        present = (self._present(values),) if self.needs_edge else ()
        clauses = (self.found.match(optional=True), With((*carried(kept), *self.aggregates)))
        return Flag(clauses, tuple(map(alias, self.aggregates)), all_of([*present, *self.tests]))

    def _present(self, values: Values) -> Expression:
        first = self.aggregates[0]
        if isinstance(first.expression, Call) and first.expression.function == "count":
            return values.more_than(Variable(alias(first)), "none", 0)
        return NullTest(Variable(alias(first)), negated=True)


@dataclass(frozen=True)
class Followed:
    """Something was found, of which `key` is remembered, and with it something else is, or (`absent`) is not.

    The last item of `key` is never null where the first thing was found. `is_grouped`: `key` is an aggregate, so that
    its rows are distinct; `is_single`: there is one of it for a customer.
    """

    first: Found
    key: tuple[Item, ...]
    then: Found
    absent: bool = False
    is_grouped: bool = True
    is_single: bool = True

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """The first, then the other or its absence."""
        clauses: list[Clause] = [self.first.match(), With((*carried(kept), *self.key), distinct=not self.is_grouped)]
        if not self.absent:
            return [*clauses, self.then.match(), With(carried(kept), distinct=True)]
        clauses.extend(Existence(self.then).absent(kept))
        if not self.is_single:
            clauses.append(With(carried(kept), distinct=True))
        return clauses

    def flagged(self, kept: Names, values: Values) -> Flag:
        """How often the other was found, or, for its absence, the fewest times that it was found with one key."""
        if self.absent:
            clauses, first, fewest = self._fewest(kept, values)
            zero = values.parameter("none", 0)
            test = all_of(
                [Comparison(">", Variable(alias(first)), zero), Comparison("=", Variable(alias(fewest)), zero)]
            )
            return Flag(tuple(clauses), (alias(first), alias(fewest)), test)
        count = Item(Call("count", (Variable(self.then.edge),)), f"n{values.number()}")
        test = values.more_than(Variable(alias(count)), "none", 0)
        return Flag(
            (*self._first(kept), self.then.match(optional=True), With((*carried(kept), count))), (alias(count),), test
        )

    def _first(self, kept: Names) -> list[Clause]:
        return [
            self.first.match(optional=True),
            With((*carried(kept), *self.key), distinct=not self.is_grouped),
        ]

    def _fewest(self, kept: Names, values: Values) -> tuple[list[Clause], Item, Item]:
        keys = tuple(_name(item) for item in self.key)
        count = Item(Call("count", (Variable(self.then.edge),)), f"n{values.number()}")
        first = Item(Call("count", (Variable(keys[-1]),)), f"a{values.number()}")
        fewest = Item(Call("min", (Variable(alias(count)),)), f"l{values.number()}")
        clauses = [
            *self._first(kept),
            self.then.match(optional=True),
            With((*carried((*kept, *keys)), count)),
            With((*carried(kept), first, fewest)),
        ]
        return clauses, first, fewest


@dataclass(frozen=True)
class Unequalled:
    """One edge is there and another is not, each of which a customer has at most once."""

    found: Found
    other: Found

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """The one without the other."""
        return [self.found.match(), *Existence(self.other).absent(kept)]

    def flagged(self, kept: Names, values: Values) -> Flag:
        """Both edges."""
        one, other = self.found.edge, self.other.edge
        clauses = (self.found.match(optional=True), self.other.match(optional=True), With(carried((*kept, one, other))))
        test = all_of([NullTest(Variable(one), negated=True), NullTest(Variable(other), negated=False)])
        return Flag(clauses, (one, other), test)

    def numbered(self, kept: Names, values: Values) -> tuple[list[Clause], Expression]:
        """1 where there is the one, less 1 where there is the other."""
        one, other = (
            Item(Call("count", (Variable(found.edge),)), f"n{values.number()}") for found in (self.found, self.other)
        )
        matches: list[Clause] = [self.found.match(optional=True), self.other.match(optional=True)]
        return [*matches, With((*carried(kept), one, other))], Arithmetic("-", _sign(one), _sign(other))


@dataclass(frozen=True)
class OneOrder:
    """Lines of one and the same order: `lines` with `sums` and `tests` over them, and beside them the lines `others`.

    `any_line` makes the pattern of every kept line of the customer; `at_least` such orders are asked for.
    """

    lines: Found
    sums: tuple[Item, ...]
    tests: tuple[Expression, ...]
    others: tuple[Found, ...]
    any_line: Callable[[], Found]
    at_least: int

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """Orders that pass the tests, then in turn those that have each other line."""
        order = self._order(self.lines)
        clauses: list[Clause] = [
            self.lines.match(),
            With((*carried(kept), order, *self.sums), distinct=not self.sums, where=conjunction(self.tests)),
        ]
        for other in self.others:
            clauses.append(other.also(_same_order(other, order)).match())
            order = self._order(other)
            clauses.append(With((*carried(kept), order), distinct=True))
        if self.at_least == 1:
            return [*clauses, With(carried(kept), distinct=True)]
        count = self._count(Variable(alias(order)), values)
        test = values.at_least(Variable(alias(count)), "orders", self.at_least)
        return [*clauses, With((*carried(kept), count), where=test)]

    def flagged(self, kept: Names, values: Values) -> Flag:
        """The number of orders; an order that fails the tests is left by not finding its lines again."""
        order = self._order(self.lines)
        clauses: list[Clause] = [
            self.lines.match(optional=True),
            With((*carried(kept), order, *self.sums), distinct=not self.sums),
        ]
        tests = self.tests
        others = self.others or (self.any_line(),)
        for other in others:
            clauses.append(other.also(_same_order(other, order), *tests).match(optional=True))
            order, tests = self._order(other), ()
            if other is not others[-1]:
                clauses.append(With((*carried(kept), order), distinct=True))
        count = self._count(others[-1].property("order_id"), values)
        test = values.at_least(Variable(alias(count)), "orders", self.at_least)
        return Flag((*clauses, With((*carried(kept), count))), (alias(count),), test)

    def _order(self, lines: Found) -> Item:
        return Item(lines.property("order_id"), f"o{lines.edge[1:]}")

    def _count(self, order: Expression, values: Values) -> Item:
        return Item(Call("count", (order,), distinct=True), f"n{values.number()}")


def _same_order(lines: Found, order: Item) -> Comparison:
    return Comparison("=", lines.property("order_id"), Variable(alias(order)))


def _sign(count: Item) -> Call:
    return Call("sign", (Variable(alias(count)),))


def _name(item: Item) -> str:
    return item.expression.name if isinstance(item.expression, Variable) else alias(item)
