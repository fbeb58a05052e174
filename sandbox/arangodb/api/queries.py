"""Queries: their results by cursors, and a look at them without results."""

import time
from collections.abc import Mapping
from typing import Any, TypeGuard

from sandbox.arangodb import errors
from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.aql.evaluation import Execution, Statistics, execute, explain
from sandbox.arangodb.aql.parser import parse
from sandbox.arangodb.context import Call, Reply
from sandbox.arangodb.cursors import DEFAULT_BATCH, DEFAULT_TTL_S, Cursor
from sandbox.arangodb.errors import ArangoError


def _query(call: Call) -> Reply:
    body = call.object()
    query, bound = _text_and_bound(body)
    options = _options(body)
    size, ttl_s = _positive(options, "batchSize", DEFAULT_BATCH), options.get("ttl")
    started = time.perf_counter()
    execution = execute(call.database, query, bound)
    rows = _results(execution, options)
    cursor = call.server.cursors.first(
        call.database.name,
        call.asked.collection,
        query,
        rows,
        size=size,
        ttl_s=float(ttl_s) if _is_number(ttl_s) else DEFAULT_TTL_S,
        count=bool(options.get("count")) and not options.get("stream"),
        allow_retry=bool(options.get("allowRetry")),
        extra=_extra(execution.statistics, time.perf_counter() - started),
    )
    return _batch(cursor, 201)


def _next(call: Call) -> Reply:
    batch = call.request.path_params.get("batch")
    return _batch(call.server.cursors.next(call.database.name, call.path("cursor"), batch), 200)


def _close(call: Call) -> Reply:
    number = call.path("cursor")
    call.server.cursors.close(call.database.name, number)
    return Reply({"id": number, "error": False, "code": 202}, 202)


def _validate(call: Call) -> Reply:
    query, _ = _text_and_bound(call.object())
    parsed = parse(query, None)
    names = {"bindVars": list(parsed.parameters), "collections": list(parsed.collections)}
    return Reply({"error": False, "code": 200, "parsed": True, **names, "ast": []})


def _explain(call: Call) -> Reply:
    query, bound = _text_and_bound(call.object())
    plan = explain(call.database, query, bound)
    body = {"error": False, "code": 200, "warnings": [], "stats": {"plansCreated": 1}, "cacheable": True}
    options = call.object().get("options")
    every = isinstance(options, dict) and options.get("allPlans")
    return Reply(body | ({"plans": [plan]} if every else {"plan": plan}))


def _batch(cursor: Cursor, status: int) -> Reply:
    body = cursor.answer()
    return Reply({**body, "error": False, "code": status}, status, rows=len(body["result"]), listed="result")


def _text_and_bound(body: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    query, bound = body.get("query"), body.get("bindVars")
    if not isinstance(query, str):
        raise ArangoError(errors.QUERY_EMPTY)
    if bound is not None and not isinstance(bound, dict):
        raise ArangoError(errors.TYPE_ERROR, "expecting object for <bindVars>")
    return query, bound or {}


def _options(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a query's options are, be they beside the query or below `options`."""
    below = body.get("options")
    return {**(below if isinstance(below, dict) else {}), **{n: v for n, v in body.items() if n != "options"}}


def _positive(options: Mapping[str, Any], name: str, default: int) -> int:
    value = options.get(name)
    if not _is_number(value):
        return default
    if value <= 0:
        raise ArangoError(errors.TYPE_ERROR, f"expecting non-zero value for <{name}>")
    return int(value)


def _is_number(value: Any) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _results(execution: Execution, options: Mapping[str, Any]) -> list[Any]:
    """All results.

    Raises:
        ArangoError: 32, they are more than the query's memoryLimit.
    """
    limit = options.get("memoryLimit")
    if not _is_number(limit) or not limit:
        return list(execution.results)
    rows: list[Any] = []
    used = 0
    for row in execution.results:
        used += _size(row)
        if used > limit:
            raise ArangoError(errors.RESOURCE_LIMIT, "AQL: query would use more memory than allowed (while executing)")
        rows.append(row)
    return rows


def _size(value: Any) -> int:
    """The bytes of a value, near enough for a limit."""
    if isinstance(value, dict):
        return 8 + sum(len(name) + _size(each) for name, each in value.items())
    if isinstance(value, list):
        return 8 + sum(_size(each) for each in value)
    return 8 + (len(value) if isinstance(value, str) else 0)


def _extra(statistics: Statistics, seconds: float) -> dict[str, Any]:
    return {
        "warnings": [],
        "stats": {
            "writesExecuted": 0,
            "writesIgnored": 0,
            "scannedFull": statistics.scanned_full,
            "scannedIndex": statistics.scanned_index,
            "cursorsCreated": 0,
            "cursorsRearmed": 0,
            "cacheHits": 0,
            "cacheMisses": 0,
            "filtered": statistics.filtered,
            "httpRequests": 0,
            "executionTime": seconds,
            "peakMemoryUsage": 0,
            "intermediateCommits": 0,
        },
    }


ENDPOINTS = (
    Endpoint("POST", "/_api/cursor", "query", _query),
    Endpoint("POST", "/_api/cursor/{cursor}", "next", _next),
    Endpoint("PUT", "/_api/cursor/{cursor}", "next", _next),
    Endpoint("POST", "/_api/cursor/{cursor}/{batch}", "next", _next),
    Endpoint("DELETE", "/_api/cursor/{cursor}", "close", _close),
    Endpoint("POST", "/_api/query", "parse", _validate),
    Endpoint("POST", "/_api/explain", "explain", _explain),
)
