"""From tokens to the syntax tree: recursive descent for clauses, precedence climbing for expressions.

Bind parameters are put in while parsing, as ArangoDB does, so that a tree belongs to one execution.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sandbox.arangodb.aql import tree
from sandbox.arangodb.aql.functions import AGGREGATES, check_call
from sandbox.arangodb.aql.tokens import (
    COLLECTION_PARAMETER,
    END,
    IDENTIFIER,
    NUMBER,
    PARAMETER,
    STRING,
    Token,
    parse_error,
    tokens,
)
from sandbox.arangodb.errors import (
    BIND_PARAMETER_MISSING,
    BIND_PARAMETER_TYPE,
    BIND_PARAMETER_UNDECLARED,
    FUNCTION_NOT_FOUND,
    QUERY_EMPTY,
    VARIABLE_REDECLARED,
    ArangoError,
)

# Tighter binds later. NOT binds tighter than any of them, as ArangoDB's grammar has it.
_LEVELS = (
    ("OR",),
    ("AND",),
    ("==", "!=", "LIKE", "=~", "!~"),
    ("IN", "NOT IN"),
    ("<", "<=", ">", ">="),
    ("..",),
    ("+", "-"),
    ("*", "/", "%"),
)
_LITERALS: Mapping[str, object] = {"NULL": None, "TRUE": True, "FALSE": False}
_WRITES = ("INSERT", "UPDATE", "REPLACE", "REMOVE", "UPSERT")


def parse(query: str, bound: Mapping[str, Any] | None) -> tree.Parsed:
    """The tree of a query with the values of its bind parameters; with `bound` None they stay unknown (null).

    Raises:
        ArangoError: 1501 and the other errors that ArangoDB finds while parsing.
    """
    if not query.strip():
        raise ArangoError(QUERY_EMPTY)
    return _Parser(query, bound).whole()


class _Parser:
    def __init__(self, query: str, bound: Mapping[str, Any] | None) -> None:
        self._text = query
        self._tokens = list(tokens(query))
        self._at = 0
        self._bound = bound
        self._parameters: dict[str, None] = {}
        self._collections: dict[str, None] = {}
        self._scope: tuple[str, ...] = ()

    def whole(self) -> tree.Parsed:
        if self._take("WITH"):
            self._names_of_with()
        query = self._query()
        self._expect(END)
        unused = [name for name in self._bound or {} if name not in self._parameters]
        if unused:
            message = f"AQL: bind parameter '{unused[0]}' was not declared in the query (while parsing)"
            raise ArangoError(BIND_PARAMETER_UNDECLARED, message)
        return tree.Parsed(query, tuple(self._parameters), tuple(self._collections))

    # Tokens

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    @property
    def _ahead(self) -> Token:
        return self._tokens[min(self._at + 1, len(self._tokens) - 1)]

    def _step(self) -> Token:
        token = self._now
        self._at += 1
        return token

    def _take(self, kind: str) -> Token | None:
        return self._step() if self._now.kind == kind else None

    def _take_word(self, word: str) -> bool:
        """Take a name that is no keyword but has a meaning here, such as COUNT."""
        if self._now.kind == IDENTIFIER and self._now.value.upper() == word:
            self._step()
            return True
        return False

    def _expect(self, kind: str) -> Token:
        if self._now.kind != kind:
            raise self._unexpected()
        return self._step()

    def _unexpected(self) -> ArangoError:
        return parse_error(self._text, self._now.offset, f"syntax error, unexpected {self._now.name}")

    def _declare(self, name: str) -> str:
        if name in self._scope:
            message = f"AQL: variable '{name}' is assigned multiple times (while parsing)"
            raise ArangoError(VARIABLE_REDECLARED, message)
        self._scope = (*self._scope, name)
        return name

    def _variable(self) -> str:
        return str(self._expect(IDENTIFIER).value)

    # Clauses

    def _names_of_with(self) -> None:
        while True:
            if self._now.kind == COLLECTION_PARAMETER:
                self._collection_parameter()
            else:
                self._collections[self._variable()] = None
            if not self._take(","):
                return

    def _query(self) -> tree.Query:
        readers: Mapping[str, Callable[[], tree.Clause]] = {
            "FOR": self._for,
            "FILTER": self._filter,
            "SORT": self._sort,
            "LIMIT": self._limit,
            "COLLECT": self._collect,
        }
        clauses: list[tree.Clause] = []
        while not self._take("RETURN"):
            word = self._now.kind
            if word in _WRITES:
                raise parse_error(self._text, self._now.offset, f"{word} is not served here: this server only reads")
            if word == "LET":
                clauses.extend(self._lets())
            elif word in readers:
                clauses.append(readers[word]())
            else:
                raise self._unexpected()
        distinct = self._take("DISTINCT") is not None
        clauses.append(tree.Return(self._expression(), distinct))
        return tree.Query(tuple(clauses))

    def _for(self) -> tree.For:
        self._step()
        name = self._variable()
        if self._now.kind == ",":
            raise parse_error(self._text, self._now.offset, "traversals are not served here, unexpected ','")
        self._expect("IN")
        source = self._expression()
        return tree.For(self._declare(name), source)

    def _filter(self) -> tree.Filter:
        self._step()
        return tree.Filter(self._expression())

    def _lets(self) -> list[tree.Let]:
        self._step()
        found = []
        while True:
            name = self._variable()
            self._expect("=")
            expression = self._expression()
            found.append(tree.Let(self._declare(name), expression))
            if not self._take(","):
                return found

    def _sort(self) -> tree.Sort:
        self._step()
        by = []
        while True:
            expression = self._expression()
            descending = self._take("DESC") is not None
            if not descending:
                self._take("ASC")
            by.append((expression, descending))
            if not self._take(","):
                return tree.Sort(tuple(by))

    def _limit(self) -> tree.Limit:
        self._step()
        first = self._expression()
        if self._take(","):
            return tree.Limit(first, self._expression())
        return tree.Limit(tree.Literal(0), first)

    def _collect(self) -> tree.Collect:
        self._step()
        before = self._scope
        groups: list[tuple[str, tree.Expression]] = []
        while self._now.kind == IDENTIFIER and self._ahead.kind == "=":
            name = self._variable()
            self._expect("=")
            groups.append((name, self._expression()))
            if not self._take(","):
                break
        aggregates = self._aggregates()
        into: tuple[str, tree.Expression | None] | None = None
        count_into = None
        if self._take("WITH"):
            if not self._take_word("COUNT"):
                raise self._unexpected()
            self._expect("INTO")
            count_into = self._variable()
        elif self._take("INTO"):
            name = self._variable()
            into = (name, self._expression() if self._take("=") else None)
        if not (groups or aggregates or count_into):
            raise self._unexpected()
        self._scope = ()
        for name in [*(group for group, _ in groups), *(name for name, _, _ in aggregates)]:
            self._declare(name)
        for last in (into[0] if into else None, count_into):
            if last is not None:
                self._declare(last)
        return tree.Collect(tuple(groups), tuple(aggregates), into, count_into, before)

    def _aggregates(self) -> list[tuple[str, str, tree.Expression]]:
        found: list[tuple[str, str, tree.Expression]] = []
        if not self._take("AGGREGATE"):
            return found
        while True:
            name = self._variable()
            self._expect("=")
            at = self._now.offset
            call = self._expression()
            if not isinstance(call, tree.Call) or call.function not in AGGREGATES or len(call.arguments) > 1:
                raise parse_error(self._text, at, "aggregate expression must be a call of an aggregate function")
            argument = call.arguments[0] if call.arguments else tree.Literal(None)
            found.append((name, call.function, argument))
            if not self._take(","):
                return found

    # Expressions

    def _expression(self) -> tree.Expression:
        condition = self._level(0)
        if not self._take("?"):
            return condition
        if self._take(":"):
            return tree.Ternary(condition, None, self._expression())
        then = self._expression()
        self._expect(":")
        return tree.Ternary(condition, then, self._expression())

    def _level(self, level: int) -> tree.Expression:
        if level == len(_LEVELS):
            return self._unary()
        left = self._level(level + 1)
        while (operator := self._operator()) in _LEVELS[level]:
            self._at += 2 if operator == "NOT IN" else 1
            left = tree.Binary(operator, left, self._level(level + 1))
        return left

    def _operator(self) -> str:
        if self._now.kind == "NOT" and self._ahead.kind == "IN":
            return "NOT IN"
        return self._now.kind

    def _unary(self) -> tree.Expression:
        for operator in ("NOT", "-", "+"):
            if self._take(operator):
                return tree.Unary(operator, self._unary())
        return self._followed(self._primary())

    def _followed(self, of: tree.Expression) -> tree.Expression:
        """An expression with the attribute and index accesses after it."""
        while True:
            if self._take("."):
                if self._now.kind == PARAMETER:
                    at = self._now.offset
                    name = self._parameter()
                    if self._bound is not None and not isinstance(name, str):
                        raise parse_error(self._text, at, "an attribute name must be a string")
                    of = tree.Attribute(of, str(name))
                else:
                    of = tree.Attribute(of, self._variable())
            elif self._take("["):
                if self._take("*"):
                    self._expect("]")
                    return tree.Expansion(of, self._followed(tree.Variable("CURRENT")))
                at_expression = self._expression()
                self._expect("]")
                of = tree.Indexed(of, at_expression)
            else:
                return of

    def _primary(self) -> tree.Expression:
        token = self._now
        if token.kind in (NUMBER, STRING):
            return tree.Literal(self._step().value)
        if token.kind in _LITERALS:
            self._step()
            return tree.Literal(_LITERALS[token.kind])
        if token.kind == PARAMETER:
            return tree.Literal(self._parameter())
        if token.kind == COLLECTION_PARAMETER:
            return self._collection_parameter()
        if self._take("("):
            return self._parenthesis()
        if self._take("["):
            return tree.ArrayOf(self._listed("]"))
        if self._take("{"):
            return self._object()
        if token.kind == IDENTIFIER:
            return self._named()
        raise self._unexpected()

    def _named(self) -> tree.Expression:
        token = self._step()
        name = str(token.value)
        if self._now.kind == "::":
            raise ArangoError(FUNCTION_NOT_FOUND, f"AQL: user function '{name}::…' not found (while parsing)")
        if self._take("("):
            arguments = self._listed(")")
            check_call(name, len(arguments))
            return tree.Call(name.upper(), arguments)
        if name in self._scope:
            return tree.Variable(name)
        self._collections[name] = None
        return tree.CollectionName(name)

    def _parenthesis(self) -> tree.Expression:
        if self._now.kind in ("FOR", "LET", "RETURN", "FILTER", "SORT", "LIMIT", "COLLECT"):
            outside = self._scope
            query = self._query()
            self._scope = outside
            self._expect(")")
            return tree.Subquery(query)
        inner = self._expression()
        self._expect(")")
        return inner

    def _listed(self, end: str) -> tuple[tree.Expression, ...]:
        items: list[tree.Expression] = []
        while not self._take(end):
            if self._now.kind in ("FOR", "LET", "RETURN"):  # f(FOR …) needs no second pair of parentheses
                outside = self._scope
                items.append(tree.Subquery(self._query()))
                self._scope = outside
            else:
                items.append(self._expression())
            if not self._take(","):
                self._expect(end)
                break
        return tuple(items)

    def _object(self) -> tree.Expression:
        entries: list[tuple[tree.Expression, tree.Expression]] = []
        while not self._take("}"):
            entries.append(self._entry())
            if not self._take(","):
                self._expect("}")
                break
        return tree.ObjectOf(tuple(entries))

    def _entry(self) -> tuple[tree.Expression, tree.Expression]:
        if self._take("["):
            name = self._expression()
            self._expect("]")
        elif self._now.kind == PARAMETER:
            name = tree.Literal(self._parameter())
        elif self._now.kind == STRING:
            name = tree.Literal(self._step().value)
        else:
            word = self._variable()
            name = tree.Literal(word)
            if self._now.kind != ":":  # { x } is short for { x: x }
                if word not in self._scope:
                    self._collections[word] = None
                    return name, tree.CollectionName(word)
                return name, tree.Variable(word)
        self._expect(":")
        return name, self._expression()

    # Bind parameters

    def _parameter(self) -> Any:
        name = str(self._expect(PARAMETER).value)
        self._parameters[name] = None
        return self._value_of(name)

    def _collection_parameter(self) -> tree.CollectionName:
        name = str(self._expect(COLLECTION_PARAMETER).value)
        self._parameters[name] = None
        value = self._value_of(name)
        if self._bound is None:
            return tree.CollectionName("")
        if not isinstance(value, str) or not value:
            message = f"AQL: bind parameter '{name}' has an invalid value or type (while parsing)"
            raise ArangoError(BIND_PARAMETER_TYPE, message)
        self._collections[value] = None
        return tree.CollectionName(value)

    def _value_of(self, name: str) -> Any:
        if self._bound is None:
            return None
        if name not in self._bound:
            message = f"AQL: no value specified for declared bind parameter '{name}' (while parsing)"
            raise ArangoError(BIND_PARAMETER_MISSING, message)
        return self._bound[name]
