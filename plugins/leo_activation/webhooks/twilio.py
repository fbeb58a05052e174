"""Twilio's posts, by way of `intake`: what became of a message, and people who answer.

    /webhooks/twilio/{tenant}/{delivery_id}    the StatusCallback that goes with each message
    /webhooks/twilio/{tenant}                  "a message comes in", set for the number or the messaging service

The signature is over the URL that Twilio was told, so LEO_PUBLIC_URL has to be the very address that it posts to.
"""

from dataclasses import dataclass, field

from fastapi import APIRouter

from leo_activation.activation.aftermath.heard import Heard
from leo_activation.activation.aftermath.twilio_events import (
    PROVIDER,
    is_genuine,
    read_answer_of_a_person,
    read_fields,
    read_status,
)
from leo_activation.activation.channels.sms_text import CHANNEL
from leo_activation.errors import Permanent
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.intake import Post, Verifier, Verifiers, Webhook, intake
from leo_activation.webhooks.keys import key_of

TOKEN_VARIABLE = "LEO_TWILIO_AUTH_TOKEN"  # noqa: S105 - the name of it
SIGNATURE = "X-Twilio-Signature"
FORM = "application/x-www-form-urlencoded"
LARGEST_BODY_BYTES = 64 << 10
DELIVERY = "delivery_id"


def twilio_router(settings: Settings, warehouse: Warehouse) -> APIRouter:
    """Both routes over one warehouse; needs its role writer."""
    key, verifiers = settings.pseudonym_key(), verifiers_from(settings)
    router = APIRouter()
    status = Webhook(
        PROVIDER, CHANNEL, verifiers, _status, (DELIVERY,), largest_body_bytes=LARGEST_BODY_BYTES, media_type=FORM
    )
    incoming = Webhook(PROVIDER, CHANNEL, verifiers, _incoming, largest_body_bytes=LARGEST_BODY_BYTES, media_type=FORM)
    router.include_router(intake(warehouse, status, key))
    router.include_router(intake(warehouse, incoming, key))
    return router


def verifiers_from(settings: Settings) -> Verifiers:
    """By the account's auth token in LEO_TWILIO_AUTH_TOKEN (see `keys`)."""

    def verifier(tenant_id: str) -> Verifier | None:
        token = key_of(settings, TOKEN_VARIABLE, tenant_id)
        return None if token is None else TwilioPosts(token, settings.public_url.rstrip("/"))

    return verifier


@dataclass(frozen=True)
class TwilioPosts:
    """See `intake.Verifier`; `base_url` is our public address."""

    token: str = field(repr=False)
    base_url: str

    def is_plausible(self, post: Post) -> bool:
        """A signature; it has no time."""
        return SIGNATURE in post.headers

    def is_genuine(self, post: Post) -> bool:
        """By the URL and the fields of the form."""
        try:
            fields = read_fields(post.body)
        except Permanent:
            return False
        return is_genuine(self.token, self.base_url + post.target, fields, post.headers.get(SIGNATURE))


def _status(post: Post) -> Heard:
    return read_status(post.parameters[DELIVERY], read_fields(post.body))


def _incoming(post: Post) -> Heard:
    return read_answer_of_a_person(read_fields(post.body))
