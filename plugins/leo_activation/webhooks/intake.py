"""The one way in for what providers post: read bounded, believed by its raw bytes, kept, then answered.

    403   not the provider's, too old, or nothing is set up for this tenant: without a word
    413   larger than the provider's posts are; 408 where the body does not come
    400   genuine, and not what the provider says that it posts
    503   the warehouse or the key cannot be had now: the provider is asked to come again
    2xx   only after everything was committed

Neither recipients nor bodies are logged.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Protocol

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from leo_activation.activation.aftermath.heard import Heard, record_heard
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.warehouse.connections import TENANT_ID, Warehouse

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 5 << 20
BODY_TIME_LIMIT_S = 30.0
RETRY_AFTER_S = 60
LARGEST_SKEW_S = 300
"""How far a signature's time may be from ours, either way."""


@dataclass(frozen=True)
class Post:
    """One post as it came. `target` is path and query as they were asked for; `parameters` those of the path."""

    tenant_id: str
    headers: Mapping[str, str] = field(repr=False)
    target: str = field(repr=False)
    parameters: Mapping[str, str] = field(repr=False)
    body: bytes = field(default=b"", repr=False)


class Verifier(Protocol):
    """Tells a provider's posts from others'."""

    def is_plausible(self, post: Post) -> bool:
        """Whether the headers are such as the provider sends, and of now; asked before the body is read."""
        ...

    def is_genuine(self, post: Post) -> bool:
        """Whether the provider signed these very bytes, lately where its signature has a time."""
        ...


Verifiers = Callable[[str], Verifier | None]
"""The verifier of a tenant, or None where nothing is set up for it; may raise Configuration."""
Read = Callable[[Post], Heard]
"""What a genuine post says; raises Permanent where it is not in the provider's form, and may raise Configuration."""


@dataclass(frozen=True)
class Webhook:
    """One provider's webhook at `/webhooks/<provider>/{tenant}`, with more parts of the path where `parts` names some.

    `answer` is the status that the provider takes for "heard"; `media_type` what it posts.
    """

    provider: str
    channel: str
    verifiers: Verifiers
    read: Read
    parts: Sequence[str] = ()
    answer: int = 204
    largest_body_bytes: int = LARGEST_BODY_BYTES
    body_time_limit_s: float = BODY_TIME_LIMIT_S
    media_type: str = "application/json"


def intake(warehouse: Warehouse, webhook: Webhook, key: bytes) -> APIRouter:
    """The route of one webhook; needs the role writer. `key` is the pseudonym key, by which addresses are hashed."""
    router = APIRouter()
    path = f"/webhooks/{webhook.provider}/{{tenant}}" + "".join(f"/{{{part}}}" for part in webhook.parts)

    @router.post(
        path,
        name="_".join(["take", webhook.provider, *webhook.parts]),
        status_code=webhook.answer,
        response_class=Response,
        responses=_responses(webhook),
        openapi_extra=_described(webhook),
        tags=[webhook.provider],
    )
    async def take(request: Request, tenant: str) -> Response:
        """Keep what the provider tells."""
        query = request.url.query
        raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
        arrived = Post(
            tenant_id=tenant,
            headers=request.headers,
            target=raw_path.decode("latin-1") + (f"?{query}" if query else ""),
            parameters={name: str(value) for name, value in request.path_params.items()},
        )
        try:
            verifier = webhook.verifiers(tenant) if TENANT_ID.fullmatch(tenant) else None
        except Configuration as error:
            return _not_set_up(error, tenant)
        if verifier is None or not verifier.is_plausible(arrived):
            return Response(status_code=403)
        try:
            async with asyncio.timeout(webhook.body_time_limit_s):
                body = await _whole_body(request, webhook.largest_body_bytes)
        except TimeoutError:
            return Response(status_code=408)
        if body is None:
            return Response(status_code=413)
        whole = Post(tenant, arrived.headers, arrived.target, arrived.parameters, body)
        return await run_in_threadpool(_kept, verifier, whole)

    def _kept(verifier: Verifier, post: Post) -> Response:
        if not verifier.is_genuine(post):
            logger.warning(
                "A body that %s did not sign was sent to the webhook of %s.", webhook.provider, post.tenant_id
            )
            return Response(status_code=403)
        try:
            heard = webhook.read(post)
        except Permanent:
            return Response(status_code=400)
        except Configuration as error:
            return _not_set_up(error, post.tenant_id)
        if heard.elsewhere or heard.ignored:
            logger.info(
                "%s told %s of %d things of others and of %d of no concern.",
                webhook.provider,
                post.tenant_id,
                heard.elsewhere,
                heard.ignored,
            )
        try:
            record_heard(warehouse, post.tenant_id, webhook.provider, webhook.channel, heard, key)
        except Transient:
            logger.warning("The warehouse could not take a post; %s was told to come again.", webhook.provider)
            return _later()
        return Response(status_code=webhook.answer)

    def _not_set_up(error: Configuration, tenant_id: str) -> Response:
        logger.warning("%s Nothing is taken from %s for %s until it can.", error, webhook.provider, tenant_id)
        return _later()

    return router


def is_recent(timestamp_s: float, now_s: float) -> bool:
    """Whether a signature's time is within five minutes of now, either way."""
    return abs(now_s - timestamp_s) <= LARGEST_SKEW_S


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _whole_body(request: Request, largest: int) -> bytes | None:
    """The body, or None where it is too large; what is too large is not kept."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > largest:
            return None
        parts.append(chunk)
    return b"".join(parts)


def _responses(webhook: Webhook) -> dict[int | str, dict[str, Any]]:
    """The answers for the description of the app; none has a body."""
    meanings = {
        webhook.answer: "Kept.",
        400: "Signed by the provider, and not in its form.",
        403: "Not the provider's, too old, or not set up for this tenant.",
        408: "The body did not come in time.",
        413: f"More than {webhook.largest_body_bytes:,} bytes.",
        503: "Cannot be kept now; come again.",
    }
    answers: dict[int | str, dict[str, Any]] = {code: {"description": text} for code, text in meanings.items()}
    answers[503]["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return answers


def _described(webhook: Webhook) -> dict[str, Any]:
    """What FastAPI cannot read from the function: the body, which is taken raw, and further parts of the path."""
    described: dict[str, Any] = {
        "description": f"{webhook.provider} posts here. {HTTPStatus(webhook.answer).phrase} once all of it is kept.",
        "requestBody": {"required": True, "content": {webhook.media_type: {"schema": {}}}},
    }
    if webhook.parts:
        described["parameters"] = [
            {"name": part, "in": "path", "required": True, "schema": {"type": "string"}} for part in webhook.parts
        ]
    return described
