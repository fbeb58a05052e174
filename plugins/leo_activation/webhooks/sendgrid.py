"""SendGrid's events: a signed body is recorded in one transaction before it is answered.

204 only after the commit; 503 while the warehouse is down, so that SendGrid tells it again (it does for 24 hours); 403
without a word for whatever is not SendGrid's; 413 and 400 for what is too large or not a JSON array. Neither the
recipients nor the bodies are logged.
"""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import Response

from leo_activation.activation.aftermath.events import record_events
from leo_activation.activation.aftermath.sendgrid_events import PROVIDER, SendgridVerifier, read_events
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import TENANT_ID, Warehouse

logger = logging.getLogger(__name__)

LARGEST_BODY_BYTES = 5 << 20
"""SendGrid posts at most 768 kB at once."""
RETRY_AFTER_S = 60
KEY_VARIABLE = "LEO_SENDGRID_WEBHOOK_KEY"

Signature = Annotated[str | None, Header(alias="X-Twilio-Email-Event-Webhook-Signature")]
Timestamp = Annotated[str | None, Header(alias="X-Twilio-Email-Event-Webhook-Timestamp")]
Verifiers = Callable[[str], SendgridVerifier | None]
"""The verifier of a tenant's key, or None where SendGrid is not set up for it."""


def verifiers_from(settings: Settings) -> Verifiers:
    """Keys by LEO_SENDGRID_WEBHOOK_KEY_<TENANT>, else LEO_SENDGRID_WEBHOOK_KEY for every tenant.

    Where neither is set, the file that LEO_SENDGRID_WEBHOOK_KEY_FILE names holds the key, once it is there.

    Raises:
        Configuration: when asked for a tenant whose key cannot be read.
    """
    known: dict[str, SendgridVerifier] = {}

    def in_file() -> str | None:
        named = settings.optional(f"{KEY_VARIABLE}_FILE")
        if named is None or not Path(named).exists():
            return None
        return Path(named).read_text(encoding="ascii").strip()

    def verifier(tenant_id: str) -> SendgridVerifier | None:
        key = settings.optional(f"{KEY_VARIABLE}_{tenant_id.upper()}") or settings.optional(KEY_VARIABLE) or in_file()
        if key is None:
            return None
        if key not in known:
            known[key] = SendgridVerifier(key)
        return known[key]

    return verifier


def sendgrid_events(warehouse: Warehouse, verifiers: Verifiers) -> APIRouter:
    """The route over one warehouse; needs its role writer."""
    router = APIRouter()

    @router.post("/webhooks/sendgrid/{tenant}")
    async def take(request: Request, tenant: str, signature: Signature = None, timestamp: Timestamp = None) -> Response:
        """Record what SendGrid tells."""
        try:
            verifier = verifiers(tenant) if TENANT_ID.fullmatch(tenant) else None
        except Configuration as error:
            logger.warning("%s Nothing is taken from SendGrid for %s until it can.", error, tenant)
            return _later()
        if verifier is None or signature is None or not verifier.is_timely(timestamp):
            return Response(status_code=403)
        body = await _whole_body(request)
        if body is None:
            return Response(status_code=413)
        return await run_in_threadpool(_recorded, verifier, tenant, body, signature, timestamp)

    def _recorded(
        verifier: SendgridVerifier, tenant: str, body: bytes, signature: str, timestamp: str | None
    ) -> Response:
        if not verifier.is_genuine(body, signature, timestamp):
            logger.warning("A body that SendGrid did not sign was sent to the events of %s.", tenant)
            return Response(status_code=403)
        try:
            told = read_events(body, tenant)
        except Permanent:
            return Response(status_code=400)
        if told.elsewhere or told.ignored:
            logger.info(
                "SendGrid told %s of %d messages of others and of %d things of no concern.",
                tenant,
                told.elsewhere,
                told.ignored,
            )
        try:
            record_events(warehouse, tenant, PROVIDER, told.events)
        except Transient:
            logger.warning("The warehouse could not be reached; SendGrid was told to come again.")
            return _later()
        return Response(status_code=204)

    return router


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": str(RETRY_AFTER_S)})


async def _whole_body(request: Request) -> bytes | None:
    """The body, or None where it is too large; what is too large is not kept."""
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > LARGEST_BODY_BYTES:
            return None
        parts.append(chunk)
    return b"".join(parts)
