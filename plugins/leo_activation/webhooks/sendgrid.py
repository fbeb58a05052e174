"""SendGrid's events: the signed event webhook, by way of `intake`.

SendGrid tells again for 24 hours what was not answered by 2xx.
"""

from dataclasses import dataclass

from fastapi import APIRouter

from leo_activation.activation.aftermath.heard import Heard
from leo_activation.activation.aftermath.sendgrid_events import PROVIDER, SendgridVerifier, read_events
from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.intake import Post, Verifier, Verifiers, Webhook, intake
from leo_activation.webhooks.keys import key_of

KEY_VARIABLE = "LEO_SENDGRID_WEBHOOK_KEY"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"


def sendgrid_router(settings: Settings, warehouse: Warehouse) -> APIRouter:
    """The route over one warehouse; needs its role writer."""
    webhook = Webhook(provider=PROVIDER, channel="email", verifiers=verifiers_from(settings), read=read_post)
    return intake(warehouse, webhook, settings.pseudonym_key())


def verifiers_from(settings: Settings) -> Verifiers:
    """By the public key in LEO_SENDGRID_WEBHOOK_KEY (see `keys`); one that cannot be read is a Configuration error."""
    known: dict[str, SendgridPosts] = {}

    def verifier(tenant_id: str) -> Verifier | None:
        key = key_of(settings, KEY_VARIABLE, tenant_id)
        if key is None:
            return None
        if key not in known:
            known[key] = SendgridPosts(SendgridVerifier(key))
        return known[key]

    return verifier


@dataclass(frozen=True)
class SendgridPosts:
    """See `intake.Verifier`."""

    verifier: SendgridVerifier

    def is_plausible(self, post: Post) -> bool:
        """A signature, and a time within five minutes of now."""
        return SIGNATURE in post.headers and self.verifier.is_timely(post.headers.get(TIMESTAMP))

    def is_genuine(self, post: Post) -> bool:
        """By SendGrid's own library."""
        return self.verifier.is_genuine(post.body, post.headers.get(SIGNATURE), post.headers.get(TIMESTAMP))


def read_post(post: Post) -> Heard:
    """What SendGrid tells of the tenant's messages."""
    told = read_events(post.body, post.tenant_id)
    return Heard(events=told.events, elsewhere=told.elsewhere, ignored=told.ignored)
