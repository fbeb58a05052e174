"""The app behind the unsubscribe links.

GET shows a page and changes nothing, because mail scanners follow links; POST unsubscribes, with no cookie and no
further question, as RFC 8058 wants of one-click. A token that was not made here and one whose delivery is gone get the
same 404. Answers are not cached, and the address bar's token is not passed on as a referrer.
"""

import logging
import secrets
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Annotated, Any

import uvicorn
from fastapi import APIRouter, FastAPI, Header, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse, JSONResponse, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.routing import Match

from leo_activation import __version__
from leo_activation.activation import Subscription, UnsubscribeLinks, subscription, unsubscribe
from leo_activation.activation.messages.links import UNSUBSCRIBE_PATH
from leo_activation.errors import Transient
from leo_activation.settings import DatabaseRole, Settings
from leo_activation.warehouse.connections import Warehouse
from leo_activation.webhooks.providers import routers as routers_of_providers
from leo_activation.webhooks.tracking import tracking_router
from leo_activation.webhooks.words import Words, words_for

logger = logging.getLogger(__name__)

ONE_CLICK = b"List-Unsubscribe=One-Click"
LONGEST_BODY_BYTES = 4096
RETRY_AFTER_S = 60
OPENAPI_PATH = "/openapi.json"
OPENAPI_VARIABLE = "LEO_WEBHOOKS_OPENAPI"
PAGES: dict[int | str, dict[str, Any]] = {
    404: {"description": "Not a link that was made here.", "content": {"text/html": {}}},
    503: {"description": "Cannot be kept now; come again.", "content": {"text/html": {}}},
}
ONE_CLICK_FORM = {
    "requestBody": {"required": False, "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object"}}}}
}

AcceptLanguage = Annotated[str | None, Header()]


def create_app(
    warehouse: Warehouse, links: UnsubscribeLinks, routers: Sequence[APIRouter] = (), *, described: bool = False
) -> FastAPI:
    """The app over one warehouse; needs its role writer.

    `routers` are the providers' webhooks (see `providers`). `described`: whether the app tells of itself at
    `/openapi.json`; a stranger need not be told what there is.
    """
    openapi_url = OPENAPI_PATH if described else None
    app = FastAPI(title="LEO webhooks", version=__version__, docs_url=None, redoc_url=None, openapi_url=openapi_url)
    app.include_router(tracking_router(warehouse, links.tracked))
    for router in routers:
        app.include_router(router)

    @app.exception_handler(405)
    def name_methods(request: Request, _: Exception) -> Response:
        """All methods of the path (RFC 9110, 15.5.6); by itself each route would name its own alone."""
        reached = [route for route in app.routes if route.matches(request.scope)[0] is not Match.NONE]
        methods = sorted({method for route in reached for method in getattr(route, "methods", None) or ()})
        return Response(status_code=405, headers={"Allow": ", ".join(methods)})

    @app.get("/health", responses={503: {"description": "The warehouse cannot be reached."}})
    def health() -> JSONResponse:
        """200 while the warehouse answers, 503 while it does not."""
        try:
            with warehouse.connect(DatabaseRole.WRITER) as connection:
                connection.execute("SELECT 1")
        except Transient:
            return JSONResponse({"status": "the warehouse cannot be reached"}, status_code=503)
        return JSONResponse({"status": "ok"})

    @app.get(UNSUBSCRIBE_PATH + "{token}", response_class=HTMLResponse, responses=PAGES)
    def ask(token: str, accept_language: AcceptLanguage = None) -> HTMLResponse:
        """The page that asks; changes nothing."""
        words = words_for(accept_language)
        target = links.read(token)
        try:
            found = None if target is None else subscription(warehouse, target)
        except Transient:
            return _later(words)
        if found is None:
            return _unknown(words)
        if found.unsubscribed:
            return _done(words, found)
        title = words.ask_title.format(name=found.tenant_name)
        return _page(words, title, words.ask_text, button=words.ask_button)

    @app.post(UNSUBSCRIBE_PATH + "{token}", response_class=HTMLResponse, responses=PAGES, openapi_extra=ONE_CLICK_FORM)
    async def take(request: Request, token: str, accept_language: AcceptLanguage = None) -> HTMLResponse:
        """Unsubscribe, from a mail program's one click or from the page's button."""
        body = await _short_body(request)
        return await run_in_threadpool(_unsubscribed, token, ONE_CLICK in body, words_for(accept_language))

    def _unsubscribed(token: str, one_click: bool, words: Words) -> HTMLResponse:
        target = links.read(token)
        if target is None:
            return _unknown(words)
        try:
            found = unsubscribe(warehouse, target, source="one_click" if one_click else "unsubscribe_page")
        except Transient:
            logger.warning(
                "Delivery %s: the unsubscribe could not be recorded, the sender was told.", target.delivery_id
            )
            return _later(words)
        return _unknown(words) if found is None else _done(words, found)

    return app


def serve(port: int, warehouse: Warehouse, settings: Settings) -> None:
    """Serve on loopback, or on LEO_BIND_ADDRESS, until stopped; without an access log: it would hold the tokens."""
    links = UnsubscribeLinks(settings.public_url, settings.pseudonym_key())
    host = settings.optional("LEO_BIND_ADDRESS") or "127.0.0.1"
    described = settings.optional(OPENAPI_VARIABLE) == "1"
    app = create_app(warehouse, links, routers_of_providers(settings, warehouse), described=described)
    uvicorn.run(app, host=host, port=port, access_log=False)


async def _short_body(request: Request) -> bytes:
    """The beginning of the body; what it says is only evidence, so a longer one is cut and not refused."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) >= LONGEST_BODY_BYTES:
            break
    return body[:LONGEST_BODY_BYTES]


def _done(words: Words, found: Subscription) -> HTMLResponse:
    return _page(words, words.done_title, words.done_text.format(name=found.tenant_name))


def _unknown(words: Words) -> HTMLResponse:
    return _page(words, words.unknown_title, words.unknown_text, status_code=404)


def _later(words: Words) -> HTMLResponse:
    page = _page(words, words.later_title, words.later_text, status_code=503)
    page.headers["Retry-After"] = str(RETRY_AFTER_S)
    return page


def _page(words: Words, title: str, text: str, *, button: str | None = None, status_code: int = 200) -> HTMLResponse:
    nonce = secrets.token_urlsafe(16)
    html = (
        _pages()
        .get_template("unsubscribe.html")
        .render(words=words, title=title, text=text, button=button, nonce=nonce)
    )
    policy = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    headers = {
        "Content-Security-Policy": policy,
        "Content-Language": words.language,
        "Vary": "Accept-Language",
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
    }
    return HTMLResponse(html, status_code=status_code, headers=headers)


@cache
def _pages() -> Environment:
    return Environment(
        loader=FileSystemLoader(Path(__file__).parent / "pages"), autoescape=True, undefined=StrictUndefined
    )
