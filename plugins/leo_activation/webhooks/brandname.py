"""An SMS aggregator's posts, by way of `intake`: delivery reports, and people who told it to stop."""

import time
from dataclasses import dataclass, field

from fastapi import APIRouter

from leo_activation.activation.aftermath.brandname_events import PROVIDER, is_genuine, read_post, signed_at
from leo_activation.activation.channels.sms_text import CHANNEL
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.intake import Post, Verifier, Verifiers, Webhook, intake, is_recent
from leo_activation.webhooks.keys import key_of

SECRET_VARIABLE = "LEO_BRANDNAME_WEBHOOK_SECRET"  # noqa: S105 - the name of it
SIGNATURE = "X-Signature"
LARGEST_BODY_BYTES = 1 << 20


def brandname_router(settings: Settings, warehouse: Warehouse) -> APIRouter:
    """The route over one warehouse; needs its role writer."""
    webhook = Webhook(
        PROVIDER,
        CHANNEL,
        verifiers_from(settings),
        lambda post: read_post(post.body, post.tenant_id),
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    return intake(warehouse, webhook, settings.pseudonym_key())


def verifiers_from(settings: Settings) -> Verifiers:
    """By the secret that the aggregator was given, in LEO_BRANDNAME_WEBHOOK_SECRET (see `keys`)."""

    def verifier(tenant_id: str) -> Verifier | None:
        secret = key_of(settings, SECRET_VARIABLE, tenant_id)
        return None if secret is None else BrandnamePosts(secret)

    return verifier


@dataclass(frozen=True)
class BrandnamePosts:
    """See `intake.Verifier`."""

    secret: str = field(repr=False)

    def is_plausible(self, post: Post) -> bool:
        """A signature of now."""
        at = signed_at(post.headers.get(SIGNATURE))
        return at is not None and is_recent(at, time.time())

    def is_genuine(self, post: Post) -> bool:
        """By the raw body and the time."""
        return is_genuine(self.secret, post.body, post.headers.get(SIGNATURE))
