"""Conditions joined into one chain of clauses that filters the customer `c`.

Conditions on the customer stand in the first `WHERE`; what has to be there is required one after another; what must not
be there is absent; and everything else, `or`, `not` of more than one edge, counts that may be zero, is a formula: each
leaf leaves a flag, and a `WHERE` over the flags ends it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leo_activation.segments.cypher.attributes import condition, negated_condition
from leo_activation.segments.cypher.leaves import shape_of
from leo_activation.segments.cypher.relations import Related, related
from leo_activation.segments.cypher.shapes import Existence, Shape, opened
from leo_activation.segments.cypher.syntax import Names, carried, conjunction, junction
from leo_activation.segments.cypher.values import Values
from leo_activation.segments.gate.tree import (
    Clause,
    Comparison,
    Expression,
    Match,
    Negation,
    Node,
    NullTest,
    Path,
    Property,
    Variable,
    With,
)
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Condition,
    Interest,
    Not,
    Or,
    ProfilePhrase,
    Reachable,
    Relation,
    RelationKind,
    SegmentMember,
    leaves,
)

CUSTOMER = "c"
_KEPT = (CUSTOMER,)


@dataclass(frozen=True)
class Chain:
    """Writes the clauses for conditions that all have to hold.

    `among` is bound to the id of the one customer who is asked; None: all are.
    """

    values: Values
    among: Variable | None = None

    def clauses(self, parts: Sequence[Condition], *, may_repeat: bool) -> tuple[list[Clause], bool]:
        """At least one clause, and whether they may leave a customer more than once, which only `may_repeat` allows."""
        asked: list[Condition] = [part for part in parts if not isinstance(part, ProfilePhrase)]
        on_customer = [self._combined(part, {}, negated=False) for part in asked if _is_on_customer(part)]
        clauses = self._required([part for part in asked if _is_required(part)], on_customer)
        formulas: list[tuple[Condition, Shape | None]] = []
        for part in asked:
            if _is_on_customer(part) or _is_required(part):
                continue
            shape = self._shape(part.condition) if isinstance(part, Not) and _is_leaf(part.condition) else None
            if isinstance(shape, Existence):
                clauses.extend(shape.absent(_KEPT))
            else:
                formulas.append((part, shape))
        repeats = False
        for n, (part, shape) in enumerate(formulas, start=1):
            found, repeats = self._formula(part, shape, may_repeat=may_repeat and n == len(formulas))
            clauses.extend(found)
        return clauses, repeats

    def _required(self, parts: Sequence[Condition], on_customer: list[Expression]) -> list[Clause]:
        shapes = [self._shape(part) for part in sorted(parts, key=_opens_better)]
        if not shapes or self.among is not None:
            # One customer is found by the index of their id, and everything else from them.
            asked = [] if self.among is None else [Comparison("=", Property(CUSTOMER, "customer_id"), self.among)]
            where = conjunction([*asked, *on_customer])
            clauses: list[Clause] = [Match((Path((Node(CUSTOMER, "Customer"),)),), where)]
            for shape in shapes:
                clauses.extend(shape.required(_KEPT, self.values))
            return clauses
        first, *others = shapes
        clauses = (
            first.opening(on_customer, self.values)
            if isinstance(first, Related)
            else opened(first.required(_KEPT, self.values), on_customer)
        )
        for shape in others:
            clauses.extend(shape.required(_KEPT, self.values))
        return clauses

    def _formula(self, part: Condition, only: Shape | None, *, may_repeat: bool) -> tuple[list[Clause], bool]:
        """A flag for each leaf, or for the one leaf whose shape is made already; and whether customers may repeat.

        Edges of which a customer has at most one are matched behind one another and are their own flags. So is, as the
        last and where customers may repeat, one of which a customer may have several.
        """
        made = [(leaf, only or self._shape(leaf)) for leaf in leaves(part) if not isinstance(leaf, Attribute)]
        edges = [(leaf, shape) for leaf, shape in made if isinstance(shape, Existence) and shape.is_single]
        several = [(leaf, shape) for leaf, shape in made if isinstance(shape, Existence) and not shape.is_single]
        repeated = several[-1:] if may_repeat else []
        clauses: list[Clause] = []
        kept: Names = _KEPT
        tests: dict[int, Expression] = {}
        for leaf, shape in made:
            if (leaf, shape) in edges or (leaf, shape) in repeated:
                continue
            flag = shape.flagged(kept, self.values)
            clauses.extend(flag.clauses)
            kept = (*kept, *flag.names)
            tests[id(leaf)] = flag.test
        for leaf, existence in (*edges, *repeated):
            clauses.append(existence.found.match(optional=True))
            kept = (*kept, existence.found.edge)
            tests[id(leaf)] = NullTest(Variable(existence.found.edge), negated=True)
        formula = self._combined(part, tests, negated=False)
        last = clauses[-1]
        if isinstance(last, With):
            clauses[-1] = replace(last, where=formula)
        else:
            clauses.append(With(carried(kept), where=formula))
        return clauses, bool(repeated)

    def _combined(self, part: Condition, tests: Mapping[int, Expression], *, negated: bool) -> Expression:
        match part:
            case And() | Or():
                operator = "AND" if isinstance(part, And) != negated else "OR"
                return junction(operator, [self._combined(p, tests, negated=negated) for p in part.conditions])
            case Not():
                return self._combined(part.condition, tests, negated=not negated)
            case Attribute():
                made = negated_condition if negated else condition
                return made(part, CUSTOMER, self.values)
            case _:
                return Negation(tests[id(part)]) if negated else tests[id(part)]

    def _shape(self, leaf: Condition) -> Shape:
        if isinstance(leaf, Relation):
            return related(leaf, CUSTOMER, self.values)
        return shape_of(leaf, CUSTOMER, self.values)


def _is_on_customer(part: Condition) -> bool:
    return all(isinstance(leaf, Attribute) for leaf in leaves(part))


def _is_leaf(part: Condition) -> bool:
    return not isinstance(part, And | Or | Not)


def _is_required(part: Condition) -> bool:
    may_be_none = isinstance(part, Behaviour) and part.min_count == 0
    return _is_leaf(part) and not may_be_none and not isinstance(part, Attribute | ProfilePhrase)


def _opens_better(part: Condition) -> int:
    """A relation opens a chain, because it can begin with the others; a co-purchase before all.

    Then come edges of which a customer has at most one: they join freely with what follows.
    """
    match part:
        case Relation():
            return 0 if part.relation is RelationKind.CO_PURCHASE else 1
        case SegmentMember() | Reachable() | Interest(more_than=None):
            return 2
        case _:
            return 3
