"""The HTTP face of a push service: `POST` to any path is a message for the browser that has it as its endpoint.

The service stands for whichever origin the sender's token is for, since in the demo and in tests the endpoints have
other hosts than this one.
"""

import json
import re
import secrets
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import Response

from sandbox.connections import Connections
from sandbox.journal import Journal
from sandbox.misbehaving import ErrorAnswer, Misbehaving, Received
from sandbox.scenarios import HttpFault, Switchboard, WebPushRefusal
from sandbox.webpush.browser import Browser, NotForUs
from sandbox.webpush.vapid import NotVapid, audience

CHANNEL = "webpush"
MOST_BYTES = 4096
URGENCIES = frozenset({"very-low", "low", "normal", "high"})
TOPIC = re.compile(r"[A-Za-z0-9_-]{1,32}")
LONGEST_TTL_S = 2**31 - 1


def error(status: int, message: str, **headers: str) -> ErrorAnswer:
    """An error as Mozilla's push service writes it (autopush-rs, "Error Codes")."""
    return ErrorAnswer(
        status, {"code": status, "message": message}, {name.replace("_", "-"): value for name, value in headers.items()}
    )


ERRORS: dict[str, ErrorAnswer] = {
    HttpFault.RATE_LIMITED: error(429, "Too many messages", Retry_After="1"),
    HttpFault.SERVER_ERROR_REJECTED: error(500, "Internal server error"),
    HttpFault.SERVER_ERROR_ACCEPTED: ErrorAnswer(500, error(500, "Internal server error").body, taken=True),
    HttpFault.UNAVAILABLE: error(503, "Service unavailable", Retry_After="1"),
    HttpFault.ERROR_IN_200: ErrorAnswer(200, error(500, "Internal server error").body),
    WebPushRefusal.BAD_REQUEST: error(400, "Invalid crypto keys specified"),
    WebPushRefusal.UNAUTHORIZED: error(401, "Authorization failed"),
    WebPushRefusal.FORBIDDEN: error(403, "The key is not the one that the browser subscribed under"),
    WebPushRefusal.NOT_FOUND: error(404, "No such subscription"),
    WebPushRefusal.DEAD_ADDRESS: error(410, "The browser has unsubscribed"),
    WebPushRefusal.TOO_LARGE: error(413, "The payload is too large"),
}


class PushService:
    """Every browser's, with the browsers."""

    def __init__(self, journal: Journal, switchboard: Switchboard, connections: Connections) -> None:
        """Start with nothing received."""
        self._misbehaving = Misbehaving(CHANNEL, journal, switchboard, connections, ERRORS)

    async def push(self, target: str, request: Request) -> Response:
        """One message for the browser at a path."""
        path = f"/{target}" + (f"?{request.url.query}" if request.url.query else "")
        try:
            origin = audience(request.headers.get("authorization", ""))
        except NotVapid as refused:
            return error(401, str(refused)).response()
        if urlsplit(origin).scheme not in {"https", "http"} or urlsplit(origin).path:
            return error(401, "aud is the origin of the push service").response()
        if said := _wrong_headers(request):
            return error(400, said).response()
        body = await request.body()
        if len(body) > MOST_BYTES:
            return ERRORS[WebPushRefusal.TOO_LARGE].response()
        try:
            text = Browser.at(path).open(body).decode()
        except (NotForUs, UnicodeDecodeError) as refused:
            # A real service passes it on and its browser drops it; here a client shall notice.
            return error(400, f"the browser cannot open it: {refused}").response()
        name = secrets.token_urlsafe(16)
        received = Received(
            recipient=f"{origin}{path}",
            message_id=_delivery_of(text),
            provider_message_id=name,
            message=text,
            headers={each: request.headers.get(each, "") for each in ("ttl", "urgency", "topic")},
            size=len(body),
        )
        taken = Response(
            status_code=201, headers={"Location": f"{origin}/message/{name}", "TTL": request.headers["ttl"]}
        )
        return await self._misbehaving.take(request, [received], taken)


def _wrong_headers(request: Request) -> str | None:
    """What RFC 8030 (5.2 to 5.4) and RFC 8291 (4) say against the headers; None where nothing."""
    ttl = request.headers.get("ttl", "")
    if not ttl.isascii() or not ttl.isdigit() or int(ttl) > LONGEST_TTL_S:
        return "TTL is required: a number of seconds"
    if request.headers.get("urgency", "normal") not in URGENCIES:
        return "Urgency is one of very-low, low, normal, high"
    if "topic" in request.headers and not TOPIC.fullmatch(request.headers["topic"]):
        return "Topic is at most 32 characters of base64url"
    if request.headers.get("content-encoding") != "aes128gcm":
        return "Content-Encoding is aes128gcm"
    return None


def _delivery_of(text: str) -> str:
    try:
        content = json.loads(text)
    except ValueError:
        return ""
    return str(content.get("delivery_id", "")) if isinstance(content, dict) else ""


def push_router(service: PushService) -> APIRouter:
    """The endpoints, whatever their paths."""
    router = APIRouter()
    router.add_api_route("/{target:path}", service.push, methods=["POST"])
    return router
