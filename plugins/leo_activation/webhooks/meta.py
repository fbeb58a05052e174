"""Meta's posts of a Page, by way of `intake`, and the question by which Meta makes sure that the address is ours.

`GET ?hub.mode=subscribe&hub.verify_token=…&hub.challenge=…` is answered with the challenge where the token is ours; the
posts are signed by the app's secret. Meta wants an answer within seconds and tells again what was not answered by 200
("Meta Webhooks for Messenger Platform", read on 2026-11-22).
"""

import hmac
import logging
import re
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import PlainTextResponse, Response

from leo_activation.activation.aftermath.heard import Heard
from leo_activation.activation.aftermath.meta_events import PROVIDER, is_genuine, read_meta
from leo_activation.activation.safety.sealed import sealer_from
from leo_activation.errors import Configuration
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import TENANT_ID, Warehouse
from leo_activation.webhooks.intake import Post, Verifier, Verifiers, Webhook, intake
from leo_activation.webhooks.keys import key_of

logger = logging.getLogger(__name__)

SECRET_VARIABLE = "LEO_META_APP_SECRET"  # noqa: S105 - the name of it
TOKEN_VARIABLE = "LEO_META_VERIFY_TOKEN"  # noqa: S105 - as above
PAGE_VARIABLE = "LEO_META_PAGE_ID"
SIGNATURE = "X-Hub-Signature-256"
CHALLENGE = re.compile(r"[0-9A-Za-z_-]{1,128}")

Mode = Annotated[str, Query(alias="hub.mode")]
Token = Annotated[str, Query(alias="hub.verify_token")]
Challenge = Annotated[str, Query(alias="hub.challenge")]


def meta_router(settings: Settings, warehouse: Warehouse) -> APIRouter:
    """The two routes over one warehouse; needs its role writer."""
    key, sealer = settings.pseudonym_key(), sealer_from(settings)

    def read_post(post: Post) -> Heard:
        """What Meta tells of the tenant's Page."""
        return read_meta(post.body, sealer, key, post.tenant_id, key_of(settings, PAGE_VARIABLE, post.tenant_id))

    webhook = Webhook(
        provider=PROVIDER, channel=PROVIDER, verifiers=verifiers_from(settings), read=read_post, answer=200
    )
    router = intake(warehouse, webhook, key)

    @router.get(
        f"/webhooks/{PROVIDER}/{{tenant}}",
        response_class=PlainTextResponse,
        responses={
            403: {"description": "Not the token of this tenant, or none is set."},
            503: {"description": "The token cannot be read now; come again."},
        },
        tags=[PROVIDER],
    )
    def subscribe(tenant: str, mode: Mode = "", verify_token: Token = "", challenge: Challenge = "") -> Response:
        """Give the challenge back to whoever knows the token."""
        try:
            token = key_of(settings, TOKEN_VARIABLE, tenant) if TENANT_ID.fullmatch(tenant) else None
        except Configuration as error:
            logger.warning("%s Meta cannot be answered for %s until it can.", error, tenant)
            return Response(status_code=503)
        if token is None or mode != "subscribe" or not CHALLENGE.fullmatch(challenge):
            return Response(status_code=403)
        if not hmac.compare_digest(token.encode(), verify_token.encode("utf-8", "replace")):
            return Response(status_code=403)
        return PlainTextResponse(challenge)

    return router


def verifiers_from(settings: Settings) -> Verifiers:
    """By the app's secret in LEO_META_APP_SECRET (see `keys`)."""

    def verifier(tenant_id: str) -> Verifier | None:
        secret = key_of(settings, SECRET_VARIABLE, tenant_id)
        return None if secret is None else MetaPosts(secret)

    return verifier


@dataclass(frozen=True)
class MetaPosts:
    """See `intake.Verifier`."""

    secret: str = field(repr=False)

    def is_plausible(self, post: Post) -> bool:
        """A signature; it has no time."""
        return SIGNATURE in post.headers

    def is_genuine(self, post: Post) -> bool:
        """By the raw body."""
        return is_genuine(self.secret, post.body, post.headers.get(SIGNATURE))
