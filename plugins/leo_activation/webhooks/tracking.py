"""The routes behind tracked links: a click leads on, an opening gets an empty picture.

Where a click leads stands in the signed token and nowhere in the request, so that nobody can use the route to lead
people elsewhere. What is asked with a token that was not made here changes nothing. Whoever clicks is led on also while
the warehouse cannot be reached: a count is worth less than a page.
"""

import logging
from base64 import b64decode
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from leo_activation.activation.aftermath.events import ProviderEvent, record_events
from leo_activation.activation.aftermath.machine_opens import by_machine
from leo_activation.activation.messages.links import CLICK_PATH, OPEN_PATH, LinkTarget, TrackedLinks
from leo_activation.activation.states import EventKind
from leo_activation.errors import Permanent, Transient
from leo_activation.warehouse.connections import Warehouse

logger = logging.getLogger(__name__)

PROVIDER = "links"
"""What the events of our own links stand under in `activation.provider_event`."""
EMPTY_PICTURE = b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

UserAgent = Annotated[str | None, Header()]


def tracking_router(warehouse: Warehouse, links: TrackedLinks) -> APIRouter:
    """The routes over one warehouse; needs its role writer."""
    router = APIRouter()

    @router.get(
        CLICK_PATH + "{token}",
        status_code=302,
        response_class=Response,
        responses={
            302: {"description": "To the address in the token."},
            404: {"description": "Not a link that was made here.", "content": {"text/plain": {}}},
        },
    )
    def click(token: str, user_agent: UserAgent = None) -> Response:
        """Count the click and lead on to the address in the token."""
        found = links.read_click(token)
        if found is None:
            return PlainTextResponse("This link is not valid.", status_code=404, headers=PRIVATE)
        _record(warehouse, found.target, EventKind.CLICKED, f"link {found.index}", user_agent)
        return RedirectResponse(found.url, status_code=302, headers=PRIVATE)

    @router.get(
        OPEN_PATH + "{token}.gif",
        response_class=Response,
        responses={200: {"description": "An empty picture.", "content": {"image/gif": {}}}},
    )
    def opened(token: str, user_agent: UserAgent = None) -> Response:
        """Count the opening; the picture is the same for every token."""
        target = links.read_open(token)
        if target is not None:
            _record(warehouse, target, EventKind.OPENED, None, user_agent)
        return Response(EMPTY_PICTURE, media_type="image/gif", headers=PRIVATE)

    return router


def _record(
    warehouse: Warehouse, target: LinkTarget, kind: EventKind, detail: str | None, user_agent: str | None
) -> None:
    """Keep the event, at most one a minute for each link from people and one from programs: a link can be asked for
    as often as its holder likes, and the table may not grow by it.
    """
    now = datetime.now(UTC)
    seen = "program" if by_machine(flagged=False, user_agent=user_agent, after=None) else "person"
    event = ProviderEvent(
        provider_event_id=f"{kind}:{target.delivery_id.hex}:{detail or ''}:{now:%Y%m%d%H%M}:{seen}",
        delivery_id=target.delivery_id,
        kind=kind,
        occurred_at=now,
        detail=detail,
        user_agent=user_agent,
    )
    try:
        record_events(warehouse, target.tenant_id, PROVIDER, [event])
    except (Transient, Permanent) as error:
        logger.warning("Delivery %s: %s could not be recorded: %s", target.delivery_id, kind, type(error).__name__)
