"""From a plan to canonical, parameterised Cypher in the forms that Apache AGE runs fast.

A plan's conditions become one chain: conditions on the customer stand in the first `WHERE`; each thing that was done
is a `MATCH … WITH DISTINCT c`; each thing that was not done an `OPTIONAL MATCH … WHERE e IS NULL` (measured: half the
time of `NOT EXISTS {}`, a hundredth of `NOT exists(pattern)`); `or` and counts that may be zero take one
`OPTIONAL MATCH` a leaf that leaves a flag or a number, and a `WHERE` over those. No pattern has a variable length.
Bought is what was kept: a purchase of which everything was returned or cancelled (`net_quantity` 0) is none.
"At least" is written `> value - 1`, because AGE's index loses the equal rows of `>=` (`docs/decisions/gate.md`).
The tree is printed by the gate's printer, so that the gate gives the text back unchanged.
`docs/reference/plan-language.md` has the table of leaves.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from leo_activation.errors import Permanent
from leo_activation.segments.catalogue import Catalogue
from leo_activation.segments.gate.printer import print_query
from leo_activation.segments.gate.tree import (
    Call,
    Clause,
    Comparison,
    Expression,
    Hop,
    Item,
    Junction,
    Match,
    Negation,
    Node,
    NullTest,
    Parameter,
    Path,
    Property,
    Query,
    Return,
    SortKey,
    Variable,
    With,
)
from leo_activation.segments.plan import (
    And,
    Attribute,
    Behaviour,
    Condition,
    CustomerProperty,
    Dates,
    EventKind,
    Interest,
    InterestPhrase,
    Not,
    Operator,
    Or,
    ProductFilter,
    ProfilePhrase,
    Range,
    SegmentMember,
    SegmentPlan,
    Window,
    conjuncts,
    leaves,
)
from leo_activation.segments.windows import resolve
from leo_activation.warehouse.graph import Parameters, Scalar
from leo_activation.warehouse.graph_schema import EVENT_EDGES, ValueType

CUSTOMER = "c"
MAX_ALTERNATIVES = 10
"""Up to so many values are written as `a = $1 OR a = $2`, which uses an index; more as `a IN $list`."""

_COMPARED = {
    Operator.EQ: "=",
    Operator.NE: "<>",
    Operator.LT: "<",
    Operator.LE: "<=",
    Operator.GT: ">",
    Operator.CONTAINS: "CONTAINS",
    Operator.STARTS_WITH: "STARTS WITH",
}


@dataclass(frozen=True)
class CompiledCypher:
    """A plan as Cypher, with what Cypher cannot say.

    `timed` names the parameters that move with as-of: an approval of a recurring segment binds all others.
    `profile_phrases` are applied afterwards inside the ids that the query returns; then `limit_after` of those in the
    query's order are the members (None: all of them).
    """

    text: str
    parameters: Parameters
    timed: frozenset[str] = frozenset()
    profile_phrases: tuple[ProfilePhrase, ...] = ()
    limit_after: int | None = None


def phrases_of(plan: SegmentPlan) -> tuple[str, ...]:
    """The interest phrases whose topics `compile_plan` needs, each once, in the plan's order."""
    return tuple(dict.fromkeys(leaf.phrase for leaf in leaves(plan.where) if isinstance(leaf, InterestPhrase)))


def compile_plan(
    plan: SegmentPlan,
    catalogue: Catalogue,
    *,
    as_of: datetime,
    topics: Mapping[str, Sequence[str]] | None = None,
) -> CompiledCypher:
    """The Cypher of a plan for the graph of the catalogue's tenant.

    `as_of` is an aware datetime; `topics` gives for every phrase of `phrases_of` the topic ids that it means (none: the
    phrase matches nobody).

    Raises:
        Permanent: a phrase was not resolved, or the plan counts money in another currency or finer than its minor unit.
    """
    if plan.currency is not None and plan.currency != catalogue.currency:
        raise Permanent(f"The plan counts in {plan.currency} and the tenant in {catalogue.currency}.")
    return _Compiler(catalogue, as_of, topics or {}).compile(plan)


@dataclass(frozen=True)
class _Traversal:
    """A leaf that leaves the customer: the way, its conditions, and what has to hold of the edges found.

    `tests` is None where one edge is enough; else it makes the conditions from the names of count and sum.
    """

    paths: tuple[Path, ...]
    edge: str
    conditions: tuple[Expression, ...]
    aggregates: tuple[Item, ...] = ()
    tests: tuple[Expression, ...] = ()
    may_be_none: bool = False

    @property
    def is_existence(self) -> bool:
        return not self.aggregates


@dataclass
class _Compiler:
    catalogue: Catalogue
    as_of: datetime
    topics: Mapping[str, Sequence[str]]
    values: dict[str, Scalar | list[Scalar]] = field(default_factory=dict)
    timed: set[str] = field(default_factory=set)
    leaf_number: int = 0

    def compile(self, plan: SegmentPlan) -> CompiledCypher:
        parts = conjuncts(plan.where)
        phrases = tuple(part for part in parts if isinstance(part, ProfilePhrase))
        on_customer = [self._attributes(part) for part in parts if _is_on_customer(part)]
        done = [self._traversal(part) for part in parts if isinstance(part, _TRAVERSED) and not _may_be_none(part)]
        clauses: list[Clause] = []
        if done:
            for n, traversal in enumerate(done):
                where = _conjunction([*(on_customer if n == 0 else ()), *traversal.conditions])
                clauses.append(Match(_labelled(traversal.paths) if n == 0 else traversal.paths, where))
                clauses.append(_kept(traversal))
        else:
            start = Path((Node(CUSTOMER, "Customer"),))
            clauses.append(Match((start,), _conjunction(on_customer)))
        for part in parts:
            if isinstance(part, Not) and _is_existence(part.condition):
                clauses.extend(self._absence(part.condition))
        for part in parts:
            if _needs_formula(part):
                clauses.extend(self._formula(part))
        limit = plan.limit if not phrases else None
        order: tuple[SortKey, ...] = ()
        if plan.limit is not None:
            key = Property(CUSTOMER, "customer_id")
            order = (SortKey(key),)
            if plan.order is not None:
                if not isinstance(plan.order.by, CustomerProperty):
                    raise NotImplementedError
                by = Property(CUSTOMER, plan.order.by)
                order = (SortKey(NullTest(by, negated=False)), SortKey(by, plan.order.descending), *order)
        query = _returned(clauses, order, None if limit is None else self._parameter("limit", limit))
        return CompiledCypher(
            print_query(query), self.values, frozenset(self.timed), phrases, plan.limit if phrases else None
        )

    # --- whole conditions ---------------------------------------------------------------------------------------------

    def _absence(self, leaf: Condition) -> list[Clause]:
        traversal = self._traversal(leaf)
        edge = Variable(traversal.edge)
        return [
            Match(traversal.paths, _conjunction(traversal.conditions), optional=True),
            With((Item(Variable(CUSTOMER)), Item(edge)), where=NullTest(edge, negated=False)),
        ]

    def _formula(self, condition: Condition) -> list[Clause]:
        clauses: list[Clause] = []
        flags: list[Item] = []
        found: dict[int, Expression] = {}
        for leaf in leaves(condition):
            if isinstance(leaf, Attribute):
                continue
            traversal = self._traversal(leaf)
            clauses.append(Match(traversal.paths, _conjunction(traversal.conditions), optional=True))
            kept = (Item(Variable(CUSTOMER)), *(Item(Variable(_alias(flag))) for flag in flags))
            if traversal.is_existence:
                flag = Item(NullTest(Variable(traversal.edge), negated=True), f"f{self.leaf_number}")
                clauses.append(With((*kept, flag), distinct=True))
                flags.append(flag)
                found[id(leaf)] = Variable(_alias(flag))
            else:
                clauses.append(With((*kept, *traversal.aggregates)))
                flags.extend(traversal.aggregates)
                at_least_one = () if traversal.may_be_none else (self._at_least_one(traversal),)
                found[id(leaf)] = _all_of([*at_least_one, *traversal.tests])
        last = clauses[-1]
        assert isinstance(last, With)  # noqa: S101 - a condition without a traversal stands in the first WHERE
        clauses[-1] = With(last.items, last.distinct, where=self._combined(condition, found, negated=False))
        return clauses

    def _at_least_one(self, traversal: _Traversal) -> Expression:
        counted = Variable(_alias(traversal.aggregates[0]))
        return Comparison(">=", counted, self._parameter("count", 1))

    def _combined(self, condition: Condition, found: Mapping[int, Expression], *, negated: bool) -> Expression:
        match condition:
            case And() | Or():
                operator = "AND" if isinstance(condition, And) != negated else "OR"
                return _junction(operator, [self._combined(p, found, negated=negated) for p in condition.conditions])
            case Not():
                return self._combined(condition.condition, found, negated=not negated)
            case Attribute():
                return self._negated_attribute(condition) if negated else self._attribute(condition)
            case _:
                return Negation(found[id(condition)]) if negated else found[id(condition)]

    def _attributes(self, condition: Condition) -> Expression:
        return self._combined(condition, {}, negated=False)

    # --- leaves -------------------------------------------------------------------------------------------------------

    def _attribute(self, leaf: Attribute) -> Expression:
        name = leaf.property.value
        asked = Property(CUSTOMER, name)
        match leaf.operator:
            case Operator.EXISTS:
                return NullTest(asked, negated=True)
            case Operator.WITHIN if leaf.window is not None:
                return _all_of(self._within(asked, leaf.window))
            case Operator.BETWEEN:
                low, high = (self._whole(leaf, value) for value in leaf.values)
                return _all_of([self._at_least(asked, name, low), Comparison("<=", asked, self._parameter(name, high))])
            case Operator.GE:
                return self._at_least(asked, name, self._whole(leaf, leaf.values[0]))
            case Operator.IN:
                return self._one_of(asked, name, [self._attribute_value(leaf, value) for value in leaf.values])
            case _:
                value = self._parameter(name, self._attribute_value(leaf, leaf.values[0]))
                return Comparison(_COMPARED[leaf.operator], asked, value)

    def _negated_attribute(self, leaf: Attribute) -> Expression:
        """`NOT` of a comparison with a missing property is null and would drop the customer; here it keeps it."""
        unknown = NullTest(Property(CUSTOMER, leaf.property.value), negated=False)
        if leaf.operator is Operator.EXISTS:
            return unknown
        return _junction("OR", [unknown, Negation(self._attribute(leaf))])

    def _attribute_value(self, leaf: Attribute, value: str) -> Scalar:
        return value if leaf.property.value_type is ValueType.TEXT else self._whole(leaf, value)

    def _whole(self, leaf: Attribute, value: str) -> int:
        return self._minor(value) if leaf.property.value_type is ValueType.MONEY_MINOR else int(value)

    def _traversal(self, leaf: Condition) -> _Traversal:
        self.leaf_number += 1
        n = self.leaf_number
        match leaf:
            case Behaviour():
                return self._behaviour(leaf, n)
            case Interest():
                topic_id = f"{leaf.topic_type}:{leaf.topic}"
                conditions: list[Expression] = [
                    Comparison("=", Property(f"t{n}", "topic_id"), self._parameter("topic", topic_id))
                ]
                if leaf.primary:
                    conditions.append(
                        Comparison("=", Property(f"e{n}", "is_primary"), self._parameter("primary", True))
                    )
                if leaf.min_score is not None:
                    score, asked = self._parameter("score", leaf.min_score), Property(f"e{n}", "score")
                    conditions.append(_junction("OR", [Comparison(o, asked, score) for o in (">", "=")]))
                return _single_hop("INTERESTED_IN", f"t{n}", "Topic", f"e{n}", conditions)
            case InterestPhrase():
                if leaf.phrase not in self.topics:
                    raise Permanent(f"The phrase '{leaf.phrase}' was not compared with the tenant's topics.")
                ids = self._parameter("topics", list(self.topics[leaf.phrase]))
                among = Comparison("IN", Property(f"t{n}", "topic_id"), ids)
                return _single_hop("INTERESTED_IN", f"t{n}", "Topic", f"e{n}", [among])
            case SegmentMember():
                segment = self._parameter("segment", leaf.segment_id)
                member = Comparison("=", Property(f"s{n}", "segment_id"), segment)
                return _single_hop("IN_SEGMENT", f"s{n}", "Segment", f"e{n}", [member])
            case _:
                raise Permanent(f"A condition of the kind '{leaf.kind}' has no form in the graph here.")

    def _behaviour(self, leaf: Behaviour, n: int) -> _Traversal:
        edge, product = f"e{n}", f"p{n}"
        nodes, hops = [Node(CUSTOMER, None), Node(product, "Product")], [Hop(edge, EVENT_EDGES[leaf.event])]
        conditions: list[Expression] = []
        paths: list[Path] = []
        if leaf.product is not None:
            wanted = leaf.product
            if wanted.categories:
                nodes.append(Node(f"k{n}", "Category"))
                hops.append(Hop(None, "IN_CATEGORY"))
            if wanted.brands:
                paths.append(Path((Node(product, None), Node(f"b{n}", "Brand")), (Hop(None, "OF_BRAND"),)))
            conditions.extend(self._product(wanted, n))
        paths.insert(0, Path(tuple(nodes), tuple(hops)))
        if leaf.event == EventKind.PURCHASE:
            conditions.append(Comparison(">", Property(edge, "net_quantity"), self._parameter("kept", 0)))
        if leaf.window is not None:
            conditions.extend(self._within(Property(edge, "at"), leaf.window))
        aggregates: list[Item] = []
        tests: list[Expression] = []
        if leaf.min_count > 1 or leaf.max_count is not None or leaf.value is not None:
            count = Item(Call("count", (Variable(edge),)), f"n{n}")
            aggregates.append(count)
            tests.extend(self._counted(leaf, Variable(_alias(count))))
        if leaf.value is not None:
            worth = "net_value" if leaf.event == EventKind.PURCHASE else "value"
            total = Call("sum", (Call("coalesce", (Property(edge, worth), self._parameter("nothing", 0))),))
            aggregates.append(Item(total, f"s{n}"))
            tests.extend(self._in_range(Variable(f"s{n}"), "value", leaf.value))
        return _Traversal(
            tuple(paths), edge, tuple(conditions), tuple(aggregates), tuple(tests), may_be_none=leaf.min_count == 0
        )

    def _counted(self, leaf: Behaviour, count: Variable) -> list[Expression]:
        if leaf.max_count is not None and leaf.max_count == leaf.min_count:
            return [Comparison("=", count, self._parameter("count", leaf.min_count))]
        tests: list[Expression] = []
        if leaf.min_count > 1:
            tests.append(Comparison(">=", count, self._parameter("count", leaf.min_count)))
        if leaf.max_count is not None:
            tests.append(Comparison("<=", count, self._parameter("count", leaf.max_count)))
        return tests

    def _product(self, wanted: ProductFilter, n: int) -> list[Expression]:
        named = (
            (Property(f"p{n}", "name"), "product", wanted.names),
            (Property(f"k{n}", "name"), "category", wanted.categories),
            (Property(f"b{n}", "name"), "brand", wanted.brands),
            (Property(f"e{n}", "color"), "color", wanted.colors),
        )
        conditions = [self._one_of(asked, stem, values) for asked, stem, values in named if values]
        if wanted.price is not None:
            conditions.extend(self._in_range(Property(f"e{n}", "price"), "price", wanted.price))
        return conditions

    # --- values -------------------------------------------------------------------------------------------------------

    def _within(self, asked: Property, window: Window) -> list[Expression]:
        bounds = resolve(window, self.as_of, self.catalogue.time_zone)
        conditions: list[Comparison] = []
        if bounds.since is not None:
            conditions.append(self._at_least(asked, "after", bounds.since))
        if bounds.until is not None:
            conditions.append(Comparison("<", asked, self._parameter("until", bounds.until)))
        if not isinstance(window, Dates):
            self.timed.update(c.right.name for c in conditions if isinstance(c.right, Parameter))
        return [*conditions]

    def _in_range(self, asked: Property | Variable, stem: str, bounds: Range) -> list[Expression]:
        conditions: list[Expression] = []
        if bounds.at_least is not None:
            conditions.append(self._at_least(asked, stem, self._minor(bounds.at_least)))
        for operator, amount in ((">", bounds.more_than), ("<=", bounds.at_most), ("<", bounds.less_than)):
            if amount is not None:
                conditions.append(Comparison(operator, asked, self._parameter(stem, self._minor(amount))))
        return conditions

    def _at_least(self, asked: Property | Variable, stem: str, value: int) -> Comparison:
        return Comparison(">", asked, self._parameter(stem, value - 1))

    def _one_of(self, asked: Expression, stem: str, values: Sequence[Scalar]) -> Expression:
        if len(values) > MAX_ALTERNATIVES:
            return Comparison("IN", asked, self._parameter(stem, list(values)))
        return _junction("OR", [Comparison("=", asked, self._parameter(stem, value)) for value in values])

    def _minor(self, amount: str) -> int:
        minor = Decimal(amount).scaleb(self.catalogue.minor_units)
        if minor != minor.to_integral_value():
            raise Permanent(f"{amount} is finer than the minor unit of {self.catalogue.currency}.")
        return int(minor)

    def _parameter(self, stem: str, value: Scalar | list[Scalar]) -> Parameter:
        name = f"{stem}_{len(self.values) + 1}"
        self.values[name] = value
        return Parameter(name)


_TRAVERSED = Behaviour | Interest | InterestPhrase | SegmentMember


def _may_be_none(leaf: Condition) -> bool:
    return isinstance(leaf, Behaviour) and leaf.min_count == 0


def _is_existence(condition: Condition) -> bool:
    """Whether one edge decides: then its absence needs no count."""
    if isinstance(condition, Behaviour):
        return condition.min_count == 1 and condition.max_count is None and condition.value is None
    return isinstance(condition, _TRAVERSED)


def _is_on_customer(condition: Condition) -> bool:
    return all(isinstance(leaf, Attribute) for leaf in leaves(condition))


def _needs_formula(condition: Condition) -> bool:
    if _is_on_customer(condition) or isinstance(condition, ProfilePhrase):
        return False
    if isinstance(condition, Not):
        return not _is_existence(condition.condition)
    return not isinstance(condition, _TRAVERSED) or _may_be_none(condition)


def _single_hop(label: str, node: str, node_label: str, edge: str, conditions: list[Expression]) -> _Traversal:
    path = Path((Node(CUSTOMER, None), Node(node, node_label)), (Hop(edge, label),))
    return _Traversal((path,), edge, tuple(conditions))


def _labelled(paths: tuple[Path, ...]) -> tuple[Path, ...]:
    """The same paths where the customer is not bound yet and has to name its label."""
    first = paths[0]
    return (Path((Node(CUSTOMER, "Customer"), *first.nodes[1:]), first.hops), *paths[1:])


def _kept(traversal: _Traversal) -> With:
    customer = Item(Variable(CUSTOMER))
    if traversal.is_existence:
        return With((customer,), distinct=True)
    return With((customer, *traversal.aggregates), where=_conjunction(traversal.tests))


def _returned(clauses: list[Clause], order: tuple[SortKey, ...], limit: Parameter | None) -> Query:
    """`RETURN`, which takes over the DISTINCT of a last `WITH DISTINCT c` where nothing is sorted."""
    item = Item(Property(CUSTOMER, "customer_id"), "customer_id")
    last_distinct = clauses[-1] == With((Item(Variable(CUSTOMER)),), distinct=True)
    if last_distinct and not order:
        return Query(tuple(clauses[:-1]), Return(item, distinct=True))
    return Query(tuple(clauses), Return(item, order=order, limit=limit))


def _alias(item: Item) -> str:
    assert item.alias is not None  # noqa: S101 - everything that the compiler computes has a name
    return item.alias


def _conjunction(conditions: Sequence[Expression]) -> Expression | None:
    return _all_of(conditions) if conditions else None


def _all_of(conditions: Sequence[Expression]) -> Expression:
    return _junction("AND", conditions)


def _junction(operator: str, operands: Sequence[Expression]) -> Expression:
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
