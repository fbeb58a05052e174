"""The webhooks of all providers: one line a provider."""

from collections.abc import Sequence

from fastapi import APIRouter

from leo_activation.settings import Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.brandname import brandname_router
from leo_activation.webhooks.meta import meta_router
from leo_activation.webhooks.sendgrid import sendgrid_router
from leo_activation.webhooks.twilio import twilio_router
from leo_activation.webhooks.zalo import zalo_router


def routers(settings: Settings, warehouse: Warehouse) -> Sequence[APIRouter]:
    """One router a provider; each refuses whatever comes for a tenant whose secret is not set."""
    return [
        sendgrid_router(settings, warehouse),
        twilio_router(settings, warehouse),
        brandname_router(settings, warehouse),
        meta_router(settings, warehouse),
        zalo_router(settings, warehouse),
    ]
