"""Recursive descent over the accepted subset of Cypher; whatever is not named here is refused.

Literals leave the text as they are read: each becomes a parameter `$v1`, `$v2`, … whose value is kept beside the
tree. Conditions in braces, `(c:Customer {country: 'DE'})`, become part of the clause's `WHERE`, because AGE serves
`WHERE` by a btree and the braces by a far slower index.
"""

from leo_activation.segments.gate.refusal import Rule, Violation
from leo_activation.segments.gate.tokens import Token, TokenKind
from leo_activation.segments.gate.tree import (
    Arithmetic,
    Call,
    Clause,
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

Value = Scalar | list[Scalar]

MAX_DEPTH = 20
MAX_TERMS = 5
MAX_CLAUSES = 150
MAX_LIST = 1_000

_REFUSED_CLAUSES = frozenset({"UNION", "SKIP", "FINISH", "USE", "EXPLAIN", "PROFILE", "START", "FILTER", "LET"})
_KEYWORDS = (
    _REFUSED_CLAUSES
    | {"MATCH", "OPTIONAL", "WHERE", "WITH", "UNWIND", "RETURN", "ORDER", "BY", "LIMIT", "AS", "AND"}
    | {"OR", "XOR", "NOT", "IN", "IS", "NULL", "TRUE", "FALSE", "STARTS", "ENDS", "CONTAINS", "DISTINCT", "EXISTS"}
    | {"CASE", "WHEN", "THEN", "ELSE", "END", "ASC", "DESC", "ASCENDING", "DESCENDING", "ALL", "ANY", "NONE", "SINGLE"}
    | {"OPERATOR", "ON", "HAVING", "GROUP", "FROM", "SELECT", "UPDATE", "COLLATE"}
)
_LIST_FORM = "c.country IN ['DE', 'AT'] or c.country IN $countries"
_PATTERN_FORM = "EXISTS { MATCH (c)-[:PURCHASED]->(:Product) }"
_HOPS_FORM = "-[:REFERRED]->(:Customer)-[:REFERRED]->"
_INSTEAD = {"SKIP": "LIMIT 100", "UNION": "one query with OR"}
_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_ADDITION = frozenset({"+", "-"})
_MULTIPLICATION = frozenset({"*", "/", "%"})


class Parser:
    """One pass over the tokens of one query."""

    def __init__(self, tokens: list[Token]) -> None:
        """Start at the first token; `values` fills with the literals lifted, `deepest` is how deep the query nests."""
        self._tokens = tokens
        self._position = 0
        self._next = tokens[0]
        self._depth = 0
        self._lifted = 0
        self._named = 0
        self._names: set[str] = set()
        self._braces: list[Expression] = []
        self.values: dict[str, Value] = {}
        self.deepest = 0

    def query(self) -> Query:
        """The whole query.

        Raises:
            Violation: something is outside the accepted subset.
        """
        clauses: list[Clause] = []
        while True:
            if len(clauses) > MAX_CLAUSES:
                raise Violation(Rule.SIZE, f"a query has at most {MAX_CLAUSES} clauses", self._next.at)
            match self._next.keyword:
                case "MATCH":
                    clauses.append(self._match(optional=False))
                case "OPTIONAL":
                    clauses.append(self._match(optional=True))
                case "UNWIND":
                    clauses.append(self._unwind())
                case "WITH":
                    clauses.append(self._with())
                case "RETURN":
                    returned = self._return()
                    if self._next.kind is not TokenKind.END:
                        raise self._refused_here("RETURN is the last clause")
                    return Query(tuple(clauses), returned)
                case _:
                    raise self._refused_here("a query is made of MATCH, OPTIONAL MATCH, UNWIND, WITH and RETURN")

    # --- clauses ------------------------------------------------------------------------------------------------------

    def _match(self, *, optional: bool) -> Match:
        at = self._next.at
        if optional:
            self._take("OPTIONAL")
        self._take("MATCH")
        paths, where = self._pattern_and_where()
        return Match(paths, where, optional, at)

    def _pattern_and_where(self) -> tuple[tuple[Path, ...], Expression | None]:
        outer, self._braces = self._braces, []
        paths = [self._path()]
        while self._taken_if(","):
            paths.append(self._path())
        conditions = self._braces
        self._braces = outer
        if self._taken_if("WHERE"):
            conditions.append(self._expression())
        return tuple(paths), _joined("AND", conditions) if conditions else None

    def _unwind(self) -> Unwind:
        at = self._take("UNWIND").at
        values = self._expression()
        self._take("AS")
        return Unwind(values, self._name("a variable"), at)

    def _with(self) -> With:
        at = self._take("WITH").at
        distinct = self._taken_if("DISTINCT")
        items = [self._item()]
        while self._taken_if(","):
            items.append(self._item())
        order, limit = self._order(), self._limit()
        where = self._expression() if self._taken_if("WHERE") else None
        return With(tuple(items), distinct, order, limit, where, at)

    def _return(self) -> Return:
        at = self._take("RETURN").at
        distinct = self._taken_if("DISTINCT")
        item = self._item()
        if self._next.keyword == ",":
            raise Violation(Rule.RETURN, "only the customer's id is returned", self._next.at, "RETURN c.customer_id")
        return Return(item, distinct, self._order(), self._limit(), at)

    def _item(self) -> Item:
        if self._next.keyword == "*":
            raise Violation(Rule.RETURN, "what is projected is named", self._next.at, "RETURN c.customer_id")
        expression = self._expression()
        if self._taken_if("AS"):
            alias = self._name("a name")
            return Item(expression, None if expression == Variable(alias) else alias)
        return Item(expression)

    def _order(self) -> tuple[SortKey, ...]:
        if not self._taken_if("ORDER"):
            return ()
        self._take("BY")
        keys = [self._sort_key()]
        while self._taken_if(","):
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        expression = self._expression()
        descending = self._next.keyword in {"DESC", "DESCENDING"}
        if descending or self._next.keyword in {"ASC", "ASCENDING"}:
            self._advance()
        return SortKey(expression, descending)

    def _limit(self) -> Parameter | None:
        if not self._taken_if("LIMIT"):
            return None
        token = self._next
        if token.kind is TokenKind.INTEGER:
            self._advance()
            return self._lift(int(token.text), token.at)
        if token.kind is TokenKind.PARAMETER:
            self._advance()
            return Parameter(token.text, token.at)
        raise Violation(Rule.SYNTAX, "LIMIT takes a whole number or a parameter", token.at, "LIMIT 100")

    # --- patterns -----------------------------------------------------------------------------------------------------

    def _path(self) -> Path:
        if self._next.kind is TokenKind.WORD and self._second.keyword == "=":
            raise Violation(Rule.PATTERN, "a path has no name here", self._next.at, "MATCH (c:Customer)")
        nodes, hops = [self._node()], []
        while self._next.keyword in {"-", "<"}:
            hops.append(self._hop())
            nodes.append(self._node())
        return Path(tuple(nodes), tuple(hops))

    def _node(self) -> Node:
        at = self._take("(").at
        variable = None if self._next.keyword in {":", ")", "{"} else self._name("a variable")
        label = None
        if self._taken_if(":"):
            label = self._name("a label")
            self._no_second_label()
        if self._next.keyword == "{":
            variable = variable or self._fresh_variable()
            self._properties(variable)
        if self._next.keyword == "WHERE":
            raise Violation(Rule.PATTERN, "a condition stands after the pattern", self._next.at, "MATCH (…) WHERE …")
        self._take(")")
        return Node(variable, label, at)

    def _hop(self) -> Hop:
        at = self._next.at
        backwards = self._taken_if("<")
        self._take("-")
        if self._next.keyword != "[":
            raise Violation(Rule.LABEL, "an edge is named by its label", self._next.at, "-[:PURCHASED]->")
        self._take("[")
        variable = None if self._next.keyword in {":", "]", "{", "*"} else self._name("a variable")
        if not self._taken_if(":"):
            if self._next.keyword == "*":
                raise self._variable_length()
            raise Violation(Rule.LABEL, "an edge is named by its label", self._next.at, "-[:PURCHASED]->")
        label = self._name("a label")
        self._no_second_label()
        if self._next.keyword == "*":
            raise self._variable_length()
        if self._next.keyword == "{":
            variable = variable or self._fresh_variable()
            self._properties(variable)
        self._take("]")
        self._take("-")
        forwards = self._taken_if(">")
        if forwards == backwards:
            raise Violation(Rule.DIRECTION, "an edge has one direction", at, f"-[:{label}]-> or <-[:{label}]-")
        return Hop(variable, label, forwards, at)

    def _no_second_label(self) -> None:
        if self._next.keyword in {":", "|"}:
            raise Violation(Rule.LABEL, "one label is named at a time", self._next.at)

    def _variable_length(self) -> Violation:
        return Violation(
            Rule.VARIABLE_LENGTH,
            "paths of variable length are not accepted: write each hop out",
            self._next.at,
            _HOPS_FORM,
        )

    def _properties(self, variable: str) -> None:
        self._take("{")
        while True:
            token = self._next
            name = self._name("a property")
            self._take(":")
            self._braces.append(Comparison("=", Property(variable, name, token.at), self._expression(), token.at))
            if not self._taken_if(","):
                break
        self._take("}")

    # --- expressions --------------------------------------------------------------------------------------------------

    def _expression(self) -> Expression:
        self._go_down()
        operands = [self._conjunction()]
        while self._taken_if("OR"):
            operands.append(self._conjunction())
        self._depth -= 1
        return _joined("OR", operands)

    def _conjunction(self) -> Expression:
        operands = [self._negation()]
        while self._taken_if("AND"):
            operands.append(self._negation())
        return _joined("AND", operands)

    def _negation(self) -> Expression:
        if self._next.keyword != "NOT":
            return self._comparison()
        self._go_down()
        at = self._take("NOT").at
        operand = self._negation()
        self._depth -= 1
        # NOT NOT x is x, also where x is unknown.
        return operand.operand if isinstance(operand, Negation) else Negation(operand, at)

    def _go_down(self) -> None:
        self._depth += 1
        if self._depth > self.deepest:
            if self._depth > MAX_DEPTH:
                raise Violation(Rule.DEPTH, f"a query nests at most {MAX_DEPTH} levels", self._next.at)
            self.deepest = self._depth

    def _comparison(self) -> Expression:
        left = self._sum()
        token = self._next
        if token.keyword in _COMPARISONS:
            self._advance()
            found = _compared(token, left, self._sum())
            if self._next.keyword in _COMPARISONS:
                raise Violation(Rule.SYNTAX, "comparisons are not chained", self._next.at, "a < b AND b < c")
            return found
        match token.keyword:
            case "IN" | "CONTAINS":
                self._advance()
                return Comparison(token.keyword, left, self._sum(), token.at)
            case "STARTS" | "ENDS":
                self._advance()
                self._take("WITH")
                return Comparison(f"{token.keyword} WITH", left, self._sum(), token.at)
            case "IS":
                self._advance()
                negated = self._taken_if("NOT")
                self._take("NULL")
                return NullTest(left, negated, token.at)
            case _:
                return left

    def _sum(self) -> Expression:
        left = self._product()
        terms = 0
        while self._next.keyword in _ADDITION:
            terms = self._one_more(terms or _terms(left, _ADDITION))
            token = self._advance()
            left = Arithmetic(token.keyword, left, self._product(), token.at)
        return left

    def _product(self) -> Expression:
        left = self._atom()
        factors = 0
        while self._next.keyword in _MULTIPLICATION:
            factors = self._one_more(factors or _terms(left, _MULTIPLICATION))
            token = self._advance()
            left = Arithmetic(token.keyword, left, self._atom(), token.at)
        return left

    def _one_more(self, terms: int) -> int:
        if terms >= MAX_TERMS:
            raise Violation(Rule.DEPTH, f"a calculation has at most {MAX_TERMS} terms", self._next.at)
        return terms + 1

    def _atom(self) -> Expression:
        token = self._next
        match token.kind:
            case TokenKind.PARAMETER:
                self._advance()
                return self._nothing_after(Parameter(token.text, token.at))
            case TokenKind.INTEGER | TokenKind.FLOAT | TokenKind.STRING:
                return self._nothing_after(self._lift(self._scalar(), token.at))
            case TokenKind.WORD:
                return self._word(token)
            case _:
                pass
        match token.keyword:
            case "(":
                self._advance()
                inner = self._expression()
                self._take(")")
                if self._next.keyword in {"-", "<"} and self._second.keyword in {"[", "-"}:
                    raise Violation(Rule.PATTERN, "a pattern is no condition", token.at, _PATTERN_FORM)
                return inner
            case "-":
                return self._lift(self._scalar(), token.at)
            case "[":
                return self._list(token)
            case "{":
                raise Violation(Rule.MAP, "there are no maps", token.at)
            case _:
                raise self._refused_here("a value is expected")

    def _word(self, token: Token) -> Expression:
        following = self._second.keyword
        match token.keyword:
            case "TRUE" | "FALSE":
                return self._lift(self._scalar(), token.at)
            case "EXISTS":
                return self._exists(token)
            case "NULL":
                raise Violation(Rule.NULL, "nothing equals NULL", token.at, "IS NULL or IS NOT NULL")
            case "CASE":
                raise Violation(Rule.CASE, "CASE is not accepted: write the conditions with AND and OR", token.at)
            case "ALL" | "ANY" | "NONE" | "SINGLE" if following == "(":
                raise Violation(Rule.FUNCTION, f"{token.text}( … ) is not accepted", token.at)
            case _:
                pass
        if following == "(":
            return self._call(token)
        name = self._name("a value")
        if self._taken_if("."):
            found: Expression = Property(name, self._name("a property"), token.at)
            if self._next.keyword == "(" or (self._next.keyword == "." and self._is_called()):
                raise Violation(Rule.FUNCTION, "names with dots are not called", token.at)
            return self._nothing_after(found)
        if self._next.keyword == ":":
            raise Violation(Rule.SYNTAX, "a label stands in a pattern, not in a condition", self._next.at)
        return self._nothing_after(Variable(name, token.at))

    def _nothing_after(self, expression: Expression) -> Expression:
        match self._next.keyword:
            case "[":
                raise Violation(Rule.LIST, "a list or text is not indexed or cut", self._next.at)
            case "{":
                raise Violation(Rule.MAP, "properties are not projected into a map", self._next.at)
            case ".":
                raise Violation(Rule.MAP, "only a variable has properties, and they have none", self._next.at, "c.age")
            case ":":
                raise Violation(Rule.SYNTAX, "a value is not cast to another type", self._next.at)
            case _:
                return expression

    def _call(self, token: Token) -> Expression:
        if token.keyword in _KEYWORDS:
            raise self._refused_here("a value is expected")
        self._advance()
        self._advance()
        distinct = self._taken_if("DISTINCT")
        if self._taken_if("*"):
            self._take(")")
            return Call(token.text, (), distinct, token.at)
        arguments = [self._expression()]
        while self._taken_if(","):
            arguments.append(self._expression())
        self._take(")")
        return self._nothing_after(Call(token.text, tuple(arguments), distinct, token.at))

    def _exists(self, token: Token) -> Exists:
        self._take("EXISTS")
        if self._next.keyword != "{":
            raise Violation(Rule.PATTERN, "EXISTS asks for a pattern in braces", token.at, _PATTERN_FORM)
        self._go_down()
        self._take("{")
        self._take("MATCH")
        paths, where = self._pattern_and_where()
        self._take("}")
        self._depth -= 1
        return Exists(paths, where, token.at)

    def _list(self, token: Token) -> Expression:
        self._take("[")
        values: list[Scalar] = []
        while self._next.keyword != "]":
            if len(values) >= MAX_LIST:
                raise Violation(Rule.SIZE, f"a list has at most {MAX_LIST} values", self._next.at)
            values.append(self._item_of_list())
            if not self._taken_if(","):
                break
        self._take("]")
        return self._nothing_after(self._lift(values, token.at))

    def _item_of_list(self) -> Scalar:
        match self._next.keyword:
            case "[" | "{":
                raise Violation(Rule.LIST, "a list holds texts, numbers or truth values", self._next.at, _LIST_FORM)
            case "(":
                raise Violation(Rule.LIST, "a list is not made from a pattern", self._next.at, _PATTERN_FORM)
            case "NULL":
                raise Violation(Rule.NULL, "nothing equals NULL", self._next.at, "IS NULL or IS NOT NULL")
            case "]":
                raise self._refused_here("a text, a number, true or false is expected")
            case _:
                pass
        if self._next.kind is TokenKind.PARAMETER or (
            self._next.kind is TokenKind.WORD and self._next.keyword not in _KEYWORDS
        ):
            raise Violation(
                Rule.LIST, "a list is written out or is one parameter, and is not computed", self._next.at, _LIST_FORM
            )
        return self._scalar()

    def _is_called(self) -> bool:
        """Whether the dots that follow end in a call: `a.b.c(`."""
        position = self._position
        while self._tokens[position].keyword == "." and self._tokens[position + 1].kind is TokenKind.WORD:
            position += 2
        return self._tokens[position].keyword == "("

    def _scalar(self) -> Scalar:
        negative = self._taken_if("-")
        token = self._next
        value: Scalar
        match token.kind:
            case TokenKind.INTEGER:
                value = -int(token.text) if negative else int(token.text)
            case TokenKind.FLOAT:
                value = -float(token.text) if negative else float(token.text)
            case TokenKind.STRING if not negative:
                value = token.text
            case TokenKind.WORD if not negative and token.keyword in {"TRUE", "FALSE"}:
                value = token.keyword == "TRUE"
            case _:
                raise self._refused_here("a text, a number, true or false is expected")
        self._advance()
        return value

    # --- tokens -------------------------------------------------------------------------------------------------------

    def _advance(self) -> Token:
        """Go on behind the next token, which is not the last, and give it back."""
        token = self._next
        self._position += 1
        self._next = self._tokens[self._position]
        return token

    @property
    def _second(self) -> Token:
        """The token behind the next; the last one where there is none."""
        return self._tokens[min(self._position + 1, len(self._tokens) - 1)]

    def _taken_if(self, keyword: str) -> bool:
        if self._next.keyword == keyword:
            self._advance()
            return True
        return False

    def _take(self, keyword: str) -> Token:
        if self._next.keyword != keyword:
            raise self._refused_here(f"{keyword} is expected")
        return self._advance()

    def _name(self, what: str) -> str:
        token = self._next
        if token.kind is not TokenKind.WORD:
            raise self._refused_here(f"{what} is expected")
        if token.keyword in _KEYWORDS:
            raise self._refused_here(f"{what} is expected, and {token.text} is a keyword")
        if token.text.startswith("_"):
            raise Violation(Rule.VARIABLE, "a name does not begin with _", token.at)
        self._advance()
        return token.text

    def _lift(self, value: Value, at: int) -> Parameter:
        while True:
            self._lifted += 1
            name = f"v{self._lifted}"
            if not self._is_taken(name):
                self.values[name] = value
                return Parameter(name, at)

    def _fresh_variable(self) -> str:
        while True:
            self._named += 1
            name = f"n{self._named}"
            if not self._is_taken(name):
                return name

    def _is_taken(self, name: str) -> bool:
        if not self._names:
            self._names = {token.text for token in self._tokens}
        return name in self._names

    def _refused_here(self, message: str) -> Violation:
        token = self._next
        if token.kind is TokenKind.END:
            return Violation(Rule.SYNTAX, f"the query ends too early: {message}", token.at)
        if token.keyword in _REFUSED_CLAUSES:
            form = _INSTEAD.get(token.keyword)
            return Violation(Rule.CLAUSE, f"{token.keyword} is not accepted: {message}", token.at, form)
        if token.keyword == "XOR":
            return Violation(Rule.SYNTAX, "XOR is not accepted", token.at, "(a OR b) AND NOT (a AND b)")
        return Violation(Rule.SYNTAX, f"'{token.text}' cannot stand here: {message}", token.at)


def _compared(token: Token, left: Expression, right: Expression) -> Expression:
    """A comparison; `>=` on a property is taken apart, and on a name, which can stand for one behind a WITH.

    AGE registers `>` and `>=` in each other's place in its btree operator class, so that an index scan for `>=` loses
    the rows that are equal. `a > b OR a = b` is right with and without an index.
    """
    at = token.at
    if token.keyword == ">=" and isinstance(left, Property | Variable):
        return Junction("OR", (Comparison(">", left, right, at), Comparison("=", left, right, at)), at)
    if token.keyword == "<=" and isinstance(right, Property | Variable):
        return _compared(Token(token.kind, ">=", ">=", at), right, left)
    return Comparison(token.keyword, left, right, at)


def _terms(expression: Expression, operators: frozenset[str]) -> int:
    """How many terms stand in a row where this one is printed without brackets."""
    terms = 1
    while isinstance(expression, Arithmetic) and expression.operator in operators:
        terms += 1
        expression = expression.left
    return terms


def _joined(operator: str, operands: list[Expression]) -> Expression:
    if len(operands) == 1:
        return operands[0]
    flat: list[Expression] = []
    for operand in operands:
        if isinstance(operand, Junction) and operand.operator == operator:
            flat.extend(operand.operands)
        else:
            flat.append(operand)
    return Junction(operator, tuple(flat))
