"""Checks a parsed query against the graph's schema: names, types, directions, hops, connection, what is returned."""

import re
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches

from leo_activation.segments.gate.kinds import (
    ANY,
    BOOLEAN,
    COUNT,
    TEXT,
    Family,
    Kind,
    calculated,
    comparable,
    kind_of_property,
    kind_of_value,
    merged,
)
from leo_activation.segments.gate.refusal import Rule, Violation
from leo_activation.segments.gate.tree import (
    Arithmetic,
    Call,
    Comparison,
    Exists,
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
    Unwind,
    Variable,
    With,
)
from leo_activation.warehouse.graph import Scalar
from leo_activation.warehouse.graph_schema import EDGES, VERTICES, ValueType

MAX_HOPS = 3
MAX_TEXT_VALUE = 1_000
MAX_LIST_VALUE = 10_000
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

AGGREGATES = frozenset({"count", "sum", "min", "max", "avg"})
SCALAR_FUNCTIONS = frozenset({"coalesce", "toLower", "toUpper", "abs", "sign"})

Scope = dict[str, Kind]


Values = Mapping[str, Scalar | Sequence[Scalar]]


def check_names(query: Query, values: Values, *, complete: bool) -> frozenset[str]:
    """The names of the parameters that the query uses; unless `complete`, one without a value may be of any type.

    Raises:
        Violation: a name is unknown, types do not fit, or the shape of the query is not accepted.
    """
    checker = _Checker(values, complete=complete)
    checker.check(query)
    return frozenset(checker.used)


class _Checker:
    def __init__(self, values: Values, *, complete: bool) -> None:
        self._values = values
        self._complete = complete
        self._vertices = 0
        self._unwound = False
        self._neighbours: dict[int, set[int]] = {}
        self._customers: set[int] = set()
        self.used: set[str] = set()

    def check(self, query: Query) -> None:
        scope: Scope = {}
        for clause in query.clauses:
            match clause:
                case Match():
                    self._match(clause, scope)
                case Unwind():
                    self._unwind(clause, scope)
                case With():
                    scope = self._with(clause, scope)
        self._return(query.returned, scope)

    # --- clauses ------------------------------------------------------------------------------------------------------

    def _match(self, clause: Match, scope: Scope) -> None:
        self._pattern(clause.paths, scope, optional=clause.optional, at=clause.at, linked=clause.optional)
        if clause.where is not None:
            self._condition(clause.where, scope)

    def _unwind(self, clause: Unwind, scope: Scope) -> None:
        if self._unwound:
            raise Violation(Rule.CONNECTED, "a second UNWIND would multiply the first", clause.at)
        self._unwound = True
        kind = self._kind(clause.values, scope)
        if kind.family is not Family.ANY and kind.family is not Family.LIST:
            raise Violation(Rule.TYPE, "UNWIND takes a list", clause.at, "UNWIND $names AS name")
        self._bind(scope, clause.variable, Kind(kind.of or Family.ANY), clause.at)

    def _with(self, clause: With, scope: Scope) -> Scope:
        projected: Scope = {}
        aggregates = False
        for item in clause.items:
            kind = self._kind(item.expression, scope, aggregates=True)
            aggregates = aggregates or _has_aggregate(item.expression)
            self._bind(projected, _name_of(item, clause.at), kind, clause.at)
        self._order(clause.order, projected if aggregates or clause.distinct else {**scope, **projected})
        self._limit(clause.limit)
        if clause.where is not None:
            self._condition(clause.where, projected)
        return projected

    def _return(self, clause: Return, scope: Scope) -> None:
        kind = self._kind(clause.item.expression, scope)
        if not kind.is_customer_id:
            raise Violation(Rule.RETURN, "only a customer's id is returned", clause.at, "RETURN c.customer_id")
        if kind.is_optional:
            raise Violation(
                Rule.RETURN, "a customer of an OPTIONAL MATCH may be missing and is not returned", clause.at
            )
        visible = scope if not clause.distinct else {}
        name = clause.item.alias
        self._order(clause.order, {**visible, name: kind} if name else scope)
        self._limit(clause.limit)
        returned = self._vertex_of(clause.item.expression, scope)
        if returned is not None:
            self._check_hops(returned, clause.at)

    def _vertex_of(self, expression: Expression, scope: Scope) -> int | None:
        match expression:
            case Property():
                return scope[expression.variable].vertex
            case Variable():
                return scope[expression.name].vertex
            case _:
                return None

    def _order(self, keys: tuple[SortKey, ...], scope: Scope) -> None:
        for key in keys:
            kind = self._kind(key.expression, scope)
            if kind.family not in {Family.TEXT, Family.NUMBER, Family.BOOLEAN}:
                raise Violation(Rule.TYPE, "an order needs texts, numbers or truth values", _at(key.expression))

    def _limit(self, limit: Parameter | None) -> None:
        if limit is None:
            return
        if self._parameter(limit) is not ANY:
            value = self._values[limit.name]
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                raise Violation(Rule.TYPE, "LIMIT takes a whole number from 1", limit.at)

    # --- patterns -----------------------------------------------------------------------------------------------------

    def _pattern(self, paths: tuple[Path, ...], scope: Scope, *, optional: bool, at: int, linked: bool) -> None:
        """Bind the variables of a pattern; `linked`: it must hang on a vertex that is bound already.

        A pattern that begins anew while another vertex was bound before would multiply both: a cartesian product,
        also where a WITH between them dropped the vertex from sight.
        """
        hops = [hop for path in paths for hop in path.hops]
        if len(hops) > MAX_HOPS:
            raise Violation(Rule.HOPS, f"a pattern has at most {MAX_HOPS} hops", hops[MAX_HOPS].at)
        linked = linked or self._vertices > 0
        outer = {kind.vertex for kind in scope.values() if kind.family is Family.VERTEX}
        members: list[set[int]] = []
        for path in paths:
            found = [self._node(node, scope, optional=optional) for node in path.nodes]
            for n, hop in enumerate(path.hops):
                self._hop(hop, found[n], found[n + 1], scope, optional=optional)
            members.append({kind.vertex for kind in found if kind.vertex is not None})
        reached = {vertex for vertex in outer if vertex is not None} if linked else set(members[0])
        waiting = members if linked else members[1:]
        while waiting:
            touching = [vertices for vertices in waiting if vertices & reached]
            if not touching:
                raise Violation(
                    Rule.CONNECTED,
                    "the pattern is not connected with what was matched before, so every row would meet every other",
                    at,
                    "MATCH (c:Customer)-[:VIEWED]->(p:Product)",
                )
            for vertices in touching:
                reached |= vertices
            waiting = [vertices for vertices in waiting if not vertices & reached]

    def _node(self, node: Node, scope: Scope, *, optional: bool) -> Kind:
        bound = scope.get(node.variable) if node.variable else None
        if bound is not None:
            if bound.family is not Family.VERTEX:
                raise Violation(Rule.VARIABLE, f"{node.variable} is no vertex", node.at)
            if node.label is not None and node.label != bound.label:
                raise Violation(Rule.LABEL, f"{node.variable} is a {bound.label}, not a {node.label}", node.at)
            return bound
        if node.label is None:
            raise Violation(Rule.LABEL, "a vertex is named by its label", node.at, "(c:Customer)")
        if node.label not in VERTICES:
            known = ", ".join(VERTICES)
            form = _nearest(node.label, VERTICES, "(:{})")
            raise Violation(Rule.LABEL, f"there is no vertex label {node.label}; there are {known}", node.at, form)
        self._vertices += 1
        self._neighbours[self._vertices] = set()
        if node.label == "Customer":
            self._customers.add(self._vertices)
        kind = Kind(Family.VERTEX, label=node.label, vertex=self._vertices, is_optional=optional)
        if node.variable:
            scope[node.variable] = kind
        return kind

    def _hop(self, hop: Hop, left: Kind, right: Kind, scope: Scope, *, optional: bool) -> None:
        edge = EDGES.get(hop.label)
        if edge is None:
            known, form = ", ".join(EDGES), _nearest(hop.label, EDGES, "[:{}]")
            raise Violation(Rule.LABEL, f"there is no edge label {hop.label}; there are {known}", hop.at, form)
        start, end = (left, right) if hop.forward else (right, left)
        if (start.label, end.label) != (edge.start, edge.end):
            raise Violation(
                Rule.DIRECTION,
                f"{hop.label} does not lead from {start.label} to {end.label}",
                hop.at,
                f"(:{edge.start})-[:{edge.label}]->(:{edge.end})",
            )
        if left.vertex is not None and right.vertex is not None:
            self._neighbours[left.vertex].add(right.vertex)
            self._neighbours[right.vertex].add(left.vertex)
        if hop.variable:
            self._bind(scope, hop.variable, Kind(Family.EDGE, label=hop.label, is_optional=optional), hop.at)

    def _check_hops(self, returned: int, at: int) -> None:
        """Nothing that was matched lies further than MAX_HOPS away.

        Other customers are counted from the customer returned; everything else from the customer next to it, because
        what is asked of a customer's friend is what may be asked of the customer.
        """
        reached = self._within({returned})
        near = self._within({vertex for vertex in reached if vertex in self._customers})
        if not self._customers <= reached or not self._neighbours.keys() <= near:
            raise Violation(Rule.HOPS, f"a match lies more than {MAX_HOPS} hops from the customer returned", at)

    def _within(self, started: set[int]) -> set[int]:
        """The vertices at most MAX_HOPS from those."""
        found = started
        for _ in range(MAX_HOPS):
            found = found.union(*(self._neighbours[vertex] for vertex in found))
        return found

    def _bind(self, scope: Scope, name: str, kind: Kind, at: int) -> None:
        if name in scope:
            raise Violation(Rule.VARIABLE, f"{name} is bound twice", at)
        scope[name] = kind

    # --- expressions --------------------------------------------------------------------------------------------------

    def _condition(self, expression: Expression, scope: Scope) -> None:
        kind = self._kind(expression, scope)
        if kind.family not in {Family.BOOLEAN, Family.ANY}:
            raise Violation(Rule.TYPE, "a condition is true or false", _at(expression))

    def _kind(self, expression: Expression, scope: Scope, *, aggregates: bool = False) -> Kind:
        match expression:
            case Parameter():
                return self._parameter(expression)
            case Variable():
                if expression.name not in scope:
                    raise Violation(Rule.VARIABLE, f"{expression.name} is not bound here", expression.at)
                return scope[expression.name]
            case Property():
                return self._property(expression, scope)
            case Comparison():
                self._comparison(expression, scope)
                return BOOLEAN
            case Junction():
                for operand in expression.operands:
                    self._condition(operand, scope)
                return BOOLEAN
            case Negation():
                self._condition(expression.operand, scope)
                return BOOLEAN
            case NullTest():
                self._kind(expression.operand, scope)
                return BOOLEAN
            case Arithmetic():
                return self._arithmetic(expression, scope)
            case Call():
                return self._call(expression, scope, aggregates=aggregates)
            case Exists():
                inner = dict(scope)
                self._pattern(expression.paths, inner, optional=False, at=expression.at, linked=True)
                if expression.where is not None:
                    self._condition(expression.where, inner)
                return BOOLEAN

    def _parameter(self, parameter: Parameter) -> Kind:
        self.used.add(parameter.name)
        if parameter.name not in self._values:
            if self._complete:
                raise Violation(Rule.PARAMETER, f"the parameter ${parameter.name} has no value", parameter.at)
            return ANY
        value = self._values[parameter.name]
        kind = kind_of_value(value)
        if kind is None:
            raise Violation(
                Rule.PARAMETER,
                f"${parameter.name} is no text, number of 64 bits, truth value or list of one of them",
                parameter.at,
            )
        self._check_size(parameter, value)
        return kind

    def _check_size(self, parameter: Parameter, value: Scalar | Sequence[Scalar]) -> None:
        values = (value,) if isinstance(value, Scalar) else value
        if len(values) > MAX_LIST_VALUE:
            raise Violation(
                Rule.SIZE, f"${parameter.name} holds {len(values)} values, more than {MAX_LIST_VALUE}", parameter.at
            )
        for text in values:
            if not isinstance(text, str):
                return  # a list is of one type
            if len(text) > MAX_TEXT_VALUE:
                raise Violation(
                    Rule.PARAMETER, f"${parameter.name} is longer than {MAX_TEXT_VALUE} characters", parameter.at
                )
            if _UNSTORABLE.search(text):
                raise Violation(
                    Rule.PARAMETER,
                    f"${parameter.name} holds a character that no text of the database has",
                    parameter.at,
                )

    def _property(self, expression: Property, scope: Scope) -> Kind:
        owner = scope.get(expression.variable)
        if owner is None:
            raise Violation(Rule.VARIABLE, f"{expression.variable} is not bound here", expression.at)
        if owner.family not in {Family.VERTEX, Family.EDGE} or owner.label is None:
            raise Violation(Rule.PROPERTY, f"{expression.variable} has no properties", expression.at)
        properties = (VERTICES if owner.family is Family.VERTEX else EDGES)[owner.label].properties
        if expression.name not in properties:
            known = ", ".join(properties) or "none"
            raise Violation(
                Rule.PROPERTY,
                f"{owner.label} has no property {expression.name}; it has {known}",
                expression.at,
                _nearest(expression.name, properties, f"{expression.variable}.{{}}"),
            )
        kind = kind_of_property(
            properties[expression.name],
            is_customer_id=owner.label == "Customer" and expression.name == "customer_id",
            is_optional=owner.is_optional,
        )
        return kind if owner.vertex is None else _of_vertex(kind, owner.vertex)

    def _comparison(self, expression: Comparison, scope: Scope) -> None:
        left, right = self._kind(expression.left, scope), self._kind(expression.right, scope)
        form: str | None = None
        match expression.operator:
            case "IN":
                fits = right.family is Family.ANY or (
                    right.family is Family.LIST and (left.family is right.of or Family.ANY in (left.family, right.of))
                )
                form = "c.country IN ['DE', 'AT']"
            case "STARTS WITH" | "ENDS WITH" | "CONTAINS":
                fits = {left.family, right.family} <= {Family.TEXT, Family.ANY}
                form = "c.city STARTS WITH 'Ha'"
            case "=" | "<>":
                fits = comparable(left, right)
            case _:
                fits = comparable(left, right) and {left.family, right.family} <= {Family.NUMBER, Family.ANY}
        if not fits:
            raise Violation(
                Rule.TYPE,
                f"{_described(left)} is not compared with {_described(right)} by {expression.operator}",
                expression.at,
                form,
            )

    def _arithmetic(self, expression: Arithmetic, scope: Scope) -> Kind:
        left, right = self._kind(expression.left, scope), self._kind(expression.right, scope)
        if not {left.family, right.family} <= {Family.NUMBER, Family.ANY}:
            raise Violation(Rule.TYPE, f"{expression.operator} takes numbers", expression.at)
        fits, unit = calculated(expression.operator, left.unit, right.unit)
        if not fits:
            raise Violation(
                Rule.TYPE,
                f"{_described(left)} and {_described(right)} are not calculated with each other by "
                f"{expression.operator}",
                expression.at,
                "e.at - $span, e.at - f.at, e.value * 2",
            )
        return Kind(Family.NUMBER, unit=unit)

    def _call(self, expression: Call, scope: Scope, *, aggregates: bool) -> Kind:
        name = expression.function
        if name in AGGREGATES:
            if not aggregates:
                raise Violation(Rule.FUNCTION, f"{name} stands alone in WITH", expression.at, "WITH c, count(e) AS n")
            if len(expression.arguments) != 1 and not (name == "count" and not expression.arguments):
                raise Violation(Rule.FUNCTION, f"{name} takes one argument", expression.at)
            kinds = [self._kind(argument, scope) for argument in expression.arguments]
            if name in {"min", "max"} and kinds[0].family is Family.TEXT:
                return TEXT
            if name != "count" and kinds[0].family not in {Family.NUMBER, Family.ANY}:
                raise Violation(Rule.TYPE, f"{name} takes numbers", expression.at)
            if name == "count":
                return COUNT
            if name in {"sum", "avg"} and kinds[0].unit is ValueType.TIME_US:
                raise Violation(Rule.TYPE, f"{name} of times means nothing", expression.at, "max(e.at)")
            return Kind(Family.NUMBER, unit=kinds[0].unit)
        if name not in SCALAR_FUNCTIONS:
            listed = ", ".join(sorted(AGGREGATES | SCALAR_FUNCTIONS))
            form = _nearest(name, AGGREGATES | SCALAR_FUNCTIONS, "{}( … )")
            raise Violation(Rule.FUNCTION, f"{name} is not among the functions {listed}", expression.at, form)
        kinds = [self._kind(argument, scope) for argument in expression.arguments]
        if expression.distinct or not kinds or (len(kinds) != 1 and name != "coalesce"):
            raise Violation(Rule.FUNCTION, f"{name} does not take these arguments", expression.at)
        match name:
            case "coalesce":
                found = merged(kinds)
                if found is None or found.family in {Family.VERTEX, Family.LIST}:
                    raise Violation(Rule.TYPE, "coalesce takes values of one type", expression.at)
                return found
            case "abs":
                wanted, result = Family.NUMBER, Kind(Family.NUMBER, unit=kinds[0].unit)
            case "sign":
                wanted, result = Family.NUMBER, COUNT
            case _:
                wanted, result = Family.TEXT, TEXT
        if kinds[0].family not in {wanted, Family.ANY}:
            raise Violation(Rule.TYPE, f"{name} takes a {wanted}", expression.at)
        return result


def _nearest(name: str, known: Iterable[str], form: str) -> str | None:
    """The form with the known name that is spelt most alike, where one is."""
    alike = {each.lower(): each for each in known}
    found = get_close_matches(name.lower(), alike, n=1, cutoff=0.75)
    return form.format(alike[found[0]]) if found else None


def _of_vertex(kind: Kind, vertex: int) -> Kind:
    return Kind(kind.family, kind.unit, vertex=vertex, is_customer_id=kind.is_customer_id, is_optional=kind.is_optional)


def _name_of(item: Item, at: int) -> str:
    if item.alias is not None:
        return item.alias
    if isinstance(item.expression, Variable):
        return item.expression.name
    raise Violation(Rule.VARIABLE, "what WITH computes has a name", at, "WITH c, count(e) AS n")


def _has_aggregate(expression: Expression) -> bool:
    return isinstance(expression, Call) and expression.function in AGGREGATES


def _described(kind: Kind) -> str:
    return f"{kind.family} ({kind.unit})" if kind.unit else str(kind.family)


def _at(expression: Expression) -> int:
    return expression.at
