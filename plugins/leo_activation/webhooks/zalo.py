"""Zalo's posts of an Official Account, by way of `intake`.

Zalo wants 200 within two seconds.
"""

from dataclasses import dataclass

from fastapi import APIRouter

from leo_activation.activation.aftermath.heard import Heard
from leo_activation.activation.aftermath.zalo_events import PROVIDER, ZaloVerifier, read_zalo
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.intake import Post, Verifier, Verifiers, Webhook, intake
from leo_activation.webhooks.keys import key_of

APP_VARIABLE = "LEO_ZALO_APP_ID"
SECRET_VARIABLE = "LEO_ZALO_OA_SECRET"  # noqa: S105 - the name of it
SIGNATURE = "X-ZEvent-Signature"
LARGEST_BODY_BYTES = 256 << 10


def zalo_router(settings: Settings, warehouse: Warehouse) -> APIRouter:
    """The route over one warehouse; needs its role writer."""
    webhook = Webhook(
        provider=PROVIDER,
        channel=PROVIDER,
        verifiers=verifiers_from(settings),
        read=read_post,
        answer=200,
        largest_body_bytes=LARGEST_BODY_BYTES,
    )
    return intake(warehouse, webhook, settings.pseudonym_key())


def verifiers_from(settings: Settings) -> Verifiers:
    """By LEO_ZALO_APP_ID and the account's secret key in LEO_ZALO_OA_SECRET (see `keys`); both have to be there."""

    def verifier(tenant_id: str) -> Verifier | None:
        app_id, secret = (key_of(settings, name, tenant_id) for name in (APP_VARIABLE, SECRET_VARIABLE))
        return None if app_id is None or secret is None else ZaloPosts(ZaloVerifier(app_id, secret))

    return verifier


@dataclass(frozen=True)
class ZaloPosts:
    """See `intake.Verifier`."""

    verifier: ZaloVerifier

    def is_plausible(self, post: Post) -> bool:
        """A signature; its time is inside the body."""
        return SIGNATURE in post.headers

    def is_genuine(self, post: Post) -> bool:
        """By the raw body."""
        return self.verifier.is_genuine(post.body, post.headers.get(SIGNATURE))


def read_post(post: Post) -> Heard:
    """What Zalo tells of the tenant's people and messages."""
    return read_zalo(post.body, post.tenant_id)
