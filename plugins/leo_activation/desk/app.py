"""The desk's web app: one place where every request is let in, counted, checked and given its headers.

Every route is registered by `Pages.add` with the capability that it needs. A route without one cannot be registered,
and the table of all of them is what the tests walk through.
"""

import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.exceptions import HTTPException

from leo_activation.desk.identity import MEANINGS, Capability, Identify, Person
from leo_activation.desk.knowledge import Knowledge
from leo_activation.desk.protection import HEADERS, TOKEN_FIELD, TOKEN_HEADER, RateLimit, Tokens, is_size
from leo_activation.desk.rendering import FOLDER, Tongue, render, tongue_of
from leo_activation.desk.retelling import Retelling
from leo_activation.errors import Configuration, Permanent, Transient
from leo_activation.segments.request import Language
from leo_activation.warehouse.connections import TENANT_ID, Warehouse

logger = logging.getLogger(__name__)

LONGEST_FORM_BYTES = 64 * 1024
LARGEST_ID = 2**63 - 1
PAGES_AT_ONCE = 20
"""Pages that are made at a time; others wait for a thread."""
WRITES = frozenset({"POST", "PUT", "PATCH", "DELETE"})
LANGUAGE_COOKIE = "leo_desk_language"
TONGUES = {Tongue.ENGLISH: "English", Tongue.VIETNAMESE: "Tiếng Việt"}
"""The languages by their own names."""
NOBODY = Person("", "", frozenset())


@dataclass(frozen=True)
class Tab:
    """An entry of the desk's navigation; shown to those who have the capability."""

    name: str
    title: str
    needs: Capability = Capability.READ


TABS = (
    Tab("ask", "Ask"),
    Tab("requests", "Requests"),
    Tab("review", "Review"),
    Tab("segments", "Segments"),
    Tab("campaigns", "Campaigns"),
    Tab("people", "People’s rights", Capability.PRIVACY),
    Tab("stop", "Stop sending", Capability.STOP),
)


@dataclass(frozen=True)
class Visit:
    """One request that was let in: who, for which tenant, in which language, and the form where one was sent.

    tenants: the names of those that the person may see, by id.
    """

    request: Request
    person: Person
    tenant_id: str
    tongue: Tongue
    form: Mapping[str, str] = field(default_factory=dict)
    tenants: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_fragment(self) -> bool:
        """Whether htmx asks for a part of the page."""
        return self.request.headers.get("hx-request") == "true"


Page = Callable[[Visit], Response]
"""Answers a visit; runs in a thread, and may raise any `LeoError`."""


@dataclass(frozen=True)
class Route:
    """A route as it was registered; `path` is below the tenant."""

    method: str
    path: str
    needs: Capability


@dataclass
class Desk:
    """What every page works with.

    tenants: the names of those whom a person may work for, by id, the first one first. key: the installation's own, for
    tokens. login_url: where somebody who is not logged in is sent, given the path to come back to.
    """

    warehouse: Warehouse
    identify: Identify
    tenants: Callable[[Person], Awaitable[Mapping[str, str]]]
    key: bytes
    login_url: Callable[[str], str]
    limit: RateLimit = field(default_factory=lambda: RateLimit(per_second=10, burst=60))
    routes: list[Route] = field(default_factory=list)
    root: str = "/segment-desk"

    def __post_init__(self) -> None:
        """Derive the key of the tokens; know of no tenant yet."""
        self.tokens = Tokens(self.key)
        self.knowledge = Knowledge(self.warehouse)

    def retelling(self, visit: Visit) -> Retelling | None:
        """Tells in the language of the visit what was written down in another; None: as it was written down."""
        if visit.tongue is Tongue.ENGLISH:
            return None
        return Retelling(self.knowledge.of(visit.tenant_id), Language(visit.tongue))

    def page(self, visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
        """A whole page, or with htmx the part of it that the template makes by itself."""
        shown = {
            "root": self.root,
            "tenant": visit.tenant_id,
            "tenants": visit.tenants,
            "tongues": TONGUES,
            "back": self.address(visit.request),
            "front": f"{self.root}/{visit.tenant_id}/ask" if visit.tenant_id else f"{self.root}/",
            "person": visit.person,
            "token": self.tokens.make(visit.person.user_id) if visit.person.user_id else "",
            "token_field": TOKEN_FIELD,
            "token_header": TOKEN_HEADER,
            "fragment": visit.is_fragment,
            "tabs": [tab for tab in TABS if tab.needs in visit.person.may],
            "path": visit.request.url.path,
            **values,
        }
        return HTMLResponse(render(visit.tongue, template, shown), status_code=status)

    def address(self, request: Request) -> str:
        """Where a page stands, to come back to it; the desk's own front after a write, which has no page."""
        if request.method in WRITES:
            return f"{self.root}/"
        path = self.root + request.url.path.removeprefix(self.root)
        return f"{path}?{request.url.query}" if request.url.query else path

    def problem(self, visit: Visit, kind: str, status: HTTPStatus, **values: Any) -> Response:
        """A page that says what is wrong and what to do; with htmx a part, which goes where the frame has room for it.

        The part leaves the page as it is: what was written stays.
        """
        shown = {"needs": "", "words": "", "reference": "", **values}
        response = self.page(visit, "problem.html", status=status, kind=kind, **shown)
        if visit.is_fragment:
            response.headers.update({"HX-Retarget": "#trouble", "HX-Reswap": "innerHTML"})
        return response

    def missing(self, visit: Visit, kind: str) -> Response:
        """Nothing by this name; `kind` is a part of words of the catalogues: request, segment, campaign, page …"""
        return self.problem(visit, "missing", HTTPStatus.NOT_FOUND, words=f"no such {kind}")


def create_app(desk: Desk, register: Callable[["Pages"], None]) -> FastAPI:
    """The app; `register` adds the pages."""
    app = FastAPI(title="Segment desk", docs_url=None, redoc_url=None, openapi_url=None)
    app.mount("/static", StaticFiles(directory=FOLDER / "static"), name="static")

    @app.middleware("http")
    async def guard_answers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        if request.url.path.removeprefix(desk.root).startswith("/static/"):
            # The same for everybody: kept, and asked about by its tag.
            response.headers["Cache-Control"] = "no-cache"
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    pages = Pages(app, desk)

    @app.get("/")
    async def front(request: Request) -> Response:
        """To the first tenant that the person may see."""
        return await pages.guard(request, pages.show_front)

    @app.exception_handler(HTTPStatus.NOT_FOUND)
    @app.exception_handler(HTTPStatus.METHOD_NOT_ALLOWED)
    async def show_missing(request: Request, error: Exception) -> Response:
        return await pages.guard(request, pages.show_missing)

    register(pages)
    return app


class Pages:
    """Where pages are added to an app."""

    def __init__(self, app: FastAPI, desk: Desk) -> None:
        """Add none yet."""
        self._app = app
        self.desk = desk
        # Pages have threads of their own: one that asks Airflow in process never waits for the thread that it holds.
        self._threads = CapacityLimiter(PAGES_AT_ONCE)

    def add(self, method: str, path: str, needs: Capability, page: Page) -> None:
        """Answer `method` on `/{tenant}<path>` with a page, for those who may."""
        self.desk.routes.append(Route(method, path, needs))

        async def answer(request: Request) -> Response:
            return await self.guard(request, lambda visit: self._answer(visit, needs, page))

        self._app.add_api_route("/{tenant}" + path, answer, methods=[method], name=f"{method} {path}")

    async def guard(self, request: Request, answer: Callable[[Visit], Awaitable[Response]]) -> Response:
        """Answer somebody who is logged in and does not ask too often; whatever fails is said on a page.

        The visit has no tenant yet, only those that the person may see.
        """
        desk = self.desk
        visit = Visit(request, NOBODY, "", _tongue(request))
        try:
            person = await desk.identify(request)
            if person is None:
                return self._log_in(visit)
            visit = replace(visit, person=person)
            wait_s = desk.limit.wait_s(person.user_id)
            if wait_s > 0:
                response = desk.problem(visit, "busy", HTTPStatus.TOO_MANY_REQUESTS)
                response.headers["Retry-After"] = str(max(1, round(wait_s)))
                return response
            return await answer(replace(visit, tenants=await desk.tenants(person)))
        except Exception as error:  # noqa: BLE001 - it is logged, and said on a page
            return self._failed(visit, error)

    async def show_front(self, visit: Visit) -> Response:
        """To the first tenant that the person may see."""
        if not visit.tenants:
            return self.desk.problem(visit, "nobody", HTTPStatus.FORBIDDEN)
        return RedirectResponse(f"{self.desk.root}/{next(iter(visit.tenants))}/ask", HTTPStatus.SEE_OTHER)

    async def show_missing(self, visit: Visit) -> Response:
        """There is no such page; whoever may see the tenant of the address stays with it."""
        below = visit.request.url.path.removeprefix(self.desk.root).split("/")
        tenant_id = below[1] if len(below) > 1 and below[1] in visit.tenants else ""
        return self.desk.missing(replace(visit, tenant_id=tenant_id), "page")

    async def _answer(self, visit: Visit, needs: Capability, page: Page) -> Response:
        desk, request = self.desk, visit.request
        tenant_id = request.path_params["tenant"]
        if not TENANT_ID.fullmatch(tenant_id) or tenant_id not in visit.tenants:
            return desk.problem(visit, "tenant", HTTPStatus.NOT_FOUND)
        visit = replace(visit, tenant_id=tenant_id)
        if needs not in visit.person.may:
            return desk.problem(visit, "capability", HTTPStatus.FORBIDDEN, needs=MEANINGS[needs])
        numbers = (each for each in request.path_params.values() if isinstance(each, int))
        unheard_of = "%00" in request.url.query or "\0" in request.url.path
        if unheard_of or any(number > LARGEST_ID for number in numbers):
            # PostgreSQL has no text with such a character and no such id, and no page has an address with one.
            return desk.missing(visit, "page")
        if request.method in WRITES:
            size = request.headers.get("content-length", "")
            if not is_size(size) or int(size) > LONGEST_FORM_BYTES:
                return desk.problem(visit, "size", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            try:
                sent = (await request.form()).items()
            except HTTPException:
                return desk.problem(visit, "form", HTTPStatus.BAD_REQUEST)
            form = {name: value.replace("\0", "") for name, value in sent if isinstance(value, str)}
            given = request.headers.get(TOKEN_HEADER) or form.pop(TOKEN_FIELD, "")
            if not desk.tokens.holds(visit.person.user_id, given):
                return desk.problem(visit, "token", HTTPStatus.FORBIDDEN)
            visit = replace(visit, form=form)
        try:
            return await to_thread.run_sync(page, visit, limiter=self._threads)
        except Permanent as error:
            return desk.problem(visit, "refused", HTTPStatus.UNPROCESSABLE_ENTITY, words=error.sentence)
        except Exception as error:  # noqa: BLE001 - it is logged, and said on a page
            return self._failed(visit, error)

    def _failed(self, visit: Visit, error: Exception) -> Response:
        """What nobody who reads the page can mend, with a reference by which the log has the rest."""
        reference = secrets.token_hex(4)
        if isinstance(error, Transient | Configuration):
            logger.warning("Segment desk, reference %s: %s", reference, error)
            return self.desk.problem(visit, "warehouse", HTTPStatus.SERVICE_UNAVAILABLE, reference=reference)
        logger.error("Segment desk, reference %s", reference, exc_info=error)
        return self.desk.problem(visit, "broken", HTTPStatus.INTERNAL_SERVER_ERROR, reference=reference)

    def _log_in(self, visit: Visit) -> Response:
        """To Airflow's own login and back; what was written is not thrown away for it, so a part or a write says it."""
        desk, request = self.desk, visit.request
        if visit.is_fragment or request.method in WRITES:
            return desk.problem(visit, "login", HTTPStatus.UNAUTHORIZED, words=desk.login_url(f"{desk.root}/"))
        return RedirectResponse(desk.login_url(desk.address(request)), HTTPStatus.SEE_OTHER)


def _tongue(request: Request) -> Tongue:
    return tongue_of(request.cookies.get(LANGUAGE_COOKIE), request.headers.get("accept-language"))
