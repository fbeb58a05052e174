"""A parsed query as a stream of results: each clause takes rows of variables and gives rows on."""

import functools
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.arangodb.aql import plan, tree, values
from sandbox.arangodb.aql.expressions import Evaluate, Expressions, Scope
from sandbox.arangodb.aql.functions import FUNCTIONS
from sandbox.arangodb.aql.parser import parse
from sandbox.arangodb.documents import Stored
from sandbox.arangodb.errors import ARRAY_EXPECTED, COLLECTION_NOT_FOUND, NUMBER_OUT_OF_RANGE, QUERY_PARSE, ArangoError
from sandbox.arangodb.orders import flat
from sandbox.arangodb.store import Collection, Database

Rows = Iterator[dict[str, Any]]
Stage = Callable[[Rows], Rows]


@dataclass
class Statistics:
    """What a query did: documents read by a scan and by a key or order, and rows that a FILTER refused."""

    scanned_full: int = 0
    scanned_index: int = 0
    filtered: int = 0


@dataclass(frozen=True)
class Execution:
    """A query that is ready to run: its results (lazy), statistics, and the collections that it names."""

    results: Iterator[Any]
    statistics: Statistics
    collections: tuple[str, ...]


def execute(database: Database, query: str, bound: Mapping[str, Any]) -> Execution:
    """Parse a query and prepare its results.

    Raises:
        ArangoError: the query is wrong, or names a collection that does not exist; also while results are taken.
    """
    parsed = _checked(database, query, bound)
    evaluation = _Evaluation(database)
    return Execution(evaluation.results(parsed.query, {}), evaluation.statistics, parsed.collections)


def explain(database: Database, query: str, bound: Mapping[str, Any]) -> dict[str, Any]:
    """How each collection would be read, in the outline of ArangoDB's plan. Raises as `execute`."""
    parsed = _checked(database, query, bound)
    clauses = parsed.query.clauses
    nodes = []
    for at, clause in enumerate(clauses):
        node: dict[str, Any] = {"type": f"{type(clause).__name__}Node", "id": at + 1}
        if isinstance(clause, tree.For) and isinstance(clause.source, tree.CollectionName):
            access = plan.choose(clauses, at, database.collection(clause.source.name))
            scanned = isinstance(access, plan.ByScan)
            node |= {"type": "EnumerateCollectionNode" if scanned else "IndexNode", "collection": clause.source.name}
            if isinstance(access, plan.ByOrder):
                node |= {"fields": [".".join(path) for path in access.paths], "sorts": access.sorts}
        nodes.append(node)
    used = [{"name": name, "type": "read"} for name in parsed.collections]
    return {"nodes": nodes, "rules": [], "collections": used, "variables": []}


def _checked(database: Database, query: str, bound: Mapping[str, Any]) -> tree.Parsed:
    parsed = parse(query, bound)
    for name in parsed.collections:
        if not database.has(name):
            message = f"AQL: collection or view not found: {name} (while parsing)"
            raise ArangoError(COLLECTION_NOT_FOUND, message)
    return parsed


class _Evaluation:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._expressions = Expressions(self._whole_documents, self._subquery)
        self.statistics = Statistics()

    def results(self, query: tree.Query, scope: Scope) -> Iterator[Any]:
        stages, last = self._stages(query)
        rows: Rows = iter([dict(scope)])
        for stage in stages:
            rows = stage(rows)
        build = self._expressions.build(last.expression)
        found = (build(row) for row in rows)
        return _distinct(found) if last.distinct else found

    def _whole_documents(self, name: str) -> list[dict[str, Any]]:
        return [each.whole() for each in self._database.collection(name)]

    def _subquery(self, query: tree.Query) -> Evaluate:
        return lambda scope: list(self.results(query, scope))

    def _stages(self, query: tree.Query) -> tuple[list[Stage], tree.Return]:
        stages: list[Stage] = []
        done: set[int] = set()
        answered: tuple[tree.Binary, ...] = ()
        for at, clause in enumerate(query.clauses):
            if at in done:
                continue
            match clause:
                case tree.For(variable, tree.CollectionName(name)):
                    collection = self._database.collection(name)
                    access = plan.choose(query.clauses, at, collection)
                    if isinstance(access, plan.ByOrder):
                        answered += access.answered
                        done |= {_next_sort(query.clauses, at)} if access.sorts else set()
                    stages.append(self._for_collection(variable, collection, access))
                case tree.For(variable, source):
                    stages.append(_for_array(variable, self._expressions.build(source)))
                case tree.Filter(condition):
                    left = plan.without(condition, answered)
                    if left is not None:
                        stages.append(self._filter(self._expressions.build(left)))
                case tree.Let(variable, expression):
                    stages.append(_let(variable, self._expressions.build(expression)))
                case tree.Sort(by):
                    stages.append(_sort([(self._expressions.build(each), descending) for each, descending in by]))
                case tree.Limit(offset, count):
                    stages.append(_limit(self._constant(offset), self._constant(count)))
                case tree.Collect():
                    stages.append(self._collect(clause))
                case tree.Return():
                    return stages, clause
        raise ArangoError(QUERY_PARSE)

    def _constant(self, expression: tree.Expression) -> int | None:
        value = self._expressions.build(expression)({})
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ArangoError(NUMBER_OUT_OF_RANGE, "AQL: LIMIT value is no number from 0 up (while parsing)")
        return int(value)

    def _for_collection(self, variable: str, collection: Collection, access: plan.Access) -> Stage:
        documents = self._documents_of(collection, access)

        def stage(rows: Rows) -> Rows:
            for row in rows:
                for document in documents(row):
                    yield {**row, variable: document}

        return stage

    def _documents_of(self, collection: Collection, access: plan.Access) -> Callable[[Scope], Iterable[Stored]]:
        build, statistics = self._expressions.build, self.statistics
        match access:
            case plan.ByKey(keys):
                given = build(keys)

                def by_key(scope: Scope) -> Iterator[Stored]:
                    asked = given(scope)
                    listed = asked if isinstance(asked, list) else [asked]
                    for key in dict.fromkeys(each for each in listed if isinstance(each, str)):
                        document = collection.find(key)
                        if document is not None:
                            statistics.scanned_index += 1
                            yield document

                return by_key
            case plan.ByOrder():
                return self._by_order(collection, access)
            case plan.ByScan():

                def by_scan(scope: Scope) -> Iterator[Stored]:
                    for document in collection:
                        statistics.scanned_full += 1
                        yield document

                return by_scan

    def _by_order(self, collection: Collection, access: plan.ByOrder) -> Callable[[Scope], Iterable[Stored]]:
        build, statistics = self._expressions.build, self.statistics
        prefix_of = [build(each) for each in access.prefix]
        low_of = None if access.low is None else build(access.low.value)
        high_of = None if access.high is None else build(access.high.value)

        def by_order(scope: Scope) -> Iterator[Stored]:
            order = collection.order(access.paths)
            prefix = flat(order.ranked(each(scope)) for each in prefix_of)
            low, high = prefix, (*prefix, values.AFTER_ALL)
            if low_of is not None and access.low is not None:
                low = (*prefix, *order.ranked(low_of(scope)))
                if access.low.operator == ">":
                    low = (*low, values.AFTER_ALL)
            if high_of is not None and access.high is not None:
                high = (*prefix, *order.ranked(high_of(scope)))
                if access.high.operator != "<":
                    high = (*high, values.AFTER_ALL)
            for key in order.between(low, high, access.descending):
                document = collection.find(key)
                if document is not None:
                    statistics.scanned_index += 1
                    yield document

        return by_order

    def _filter(self, condition: Evaluate) -> Stage:
        def stage(rows: Rows) -> Rows:
            for row in rows:
                if values.truth(condition(row)):
                    yield row
                else:
                    self.statistics.filtered += 1

        return stage

    def _collect(self, clause: tree.Collect) -> Stage:
        build = self._expressions.build
        groups = [(name, build(each)) for name, each in clause.groups]
        aggregates = [(name, FUNCTIONS[function].body, build(each)) for name, function, each in clause.aggregates]
        kept = _kept(clause, build)

        def stage(rows: Rows) -> Rows:
            found: dict[tuple[Any, ...], tuple[dict[str, Any], list[Any], list[list[Any]], int]] = {}
            for row in rows:
                by = {name: each(row) for name, each in groups}
                place = tuple(values.ranked(each) for each in by.values())
                members, lists, count = found[place][1:] if place in found else ([], [[] for _ in aggregates], 0)
                if kept is not None:
                    members.append(kept(row))
                for collected, (_, _, each) in zip(lists, aggregates, strict=True):
                    collected.append(each(row))
                found[place] = (found[place][0] if place in found else by, members, lists, count + 1)
            if not groups and not found:  # without groups there is always one row
                found[()] = ({}, [], [[] for _ in aggregates], 0)
            for place in sorted(found):
                by, members, lists, count = found[place]
                row = dict(by)
                for collected, (name, body, _) in zip(lists, aggregates, strict=True):
                    row[name] = body(collected)
                if clause.into is not None:
                    row[clause.into[0]] = members
                if clause.count_into is not None:
                    row[clause.count_into] = count
                yield row

        return stage


def _next_sort(clauses: tuple[tree.Clause, ...], at: int) -> int:
    return next(n for n, each in enumerate(clauses) if n > at and isinstance(each, tree.Sort))


def _kept(clause: tree.Collect, build: Callable[[tree.Expression], Evaluate]) -> Evaluate | None:
    if clause.into is None:
        return None
    expression = clause.into[1]
    if expression is not None:
        return build(expression)
    variables = [(name, build(tree.Variable(name))) for name in clause.scope]
    return lambda scope: {name: each(scope) for name, each in variables}


def _for_array(variable: str, source: Evaluate) -> Stage:
    def stage(rows: Rows) -> Rows:
        for row in rows:
            members = source(row)
            if not isinstance(members, list):
                message = "AQL: collection or array expected as operand to FOR loop (while executing)"
                raise ArangoError(ARRAY_EXPECTED, message)
            for each in members:
                yield {**row, variable: each}

    return stage


def _let(variable: str, expression: Evaluate) -> Stage:
    return lambda rows: ({**row, variable: expression(row)} for row in rows)


def _sort(by: list[tuple[Evaluate, bool]]) -> Stage:
    def compare(left: list[values.Ranked], right: list[values.Ranked]) -> int:
        for mine, theirs, (_, descending) in zip(left, right, by, strict=True):
            if mine != theirs:
                return -1 if (mine < theirs) != descending else 1
        return 0

    def stage(rows: Rows) -> Rows:
        key = functools.cmp_to_key(compare)
        return iter(sorted(rows, key=lambda row: key([values.ranked(each(row)) for each, _ in by])))

    return stage


def _limit(offset: int | None, count: int | None) -> Stage:
    start = offset or 0
    return lambda rows: itertools.islice(rows, start, None if count is None else start + count)


def _distinct(results: Iterator[Any]) -> Iterator[Any]:
    seen = set()
    for each in results:
        ranked = values.ranked(each)
        if ranked not in seen:
            seen.add(ranked)
            yield each
