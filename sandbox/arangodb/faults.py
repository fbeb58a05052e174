"""The faults of the stand-in: which request a fault is aimed at, and what the client then sees.

A fault's key is, from the most exact on: `database/collection:kind`, `collection:kind`, `database/collection`,
`collection`, `database:kind`, `database`, or the kind alone (see `asked.Asked.kind`).
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

from starlette.responses import Response, StreamingResponse

from sandbox.arangodb.asked import Asked
from sandbox.arangodb.context import Reply
from sandbox.arangodb.errors import CURSOR_NOT_FOUND, INTERNAL, SERVICE_UNAVAILABLE, ArangoError, unauthorized
from sandbox.scenarios import ArangoScenario, Switchboard

CHANNEL = "arangodb"
SLOW_S = 1.5
JSON = "application/json; charset=utf-8"

_REFUSALS = {
    ArangoScenario.CURSOR_LOST: lambda: ArangoError(CURSOR_NOT_FOUND),
    ArangoScenario.UNAVAILABLE: lambda: ArangoError(
        SERVICE_UNAVAILABLE, "service unavailable due to startup or maintenance mode"
    ),
    ArangoScenario.SERVER_ERROR: lambda: ArangoError(INTERNAL),
    ArangoScenario.UNAUTHORIZED: unauthorized,
}


def drawn(switchboard: Switchboard, asked: Asked) -> ArangoScenario:
    """The fault that meets a request, counted for each key that it goes by."""
    collection, database, kind = asked.collection, asked.database, asked.kind
    keys = [f"{database}:{kind}", database, kind]
    if collection:
        keys = [
            f"{database}/{collection}:{kind}", f"{collection}:{kind}", f"{database}/{collection}", collection, *keys,
        ]  # fmt: skip
    return ArangoScenario(switchboard.next_of(CHANNEL, keys))


async def before(scenario: ArangoScenario, kind: str) -> None:
    """What happens in the place of the answer, or before it.

    Raises:
        ArangoError: the answer is this error.
    """
    if scenario is ArangoScenario.STALL:
        await asyncio.Event().wait()
    if scenario is ArangoScenario.SLOW:
        await asyncio.sleep(SLOW_S)
    if scenario is ArangoScenario.CURSOR_LOST and kind != "next":
        return  # a cursor that is only just made is lost afterwards
    if scenario in _REFUSALS:
        raise _REFUSALS[scenario]()


def changed(scenario: ArangoScenario, reply: Reply) -> Reply:
    """The answer with what the fault does to its contents."""
    if scenario is ArangoScenario.EMPTY and reply.listed is not None and isinstance(reply.body, dict):
        body = {name: value for name, value in reply.body.items() if name not in ("id", "nextBatchId")}
        body |= {reply.listed: [], "hasMore": False}
        return replace(reply, body=body | ({"count": 0} if "count" in body else {}), rows=0)
    if scenario is ArangoScenario.EMPTY_COUNT and isinstance(reply.body, dict) and "count" in reply.body:
        return replace(reply, body=reply.body | {"count": 0})
    return reply


def sent(scenario: ArangoScenario, body: bytes, status: int, headers: dict[str, str]) -> Response:
    """The bytes that go out: whole, or as the fault spoils them."""
    if scenario is ArangoScenario.TRUNCATED:
        return Response(body[: len(body) // 2], status, headers, JSON)
    if scenario is not ArangoScenario.CUT:
        return Response(body, status, headers, JSON)

    async def half() -> AsyncIterator[bytes]:
        yield body[: len(body) // 2]
        raise ConnectionResetError("cut on purpose")

    return StreamingResponse(half(), status, {**headers, "Content-Length": str(len(body))}, JSON)
