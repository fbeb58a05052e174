"""The server's outside: addresses, authentication, faults, and errors in ArangoDB's JSON."""

import asyncio
import re
from typing import Any

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from sandbox.arangodb import errors, faults
from sandbox.arangodb.api import collections, databases, documents, queries, server
from sandbox.arangodb.api.routes import Endpoint
from sandbox.arangodb.asked import Asked
from sandbox.arangodb.context import Call, Reply, Server
from sandbox.arangodb.errors import ArangoError
from sandbox.arangodb.store import SYSTEM
from sandbox.arangodb.users import Level
from sandbox.scenarios import ArangoScenario

ENDPOINTS = (
    *server.ENDPOINTS,
    *databases.ENDPOINTS,
    *collections.ENDPOINTS,
    *documents.ENDPOINTS,
    *queries.ENDPOINTS,
)
_HEADERS = {"Server": "ArangoDB", "X-Content-Type-Options": "nosniff", "X-Arango-Queue-Time-Seconds": "0.000000"}
_CHALLENGE = 'Bearer token_type="JWT", realm="ArangoDB"'
_COLLECTION_IN_QUERY = re.compile(r"\bIN\s+`?([A-Za-z_][\w-]*)", re.IGNORECASE)


def make_app(parts: Server) -> Starlette:
    """The application over one server's parts."""
    paths = dict.fromkeys(each.path for each in ENDPOINTS)
    routes = [_route(parts, path) for path in paths]

    async def authenticate(request: Request) -> Response:
        return await _open_auth(parts, request)

    async def unknown(request: Request) -> Response:
        asked = _asked(parts, request)
        path = request.url.path
        return _refused(asked, ArangoError(errors.UNKNOWN_PATH, f"unknown path '{path}'"))

    methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
    otherwise = Route("/{rest:path}", unknown, methods=methods)
    return Starlette(
        routes=[
            Route("/_open/auth", authenticate, methods=["POST"]),
            Mount("/_db/{database}", routes=[Route("/_open/auth", authenticate, methods=["POST"]), *routes, otherwise]),
            *routes,
            otherwise,
        ]
    )


def _route(parts: Server, path: str) -> Route:
    by_method = {each.method: each for each in ENDPOINTS if each.path == path}

    async def answer(request: Request) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        endpoint = by_method.get(method)
        asked = _asked(parts, request)
        if endpoint is None:
            return _refused(asked, ArangoError(errors.METHOD_NOT_ALLOWED))
        asked.kind = endpoint.kind
        try:
            return await _answered(parts, request, endpoint, asked)
        except ArangoError as error:
            return _refused(asked, error)

    return Route(path, answer, methods=["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"])


async def _answered(parts: Server, request: Request, endpoint: Endpoint, asked: Asked) -> Response:
    user = parts.users.authenticate(request.headers.get("authorization"))
    asked.user = user.name
    database = parts.store.database(asked.database)
    if user.level(database.name) < Level.READ:
        raise errors.unauthorized()
    call = Call(parts, request, user, database, await request.body(), asked)
    _describe(call)
    scenario = faults.drawn(parts.switchboard, asked)
    asked.scenario = scenario
    await faults.before(scenario, endpoint.kind)
    reply = await asyncio.to_thread(_handled, endpoint, call)
    if scenario is ArangoScenario.CURSOR_LOST and reply.body.get("id"):
        parts.cursors.close(database.name, reply.body["id"])
    reply = faults.changed(scenario, reply)
    asked.status, asked.rows = reply.status, reply.rows
    content = b"" if reply.body is None else await asyncio.to_thread(_encoded, reply.body)
    return faults.sent(scenario, content, reply.status, {**_HEADERS, **reply.headers})


def _handled(endpoint: Endpoint, call: Call) -> Reply:
    with call.server.store.lock:
        return endpoint.handler(call)


def _describe(call: Call) -> None:
    """Say in the log what the request is about, before anything can go wrong with it."""
    asked, parameters = call.asked, call.request.path_params
    asked.collection = str(parameters.get("collection") or call.text("collection"))
    if asked.kind in ("next", "close"):
        try:
            cursor = call.server.cursors.find(call.database.name, parameters["cursor"])
        except ArangoError:
            return
        asked.collection, asked.query = cursor.collection, cursor.query
    if asked.kind in ("query", "explain", "parse"):
        body = call.object()
        query, bound = body.get("query"), body.get("bindVars")
        asked.query = query if isinstance(query, str) else ""
        named = bound if isinstance(bound, dict) else {}
        asked.bound = tuple(sorted(named))
        of_collections = [value for name, value in named.items() if name.startswith("@") and isinstance(value, str)]
        in_text = _COLLECTION_IN_QUERY.search(asked.query)
        asked.collection = of_collections[0] if of_collections else in_text.group(1) if in_text else ""


async def _open_auth(parts: Server, request: Request) -> Response:
    asked = _asked(parts, request)
    asked.kind = "auth"
    try:
        name, password = _credentials(await request.body())
        scenario = faults.drawn(parts.switchboard, asked)
        asked.scenario = scenario
        await faults.before(scenario, asked.kind)
        token = parts.users.token(name, password)
    except ArangoError as error:
        return _refused(asked, error)
    asked.status = 200
    return faults.sent(scenario, _encoded({"jwt": token}), 200, _HEADERS)


def _credentials(raw: bytes) -> tuple[object, object]:
    try:
        body = msgspec.json.decode(raw)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise ArangoError(errors.BAD_PARAMETER, "invalid JSON")
    return body.get("username"), body.get("password")


def _asked(parts: Server, request: Request) -> Asked:
    database = str(request.path_params.get("database") or SYSTEM)
    asked = Asked(request.method, request.url.path, database=database)
    parts.asked.add(asked)  # before the answer, which may never come; filled in on the way
    return asked


def _refused(asked: Asked, error: ArangoError) -> Response:
    asked.status = error.status
    headers = {**_HEADERS, "WWW-Authenticate": _CHALLENGE} if error.status == 401 else _HEADERS
    return Response(_encoded(error.body()), error.status, headers, faults.JSON)


def _encoded(body: Any) -> bytes:
    return msgspec.json.encode(body)
