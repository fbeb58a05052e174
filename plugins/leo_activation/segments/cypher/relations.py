"""The shape of a relation: another customer, found from the customer asked about, or the other way round.

From the customer (`required`, `flagged`): walk to the others and ask of them, in one match where three hops are enough,
else in turn. From the others
(`opening`): ask first and walk afterwards, so that few are walked from; that is how a chain begins with a relation. A
co-purchase fans out (each product's buyers times its buyers). From the others it needs no pairs: of each product the
least and the greatest id of the buyers who meet `of` say for every buyer whether there is another than themselves.
"""

from dataclasses import dataclass, replace

from leo_activation.segments.cypher.attributes import condition
from leo_activation.segments.cypher.events import Found
from leo_activation.segments.cypher.leaves import shape_of
from leo_activation.segments.cypher.shapes import Countable, Existence, Flag, Unequalled, opened
from leo_activation.segments.cypher.syntax import Names, alias, carried, conjunction, junction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.names import MAX_HOPS
from leo_activation.segments.gate.tree import (
    Call,
    Clause,
    Comparison,
    Expression,
    Hop,
    Item,
    Match,
    Node,
    Path,
    Property,
    Variable,
    With,
)
from leo_activation.segments.plan import Attribute, Relation, RelationKind


@dataclass(frozen=True)
class Related:
    """The other customer `other`, what is asked of them in their own vertex, and the shape of what is asked beyond."""

    leaf: Relation
    customer: str
    other: str
    of_vertex: tuple[Expression, ...]
    asked: Countable | None
    number: int

    def required(self, kept: Names, values: Values) -> list[Clause]:
        """The others, then what is asked of them."""
        walk, asked = self._walk_and_rest(values)
        if asked is None:
            return [walk.match(), *self._enough(kept, values)]
        both = (*kept, self.other)
        clauses: list[Clause] = [walk.match(), With(carried(both), distinct=True)]
        return [*clauses, *asked.required(both, values), *self._enough(kept, values)]

    def opening(self, on_customer: list[Expression], values: Values) -> list[Clause]:
        """The others who meet what is asked, then who they lead to."""
        clauses = [] if self.asked is None else opened(self.asked.required((self.other,), values))
        if self.leaf.relation is RelationKind.CO_PURCHASE and self.leaf.min_count == 1:
            return [*clauses, *self._through_products(on_customer, values)]
        walk = self._walk(values, "Customer", "Customer" if self.asked is None else None).also(*on_customer)
        return [*clauses, walk.match(), *self._enough((self.customer,), values)]

    def flagged(self, kept: Names, values: Values) -> Flag:
        """The number of the others who meet what is asked."""
        walk, asked = self._walk_and_rest(values)
        clauses: list[Clause] = [walk.match(optional=True)]
        if asked is None:
            count = Item(self._others(), f"n{values.number()}")
        else:
            both = (*kept, self.other)
            found, met = asked.numbered(both, values)
            clauses.extend([With(carried(both), distinct=True), *found])
            count = Item(Call("sum", (met,)), f"n{values.number()}")
        clauses.append(With((*carried(kept), count)))
        test = values.at_least(Variable(alias(count)), "others", self.leaf.min_count)
        return Flag(tuple(clauses), (alias(count),), test)

    def _walk_and_rest(self, values: Values) -> tuple[Found, Countable | None]:
        """The walk together with what is asked, where both are short enough for one match; else what is asked then."""
        walk, asked = self._walk(values), self.asked
        if isinstance(asked, Existence):
            paths = (*walk.paths, *asked.found.paths)
            if sum(len(path.hops) for path in paths) <= MAX_HOPS:
                return replace(walk, paths=paths, conditions=(*asked.found.conditions, *walk.conditions)), None
        return walk, asked

    def _walk(self, values: Values, label: str | None = None, other_label: str | None = "Customer") -> Found:
        """The way between the two, with the others' own conditions; who is bound already needs no label."""
        n, customer, other = self.number, Node(self.customer, label), Node(self.other, other_label)
        conditions = [_not_the_same(self.customer, self.other), *self.of_vertex]
        match self.leaf.relation:
            case RelationKind.HOUSEHOLD:
                hops = (Hop(None, "MEMBER_OF_HOUSEHOLD"), Hop(f"e{n}", "MEMBER_OF_HOUSEHOLD", forward=False))
                path = Path((customer, Node(f"h{n}", "Household"), other), hops)
            case RelationKind.REFERRED_BY:
                path = Path((customer, other), (Hop(f"e{n}", "REFERRED", forward=False),))
            case RelationKind.REFERRED:
                path = Path((customer, other), (Hop(f"e{n}", "REFERRED"),))
            case RelationKind.CO_PURCHASE:
                hops = (Hop(f"y{n}", "PURCHASED"), Hop(f"e{n}", "PURCHASED", forward=False))
                path = Path((customer, Node(f"q{n}", "Product"), other), hops)
                conditions = [self._kept("y", values), self._kept("e", values), *conditions]
        return Found((path,), f"e{n}", self.other, tuple(conditions))

    def _through_products(self, on_customer: list[Expression], values: Values) -> list[Clause]:
        n = self.number
        product, mine = f"q{n}", Property(self.customer, "customer_id")
        theirs = Property(self.other, "customer_id")
        label = "Customer" if self.asked is None else None
        ends = (Item(Call("min", (theirs,)), f"first{n}"), Item(Call("max", (theirs,)), f"last{n}"))
        another = junction("OR", [Comparison("<>", mine, Variable(alias(end))) for end in ends])
        sold = Path((Node(self.other, label), Node(product, "Product")), (Hop(f"e{n}", "PURCHASED"),))
        bought = Path((Node(self.customer, "Customer"), Node(product, None)), (Hop(f"y{n}", "PURCHASED"),))
        return [
            Match((sold,), conjunction([self._kept("e", values), *self.of_vertex])),
            With((Item(Variable(product)), *ends)),
            Match((bought,), conjunction([self._kept("y", values), another, *on_customer])),
            With(carried((self.customer,)), distinct=True),
        ]

    def _enough(self, kept: Names, values: Values) -> list[Clause]:
        if self.leaf.min_count == 1:
            return [With(carried(kept), distinct=True)]
        count = Item(self._others(), f"n{values.number()}")
        test = values.at_least(Variable(alias(count)), "others", self.leaf.min_count)
        return [With((*carried(kept), count), where=test)]

    def _others(self) -> Call:
        return Call("count", (Property(self.other, "customer_id"),), distinct=True)

    def _kept(self, edge: str, values: Values) -> Comparison:
        return values.more_than(Property(f"{edge}{self.number}", "net_quantity"), "kept", 0)


def related(leaf: Relation, customer: str, values: Values) -> Related:
    """The shape of a relation of the variable `customer`."""
    n = values.number()
    other = f"c{n}"
    if leaf.of is None or isinstance(leaf.of, Attribute):
        of_vertex = () if leaf.of is None else (condition(leaf.of, other, values),)
        return Related(leaf, customer, other, of_vertex, None, n)
    asked = shape_of(leaf.of, other, values)
    assert isinstance(asked, Existence | Unequalled)  # noqa: S101 - the plan asks of others only what one step decides
    return Related(leaf, customer, other, (), asked, n)


def _not_the_same(one: str, other: str) -> Comparison:
    return Comparison("<>", Property(other, "customer_id"), Property(one, "customer_id"))
